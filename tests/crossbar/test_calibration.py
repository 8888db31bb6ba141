"""The full scale of the least squared error: a brute-force search over samples, and constants from the literature."""

import numpy as np
import pytest
from numpy.testing import assert_allclose

from neurosim.crossbar.calibration import BINS, FINE, LEAST, best_full_scale, codes_of, squared_error

KINDS = ("adc", "integrate-and-fire")
RANDOM = np.random.default_rng(11)
SAMPLES = {
    "gaussian": RANDOM.standard_normal(8000),
    "laplace": RANDOM.laplace(size=8000),
    "uniform": RANDOM.uniform(-1, 1, 8000),
    "one-sided": RANDOM.exponential(size=8000),
    "small, with rare large ones": np.where(RANDOM.random(8000) < 0.05, 20.0, 1.0) * RANDOM.standard_normal(8000),
}


def binned(values):
    """Counts by size: eight bins in each power of two from 2^-40 on, positive values first."""
    edges = 2.0 ** -40 * np.ravel([2.0 ** octave * np.linspace(1, 2, 8, endpoint=False) for octave in range(64)])
    place = np.maximum(np.searchsorted(edges, np.abs(values), "right") - 1, 0)
    return np.bincount(place + 512 * (values < 0), minlength=1024)


def converted(values, kind, bits, full):
    """What a converter makes of numbers: two's complement to the nearest code, or whole charges of either sign."""
    if kind == "adc":
        step = full / 2 ** (bits - 1)
        codes = np.clip(np.sign(values) * np.floor(np.abs(values) / step + 0.5), -2 ** (bits - 1), 2 ** (bits - 1) - 1)
    else:
        step = full / (2 ** bits - 1)
        codes = np.sign(values) * np.minimum(np.floor(np.abs(values) / step), 2 ** bits - 1)
    return codes * step


def mean_error(values, kind, bits, full):
    return np.mean((converted(values, kind, bits, full) - values) ** 2)


def test_bins_are_those_of_the_test():
    assert (BINS, FINE, LEAST) == (1024, 8, 2.0 ** -40)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("bits", [1, 2, 3, 4, 6, 8])
@pytest.mark.parametrize("name", SAMPLES)
def test_no_full_scale_does_better(name, bits, kind):
    """Within 2 % of the least mean squared error over 160 full scales, and what the bin of the largest sums leaves
    open, since with many bits a few of them decide."""
    values = SAMPLES[name]
    found = best_full_scale(binned(values), codes_of(kind, bits))
    tried = np.geomspace(np.abs(values).max() / 256, 2.2 * np.abs(values).max(), 160)
    least = min(mean_error(values, kind, bits, full) for full in tried)
    few = np.mean(np.abs(values) > 0.875 * np.abs(values).max())
    open_to = few * (0.125 * np.abs(values).max()) ** 2 / 12
    assert mean_error(values, kind, bits, found) <= 1.02 * least + open_to


@pytest.mark.parametrize("levels, step", [(4, 0.9957), (8, 0.5860), (16, 0.3352), (32, 0.1881)])
def test_steps_of_a_gaussian_are_those_of_max(levels, step):
    """Uniform quantisers of a unit normal, Max, IRE Trans. Inf. Theory 6:7 (1960), Table II.

    His have a threshold at zero and codes at half steps, ours a code at zero and one code less above: with many levels
    the difference fades.
    """
    bits = int(np.log2(levels))
    normal = np.random.default_rng(0).standard_normal(80000)
    found = best_full_scale(binned(normal), codes_of("adc", bits)) / 2 ** (bits - 1)
    assert found == pytest.approx(step, rel={4: 0.08, 8: 0.05, 16: 0.03, 32: 0.03}[levels])


@pytest.mark.parametrize("kind", KINDS)
def test_squared_error_of_equally_likely_sums(kind):
    """Sums spread evenly over one bin: the error is that of a fine grid of them, also beyond the range."""
    grid = np.linspace(1.25, 1.375, 20001)
    counts = np.zeros(1024, int)
    counts[8 * 40 + 2] = counts[512 + 8 * 40 + 2] = 5
    full = np.array([0.4, 0.9, 1.3, 2.0, 9.0, 40.0])
    expected = [5 * (mean_error(grid, kind, 3, one) + mean_error(-grid, kind, 3, one)) for one in full]
    assert_allclose(squared_error(counts, full, codes_of(kind, 3)), expected, rtol=1e-3)


def test_the_scale_of_sums_does_not_matter():
    values = SAMPLES["gaussian"]
    found = [best_full_scale(binned(values * 2.0 ** k), codes_of("adc", 4)) / 2.0 ** k for k in (-20, 0, 15)]
    assert_allclose(found, found[1], rtol=1e-9)


def test_without_sums_there_is_no_full_scale():
    assert np.isnan(best_full_scale(np.zeros(BINS, int), codes_of("adc", 4)))
    assert np.isnan(best_full_scale(binned(np.zeros(30)), codes_of("adc", 4)))
