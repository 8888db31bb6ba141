"""What enters a network: a source of signals per time step. One module for each kind.

An engine takes the Signals of a batch from the source of its network and, in every time step, lets the input layer
`send` by the `code` of that source. It sends like any layer: what it sends in a step is read in the next one. An analog
input alone is there from the first step on.
"""

from neurosim._jit import dispatch
from neurosim.network.inputs.analog import AnalogInput
from neurosim.network.inputs.coded import CodedInput
from neurosim.network.inputs.events import EventInput
from neurosim.network.inputs.source import Signals, Source

__all__ = ["SOURCES", "AnalogInput", "CodedInput", "EventInput", "Signals", "Source", "send", "source_of"]

#: Sources by their name in a configuration; the code of a source is its place here.
SOURCES = {source.name: source for source in (CodedInput, AnalogInput, EventInput)}

#: send(code, units, phi, image, frame, lam): let the input of one sample send what belongs to a step; its units, the
#: tuple (x, d, v, s) of arrays (units,), are MUTATED.
send = dispatch([source.send for source in SOURCES.values()])


def source_of(spec):
    """Return the Source that a NetworkSpec asks for."""
    if spec.input == EventInput.name:
        return EventInput(after=spec.events, range=spec.event_range)
    return SOURCES[spec.input]()
