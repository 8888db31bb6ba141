"""The linear neuron: a leaky state that nothing clips, sent on as it is."""

from neurosim.neurons.law import Law, register
from neurosim.neurons.rate import advance_rate

#: x = (1 - eps) x + eps (d + direct): the rate neuron between infinite bounds.
LINEAR = register(Law(name="linear", advance=advance_rate, sends="states", bounded=False))
