"""The figure of an ablation shows errors, and the intervals of their differences where they belong."""

from types import SimpleNamespace

import numpy as np
import pytest

from neurosim.plots.ablation import ablation_figure
from neurosim.plots.style import save


def side(on, off, half, others=()):
    return SimpleNamespace(on=on, off=off, cost=on - off, low=on - off - half, high=on - off + half, others=others)


@pytest.fixture
def found():
    effects = (SimpleNamespace(name="wires", alone=side(0.06, 0.03, 0.01), among=side(0.10, 0.08, 0.015)),
               SimpleNamespace(name="converter errors", alone=side(0.05, 0.04, 0.005, ("converters",)),
                               among=side(0.10, 0.095, 0.01)))
    return SimpleNamespace(errors={"own": 0.05, "numbers": 0.025, "none": 0.03, "all": 0.10}, effects=effects,
                           samples=1000)


def test_marks_are_errors_and_bars_are_differences_seen_from_where_they_start(found):
    axes = ablation_figure(found).axes[0]
    bars = [bar.get_segments()[0][:, 0] for bar in axes.collections]
    marks = [bar[0].get_xdata()[0] for bar in axes.containers]
    starts = [line.get_xdata()[0] for line in axes.lines if line.get_alpha() == 0.35]
    np.testing.assert_allclose(marks, [6, 8, 5, 9.5])
    np.testing.assert_allclose(starts, [3, 10, 4, 10])
    np.testing.assert_allclose(bars, [(5, 7), (6.5, 9.5), (4.5, 5.5), (8.5, 10.5)])


def test_four_chips_are_lines_across_all_rows(found):
    axes = ablation_figure(found).axes[0]
    lines = {line.get_label(): line.get_xdata()[0] for line in axes.lines if not line.get_label().startswith("_")}
    assert lines == pytest.approx({"fresh chip, no imperfection": 3, "fresh chip, all imperfections": 10,
                                   "the run's own chip": 5, "weights as numbers": 2.5})
    assert [text.get_text() for text in axes.get_yticklabels()] == ["wires", "converter errors*"]
    assert axes.get_ylim() == pytest.approx((1.5, -1.4)) and axes.get_xlabel() == "error [%]"


def test_no_text_runs_out_of_the_figure(found, tmp_path):
    figure = ablation_figure(found, "run.h5, first 1,000 test images")
    save(figure, tmp_path / "ablation.png")
    inside = figure.bbox
    for part in (*figure.axes, *figure.legends):
        box = part.get_tightbbox() if part in figure.axes else part.get_window_extent()
        assert inside.x0 <= box.x0 <= box.x1 <= inside.x1 and inside.y0 <= box.y0 <= box.y1 <= inside.y1


def test_a_difference_whose_interval_holds_none_is_not_significant(found):
    found.effects[1].alone.low = -0.001
    figure = ablation_figure(found)
    assert [text.get_text() for text in figure.axes[0].texts] == ["not significant"] * 2
    assert [bar[0].get_alpha() for bar in figure.axes[0].containers] == [1, 1, 0.45, 0.45]
    assert "n. s." in {text.get_text() for text in ablation_figure(found, width=3.5).axes[0].texts}


def test_lines_at_one_error_have_marks_of_their_own_one_above_the_other(found):
    found.errors = dict.fromkeys(found.errors, 0.05)
    marks = [line for line in ablation_figure(found).axes[0].lines if line.get_marker() in "v^D*"]
    assert len({line.get_marker() for line in marks}) == 4 == len({line.get_ydata()[0] for line in marks})
    assert {line.get_xdata()[0] for line in marks} == {5.0}
