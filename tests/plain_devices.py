"""Devices without imperfections, to which a test adds the one that it is about."""

import numpy as np
from scipy.stats import kstest

from neurosim.memristor.array import DeviceArray
from neurosim.memristor.device import IMPERFECTIONS, load_device

NOISE_FREE = {key: 0 for key in IMPERFECTIONS if key not in ("drift_start", "temperature")}
LOW, HIGH = 1e-6, 5e-6
SPAN = HIGH - LOW


def linear(steps=100, **changes):
    """Equal steps, `steps` of them over the range 1 ... 5 uS."""
    step = {"step_up": SPAN / steps, "step_down": SPAN / steps}
    return load_device("ideal-device", {"g_min": LOW, "g_max": HIGH, **step, **changes})


def soft_bounds(steps=100, **changes):
    """Steps that fall to nothing at the end that they approach; the first is 1 / steps of the range 1 ... 5 uS."""
    step = {"step_up": SPAN / steps / 2, "step_down": SPAN / steps / 2}      # in the middle of the range
    return load_device("gong-2022-reram-om", {**NOISE_FREE, "g_min": LOW, "g_max": HIGH, **step, **changes})


def placed(device, part, size=1, **options):
    """An array whose devices all lie at `part` of the nominal range, not yet pulsed."""
    array = DeviceArray(device, (size,), **{"seed": 1, "threads": 1, **options})
    array.cells.g[:] = device["g_min"] + part * device.span
    return array


def assert_follows(sample, law, least=1e-3):
    """Kolmogorov-Smirnov: a sample (any shape) does not contradict a frozen distribution of scipy."""
    found = kstest(np.ravel(sample).astype(float), law.cdf)
    assert found.pvalue > least, found
