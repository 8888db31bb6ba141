"""Telegraph noise: two levels, their occupation and the noise on them are found again, with honest intervals."""

import numpy as np
import pytest

from neurosim.memristor.fitting.telegraph import levels_of, telegraph

EXPERIMENTS = 40


def trace(rng, reads, apart, upper, lag, noise, mean=1e-5):
    """A Markov chain of two states and white noise: runs of the states are geometric."""
    rise, fall = upper * (1 - lag), (1 - upper) * (1 - lag)
    count = int(6 * reads * rise * fall / (rise + fall)) + 50
    runs = np.stack([rng.geometric(fall, count), rng.geometric(rise, count)], axis=1).ravel()
    high = np.repeat(np.arange(runs.size) % 2 == 0, runs)[runs[0] if rng.random() > upper else 0:][:reads]
    return mean * (1 + apart * (high - upper) + noise * rng.standard_normal(reads))


@pytest.mark.slow
@pytest.mark.parametrize("reads, apart, upper, lag, noise", [
    (3000, 0.1, 0.3, 0.9, 0.02), (3000, 0.1, 0.3, 0.0, 0.04), (5000, 0.1, 0.5, 0.98, 0.03)])
def test_intervals_of_telegraph_noise_hold_the_truth(reads, apart, upper, lag, noise):
    truth, held = {"rtn_amplitude": apart, "rtn_probability": upper, "read_noise": noise}, {}
    for seed in range(EXPERIMENTS):
        found = telegraph([trace(np.random.default_rng(seed), reads, apart, upper, lag, noise)], [None], "made")
        for key, value in truth.items():
            low, high = found.intervals[key]
            held[key] = held.get(key, 0) + (low <= value <= high)
    assert all(count >= 34 for count in held.values())


def test_the_variance_of_a_read_is_that_of_the_card():
    """p (1 - p) A^2 + sigma^2 is what `driven_variance` makes of the numbers, and what the trace has."""
    made = trace(np.random.default_rng(0), 20000, 0.2, 0.3, 0.8, 0.03)
    value = telegraph([made], [None], "made").values
    upper = value["rtn_probability"]
    variance = upper * (1 - upper) * value["rtn_amplitude"] ** 2 + value["read_noise"] ** 2
    assert variance == pytest.approx(np.var(made / made.mean()), rel=0.01)


def test_states_last_as_long_as_they_were_made_to():
    made = trace(np.random.default_rng(1), 50000, 0.2, 0.25, 0.9, 0.03)
    found = telegraph([made], [2e-3], "made")
    assert levels_of(made / made.mean()).lag == pytest.approx(0.9, abs=0.01)
    words = found.remarks[-1].split()
    assert float(words[4]) == pytest.approx(2e-3 / (0.75 * 0.1), rel=0.1)
    assert float(words[words.index("lower") + 2]) == pytest.approx(2e-3 / (0.25 * 0.1), rel=0.1)


def test_devices_without_two_levels_count_as_quiet():
    rng = np.random.default_rng(2)
    loud = [trace(rng, 2000, 0.2, 0.5, 0.9, 0.02) for _ in range(2)]
    quiet = [1e-5 * (1 + 0.02 * rng.standard_normal(2000)) for _ in range(2)]
    found = telegraph(loud + quiet, [None] * 4, "made")
    assert found.values["rtn_amplitude"] == pytest.approx(0.2 / np.sqrt(2), rel=0.05)
    assert found.remarks[0].startswith("2 of 4 traces have two levels")
    with pytest.raises(ValueError, match="no trace has two levels that lie 2 standard deviations apart"):
        telegraph(quiet, [None] * 2, "made")


def test_traces_that_a_converter_has_rounded_have_levels_without_noise():
    """Reads that all are one of two numbers, and a trace that always is the same, which has one level."""
    upper = np.random.default_rng(3).random(400) < 0.3
    found = telegraph([np.where(upper, 2e-5, 1e-5)], [None], "made")
    mean = 1 + upper.mean()
    assert found.values["rtn_amplitude"] == pytest.approx(1 / mean) and found.values["read_noise"] == 0
    low, high = found.intervals["rtn_probability"]
    assert found.values["rtn_probability"] == pytest.approx(upper.mean()) and low < upper.mean() < high
    assert (high - low) / 2 == pytest.approx(1.96 * np.sqrt(0.3 * 0.7 / 400), rel=0.1)
    with pytest.raises(ValueError, match="no trace has two levels"):
        telegraph([np.full(200, 1e-5)], [None], "made")


def test_three_levels_are_no_good_fit_by_two():
    rng = np.random.default_rng(3)
    made = trace(rng, 4000, 0.3, 0.5, 0.95, 0.01) + trace(rng, 4000, 0.12, 0.5, 0.99, 0.0)
    assert telegraph([made], [None], "made").goodness.startswith("poor")
    assert telegraph([trace(rng, 4000, 0.3, 0.5, 0.95, 0.01)], [None], "made").goodness.startswith("good")
