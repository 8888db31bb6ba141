"""What every source of signals has, and what an engine takes from one for a batch."""

from typing import Any, NamedTuple, Protocol

import numpy as np

from neurosim.neurons import Law


class Signals(NamedTuple):
    """What enters with the samples of one batch; an array that a source does not need is empty.

    images : float (samples, units), numbers that stay all the time
    frames : int8 (samples, frames, units), events of single time steps
    order : int64 (steps,), which frame is sent in each time step since rest, -1 = none
    """

    images: np.ndarray
    frames: np.ndarray
    order: np.ndarray


class Source(Protocol):
    """A source of signals per time step."""

    @property
    def law(self) -> Law:
        """The Law of the units of the input, which go the whole way to the numbers that enter in a step."""

    @property
    def parameters(self) -> tuple:
        """The values of the parameters of that Law."""

    @property
    def bounds(self) -> tuple:
        """The clip of the states of these units, (low, high)."""

    @property
    def steady(self) -> bool:
        """Whether the source sends the same all the time, which is then read once."""

    @property
    def encodes(self) -> bool:
        """Whether its units are circuits that make spikes of numbers."""

    def refuse(self, values: np.ndarray) -> None:
        """Raise ValueError where some values are nothing that this source can send."""

    def signals(self, values: np.ndarray, samples: int, layer: Any, steps: int, dtype: np.dtype | type) -> Signals:
        """Return the Signals of a batch.

        values : what the user gives; samples : how many; layer : Layer of the input; steps : since rest, at the end
        dtype : of images
        raises : ValueError where they do not fit the layer or the source
        """

    def still(self, values: np.ndarray, steps: int) -> np.ndarray:
        """Return images, float (samples, ...), that enter a network of steady inputs instead of these values.

        steps : time steps since rest over which a source with a time axis is averaged
        """
