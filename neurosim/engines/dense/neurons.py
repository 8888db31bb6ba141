"""Neurons in PyTorch: one function for every law that ships, with the equations of `neurosim.neurons`."""

from copy import copy

import torch


class Cells:
    """The units of one layer: x, d, v, s as in `neurosim.engines.protocol.State`, (samples, *shape), MUTATED in place.

    layer : Layer; decodes : whether its currents pass a decoder
    """

    def __init__(self, layer, decodes, zeros):
        self.layer, self.decodes = layer, decodes
        self.x, self.d, self.v, self.s = (zeros() for _ in range(4))
        self._clip = layer.low, layer.high
        if not layer.sends_states:
            self._range = layer.range

    def advance(self, phi, direct, eps, lam):
        """Make one time step from currents that spikes carry and from what needs no decoder."""
        if self.layer.law.name == "events":
            self.s = direct
            self.x.mul_(1 - lam).add_(direct, alpha=lam)
            return
        if self.layer.sends_states:
            if self.decodes:
                self.d.mul_(1 - lam).add_(phi, alpha=lam)
                phi = self.d
            self.x.mul_(1 - eps).add_(phi + direct, alpha=eps).clamp_(*self._clip)
            self.s = self.x
            return
        self._spike(phi, direct, eps, lam)

    def _spike(self, phi, direct, eps, lam):
        self.d.mul_(1 - lam).add_(phi, alpha=lam)
        before = self.x.clamp(*self._range)
        self.x.mul_(1 - eps).add_(self.d + direct, alpha=eps).clamp_(*self._clip)
        self.v += (self.x.clamp(*self._range) - (1 - lam) * before) * (1 / lam)
        self.s = SPIKES[self.layer.law.name](self.v, self._range[1])
        self.v -= self.s

    def copy(self):
        """Return cells that share no memory with these."""
        twin = copy(self)
        twin.x, twin.d, twin.v, twin.s = (values.clone() for values in (self.x, self.d, self.v, self.s))
        return twin

    def mask(self, kept, running):
        """Take back what `kept` (x, d, v, s) was for samples that are not running."""
        running = running.view(-1, *(1 for _ in self.layer.shape))
        self.x, self.d, self.v, self.s = (torch.where(running, now, then) for now, then in zip(
            (self.x, self.d, self.v, self.s), kept))


def _graded(v, most):
    size = torch.ceil(v.abs() - 0.5).clamp(0, most)
    return torch.copysign(size, v)


#: What a sigma-delta modulator with residue v sends, by the name of the law; most : largest spike.
SPIKES = {
    "spiking": lambda v, most: (v > 0.5).to(v.dtype),
    "ternary": lambda v, most: (v > 0.5).to(v.dtype) - (v < -0.5).to(v.dtype),
    "graded": _graded,
}
