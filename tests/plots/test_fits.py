"""The figure of a fit overlays the measured trains and the law, and ranks the laws."""

import numpy as np
import pytest

from neurosim.memristor.device import load_device
from neurosim.measurements.csv import PulseTrains
from neurosim.memristor.response import DOWN, UP, Response
from neurosim.plots import fit_figure, rendered

SCORES = {"neurosim": 14.0, "linear": 13.75, "power": 13.0}


@pytest.fixture
def drawn():
    """Figure of a fit to two set trains and one reset train, with what it shows."""
    device = load_device("choi-2018-epiram")
    response = Response(device)
    curves = {"up": [response.walk(UP, 20)[1:], response.walk(UP, 10, 5e-6)[1:]], "down": [response.walk(DOWN, 30)[1:]]}
    trains = PulseTrains(**{side: [curve + 1e-7 for curve in rows] for side, rows in curves.items()}, source="mine.csv")
    return fit_figure(device, trains, curves, SCORES), trains, curves


def panel(figure, words):
    found, = [axes for axes in figure.axes if words in axes.get_ylabel() + axes.get_xlabel()]
    return found


def test_data_and_curves_of_every_train_lie_over_each_other(drawn):
    figure, trains, curves = drawn
    axes = panel(figure, "conductance [µS]")
    lines = {marker: [line for line in axes.lines if line.get_marker() == marker] for marker in (".", "None")}
    for marker, rows in ((".", trains.up + trains.down), ("None", curves["up"] + curves["down"])):
        assert [line.get_xdata()[0] for line in lines[marker]] == [1, 1, 21]
        for line, row in zip(lines[marker], rows, strict=True):
            np.testing.assert_allclose(1e-6 * line.get_ydata(), row)


def test_what_is_left_over_is_measured_minus_fit(drawn):
    axes = panel(drawn[0], "measured - fit [nS]")
    for line in axes.lines[:3]:
        np.testing.assert_allclose(line.get_ydata(), 100, rtol=1e-6)


def test_laws_are_ranked_by_what_they_lose_against_the_best(drawn):
    axes = panel(drawn[0], "held-out log-likelihood")
    assert [label.get_text() for label in axes.get_yticklabels()] == list(SCORES)
    np.testing.assert_allclose([bar.get_width() for bar in axes.patches], [0, 0.25, 1.0])
    assert [text.get_text() for text in axes.texts] == ["chosen", "0.25", "1"]


def test_a_single_law_can_be_drawn(drawn):
    figure = fit_figure(load_device("choi-2018-epiram"), *drawn[1:], {"neurosim": 14.0})
    assert rendered(figure, ".pdf").startswith(b"%PDF")
