"""The figure of a device shows its law and the devices that are made from its card."""

import numpy as np
import pytest

from neurosim.memristor.device import load_device
from neurosim.measurements.csv import PulseTrains
from neurosim.memristor.characterise import noise_free_train
from neurosim.plots import device_figure, rendered


@pytest.fixture
def epiram():
    return load_device("choi-2018-epiram")


def panels(figure):
    return {axes.get_title() or "response": axes for axes in figure.axes}


def line(axes, label):
    found, = [line for line in axes.lines if line.get_label() == label]
    return found


def test_the_noise_free_curve_is_that_of_the_law(epiram):
    axes = panels(device_figure(epiram, devices=5))["response"]
    shown = line(axes, "noise-free")
    np.testing.assert_array_equal(shown.get_xdata(), np.arange(129))
    np.testing.assert_allclose(1e-6 * shown.get_ydata(), noise_free_train(epiram, 64, 64))
    assert axes.get_ylabel() == "conductance [µS]" and axes.get_xlabel() == "pulses: 64 set, then 64 reset"


def test_devices_without_imperfections_lie_on_the_curve(epiram):
    axes = panels(device_figure(epiram.with_values({"c2c_range": 0.0}), devices=5))["response"]
    np.testing.assert_allclose(line(axes, "their median").get_ydata(), line(axes, "noise-free").get_ydata(), rtol=1e-5)


def test_measured_trains_lie_over_the_curve_from_the_first_pulse_on(epiram):
    measured = PulseTrains(up=[[1e-6, 2e-6, 3e-6]], down=[[2e-6, 1e-6], [2.5e-6, 5e-7]], source="a test")
    axes = panels(device_figure(epiram, measured, devices=5))["response"]
    points = [(*shown.get_xdata(), *shown.get_ydata()) for shown in axes.lines if shown.get_marker() == "."]
    np.testing.assert_allclose(points[0], (1, 2, 3, 1, 2, 3))
    np.testing.assert_allclose(points[1:], [(4, 5, 2, 1), (4, 5, 2.5, 0.5)])
    assert line(axes, "noise-free").get_xdata()[-1] == 5


def test_drift_is_shown_where_the_card_has_any(epiram):
    steady = {"response", "steps of one set pulse", "steps of one reset pulse"}
    assert set(panels(device_figure(epiram, devices=5))) == steady
    drifting = epiram.with_values({"drift": 0.05, "drift_start": 1.0})
    axes = panels(device_figure(drifting, devices=5))["drift: median and 90 %"]
    times, seen = axes.lines[1].get_data()
    np.testing.assert_allclose(seen / seen[0], np.maximum(times, 1) ** -0.05, rtol=1e-4)
    assert axes.get_xlabel() == "time after the last pulse [s]"


def test_every_axis_has_its_unit_and_steps_their_share(epiram):
    shown = panels(device_figure(epiram, devices=5))
    for word in ("set", "reset"):
        axes = shown[f"steps of one {word} pulse"]
        assert axes.get_xlabel() == "change of conductance [µS]"
    assert shown["steps of one set pulse"].get_ylabel() == "devices [%]"


def test_faults_and_wear_are_told_in_words(epiram):
    worn = epiram.with_values({"stuck_on": 0.01, "endurance": 1e6})
    figure = device_figure(worn, devices=5)
    text = " ".join(text.get_text() for part in figure.subfigs for text in part.texts)
    assert "1 % stuck at the highest conductance" in text and "a device sticks after 1e+06 pulses" in text


@pytest.mark.parametrize("suffix, start", [(".png", b"\x89PNG"), (".svg", b"<?xml"), (".pdf", b"%PDF")])
def test_a_figure_is_a_file_of_its_suffix(suffix, start, epiram):
    assert rendered(device_figure(epiram, devices=5), suffix).startswith(start)


def test_no_text_runs_out_of_the_figure(epiram):
    figure = device_figure(epiram.with_values({"drift": 0.05, "drift_spread": 0.02}), devices=5)
    rendered(figure, ".png")
    figure.draw_without_rendering()
    for part in [*figure.axes, *(text for sub in figure.subfigs for text in sub.texts)]:
        box = part.get_window_extent() if hasattr(part, "get_text") else part.get_tightbbox()
        assert figure.bbox.x0 <= box.x0 and box.x1 <= figure.bbox.x1 and figure.bbox.y0 <= box.y0
