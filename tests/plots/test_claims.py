"""The figure of a recipe shows every number of its panels, over words and over numbers."""

from types import SimpleNamespace

import numpy as np
import pytest

from neurosim.experiment.reproduce import Panel
from neurosim.plots.claims import claim_figure


def drawn(*panels):
    return claim_figure(SimpleNamespace(recipe=SimpleNamespace(name="a-claim"), panels=panels))


def test_every_number_is_drawn_at_its_x():
    figure = drawn(Panel(title="t", x=(10, 20), series={"a": (1.0, 2.0), "b": (3.0, 4.0)}, y_label="y [1]", log=True),
                   Panel(title="words", x=("conv1", "conv2"), series={"a": (5.0, 6.0)}))
    first, second = figure.axes
    assert [tuple(line.get_ydata()) for line in first.get_lines()] == [(1.0, 2.0), (3.0, 4.0)]
    assert tuple(first.get_lines()[0].get_xdata()) == (10, 20) and first.get_yscale() == "log"
    assert [tick.get_text() for tick in second.get_xticklabels()] == ["conv1", "conv2"]
    assert [text.get_text() for text in first.get_legend().get_texts()] == ["a", "b"]


@pytest.mark.parametrize("panels, grid", [(1, (1, 1)), (3, (1, 3)), (4, (2, 2)), (5, (3, 2))])
def test_panels_lie_in_a_grid(panels, grid):
    figure = drawn(*[Panel(title=str(k), x=(1,), series={"a": (1.0,)}) for k in range(panels)])
    assert figure.axes[0].get_gridspec().get_geometry() == grid
    assert np.isfinite(figure.get_size_inches()).all()
