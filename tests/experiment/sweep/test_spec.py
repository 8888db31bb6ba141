"""The sweep file: which points follow from it, what they are called, and what is wrong with one."""

import numpy as np
import pytest
from scipy.stats import qmc

from neurosim.experiment.config import parse_config
from neurosim.experiment.sweep.axes import takes_integers
from neurosim.experiment.sweep.spec import read_sweep
from neurosim.toml import to_toml

GRID = """
base = "mnist-small"
repeats = 2
[fixed]
"training.epochs" = 1
[axes]
"learning.beta" = [0.1, 0.2, 0.3]
"optimiser.momentum" = { linear = [0.0, 0.9], points = 4 }
"""


@pytest.fixture
def sweep_of(tmp_path):
    """Function from the text of a sweep file to its Sweep."""
    def read(text, name="sweep.toml"):
        (tmp_path / name).write_text(text)
        return read_sweep(tmp_path / name)
    return read


def columns(sweep):
    rows = [sweep.values(index) for index in range(len(sweep))]
    return {key: [row[key] for row in rows] for key in rows[0]}


def test_a_grid_is_every_combination_once_seeds_fastest(sweep_of):
    sweep = sweep_of(GRID)
    assert sweep.shape == (3, 4, 2) and len(sweep) == 24
    expected = [(beta, momentum, seed) for beta in (0.1, 0.2, 0.3) for momentum in (0.0, 0.3, 0.6, 0.9)
                for seed in (0, 1)]
    assert list(zip(*(columns(sweep)[key] for key in ("learning.beta", "optimiser.momentum", "seed")))) == expected


def test_a_point_is_the_base_with_what_is_fixed_and_its_values(sweep_of):
    point = sweep_of(GRID).point(13)
    config = parse_config(point.config, "the point")
    assert (config.seed, config.learning.beta, config.optimiser.momentum) == (1, 0.2, 0.6)
    assert (config.training.epochs, config.data.train_samples) == (1, 10000)
    assert to_toml(config) == point.config, "resolved: every default is written"


def test_an_id_is_a_function_of_what_decides_the_result_alone(sweep_of):
    sweep = sweep_of(GRID)
    ids = [sweep.point(index).id for index in range(len(sweep))]
    assert len(set(ids)) == len(ids)
    other = sweep_of('base = "mnist-small"\nseed = 9\n[fixed.training]\nepochs = 1\n[axes]\n'
                     '"optimiser.momentum" = [0.9, 0.0]\n"learning.beta" = [0.3, 0.1]\n', "other.toml")
    assert {other.point(index).id for index in range(len(other))} < set(ids)


def test_keys_that_go_together_take_the_same_value(sweep_of):
    sweep = sweep_of('base = "mnist-small"\n[fixed]\n"synapses.device" = "ideal-device"\n[axes]\n'
                     '"array.word_line, array.bit_line" = { log = [1.0, 100.0], points = 3 }\n'
                     '"readout.bits,readout.dac_bits" = { linear = [4, 6], points = 3 }\n')
    config = parse_config(sweep.point(5).config, "the point")
    assert len(sweep) == 9 and (config.array.word_line, config.array.bit_line) == (10.0, 10.0)
    assert (config.readout.bits, config.readout.dac_bits) == (6, 6)


def test_prices_are_axes(sweep_of):
    sweep = sweep_of('base = "mnist-small"\n[axes]\n"price.adc_rate" = { log = [1e8, 1e9], points = 2 }\n'
                     '"energy.prices" = ["isaac-32nm", "neurram-130nm"]\n')
    config = parse_config(sweep.point(3).config, "the point")
    assert (config.price, config.energy.prices) == ({"adc_rate": 1e9}, "neurram-130nm")


def test_logarithmic_ranges_have_equal_ratios_and_exact_ends(sweep_of):
    sweep = sweep_of('base = "mnist-small"\n[axes]\n"learning.beta" = { log = [0.001, 0.3], points = 8 }')
    values = np.array(columns(sweep)["learning.beta"])
    assert (values[0], values[-1]) == (0.001, 0.3)
    assert np.allclose(values[1:] / values[:-1], 300 ** (1 / 7), rtol=1e-10)


def test_ranges_of_integer_keys_are_rounded_without_repetition(sweep_of):
    sweep = sweep_of('base = "mnist-small"\n[axes]\n"training.batch" = { log = [1, 8], points = 7 }')
    assert columns(sweep)["training.batch"] == [1, 2, 3, 4, 6, 8]


