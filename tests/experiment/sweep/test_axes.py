"""Saltelli's design: what its rows share, how they fill the space, and that its points lead back to them."""

import numpy as np
import pytest
from scipy.stats import qmc

from neurosim.experiment.sweep.axes import Axis, design, draw
from neurosim.experiment.sweep.spec import read_sweep

AXES = [Axis(path="learning.beta", scale="log", low=0.01, high=1.0),
        Axis(path="device.c2c", scale="linear", low=0.0, high=0.5),
        Axis(path="synapses.device", values=("a", "b", "c"))]


def rows_of(axes, samples, seed=0):
    points, places = draw(axes, "saltelli", samples, seed), design(axes, samples, seed)
    return np.array(points, object)[places]


def test_each_matrix_is_the_first_with_one_column_of_the_second():
    rows = rows_of(AXES, 32)
    assert rows.shape == (5, 32, 3)
    for place in range(3):
        assert (rows[2 + place, :, place] == rows[1, :, place]).all()
        others = [other for other in range(3) if other != place]
        assert (rows[2 + place][:, others] == rows[0][:, others]).all()
    assert not (rows[0, :, :2] == rows[1, :, :2]).any(), "numbers of A and B differ everywhere"


def test_both_matrices_fill_the_space_evenly_and_have_nothing_to_do_with_each_other():
    numbers = AXES[:2]
    both = np.concatenate(rows_of(numbers, 256)[:2], axis=1).astype(float)
    both[:, 0::2], both[:, 1::2] = np.log10(both[:, 0::2]) / 2 + 1, 2 * both[:, 1::2]
    assert qmc.discrepancy(both) < qmc.discrepancy(np.random.default_rng(1).random((256, 4))) / 4
    correlations = np.corrcoef(both.T) - np.eye(4)
    assert abs(correlations).max() < 0.05


def test_points_are_computed_once_where_rows_repeat():
    axes = [Axis(path="training.batch", scale="linear", low=1, high=4, integer=True), AXES[2]]
    points = draw(axes, "saltelli", 64, 3)
    assert len(points) == len(set(points)) == 12
    assert design(axes, 64, 3).shape == (4, 64) and set(design(axes, 64, 3).ravel()) == set(range(12))


def test_the_design_depends_on_its_seed_alone():
    assert np.array_equal(rows_of(AXES, 8, 1), rows_of(AXES, 8, 1))
    assert not (rows_of(AXES, 8, 1)[0, :, 1] == rows_of(AXES, 8, 2)[0, :, 1]).any()


@pytest.mark.parametrize("method", ["random", "sobol"])
def test_an_axis_that_is_named_otherwise_is_drawn_otherwise(method):
    """Streams are named after keys, not places: two equal ranges are not the same numbers."""
    twins = [Axis(path=name, scale="linear", low=0.0, high=1.0) for name in ("a", "b")]
    found = np.array(draw(twins, method, 64, 0))
    assert abs(np.corrcoef(found.T)[0, 1]) < 0.4 and not np.array_equal(found[:, 0], found[:, 1])


@pytest.mark.parametrize("samples, sentence", [
    (6, 'samples: 6 is not a power of two, as method = "saltelli" needs; write 4 or 8$'),
    (1, "samples: 1 is not a power of two.*write 2 or 4$"), (0, "samples: is missing"),
    (2 ** 19, "524,288 samples of 1 axes make 1,572,864 points, which exceed 1,000,000; give fewer samples$")])
def test_a_sweep_file_must_give_samples_that_make_a_design(tmp_path, samples, sentence):
    path = tmp_path / "sweep.toml"
    path.write_text(f'base = "mnist-small"\nmethod = "saltelli"\nsamples = {samples}\n[axes]\n'
                    '"learning.beta" = { linear = [0.1, 0.9] }\n')
    with pytest.raises(ValueError, match=sentence):
        read_sweep(path)


def test_a_sweep_has_the_points_of_its_design_each_with_all_seeds(tmp_path):
    path = tmp_path / "sweep.toml"
    path.write_text('base = "mnist-small"\nmethod = "saltelli"\nsamples = 4\nseed = 7\nrepeats = 2\n[axes]\n'
                    '"learning.beta" = { log = [0.01, 0.5] }\n"optimiser.momentum" = { linear = [0.0, 0.9] }\n')
    sweep = read_sweep(path)
    assert sweep.rows == draw(sweep.axes, "saltelli", 4, 7) and sweep.shape == (16, 2)
