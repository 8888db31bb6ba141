"""What enters a network: a source of signals per time step. One module for each kind.

The input layer is a layer of neurons, whose law is that of the source: what it sends in a step is read in the next one.
A steady input alone is there from the first step on.
"""

from typing import Any

from neurosim.network.inputs.events import EventInput
from neurosim.network.inputs.images import AnalogInput, CodedInput
from neurosim.network.inputs.source import Signals, Source
from neurosim.neurons import SPIKING, TERNARY

__all__ = ["AnalogInput", "CodedInput", "EventInput", "Signals", "Source", "source_of"]


def source_of(spec: Any) -> Source:
    """Return the Source that a NetworkSpec asks for."""
    if spec.input == "events":
        return EventInput(spec.events, spec.event_range)
    return AnalogInput() if spec.input == "analog" else CodedInput({"spikes": SPIKING, "ternary": TERNARY}[spec.input])
