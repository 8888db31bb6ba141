"""Events that the data give, one frame of whole numbers for every time step: a camera that sees changes, a cochlea."""

from dataclasses import dataclass
from typing import Literal

import numpy as np

from neurosim._jit import inner_kernel
from neurosim.network.inputs.source import Signals, bits_of

LARGEST = 127    #: of an event, which is kept in a byte


@inner_kernel
def send_frame(units, phi, image, frame, lam):
    """Send the events of a frame, int8 (units,), or nothing where it is empty; x and s of the units are mutated.

        s = frame
        x = (1 - lam) x + lam s          what the layers above decode
    """
    x, d, v, s = units
    keep = x.dtype.type(1) - lam
    for j in range(s.size):
        s[j] = frame[j] if j < frame.size else 0
        x[j] = keep * x[j] + lam * s[j]


@dataclass(frozen=True)
class EventInput:
    """Time step t since rest sends frame t; the phases of a sample share this clock, and go on where the last one ended.

    Its state, of which Hebbian products are made, is what the layers above decode: x = (1 - lam) x + lam s. Rate
    neurons decode nothing: they take the frame as a number, x = s.

    after : what follows the last of T frames: "repeat", frame t mod T; "hold", the last one in every step; "stop",
        nothing
    range : (low, high), whole numbers that an event may be: (0, 1), (-1, 1), or counts
    """

    after: Literal["repeat", "hold", "stop"] = "repeat"
    range: tuple = (0, 1)

    name, sends, steady, encodes = "events", "spikes", False, False
    send = staticmethod(send_frame)

    @property
    def bits(self):
        """Bits of one event, its sign included; 1 needs no product."""
        return bits_of(*self.range)

    def signals(self, values, samples, layer, steps, dtype):
        """Return the Signals of events (samples, T, H, W, C) or (samples, T, units), whole numbers within the range."""
        values = np.asarray(values)
        wanted = "give (samples, T, H, W, C) or (samples, T, units), with T >= 1 frames"
        if values.ndim < 3 or not values.shape[1]:
            raise ValueError(f"relax: events are an array of shape {values.shape}; {wanted}")
        if len(values) != samples or values[0, 0].size != layer.units:
            raise ValueError(f"relax: events are {len(values)} samples with frames of {values[0, 0].size} numbers; "
                             f"the state has {samples} samples and layer {layer.name} {layer.units} units, {wanted}")
        frames = whole_events(values, self.range).reshape(samples, values.shape[1], layer.units)
        return Signals(np.zeros((samples, 0), dtype), np.ascontiguousarray(frames), self.order(values.shape[1], steps))

    def order(self, frames, steps):
        """Return which of so many frames is sent in each of the first time steps, int64 (steps,); -1 is none."""
        t = np.arange(steps)
        return {"repeat": t % frames, "hold": np.minimum(t, frames - 1),
                "stop": np.where(t < frames, t, -1)}[self.after]

    def still(self, values, steps):
        """Return the mean of the frames that are sent in the first time steps, float (samples, H, W, C)."""
        values = np.asarray(values)
        order = self.order(values.shape[1], steps)
        times = np.bincount(order[order >= 0], minlength=values.shape[1]) / steps
        return np.einsum("t,nt...->n...", times, values)


def whole_events(values, bounds):
    """Return events as int8, not copied where they are bytes.

    values : whole numbers of any type; bounds : (low, high), within -LARGEST ... LARGEST
    raises : ValueError in one sentence for what is no whole number, or outside the bounds
    """
    if values.dtype.kind not in "buif":
        raise ValueError(f"events: {values.dtype} are no numbers; give uint8, int8 or bool")
    if values.dtype.kind == "f" and not np.array_equal(values, np.rint(values)):
        odd = values[values != np.rint(values)].flat[0]
        raise ValueError(f"events: {odd:g} is no whole number; an event is 0, 1, -1 or a count, and images of real "
                         'numbers enter with network.input = "spikes" or "analog"')
    low, high = bounds
    least, most = (float(values.min()), float(values.max())) if values.size else (low, high)
    if least < low or most > high:
        wide = [min(low, least), max(high, most)]
        fix = (f"write network.event_range = [{wide[0]:g}, {wide[1]:g}]" if max(np.abs(wide)) <= LARGEST else
               f"no event is larger than {LARGEST}")
        raise ValueError(f"events: {least if least < low else most:g} lies outside network.event_range = "
                         f"[{low}, {high}]; {fix}")
    return values.view(np.int8) if values.dtype.itemsize == 1 else values.astype(np.int8)