@pytest.mark.parametrize("path, whole", [
    ("seed", True), ("readout.bits", True), ("network.layers.0.units", True), ("learning.beta", False),
    ("device.levels", False), ("optimiser.rates", False), ("no.such.key", False)])
def test_keys_that_take_integers_are_known(path, whole):
    assert takes_integers(path) is whole


def test_zip_pairs_values(sweep_of):
    sweep = sweep_of('base = "mnist-small"\nmethod = "zip"\nrepeats = 2\n[axes]\n"learning.beta" = [0.1, 0.2, 0.3]\n'
                     '"learning.window" = [3, 4, 5]')
    assert sweep.shape == (3, 2)
    assert columns(sweep) == {"seed": [0, 1] * 3, "learning.beta": [0.1, 0.1, 0.2, 0.2, 0.3, 0.3],
                              "learning.window": [3, 3, 4, 4, 5, 5]}


DRAWN = """
base = "mnist-small"
method = "{}"
samples = {}
[axes]
"learning.beta" = {{ log = [0.01, 1.0] }}
"neurons.epsilon" = {{ linear = [0.5, 1.0] }}
"""


def unit_square(sweep):
    found = columns(sweep)
    return np.stack([np.log10(found["learning.beta"]) / 2 + 1, 2 * np.array(found["neurons.epsilon"]) - 1], axis=1)


def test_random_points_are_uniform_in_each_scale_and_repeatable(sweep_of):
    points = unit_square(sweep_of(DRAWN.format("random", 2000)))
    assert (points >= 0).all() and (points < 1 + 1e-9).all()
    # mean and variance of the uniform distribution within 4 standard errors of 2000 draws
    assert np.allclose(points.mean(axis=0), 0.5, atol=4 * (1 / 12 / 2000) ** 0.5)
    assert np.allclose(points.var(axis=0), 1 / 12, atol=4 * (1 / 180 / 2000) ** 0.5)
    assert abs(np.corrcoef(points.T)[0, 1]) < 4 / 2000 ** 0.5
    assert np.array_equal(points, unit_square(sweep_of(DRAWN.format("random", 2000))))


def test_an_axis_more_leaves_the_random_numbers_of_the_others(sweep_of):
    text = DRAWN.format("random", 20)
    more = sweep_of(text + '"optimiser.momentum" = { linear = [0.0, 0.9] }', "more.toml")
    assert columns(more)["learning.beta"] == columns(sweep_of(text))["learning.beta"]


def test_sobol_points_fill_the_square_more_evenly_than_random_ones(sweep_of):
    sobol, random = (unit_square(sweep_of(DRAWN.format(method, 64))) for method in ("sobol", "random"))
    assert qmc.discrepancy(sobol) < qmc.discrepancy(random) / 5
    for column in sobol.T:    # one point in each of 64 intervals: a (0, 6)-sequence, up to its shift
        assert np.diff(np.sort(column)).max() < 2.001 / 64
    begun = unit_square(sweep_of(DRAWN.format("sobol", 50)))
    assert np.array_equal(begun, sobol[:50]), "fewer samples are the first ones"


def test_lists_are_drawn_from_too(sweep_of):
    text = 'base = "mnist-small"\nmethod = "random"\nsamples = 300\n[axes]\n"learning.window" = [3, 4, 5]\n'
    sweep = sweep_of(text + '"learning.beta" = { linear = [0.1, 0.9] }')
    counts = np.bincount(columns(sweep)["learning.window"])[3:]
    assert counts.sum() == 300 and (abs(counts - 100) < 4 * (300 * 2 / 9) ** 0.5).all()
    assert len(sweep_of(text)) == 3, "the same point is not computed twice"


