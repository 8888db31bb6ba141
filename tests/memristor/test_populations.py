"""The presets of aihwkit as populations: bounds, steps and symmetry points of many devices, beside its own equations.

`Population` draws what aihwkit 1.2 draws when it makes devices, from the numbers of presets/devices.py and the
equations of rpu_pulsed_device.cpp and rpu_*step_device, in its weights and in numpy. What this package fabricates is
only pulsed and read. xi is standard normal, again for every device:

    w_max = |w_max (1 + dtod xi)|,   w_min = -|w_min (1 + dtod xi)|      exchanged first where w_min is the larger
    s_up = |min(up_down, 0) + gain + r| dw_min,   s_down = |-max(up_down, 0) + gain - r| dw_min
    gain = 1 + dtod xi  or  exp(dtod xi),   r = dtod xi

    constant step    s                                          linear step    s (1 - |gamma + dtod xi| w / bound)
    soft bounds      s (1 - w / own bound)                      bound: w_max of the preset up, w_min down
    exponential      s max(1 - A exp(+-gamma (2 a w / (own w_max - own w_min) + b)), 0)
"""

from dataclasses import dataclass

import numpy as np
import pytest
from numpy.testing import assert_allclose
from scipy.stats import ks_2samp

from neurosim.memristor.array import DeviceArray
from neurosim.memristor.device import load_device

MANY = 100_000
#: dw_min, up_down, w_max, w_min, dtod of dw_min, up_down, w_max and w_min, additive noise of a step over the own step.
NUMBERS = {
    "gong-2018-reram-es": (.00135, .259359, 1, -1, .2, .05, .3, .3, 0),
    "gong-2018-reram-sb": (.002, 0, 1.25, -.75, .3, .01, .3 / 1.25, .3 / .75, 3.75),
    "li-2018-capacitor": (.005, 0, 1, -1, .1, .06, .07, .07, .3),
    "tang-2018-ecram": (.002, 0, 1.1724, -.8276, .1, .01, .05, .05, 0),
    "kim-2019-ecram-mo": (2.8214e-4, 0, 1.1714, -.8286, .1, .01, .05, .05, 0),
    "gokmen-2016-idealized": (.0002, 0, 1, -1, .3, 0, .3, .3, 0),
    "gokmen-2016-rpu": (.0016, 0, 1, -1, .3, .01, .3, .3, 0),
    "nandakumar-2020-pcm": (.01, 0, 2, 0, .2, .05, .1, 0, 0),
    "gong-2022-reram-om": (.0949, 0, 1, -1, .7829, .01, .3499, .5695, .4158),
    "gong-2022-reram-hfo2": (.4622, 0, 1, -1, .7125, .01, .4295, .5990, .2174),
}
LOG_NORMAL = {"gong-2022-reram-om", "gong-2022-reram-hfo2"}
GAMMAS = {"li-2018-capacitor": (.05, .05, .01), "tang-2018-ecram": (.1153, .5085, .05),
          "kim-2019-ecram-mo": (.4152, .7342, .05)}
EXPONENTS = {"gong-2018-reram-es": (-1.18445, -.081404, 5, -.5, -.5),      # A up and down, gamma, a, b
             "nandakumar-2020-pcm": (-27.235, -2.235, 2.5, -1, 0)}
CONSTANT = {"gokmen-2016-idealized", "gokmen-2016-rpu"}
#: Standard deviation of the symmetry points in weights, as aihwkit's equations give it.
SYMMETRY = {"gong-2018-reram-es": .13, "gong-2018-reram-sb": .014, "tang-2018-ecram": .029,
            "gong-2022-reram-om": .018, "gong-2022-reram-hfo2": .017}


@dataclass
class Population:
    """Devices as aihwkit draws them, arrays in weights."""

    stem: str
    w_max: np.ndarray
    w_min: np.ndarray
    up: np.ndarray
    down: np.ndarray
    gammas: np.ndarray

    @classmethod
    def drawn(cls, stem, seed=101, size=MANY):
        dw, up_down, w_max, w_min, dw_dtod, ud_dtod, max_dtod, min_dtod, _ = NUMBERS[stem]
        xi = np.random.default_rng(seed).standard_normal((6, size))
        top, foot = w_max * (1 + max_dtod * xi[0]), w_min * (1 + min_dtod * xi[1])
        top, foot = np.where(foot > top, foot, top), np.where(foot > top, top, foot)
        gain = np.exp(dw_dtod * xi[2]) if stem in LOG_NORMAL else 1 + dw_dtod * xi[2]
        up = np.abs(min(up_down, 0) + gain + ud_dtod * xi[3]) * dw
        down = np.abs(-max(up_down, 0) + gain - ud_dtod * xi[3]) * dw
        *means, spread = GAMMAS.get(stem, (0, 0, 0))
        return cls(stem, np.abs(top), -np.abs(foot), up, down,
                   np.abs(np.array(means)[:, None] + spread * xi[4:]))

    def steps(self, w):
        """Set and reset steps at the weights w, both positive, without noise."""
        dw, up_down, w_max, w_min, *_ = NUMBERS[self.stem]
        if self.stem in EXPONENTS:
            a_up, a_down, gamma, a, b = EXPONENTS[self.stem]
            z = 2 * a * w / (self.w_max - self.w_min) + b
            return (self.up * np.maximum(1 - a_up * np.exp(gamma * z), 0),
                    self.down * np.maximum(1 - a_down * np.exp(-gamma * z), 0))
        if self.stem in GAMMAS:
            return self.up * (1 - self.gammas[0] * w / w_max), self.down * (1 - self.gammas[1] * w / w_min)
        if self.stem in CONSTANT:
            return self.up, self.down
        return self.up * (1 - w / self.w_max), self.down * (1 - w / self.w_min)


