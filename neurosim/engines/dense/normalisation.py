"""Batch normalisation of the currents into a layer: as a batch is spread while learning, as on average afterwards.

    z = scale (c - mean) / sqrt(variance + 1e-5) + b

c are the currents into a channel at all positions, b its bias. Ioffe, Szegedy, ICML (2015).
"""

from dataclasses import dataclass

import torch
from torch import Tensor

_FLOOR = 1e-5


@dataclass
class Normalisation:
    """What one layer is normalised by, (channels,) each."""

    scale: Tensor
    mean: Tensor
    variance: Tensor

    def __call__(self, currents: Tensor) -> Tensor:
        """Return currents (samples, units) as the averages over batches normalise them."""
        return _spread(currents, self.mean, self.variance, self.scale)

    def of_batch(self, currents: Tensor) -> tuple[Tensor, dict[str, Tensor]]:
        """Return currents as they normalise each other, and their mean and variance, of one batch, dict by name."""
        channels = currents.reshape(-1, self.scale.numel())
        variance, mean = torch.var_mean(channels, dim=0, correction=0)
        count = len(channels)
        with torch.no_grad():
            found = {"mean": mean.detach(), "variance": variance * (count / max(1, count - 1))}
        return _spread(currents, mean, variance, self.scale), found


def _spread(currents: Tensor, mean: Tensor, variance: Tensor, scale: Tensor) -> Tensor:
    channels = currents.reshape(-1, scale.numel())
    return ((channels - mean) * (torch.rsqrt(variance + _FLOOR) * scale)).view_as(currents)
