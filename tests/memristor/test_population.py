"""Spreads between devices: what many devices share is recovered, and intervals hold the truth as often as they say."""

import numpy as np
import pytest

from neurosim.measurements.types import PulseTrains
from neurosim.memristor.array import DeviceArray
from neurosim.memristor.device import Device, load_device, with_defaults
from neurosim.memristor.fitting import Programming, fit
from neurosim.memristor.fitting.verdict import goodness_of_devices
from neurosim.memristor.fitting.population import mean, population, spread

EXPERIMENTS = 200


@pytest.mark.parametrize("devices", [4, 10, 30])
@pytest.mark.parametrize("error", [0.0, 0.3, 0.7])
def test_intervals_of_spreads_hold_the_truth(devices, error):
    """error : standard error of the fit to one device, over the spread itself."""
    rng, inside = np.random.default_rng([devices, int(10 * error)]), 0
    for _ in range(EXPERIMENTS):
        values = 5 + 0.2 * rng.standard_normal(devices) + 0.2 * error * rng.standard_normal(devices)
        _, (low, high) = spread(values, np.full(devices, 0.2 * error))
        inside += low <= 0.2 <= high
    assert 0.90 <= inside / EXPERIMENTS <= 0.985


def test_two_kinds_of_one_spread_count_twice():
    rng, inside, widths = np.random.default_rng(3), 0, []
    for _ in range(EXPERIMENTS):
        values = np.array([[1.0], [7.0]]) + 0.2 * rng.standard_normal((2, 10))
        _, (low, high) = spread(values, np.zeros((2, 10)))
        inside += low <= 0.2 <= high
        widths.append((high - low) / (np.ptp(spread(values[0], np.zeros(10))[1])))
    assert 0.90 <= inside / EXPERIMENTS <= 0.985 and np.median(widths) < 0.8


def test_intervals_of_means_hold_the_truth():
    rng, inside = np.random.default_rng(4), 0
    for _ in range(EXPERIMENTS):
        _, (low, high) = mean(5 + 0.2 * rng.standard_normal(6))
        inside += low <= 5 <= high
    assert 0.90 <= inside / EXPERIMENTS <= 0.985


def test_what_is_no_more_than_errors_of_fits_is_no_spread():
    value, (low, high) = spread(np.array([1.0, 1.1, 0.9, 1.0]), np.full(4, 0.2))
    assert value == low == 0 and high > 0


TRUTH = {"g_min": 2e-6, "g_max": 12e-6, "step_up": 4e-7, "step_down": 6e-7, "set_voltage": 1.0, "set_width": 1e-6,
         "reset_voltage": -1.0, "reset_width": 1e-6, "read_voltage": 0.1, "step_spread": 0.25, "g_max_spread": 0.08,
         "c2c": 0.3}


def measured(devices, pulses=80, cycles=2, seed=1):
    """Trains of fabricated devices, dict from label to PulseTrains."""
    card = Device(stem="truth", name="truth", law="soft-bounds", citation="-", values=with_defaults(TRUTH), sources={})
    array, reads = DeviceArray(card, (devices,), seed=seed, threads=1), []
    for _ in range(cycles):
        for sign in (1, -1):
            train = []
            for _ in range(pulses):
                array.pulse(np.full(devices, sign))
                train.append(array.conductances().astype(float))
            reads.append(np.array(train).T)
    return {f"d{k}": PulseTrains(up=[train[k] for train in reads[::2]], down=[train[k] for train in reads[1::2]],
                                 source="made") for k in range(devices)}


@pytest.mark.slow
def test_spreads_of_fabricated_devices_lie_in_their_intervals(tmp_path):
    fits = {label: fit(trains, laws=["soft-bounds"], folds=2)[0] for label, trains in measured(12).items()}
    found = population(fits)
    for key in ("step_up", "step_down", "g_min", "g_max", "step_spread", "g_max_spread", "c2c"):
        low, high = found.intervals[key]
        assert low <= TRUTH[key] <= high, key
    assert goodness_of_devices(fits).startswith("good: so soft-bounds describes")
    (tmp_path / "mine.toml").write_text(found.card_text("mine", "-", Programming(
        set_voltage=1.0, set_width=1e-6, reset_voltage=-1.0, reset_width=1e-6, read_voltage=0.1)))
    card = load_device(tmp_path / "mine.toml")
    assert card["step_spread"] == pytest.approx(found.values["step_spread"])
    assert card.sources["step_spread"].startswith("spread of fits to 12 devices, made, 95 % interval ")


def test_one_device_has_no_spread():
    with pytest.raises(ValueError, match="0 devices fitted by : give two or more"):
        population({})