class Fabricated:
    """The same of devices that this package makes from a card: pulsed, and read."""

    def __init__(self, stem, noise=(), size=MANY):
        quiet = {key: 0 for key in ("c2c", "c2c_additive", "c2c_scaled", "c2c_slope", "write_noise", "stuck_value",
                                    "drift", "drift_spread") if key not in noise}
        device = load_device(stem, quiet)
        self.w_max, self.w_min = NUMBERS[stem][2:4]
        self.unit = device.span / (self.w_max - self.w_min)
        self.zero = device["g_min"] - self.unit * self.w_min
        self.array = DeviceArray(device, (size,), seed=1, threads=2)
        self.lowest = -self.zero / self.unit      #: the weight of 0 S

    def bounds(self):
        """Weights at which set and reset pulses stop, with steps that never vanish on the way."""
        cells = self.array.cells
        return self.to_weights(cells.high), np.maximum(self.to_weights(cells.low), self.lowest)

    def steps(self, w, strength=1e-4):
        """Set and reset steps at weights w, both positive; pulses are weak, so that no bound cuts them off."""
        found = []
        for sign in (1, -1):
            self.array.cells.g[:] = start = self.zero + self.unit * w
            self.array.pulse(np.full(self.array.shape, sign), np.full(self.array.shape, strength))
            found.append(sign * (self.array.cells.g - start) / self.unit / strength)
        return found

    def to_weights(self, g):
        return (np.asarray(g, float) - self.zero) / self.unit


def symmetry_points(steps, low, high, rounds=40):
    """Where set and reset steps of each device cancel, by bisection; steps : function of weights."""
    for _ in range(rounds):
        middle = (low + high) / 2
        up, down = steps(middle)
        low, high = np.where(up > down, middle, low), np.where(up > down, high, middle)
    return (low + high) / 2


def assert_alike(found, expected, name, part=0.015):
    """Mean and standard deviation to a part of the standard deviation, and the whole distribution."""
    width = expected.std()
    assert abs(found.mean() - expected.mean()) < part * width, (name, found.mean(), expected.mean())
    assert_allclose(found.std(), width, rtol=0.03, err_msg=name)
    assert ks_2samp(found, expected).pvalue > 1e-3, name


@pytest.mark.parametrize("stem", NUMBERS)
def test_bounds_and_steps_are_those_of_the_preset(stem):
    population, made = Population.drawn(stem), Fabricated(stem)
    high, low = made.bounds()
    assert_alike(high, population.w_max, "w_max")
    if NUMBERS[stem][7]:      # a conductance stops at 0 S
        assert_alike(low, np.maximum(population.w_min, made.lowest), "w_min")
    w = 0.0 if NUMBERS[stem][3] else 0.1      # at the end of the range no reset step can be seen
    for name, found, expected in zip(("up", "down"), made.steps(w), population.steps(w)):
        assert_alike(found, expected, name)


@pytest.mark.parametrize("stem", sorted(set(NUMBERS) - CONSTANT))
@pytest.mark.parametrize("part", [-0.4, 0.5])
def test_steps_beside_the_weight_zero_are_those_of_the_preset(stem, part):
    """At the same weight in all devices: here the spread of the ends has its say."""
    population, made = Population.drawn(stem), Fabricated(stem)
    w = part * (NUMBERS[stem][2] if part > 0 else -NUMBERS[stem][3])
    bounds = made.bounds(), (population.w_max, population.w_min)
    inside = [(low < w - 1e-3) & (w + 1e-3 < high) for high, low in bounds]
    if not inside[1].any():
        return
    for name, found, expected in zip(("up", "down"), made.steps(w), population.steps(w)):
        assert ks_2samp(found[inside[0]], expected[inside[1]]).pvalue > 1e-3, name


@pytest.mark.parametrize("stem", SYMMETRY)
def test_symmetry_points_scatter_as_those_of_the_preset(stem):
    population, made = Population.drawn(stem), Fabricated(stem)
    expected = symmetry_points(population.steps, population.w_min, population.w_max)
    high, low = made.bounds()
    found = symmetry_points(made.steps, low, high)
    assert_allclose([expected.std(), found.std()], SYMMETRY[stem], rtol=0.15)      # a tail of 1 / gain
    assert_allclose(np.quantile(found, (.05, .16, .5, .84, .95)), np.quantile(expected, (.05, .16, .5, .84, .95)),
                    rtol=0, atol=0.03 * SYMMETRY[stem])
    assert ks_2samp(found, expected).pvalue > 1e-3


@pytest.mark.parametrize("stem", [stem for stem, numbers in NUMBERS.items() if numbers[-1]])
@pytest.mark.parametrize("sign", [1, -1])
def test_additive_noise_is_a_part_of_the_devices_own_step(stem, sign):
    """Spread of many equal pulses of every device over its own noise-free step at the weight 0."""
    quiet, noisy = Fabricated(stem, size=2000), Fabricated(stem, noise=("c2c_scaled",), size=2000)
    own = quiet.steps(0.0)[0 if sign > 0 else 1]
    samples = np.array([noisy.steps(0.0)[0 if sign > 0 else 1] for _ in range(300)])
    assert_allclose(np.median(samples.std(axis=0) / own), NUMBERS[stem][-1], rtol=0.01)
    assert_allclose(np.quantile(samples.std(axis=0) / own, (.01, .99)) / NUMBERS[stem][-1], 1, atol=0.13)
