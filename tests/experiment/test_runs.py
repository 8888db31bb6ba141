"""The run file of a training: everything needed to continue, refused where it does not fit."""

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal

from digits import config_of, write_digits
from neurosim.experiment import runs
from neurosim.experiment.model import Model
from neurosim.experiment.training import Progress, Training
from neurosim.results import RunFileError, read_run, write_run


class Silent:
    """Observer that ignores everything."""

    def batch(self, training, samples):
        """Nothing to do."""

    epoch = saved = lambda self, training: None
    stop = lambda self: False  # noqa: E731


@pytest.fixture(scope="module")
def done(tmp_path_factory):
    """A training that is finished, and its file."""
    folder = tmp_path_factory.mktemp("run")
    training = Training(config_of(write_digits(folder)), folder / "run.h5")
    training.run(Silent())
    return training


@pytest.fixture
def path(done, tmp_path):
    """A copy of the file that a test may spoil."""
    copy = tmp_path / "run.h5"
    copy.write_bytes(done.out.read_bytes())
    return copy


def test_the_file_holds_its_configuration(done, path):
    assert runs.stored_config(path) == done.config
    assert runs.stored_config(path, ["training.epochs=9"]).training.epochs == 9
    runs.refuse_other_config(path, done.config)


def test_the_file_holds_the_history(done, path):
    progress = Progress()
    runs.load_progress(path, progress)
    assert vars(progress) == vars(done.progress) | {"finished": False, "start": progress.start}
    tree, attributes = read_run(path)
    assert tree["history"]["seconds"].unit == "s" and len(tree["history"]["train_error"].data) == 2
    assert tree["spikes"]["free"].data.shape == (2, 3) and (tree["spikes"]["free"].data > 0).all()
    assert (attributes["epoch"], attributes["batch"], attributes["seed"]) == (2, 0, 3)


def test_the_file_restores_the_model(done, path):
    model = Model.build(done.config, (28, 28, 1), 10)
    runs.load_model(path, model)
    for group, arrays in done.model.stored().items():
        for name, values in arrays.items():
            assert_array_equal(model.stored()[group][name], values)
    image = done.data.test_images[:4] / np.float32(255)
    one, other = (m.engine.relax(m.engine.rest(4), image, 8).mean for m in (model, done.model))
    assert_array_equal(one, other)


def test_another_configuration_is_refused_with_the_difference(done, path):
    other = runs.stored_config(path, ["training.epochs=3", "learning.beta=0.1"])
    with pytest.raises(ValueError) as caught:
        Training(other, path, resume=True)
    assert str(caught.value) == (f"resume {path}: its configuration differs from the one asked for "
                                 "(learning.beta: 0.2 -> 0.1; training.epochs: 2 -> 3); resume without changes, or "
                                 "start a new run with --out")


@pytest.mark.parametrize("spoil, words", [
    (lambda content: content[:len(content) // 2], "damaged or cut short"),
    (lambda content: content[:2000] + bytes([content[2000] ^ 1]) + content[2001:], "damaged, its checksum is wrong"),
    (lambda content: b"", "not an HDF5 file")], ids=["cut", "flipped bit", "empty"])
def test_a_damaged_file_is_refused(done, path, spoil, words):
    path.write_bytes(spoil(path.read_bytes()))
    with pytest.raises(RunFileError, match=words) as caught:
        Training(done.config, path, resume=True)
    assert "\n" not in str(caught.value)


def test_a_missing_file_is_refused(done, tmp_path):
    with pytest.raises(RunFileError, match="no such file"):
        Training(done.config, tmp_path / "none.h5", resume=True)


def test_a_file_without_a_configuration_is_refused(path):
    tree, attributes = read_run(path)
    write_run(path, tree, {key: value for key, value in attributes.items() if key != "config"})
    with pytest.raises(RunFileError, match="it has no attribute config, so neurosim did not write it"):
        runs.stored_config(path)


@pytest.mark.parametrize("group", ["weights", "biases", "velocity"])
def test_a_file_without_a_model_is_refused(done, path, group):
    tree, attributes = read_run(path)
    del tree["model"][group]
    write_run(path, tree, attributes)
    with pytest.raises(RunFileError, match=f"it has no data set model/{group}/"):
        runs.load_model(path, Model.build(done.config, (28, 28, 1), 10))


@pytest.mark.parametrize("assignment", ["network.layers.0.channels=4", "network.layers.0.name=other"])
def test_the_file_of_another_network_is_refused(done, path, assignment):
    config = runs.stored_config(path, [assignment])
    with pytest.raises(ValueError, match="model/weights/.* does not fit the network .*; was the file written for"):
        runs.load_model(path, Model.build(config, (28, 28, 1), 10))


def test_biases_of_another_network_are_refused(done):
    stored = {group: dict(arrays) for group, arrays in done.model.stored().items()}
    stored["biases"]["conv1"] = np.zeros(7, np.float32)
    with pytest.raises(ValueError) as caught:
        Model.build(done.config, (28, 28, 1), 10).restore(stored)
    assert str(caught.value) == ("run file: model/biases/conv1 does not fit the network (it holds (7,), where (3,) "
                                 "belongs); was the file written for another one?")


def test_saving_again_replaces_the_file(done, tmp_path):
    path = tmp_path / "again.h5"
    runs.save(path, done.config, done.model, done.progress, {})
    runs.save(path, done.config, done.model, done.progress, {})
    assert [file.name for file in tmp_path.iterdir()] == ["again.h5"]
    weights = read_run(path)[0]["model"]["weights"]["input-conv1"].data
    assert_allclose(weights, done.model.synapses.weights["input-conv1"], rtol=0, atol=0)


def test_cards_with_lists_are_known_again(tmp_path):
    """A piecewise law has lists of numbers, which a run file keeps as JSON."""
    from neurosim.cards import card_path
    from neurosim.experiment.config import load_config
    from neurosim.experiment.runs import load_model
    from neurosim.experiment.training import Training
    text = card_path("ideal-device").read_text().replace('law = "linear"', 'law = "piecewise"')
    kept = [line for line in text.splitlines() if not line.startswith(("step_", "slope_"))]
    source = next(line for line in text.splitlines() if line.startswith("step_up")).split("source")[1]
    lists = [f'nodes_{side} = {{ value = [1e-8, 1e-8], unit = "S", source{source}' for side in ("up", "down")]
    card = tmp_path / "lists.toml"
    card.write_text("\n".join([*kept, *lists]) + "\n")
    settings = [f"synapses.device={card}", "data.train_samples=20", "data.validation_samples=20", "training.epochs=1"]
    training = Training(load_config("mnist-small", settings), tmp_path / "run.h5", threads=1)
    training.save()
    load_model(training.out, training.model)
