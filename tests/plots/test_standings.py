"""The figure of standings shows every device where its numbers are, and marks the one asked about."""

from types import SimpleNamespace

import numpy as np
import pytest

from neurosim.plots.standings import ENERGY, standings_figure
from neurosim.plots.style import save


def standing(name, errors, joules, own=False):
    return SimpleNamespace(name=name, own=own, errors=errors, means={ENERGY: joules} if joules else {})


def test_devices_are_where_their_numbers_are(tmp_path):
    figure = standings_figure([standing("mine", (0.1, 0.3), 2e-6, own=True), standing("a", (0.05,), 1e-6),
                               standing("b", (0.06, 0.08), 3e-6), standing("unpriced", (0.9,), None)])
    axes, = figure.axes
    marks = sorted((bar[0].get_xdata()[0], bar[0].get_ydata()[0]) for bar in axes.containers)
    assert np.array(marks) == pytest.approx(np.array([(1, 5), (2, 20), (3, 7)]))
    own, = (bar for bar in axes.containers if bar.get_label() == "mine")
    assert own.lines[2][0].get_segments()[0][:, 1] == pytest.approx([10, 30])
    assert [text.get_text() for text in axes.get_legend().get_texts()] == ["devices that ship", "mine"]
    save(figure, tmp_path / "standings.png")


def test_no_device_and_an_error_of_zero_are_drawn(tmp_path):
    for standings in ([], [standing("mine", (0.0, 0.0), 1e-6, own=True), standing("a", (0.5,), 1e-4)]):
        save(standings_figure(standings), tmp_path / "standings.png")
