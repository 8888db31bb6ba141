"""What every source of signals has, and what an engine takes from one for a batch."""

import math
from typing import NamedTuple, Protocol

import numpy as np


class Signals(NamedTuple):
    """What enters with the samples of one batch; an array that a source does not need has no columns.

    images : float (samples, units), numbers that stay all the time
    frames : int8 (samples, frames, units), events of single time steps
    order : int64 (steps,), which frame is sent in each time step since rest, -1 = none
    """

    images: np.ndarray
    frames: np.ndarray
    order: np.ndarray


class Source(Protocol):
    """A source of signals per time step.

    name : in a configuration
    send : compiled function(units, phi, image, frame, lam), see `neurosim.network.inputs.send`
    sends : "states", numbers that drive a line as they are, or "spikes", which who receives them decodes
    range : (low, high), what its states and signals can be; bits : of one signal, its sign included; 1 needs no product
    steady : whether it sends the same all the time, which is then read once
    encodes : whether its units are circuits that make spikes of numbers
    """

    name: str
    send: object
    sends: str
    range: tuple
    bits: int
    steady: bool
    encodes: bool

    def signals(self, values, samples, layer, steps, dtype):
        """Return the Signals of a batch.

        values : what the user gives; samples : how many; layer : Layer of the input; steps : since rest, at the end
        dtype : of images
        raises : ValueError in one sentence where they do not fit the layer or the source
        """

    def still(self, values, steps):
        """Return the image, float (samples, ...), that enters a network of steady inputs in place of these values.

        steps : time steps since rest over which a source with a time axis is averaged
        """


def still_signals(values, samples, layer, dtype):
    """Return the Signals of images, one row of numbers for each sample; arguments as in `Source.signals`."""
    rows = np.ascontiguousarray(values, dtype).reshape(len(values), -1)
    if rows.shape != (samples, layer.units):
        raise ValueError(f"relax: images are {len(rows)} rows of {rows.shape[1]} numbers; "
                         f"the state has {samples} samples and layer {layer.name} {layer.units} units, "
                         "give one row per sample and one number per unit")
    return Signals(rows, np.zeros((samples, 1, 0), np.int8), np.zeros(0, np.int64))


def bits_of(low, high):
    """Return the bits of whole numbers from low to high, their sign included; 1 where the largest is 1."""
    largest = max(abs(low), abs(high))
    return 1 if largest <= 1 else math.ceil(math.log2(largest + 1)) + int(low < 0)
