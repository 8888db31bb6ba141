"""Constant images: their numbers drive the lines of the first layer as they are, or are coded as spikes."""

from dataclasses import dataclass
from typing import Any

import numpy as np

from neurosim.network.inputs.source import Signals
from neurosim.neurons import RATE, Law


class Images:
    """Images (samples, H, W, C) or (samples, units), the same in all time steps."""

    parameters, bounds = (), (0.0, 1.0)

    def refuse(self, values: np.ndarray) -> None:
        """Refuse nothing."""

    def signals(self, values: np.ndarray, samples: int, layer: Any, steps: int, dtype: np.dtype | type) -> Signals:
        """Return the Signals of a batch, see `Source.signals`."""
        return image_signals(values, samples, layer, dtype)

    def still(self, values: np.ndarray, steps: int) -> np.ndarray:
        """Return the images as they are."""
        return values


class AnalogInput(Images):
    """x = s = image; its currents are read once in a relaxation, and need no decoder."""

    law, steady, encodes = RATE, True, False


@dataclass(frozen=True)
class CodedInput(Images):
    """x = image as far as spikes can stand for it, sent as spikes whose decoded mean is x.

    law : of the spikes, 0 and 1 or ternary
    """

    law: Law

    steady, encodes = False, True


def image_signals(values: np.ndarray, samples: int, layer: Any, dtype: np.dtype | type) -> Signals:
    """Return the Signals of images, one row of numbers for each sample; arguments as in `Source.signals`."""
    rows = np.ascontiguousarray(values, dtype).reshape(len(values), -1)
    if rows.shape != (samples, layer.units):
        raise ValueError(f"relax: images are {len(rows)} rows of {rows.shape[1]} numbers; "
                         f"the state has {samples} samples and layer {layer.name} {layer.units} units, "
                         "give one row per sample and one number per unit")
    return Signals(rows, np.zeros((samples, 0, 0), np.int8), np.zeros(0, np.int64))
