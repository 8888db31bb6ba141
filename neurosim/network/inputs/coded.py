"""A constant image whose numbers are coded as spikes, by the coder of the spiking neurons."""

from neurosim._jit import inner_kernel
from neurosim.network.inputs.source import still_signals
from neurosim.neurons.sigma_delta import advance_spiking


@inner_kernel
def send_coded(units, phi, image, frame, lam):
    """Advance the coders by one step: spiking neurons that go the whole way to the image; the units are mutated."""
    x, d, v, s = units
    one, zero = x.dtype.type(1), x.dtype.type(0)
    advance_spiking(x, d, v, s, phi, image, one, lam, zero, one)


class CodedInput:
    """x = clip(image, 0, 1), sent as spikes of 0 and 1 whose decoded mean is x."""

    name, sends, range, bits, steady, encodes = "spikes", "spikes", (0.0, 1.0), 1, False, True
    send = staticmethod(send_coded)

    def signals(self, values, samples, layer, steps, dtype):
        """Return the Signals of images (samples, H, W, C) or (samples, units), numbers in [0, 1]."""
        return still_signals(values, samples, layer, dtype)

    def still(self, values, steps):
        """Return the images as they are."""
        return values
