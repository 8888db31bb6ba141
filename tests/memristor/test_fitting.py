"""Fits: the likelihood is that of the exact Gaussian, made-up devices are found again, cards say what was found."""

import math
from pathlib import Path

import numpy as np
import pytest
from scipy.optimize import minimize_scalar
from scipy.stats import multivariate_normal

from neurosim.memristor.array import DeviceArray
from neurosim.memristor.device import IMPERFECTIONS, Device, load_device
from neurosim.memristor.fitting import FITTED, Fit, Programming, fit
from neurosim.memristor.fitting.model import Model
from neurosim.memristor.measured import PulseTrains, read_pulses

LOW, HIGH = 1e-5, 1e-4
SPAN = HIGH - LOW
MEASURED = Path(__file__).resolve().parents[3] / "shared" / "data" / "devices" / "gong_et_al.csv"
DEVICES = {
    "soft-bounds": {"step_up": SPAN / 250, "step_down": SPAN / 400},
    "exponential": {"step_up": SPAN / 900, "step_down": SPAN / 900, "amplitude_up": 3.0, "amplitude_down": 4.0,
                    "rate_up": 8.0, "rate_down": 8.0},
    "neurosim": {"pulses_up": 1000, "pulses_down": 1000, "nonlinearity_up": 2.4, "nonlinearity_down": -4.88},
}
NOISE = {"of the step": {"c2c": 0.03}, "of the range": {"write_noise": 0.03 * SPAN}}
PROGRAMMING = Programming(set_voltage=2.0, set_width=1e-7, reset_voltage=-2.0, reset_width=2e-7, read_voltage=0.1)


def measured(law, noise, pulses=1000, seed=1):
    """Trains of one made-up device, set from the lowest conductance and then reset."""
    values = {**dict.fromkeys(IMPERFECTIONS, 0.0), "g_min": LOW, "g_max": HIGH, "drift_start": 1.0,
              "temperature": 300.0, **DEVICES[law], **noise}
    device = Device(stem="made-up", name="made up", law=law, citation="-", values=values, sources={})
    array = DeviceArray(device, (1,), seed=seed, threads=1)
    sides = []
    for sign in (1, -1):
        train = []
        for _ in range(pulses):
            array.pulse([sign])
            train.append(float(array.conductances()[0]))
        sides.append([train])
    return PulseTrains(up=sides[0], down=sides[1], source="made-up.csv")


def gaussian_log_likelihood(values, train, sign):
    """Of a train under a linear law: normal about the noise-free path, whose beginning is the best one."""
    count, side = len(train), "up" if sign > 0 else "down"
    step, slope = values[f"step_{side}"], values[f"slope_{side}"]
    span = values["g_max"] - values["g_min"]
    left = 1 - step * slope / span
    lags = np.subtract.outer(np.arange(count), np.arange(count))
    walk = np.where(lags >= 0, left ** np.abs(lags), 0) * values["c2c_additive"]
    covariance = walk @ walk.T + values["write_noise"] ** 2 * np.eye(count) + \
        values["memory_noise"] ** 2 * np.exp(-np.abs(lags) / values["memory"])
    origin = values["g_min"] if sign > 0 else values["g_max"]

    def loss(begin):
        rest = left ** np.arange(1, count + 1)
        path = origin + sign * span / slope * (1 - rest) + rest * (begin - origin)
        return -multivariate_normal.logpdf((train - path) / 1e-6, cov=covariance / 1e-12) + count * math.log(1e-6)

    return -minimize_scalar(loss, bracket=(train[0], train[0] * 1.01), tol=1e-12).fun


def test_likelihood_is_that_of_the_exact_gaussian():
    random = np.random.default_rng(4)
    trains = PulseTrains(up=[4e-5 + 3e-7 * np.arange(40) + 1e-6 * random.standard_normal(40),
                             5e-5 + 2e-7 * np.arange(30) + 1e-6 * random.standard_normal(30)],
                         down=[6e-5 - 2e-7 * np.arange(50) + 1e-6 * random.standard_normal(50)], source="-")
    values = {"g_min": LOW, "g_max": HIGH, "step_up": 5e-7, "slope_up": 0.6, "step_down": 4e-7, "slope_down": 0.5,
              "c2c_additive": 3e-7, "write_noise": 8e-7, "memory_noise": 5e-7, "memory": 4.0}
    exact = sum(gaussian_log_likelihood(values, train, sign)
                for sign, side in ((1, trains.up), (-1, trains.down)) for train in side)
    assert Model("linear", trains, values).log_likelihood(values)[0] == pytest.approx(exact, abs=1e-4)


