"""Arrays whose wires resist: effective conductances, the whole solution, nonlinear cells, and bias schemes."""

from neurosim.crossbar.wires.cells import Cubic, Linear, PooleFrenkel, Sinh, WithSelector, cells_of, chord, gain
from neurosim.crossbar.wires.effective import effective_conductances, effective_tiles
from neurosim.crossbar.wires.geometry import Wires
from neurosim.crossbar.wires.schemes import SCHEMES, Disturbance, bias, disturbance
from neurosim.crossbar.wires.solution import Solution, local_voltages, solve

__all__ = ["SCHEMES", "Cubic", "Disturbance", "Linear", "PooleFrenkel", "Sinh", "Solution", "Wires", "WithSelector",
           "bias", "cells_of", "chord", "disturbance", "effective_conductances", "effective_tiles", "gain",
           "local_voltages", "solve"]
