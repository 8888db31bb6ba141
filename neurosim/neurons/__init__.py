"""Laws of neurons: how currents become states and states become spikes. One module for each.

A law of your own is a function like `neurosim.neurons.ternary.advance_ternary`, under `@neurosim.neurons.kernel`, and
a Law that is registered; `examples/13_own_neuron.py` shows one.
"""

from neurosim._jit import kernel
from neurosim.neurons.law import Law, law_of, own_laws, register
from neurosim.neurons.sigma_delta import SPIKING
from neurosim.neurons.ternary import TERNARY
from neurosim.neurons.graded import GRADED
from neurosim.neurons.rate import RATE
from neurosim.neurons.linear import LINEAR
from neurosim.neurons.integrate_and_fire import LI, LIF
from neurosim.neurons.schedules import Schedule

__all__ = ["GRADED", "LI", "LIF", "LINEAR", "Law", "RATE", "SPIKING", "Schedule", "TERNARY", "kernel", "law_of",
           "own_laws", "register"]