@pytest.mark.slow
@pytest.mark.parametrize("noise", NOISE)
@pytest.mark.parametrize("law", DEVICES)
def test_made_up_devices_are_found_again(law, noise):
    if (law, noise) == ("exponential", "of the range"):
        pytest.skip("1000 pulses leave its amplitudes and rates uncertain by more than 5 %")
    values = fit(measured(law, NOISE[noise]), laws=(law,), folds=2)[0].values
    wanted = {"g_min": LOW, "g_max": HIGH, **DEVICES[law]}
    if law != "exponential":    # which saturates: where devices do not step, their steps show no noise
        wanted |= NOISE[noise]
        assert set(values) == set(wanted)    # no noise of another kind
    errors = {key: values[key] / wanted[key] - 1 for key in wanted}
    assert max(map(abs, errors.values())) < 0.05, errors


@pytest.fixture(scope="module")
def fits():
    """Of a device with exponential steps, by its own law and by another."""
    return fit(measured("exponential", {"write_noise": 0.03 * SPAN}, pulses=400), laws=("soft-bounds", "exponential"))


@pytest.mark.slow
def test_the_law_that_made_the_trains_predicts_best(fits):
    assert [found.law for found in fits] == ["exponential", "soft-bounds"]
    assert fits[0].held_out > fits[1].held_out
    assert fits[0].residual("up") == pytest.approx(0.03 * SPAN, rel=0.1)
    assert fits[0].residual("down", window=25) < 0.015 * SPAN < fits[1].residual("down", window=25)
    low, high = fits[0].intervals["write_noise"]
    assert low < 0.03 * SPAN < high < 1.2 * low


@pytest.mark.slow
def test_a_card_says_what_was_fitted(fits, tmp_path):
    path = tmp_path / "mine.toml"
    path.write_text(fits[0].card_text("Mine", "measured here", PROGRAMMING), encoding="utf-8")
    device = load_device(path)
    assert device.law == "exponential" and device["reset_width"] == 2e-7 and device["c2c"] == 0
    assert device["write_noise"] == fits[0].values["write_noise"]
    low, high = fits[0].intervals["write_noise"]
    assert device.sources["write_noise"] == f"fitted to made-up.csv, 95 % interval {low:.4g} ... {high:.4g} S"
    assert device.sources["set_voltage"] == "chosen"


def test_nodes_of_a_card(tmp_path):
    values = {"g_min": LOW, "g_max": HIGH, "nodes_up": (2e-7, 1e-7), "nodes_down": (3e-7, 2e-7), "write_noise": 1e-6}
    limits = {**dict.fromkeys(values, None), "nodes_up": ((1e-7, 3e-7), None), "nodes_down": (None, None)}
    found = Fit(law="piecewise", source="m.csv", values=values, intervals=limits, memory=(9.0, 0.5), log_likelihood=0.0,
                held_out=0.0, curves={}, trains=None)
    path = tmp_path / "nodes.toml"
    path.write_text(found.card_text("Nodes", "-", PROGRAMMING), encoding="utf-8")
    device = load_device(path)
    assert device["nodes_up"] == (2e-7, 1e-7)
    assert device.sources["nodes_up"] == "fitted to m.csv, 95 % interval 1e-07 ... 3e-07, not determined S"
    assert device.sources["write_noise"].endswith("50% of its variance is remembered over 9 pulses")


@pytest.mark.parametrize("trains, options, reason", [
    (np.linspace(1e-5, 2e-5, 60), {"laws": ("linaer",)}, "law 'linaer' cannot be fitted; did you mean 'linear'?"),
    (np.linspace(1e-5, 2e-5, 60), {"folds": 1}, "1 folds: name at least one law, and 2 folds or more"),
    (np.linspace(1e-5, 2e-5, 20), {}, "made-up.csv: up: 20 pulses are too few for a fit"),
    (np.full(60, 1e-5), {}, "made-up.csv: the conductance is 1e-05 S after every pulse"),
])
def test_what_cannot_be_fitted(trains, options, reason):
    with pytest.raises(ValueError) as caught:
        fit(PulseTrains(up=[trains], down=[trains], source="made-up.csv"), **options)
    assert reason in str(caught.value)


@pytest.mark.slow
@pytest.mark.skipif(not MEASURED.is_file(), reason="the measured trains are not ours to ship")
def test_a_measured_device_is_fitted_better_than_by_its_published_preset():
    unit = 5e-5
    first, *_ = fit(read_pulses(MEASURED, 1e-4 - unit, 1e-4 + unit, scale=(-1, 1)), laws=FITTED)
    assert first.residual("up", window=25) < 0.27 * unit and first.residual("down", window=25) < 0.13 * unit
