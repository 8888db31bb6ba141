"""A training whose settings change by epoch is the same where they do not, and a mean beside it that of its option."""

from numpy.testing import assert_array_equal

from digits import TEXT, config_of, write_digits
from neurosim.experiment.reproduce import Workbench
from neurosim.experiment.reproduce.growing import Averaging, learnt_by_epoch
from neurosim.experiment.training import Training
from neurosim.results import read_run

SHORT = ("learning.free_steps=4", "learning.nudge_steps=2", "learning.window=2")


def test_it_continues_with_what_the_optimiser_remembers_and_where_the_rates_were(tmp_path):
    file = tmp_path / "digits.toml"
    file.write_text(TEXT)
    words = (f"data.path={write_digits(tmp_path)}", "optimiser.kind=adamw", "optimiser.rates=0.01", "training.epochs=2")
    bench = Workbench(folder=tmp_path / "out", seed=0, observe=lambda title, done, total: None)
    plain = bench.train("plain", file, *words)
    error, steps = learnt_by_epoch(bench, "parts", file, [words] * 2)
    one, other = (read_run(bench.folder / f"{name}.h5")[0]["model"]["weights"] for name in ("plain", "parts-2"))
    for name, quantity in one.items():
        assert_array_equal(quantity.data, other[name].data)
    assert error == 100 * plain.validation.error
    fewer = learnt_by_epoch(bench, "short", file, [(*words, *SHORT), words])[1]
    assert steps == 8 + 2 * 5 and fewer == (4 + 2 * 2 + 18) / 2


def test_the_mean_beside_a_training_is_the_one_that_the_option_leaves(tmp_path):
    folder = write_digits(tmp_path)
    option, watched = (Training(config_of(folder, f"training.average={span}"), tmp_path / f"{span}.h5", threads=1)
                       for span in (4, 0))
    averaging = Averaging(watched, 4, lambda title, done, total: None)
    option.run()
    watched.run(averaging)
    for name, values in {**option.model.synapses.weights, **option.model.biases}.items():
        assert_array_equal(values, averaging.average.mean[name])
