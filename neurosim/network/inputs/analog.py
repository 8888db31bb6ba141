"""A constant image whose numbers drive the lines of the first layer as they are, all the time."""

from neurosim._jit import inner_kernel
from neurosim.network.inputs.source import still_signals


@inner_kernel
def send_nothing(units, phi, image, frame, lam):
    """Leave the units as they are: they hold the image from before the first step."""


class AnalogInput:
    """x = s = image; its currents are read once in a relaxation, and need no decoder."""

    name, sends, range, bits, steady, encodes = "analog", "states", (0.0, 1.0), 0, True, False
    send = staticmethod(send_nothing)

    def signals(self, values, samples, layer, steps, dtype):
        """Return the Signals of images (samples, H, W, C) or (samples, units), any numbers."""
        return still_signals(values, samples, layer, dtype)

    def still(self, values, steps):
        """Return the images as they are."""
        return values
