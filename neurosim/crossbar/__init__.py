"""Arrays of synapses: what stands between a spike and a current, and what learning writes to."""

from neurosim.crossbar.readout import Conversion, Readout
from neurosim.crossbar.synapses import EffectiveWeights, IdealSynapses, Synapses
from neurosim.crossbar.tiling import Tiling

__all__ = ["Conversion", "EffectiveWeights", "IdealSynapses", "Readout", "Synapses", "Tiling"]
