"""Events that the data give, one frame of whole numbers for every time step: a camera that sees changes, a cochlea."""

import math
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np

from neurosim.cards import Entry
from neurosim.network.inputs._events import advance_events
from neurosim.network.inputs.source import Signals
from neurosim.neurons import Law

LARGEST = 127    #: of an event, which is kept in a byte


def _bits(low: float, high: float) -> int:
    """Return bits of whole numbers from low to high, the sign included; 1 where the largest is 1 and needs no product.
    """
    largest = max(abs(low), abs(high))
    return 1 if largest <= 1 else math.ceil(math.log2(largest + 1)) + int(low < 0)


#: What events are to the layers above them: spikes whose range the network says. No layer but the input has this law.
EVENTS = Law(name="events", advance=advance_events, range=lambda low, high: (low, high), bits=_bits,
             parameters={"low": Entry("1", -LARGEST, 0), "high": Entry("1", 1, LARGEST)})


@dataclass(frozen=True)
class EventInput:
    """Events over time: step t since rest sends frame t, and each phase of a sample continues where the last one ended.

    Its state, of which Hebbian products are made, is what the layers above decode: x = (1 - lam) x + lam s.

    after : what follows the last of T frames: "repeat", frame t mod T; "hold", the last one in every step; "stop",
        nothing
    bounds : (low, high), whole numbers that an event may be: (0, 1), (-1, 1), or counts
    """

    after: Literal["repeat", "hold", "stop"] = "repeat"
    bounds: tuple = (0, 1)

    law, steady, encodes = EVENTS, False, False

    @property
    def parameters(self) -> tuple[float, ...]:
        """The values of the parameters of EVENTS."""
        return tuple(map(float, self.bounds))

    def refuse(self, values: np.ndarray) -> None:
        """Raise ValueError where some values are not whole numbers, or outside the bounds."""
        if values.dtype.kind not in "buif":
            raise ValueError(f"events: {values.dtype} are not numbers; give uint8, int8 or bool")
        if values.dtype.kind == "f" and not np.array_equal(values, np.rint(values)):
            odd = values[values != np.rint(values)].flat[0]
            raise ValueError(f"events: {odd:g} is not a whole number; an event is 0, 1, -1 or a count, and images of "
                             'real numbers enter with network.input = "spikes" or "analog"')
        (low, high) = self.bounds
        least, most = (float(values.min()), float(values.max())) if values.size else (low, high)
        if least < low or most > high:
            wide = [min(low, least), max(high, most)]
            fix = (f"write network.event_range = [{wide[0]:g}, {wide[1]:g}]" if max(np.abs(wide)) <= LARGEST else
                   f"no event is larger than {LARGEST}")
            raise ValueError(f"events: {least if least < low else most:g} lies outside network.event_range = "
                             f"[{low}, {high}]; {fix}")

    def signals(self, values: np.ndarray, samples: int, layer: Any, steps: int, dtype: np.dtype | type) -> Signals:
        """Return the Signals of events (samples, T, H, W, C) or (samples, T, units), see `Source.signals`."""
        values = np.asarray(values)
        wanted = "give (samples, T, H, W, C) or (samples, T, units), with T >= 1 frames"
        if values.ndim < 3 or not values.shape[1]:
            raise ValueError(f"relax: events are an array of shape {values.shape}; {wanted}")
        units = math.prod(values.shape[2:])
        if len(values) != samples or units != layer.units:
            raise ValueError(f"relax: events are {len(values)} samples with frames of {units} numbers; the state has "
                             f"{samples} samples and layer {layer.name} {layer.units} units, {wanted}")
        self.refuse(values)
        frames = values.view(np.int8) if values.dtype.itemsize == 1 else values.astype(np.int8)
        return Signals(np.zeros((samples, 0), dtype), np.ascontiguousarray(frames).reshape(samples, -1, units),
                       self.order(values.shape[1], steps))

    def order(self, frames: int, steps: int) -> np.ndarray:
        """Return which of so many frames is sent in each of the first time steps, int64 (steps,); -1 is none."""
        t = np.arange(steps)
        return {"repeat": t % frames, "hold": np.minimum(t, frames - 1),
                "stop": np.where(t < frames, t, -1)}[self.after]

    def still(self, values: np.ndarray, steps: int) -> np.ndarray:
        """Return the mean of the frames that are sent in the first time steps, float (samples, H, W, C)."""
        values = np.asarray(values)
        order = self.order(values.shape[1], steps)
        times = np.bincount(order[order >= 0], minlength=values.shape[1]) / steps
        return np.einsum("t,nt...->n...", times, values)
