"""The heat map: cells around their points, the line of the tolerated loss where it belongs."""

import numpy as np
import pytest
from matplotlib.figure import Figure

from neurosim.plots.sweeps.maps import edges, map_figure, mapped_keys
from neurosim.plots.sweeps.points import points_of
from neurosim.streams import stream


@pytest.mark.parametrize("scale, places, expected", [
    ("linear", [1, 2, 4], [0.5, 1.5, 3, 5]), ("log", [1, 10, 1000], [10 ** -0.5, 10 ** 0.5, 100, 10000])])
def test_cells_meet_half_way_on_the_scale_of_the_axis(scale, places, expected):
    axes = Figure().subplots()
    axes.set_xscale(scale)
    np.testing.assert_allclose(edges(np.array(places, float), axes.xaxis.get_transform()), expected)


def drawn(results, tolerance=0.01):
    points = points_of(results, "test_error")
    return map_figure(results, points, tolerance).axes[0]


@pytest.fixture
def logarithmic(grid_of):
    """Error that rises by one point per decade of one axis and by 0.1 points per bit: its contours are straight."""
    c2c, bits = np.array([0.001, 0.01, 0.1, 1.0]), np.array([2, 3, 4])
    error = 0.05 + 0.01 * np.log10(c2c)[:, None] + 0.001 * (4 - bits)
    return grid_of({"device.c2c": c2c, "readout.bits": bits}, test_error=error[..., None])


def test_the_line_of_the_tolerated_loss_is_straight_where_the_error_is(logarithmic):
    axes = drawn(logarithmic, 0.0125)
    line = axes.collections[-1]
    path = (line.get_transform() - axes.transData).transform(line.get_paths()[0].vertices)
    excess = np.log10(path[:, 0]) + 3 + 0.1 * (4 - path[:, 1])    # points above the best, at 0.001 and 4 bits
    np.testing.assert_allclose(excess, 1.25, rtol=1e-9)
    assert path[:, 1].min() == pytest.approx(2) and path[:, 1].max() == pytest.approx(4)
    assert "best 2 %, tolerated up to 3.25 % (line)" in axes.figure.get_supxlabel()


def test_cells_hold_the_means_and_missing_ones_are_bare(logarithmic):
    logarithmic.results["test_error"][1, 2] = np.nan
    axes = drawn(logarithmic)
    cells = axes.collections[0].get_array()
    np.testing.assert_allclose(cells[0], 100 * logarithmic.results["test_error"][:, 0, 0])
    assert cells.mask.sum() == 1 and cells.mask[2, 1]
    assert len(axes.texts) == 11 and axes.patch.get_hatch()
    assert axes.get_xscale() == "log" and axes.get_ylabel() == "resolution of converters [bits]"


def test_where_all_is_tolerated_there_is_no_line(logarithmic):
    axes = drawn(logarithmic, 0.2)
    assert len(axes.collections) == 1 and "all cells are" in axes.figure.get_supxlabel()


def test_a_map_shows_the_two_axes_that_matter_with_the_others_at_the_best_point(grid_of):
    small, words, large, middle = np.meshgrid([0, 1, 2], [0, 1], [5, 0, 2], [0, 1], indexing="ij")
    error = 0.01 * (small + 3 * words + 10 * large + 7 * middle)[..., None]
    results = grid_of({"learning.beta": [0.1, 0.2, 0.3], "synapses.device": ["a", "b"], "device.c2c": [5.0, 0.0, 2.0],
                       "device.levels": [64, 32]}, test_error=error)
    points = points_of(results, "test_error")
    assert mapped_keys(points) == ("device.c2c", "device.levels")
    axes = drawn(results)
    np.testing.assert_allclose(axes.collections[0].get_array(), [[7, 27, 57], [0, 20, 50]], atol=1e-9)
    assert axes.figure.get_suptitle() == "a sweep: at beta 0.1, device a"


def test_a_map_needs_two_axes_of_numbers(grid_of, points_at):
    words = grid_of({"synapses.device": ["a", "b"], "readout.bits": [1, 2]}, test_error=np.ones((2, 2, 1)))
    assert mapped_keys(points_of(words, "test_error")) == ()
    cloud = points_at("random", {"learning.beta": [0.1, 0.2], "readout.bits": [1, 2]}, test_error=np.ones((2, 1)))
    assert mapped_keys(points_of(cloud, "test_error")) == ()


def test_a_map_of_noise_says_so(grid_of):
    random = stream(5, "a test")
    axes = {"learning.beta": [0.1, 0.2, 0.3], "readout.bits": [4, 6, 8]}
    shared, own = random.standard_normal((1, 1, 4)), 0.01 * random.standard_normal((3, 3, 4))
    noise = drawn(grid_of(axes, test_error=0.2 + 0.1 * shared + own))
    assert noise.get_title().startswith("cells cannot be distinguished: they differ no more than seeds do (F test, p")
    trend = np.arange(3)[:, None, None] * 0.02
    assert drawn(grid_of(axes, test_error=0.2 + 0.1 * shared + own + trend)).get_title() == ""
    assert drawn(grid_of(axes, test_error=(0.2 + own)[..., :1])).get_title() == "", "of one seed nothing is known"
