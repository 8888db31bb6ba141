"""The figure of an improvement shows differences with their intervals, and greys what is within chance."""

from types import SimpleNamespace

import numpy as np
import pytest

from neurosim.plots.improvement import improvement_figure
from neurosim.plots.style import save


def contrast(mean, half, told, others=()):
    return SimpleNamespace(difference=SimpleNamespace(mean=mean, low=mean - half, high=mean + half, told=told),
                           others=others)


@pytest.fixture
def found():
    return SimpleNamespace(remedies=(
        SimpleNamespace(name="pulse rule", among=contrast(0.024, 0.008, True), alone=contrast(0.02, 0.01, True)),
        SimpleNamespace(name="converter errors", among=contrast(-0.001, 0.01, False),
                        alone=contrast(0.002, 0.003, False, ("converters",)))))


@pytest.fixture
def written():
    side = SimpleNamespace(cost=0.005, low=-0.002, high=0.012)
    return SimpleNamespace(effects=[SimpleNamespace(name="converter errors", among=side)])


def test_marks_are_differences_in_points_and_bars_their_intervals(found, written):
    axes = improvement_figure(found, written).axes[0]
    marks = [bar[0].get_xdata()[0] for bar in axes.containers]
    bars = [bar.get_segments()[0][:, 0] for bar in axes.collections]
    np.testing.assert_allclose(marks, [2.4, 2, -0.1, 0.2, 0.5])
    np.testing.assert_allclose(bars, [(1.6, 3.2), (1, 3), (-1.1, 0.9), (-0.1, 0.5), (-0.2, 1.2)], atol=1e-12)
    assert axes.lines[0].get_xdata()[0] == 0


def test_what_cannot_be_told_is_grey(found):
    axes = improvement_figure(found).axes[0]
    colours = [bar[0].get_color() for bar in axes.containers]
    assert len(set(colours[:2])) == 2 and set(colours[2:]) == {"#A0A0A0"} and "#A0A0A0" not in colours[:2]
    assert [text.get_text() for text in axes.get_yticklabels()] == ["pulse rule", "converter errors*"]


def test_no_text_runs_out_of_the_figure(found, written, tmp_path):
    figure = improvement_figure(found, written, "run.h5")
    save(figure, tmp_path / "improve.png")
    inside = figure.bbox
    for part in (*figure.axes, *figure.legends):
        box = part.get_tightbbox() if part in figure.axes else part.get_window_extent()
        assert inside.x0 <= box.x0 <= box.x1 <= inside.x1 and inside.y0 <= box.y0 <= box.y1 <= inside.y1
