"""Arrays of synapses: ideal numbers, or devices on crossbars behind the same interface."""

from neurosim.crossbar.synapses import Converter, EffectiveWeights, IdealSynapses, Synapses

__all__ = ["Converter", "EffectiveWeights", "IdealSynapses", "Synapses"]