@pytest.mark.parametrize("text, sentence", [
    ('base = "mnist-small"\n[axes]\n"learning.bta" = [0.1]', "learning.bta: unknown key; did you mean 'beta'"),
    ('base = "mnist-small"\n[axes]\n"device.c2c" = [0.1]', "ideal synapses have no such value"),
    ('base = "mnist-small"\n[fixed]\n"synapses.device" = "choi-2018-epiram"\n[axes]\n"device.c2x" = [0.1]',
     "c2x.*did you mean"),
    ('base = "mnist-small"\n[axes]\n"learning.beta" = []', "axis learning.beta: the list is empty"),
    ('base = "mnist-small"\n[axes]\n"learning.beta" = {linear = [0.1, 0.2], points = 0}', "points = 0"),
    ('base = "mnist-small"\n[axes]\n"learning.beta" = {linear = [0.1, inf], points = 3}', "two finite numbers"),
    ('base = "mnist-small"\n[axes]\n"learning.beta" = {log = [0.0, 1.0], points = 3}', "must be positive"),
    ('base = "mnist-small"\n[axes]\n"learning.beta" = {lin = [0.0, 1.0], points = 3}', "linear or log"),
    ('base = "mnist-small"\n[axes]\n"learning.beta" = 0.2', r"neither a list nor a range; write \[0.2\]"),
    ('base = "mnist-small"\n[axes]\n"learning.beta" = [0.1, -1.0]', "axis learning.beta = -1.0: learning.beta"),
    ('base = "mnist-small"\n[axes]\n"learning..beta" = [0.1]', "is not a dotted key"),
    ('base = "mnist-small"\nmethod = "gird"\n[axes]\n"seed" = [1]', "method.*did you mean 'grid'"),
    ('base = "mnist-small"\nmethod = "sobol"\n[axes]\n"seed" = [1]', "samples: is missing; method = .sobol. needs it"),
    ('base = "mnist-small"\nmethod = "random"\nsamples = 4\n[axes]\n"learning.beta" = {log = [1, 2], points = 3}',
     "points mean nothing"),
    ('base = "mnist-small"\nmethod = "zip"\n[axes]\n"seed" = [1]\n"learning.beta" = [0.1, 0.2]',
     "seed has 1, learning.beta has 2"),
    ('base = "mnist-small"\nsamples = 3\n[axes]\n"seed" = [1]', "draws nothing"),
    ('base = "mnist-smal"\n[axes]\n"seed" = [1]', "preset 'mnist-smal': unknown; did you mean 'mnist-small'"),
    ('base = "gone.toml"\n[axes]\n"seed" = [1]', "gone.toml: no such file"),
    ('[axes]\n"seed" = [1]', "base: name a preset"),
    ('base = "mnist-small"\n[run]\nevaluate = "run.h5"\n[axes]\n"seed" = [1]', "omit base"),
    ('base = "mnist-small"\n[axes]\n"price.adc_rat" = [1e8]', "price.adc_rat: unknown price; did you mean 'adc_rate'"),
    ('base = "mnist-small"\n[axes]\n"energy.prices" = ["isaac"]', "did you mean 'isaac-32nm'"),
    ('[run]\nevaluate = "a.h5"\nfine_tune = "b.h5"\n[axes]\n"seed" = [1]', "evaluate names a run file already"),
    ('base = "mnist-small"\n[axes]\n"learning.beta" = [0.1, 0.2, 0.1]', "has a value twice; .* repeats = 2"),
    ('base = "mnist-small"\n[axes]\n"c2c_range" = [0.1]',
     "is not a key of the configuration; did you mean 'device.c2c_range'"),
    ('base = "mnist-small"\n[fixed]\nmethod = "sobol"\n[axes]\n"seed" = [1]',
     "method: belongs above the first section"),
    ('base = "mnist-small"\n[axes]\n"learning.beta" = {log = [0.1, 1]}', "points is missing"),
    ('[run]\nfine_tune = "mnist-small.h5"\n[axes]\n"seed" = [1]',
     "no such file; make it with: neurosim train mnist-small --out mnist-small.h5"),
    ('[run]\nevaluate = "gone.h5"\n[axes]\n"seed" = [1]', "gone.h5: no such file"),
    ('base = "mnist-small"', "nothing varies"),
    ('base = "mnist-small"\nrepeats = 2\n[axes]\n"seed" = [1, 2]', "the seed is an axis already"),
    ('base = "mnist-small"\n[fixed]\n"seed" = 1\n[axes]\n"seed" = [1, 2]', "both fixed and an axis"),
    ('base = "mnist-small"\n[fixed]\n"training.epochs" = 1\n[axes]\n"training.batch, training.epochs" = [1, 2]',
     "both fixed and an axis"),
    ('base = "mnist-small"\n[axes]\n"learning.beta, learning.bta" = [0.1]', "learning.bta: unknown key"),
    ('base = "mnist-small"\n[fixed]\n"training.epoch" = 1\n[axes]\n"seed" = [1]', "training.epoch: unknown key"),
    ('base = "mnist-small"\n[axes]\n"seed" = {linear = [1, 100000], points = 100000}\n'
     '"learning.beta" = {linear = [0.1, 0.2], points = 100}', "10,000,000 points exceed 1,000,000"),
])
def test_what_is_wrong_is_one_sentence_that_names_the_file(sweep_of, text, sentence):
    with pytest.raises(ValueError, match=f"^.*sweep.toml: .*{sentence}") as caught:
        sweep_of(text)
    assert "\n" not in str(caught.value) and "--set" not in str(caught.value)
