"""Own arrays learn in five lines, and what does not fit is one sentence."""

import gc

import numpy as np
import pytest

import neurosim
from neurosim.calls import temporary
from neurosim.calls.overrides import assignments_of
from neurosim.calls import training
from neurosim.cli import main
from neurosim.datasets.held import hold
from neurosim.datasets.own import own_dataset
from neurosim.experiment.config import load_config
from neurosim.experiment.data import file_of_arrays, load_split, with_file
from neurosim.results import RunFile

LAYERS = [neurosim.dense(24), neurosim.dense(4)]


def test_images_of_ones_own_learn(patterns, quiet):
    """Four patterns of 8 x 8 with noise; an unlearnt network is wrong three times of four."""
    run = neurosim.train(LAYERS, patterns, epochs=3, **quiet)
    assert run.test_error.samples == 40 and run.test_error < 0.2
    assert run.layers.units.tolist() == [64, 24, 4]


def test_runs_on_the_same_arrays_do_not_take_them_from_each_other(patterns, quiet):
    """Each keeps its own; the newer one goes."""
    run = neurosim.train(LAYERS, patterns, epochs=1, **quiet)
    other = neurosim.train(LAYERS, tuple(values.copy() for values in patterns), epochs=1, **quiet)
    before = run.test_error
    del other
    gc.collect()
    assert run.evaluate().error == before


@pytest.mark.parametrize("config, sentence", [
    ([], "network.layers"), (5, "config: is 5; give a preset"), (["dense"], r"config: is \['dense'\]; give a preset"),
    ({"layers": 3}, "config: is a table; give a preset")])
def test_what_is_no_network_is_one_sentence(config, sentence, patterns, quiet):
    with pytest.raises(ValueError, match=sentence):
        neurosim.train(config, patterns, **quiet)


def test_layers_of_ones_own_have_to_fit_the_classes(patterns, quiet):
    """Nobody's network is changed behind his back."""
    with pytest.raises(ValueError, match="the output layer has 10 units for 4 classes; give it units = 4"):
        neurosim.train([neurosim.dense(10)], patterns, **quiet)


def test_vectors_and_another_number_of_classes_learn(patterns, quiet, monkeypatch):
    """A preset gets as many outputs as there are classes, and says so."""
    said = []
    monkeypatch.setattr(training.Shown, "line", lambda self, text: said.append(text))
    images, labels = patterns
    run = neurosim.train("mnist-small", (images.reshape(-1, 64), labels % 2), epochs=2, **quiet)
    assert run.config.network.layers[-1].units == 2 and run.test_error < 0.25
    assert said[0] == ("network.layers: the output layer has 2 units, one for each class of the data, and not the 10 "
                       "of the configuration")


def test_events_of_ones_own_learn(quiet):
    """Bars of 34 x 34 x 2 pixels that move to the left in one channel, or to the right in the other."""
    random = np.random.default_rng(1)
    labels, events = np.arange(120) % 2, np.zeros((120, 12, 34, 34, 2), np.uint8)
    for sample, label, start in zip(events, labels, random.integers(34, size=120)):
        for step in range(12):
            sample[step, :, (start + (2 * label - 1) * 3 * step) % 34, label] = 1
    network = neurosim.Network([neurosim.dense(16), neurosim.dense(2)], shape=(34, 34, 2), input="events")
    run = neurosim.train(network, (events, labels), epochs=3, **quiet)
    assert run.config.data.name == "events" and run.test_error < 0.25


def test_the_run_file_keeps_the_digest_and_not_the_data(patterns, quiet, tmp_path):
    run = neurosim.train(LAYERS, patterns, out=tmp_path / "run.h5", epochs=0, **quiet)
    with RunFile(run.path) as file:
        digest = file.attributes["data"]
    assert run.data.digest == digest and run.config.data.path == f"sha256:{digest}"
    assert run.path.stat().st_size < 200_000
    error, data = run.test_error, run.data
    del run, data
    alone = neurosim.open_run(tmp_path / "run.h5")
    assert alone.test_error == error, "what is kept needs no data"
    with pytest.raises(ValueError, match=r"arrays of a Python session.*neurosim.open_run\(path, data=...\)"):
        alone.evaluate(progress=False)
    again = neurosim.open_run(tmp_path / "run.h5", patterns)
    assert again.evaluate(progress=False, threads=1).error == error
    images, labels = patterns
    with pytest.raises(ValueError, match="data: differ from those that .*run.h5 has learnt from"):
        neurosim.open_run(tmp_path / "run.h5", (images[::-1], labels))


def test_a_run_goes_on_with_its_own_data_alone(patterns, quiet, tmp_path, capsys):
    """From files, whose content may have changed."""
    images, labels = patterns
    np.savez(tmp_path / "mine.npz", images=images, labels=labels)
    run = neurosim.train(LAYERS, tmp_path / "mine.npz", out=tmp_path / "run.h5", epochs=0, **quiet)
    assert run.config.data.path == str(tmp_path / "mine.npz")
    np.savez(tmp_path / "mine.npz", images=images[::-1], labels=labels[::-1])
    with pytest.raises(ValueError, match="the data are not those that it has learnt from"):
        run.resume(progress=False)
    assert "the data are not those" in run.evaluate(progress=False, threads=1).changes[0]


def test_the_command_line_learns_files_of_ones_own(patterns, tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    np.savez("mine.npz", images=patterns[0], labels=patterns[1])
    words = ["data.name=own", "data.path=mine.npz", "network.layers.1.units=4", "training.epochs=0"]
    assert main(["train", "mnist-small", "--out", "run.h5", "--quiet", "--no-figure", "--set", *words]) == 0
    assert "40 images wrong" in capsys.readouterr().out
    called, run = neurosim.train("mnist-small", "mine.npz", epochs=0, progress=False), neurosim.open_run("run.h5")
    assert called.validation_error.samples == run.validation_error.samples == 16
    assert (called.answers.answers == run.answers.answers).all()
    assert main(["train", "mnist-small", "--out", "b.h5", "--set", "data.name=own", "data.path=other.npz"]) == 2
    assert "data.path: other.npz is neither a folder nor an .npz file" in capsys.readouterr().err


@pytest.mark.parametrize("images, sentence", [
    (lambda images: 16 * images, r'"unit" takes real numbers from 0 to 1, .* run from 0 to 1\d.*; divide them by 1'),
    (lambda images: images - 0.5, 'run from -0.5 to 0.5; scale them to that range, or write "standard" beside '
                                  'network.input = "analog"')])
def test_numbers_that_an_input_cannot_carry_are_refused(images, sentence, patterns, quiet):
    with pytest.raises(ValueError, match=sentence):
        neurosim.train(LAYERS, (images(patterns[0]), patterns[1]), **quiet)


def test_standard_pixels_enter_an_analog_input(patterns, quiet):
    network = neurosim.Network(LAYERS, shape=(8, 8, 1), input="analog")
    run = neurosim.train(network, (16 * patterns[0], patterns[1]), epochs=3, **quiet, **{"data.normalise": "standard"})
    assert run.test_error < 0.3


def test_what_is_no_data_is_a_sentence(quiet):
    with pytest.raises(ValueError, match=r"data: is a int; give the name of a data set, a path, \(images, labels\)"):
        neurosim.train(LAYERS, 5, **quiet)
    with pytest.raises(ValueError, match="data.path: nonsense is neither a folder nor"):
        neurosim.train(LAYERS, "nonsense", **quiet)


def test_other_images_are_answered(patterns, quiet):
    """A part of the data gives the answers that it has as a test part; images of other axes are refused."""
    images, labels = patterns
    run = neurosim.train(LAYERS, {"train": patterns, "test": (images[:12], labels[:12])}, epochs=1, **quiet)
    found = run.evaluate(data=(images[:12], labels[:12]), progress=False, threads=1)
    np.testing.assert_array_equal(found.outputs, run.answers.outputs)
    assert found.error == run.test_error and run.evaluate(data=(images[:1], [0]), progress=False).error.samples == 1
    for given, sentence in (((images[:, :7], labels), r"shape \(7, 8, 1\), and the network has learnt from \(8, 8, "),
                            ((images, labels + 1), "labels run from 1 to 4; the network knows the classes 0 to 3"),
                            ((16 * images, labels), '"unit" takes real numbers from 0 to 1')):
        with pytest.raises(ValueError, match=sentence):
            run.evaluate(data=given, progress=False)
    with pytest.raises(ValueError, match="data: takes the place of the test images"):
        run.evaluate("validation", data=patterns)


def events(count, seed):
    """Random frames (count, T, 3, 4, 1), and labels of three classes."""
    return np.random.default_rng(seed).integers(0, 2, (count, 5, 3, 4, 1)).astype(np.uint8), np.arange(count) % 3


@pytest.mark.parametrize("kind", ["events", "images"])
def test_arrays_in_a_file_are_those_of_memory(kind, tmp_path):
    """With a validation part of their own, and the test part that the split of the run takes."""
    parts = {part: events(*size) for part, size in (("train", (15, 0)), ("validation", (6, 1)))}
    if kind == "images":
        parts = {part: (frames[:, 0] * 0.5, labels) for part, (frames, labels) in parts.items()}
    dataset = own_dataset(parts, events=kind == "events")
    options = {"data.name": "events" if kind == "events" else "own", "data.path": hold(dataset),
               "data.train_samples": 0}
    network = {"network.input": kind if kind == "events" else "analog", "network.layers": [{"units": 3}]}
    config = load_config("mnist-small", assignments_of(options | network | {"seed": 5}))
    filed = with_file(config, tmp_path)
    assert filed.data.path.endswith(f"data-{dataset.digest[:12]}.npz")
    memory, file = load_split(config), load_split(filed)
    for part in ("train", "validation", "test"):
        np.testing.assert_array_equal(getattr(memory, f"{part}_images"), getattr(file, f"{part}_images"))
        np.testing.assert_array_equal(getattr(memory, f"{part}_labels"), getattr(file, f"{part}_labels"))
    assert len(file.validation_labels) == 6 and len(file.test_labels) == 3
    before = (tmp_path / file_of_arrays(config)).stat().st_mtime_ns
    with_file(config, tmp_path)
    assert (tmp_path / file_of_arrays(config)).stat().st_mtime_ns == before
    assert with_file(filed, tmp_path) is filed


def test_chips_that_learn_in_other_processes_find_arrays_in_their_folder(patterns, quiet, tmp_path, monkeypatch):
    from neurosim.experiment.improvement import improve as improving
    run = neurosim.train(LAYERS, patterns, out=tmp_path / "run.h5", epochs=0, device="choi-2018-epiram", **quiet)
    planned = []

    def plan(config, folder, **options):
        planned.append((load_split(config), config.data.path))
        raise ValueError("that is all")
    monkeypatch.setattr(improving, "make_plan", plan)
    for _ in range(2):
        with pytest.raises(ValueError, match="that is all"):
            run.improve(tmp_path / "chips", progress=False)
    (split, path), again = planned[0], planned[1]
    assert path == again[1] == str(next((tmp_path / "chips").iterdir())) and len(split.test_labels) == 40
    del run
    with pytest.raises(ValueError, match="were arrays of a Python session"):
        neurosim.improve(tmp_path / "run.h5", progress=False)


def test_what_nobody_named_goes_with_python_once_it_is_finished(patterns, quiet, monkeypatch, tmp_path):
    """The folder of a finished run, not that of an unfinished one; a process that was forked leaves it alone."""
    ends = []
    monkeypatch.setattr(temporary.atexit, "register", lambda *call: ends.append(call))
    run = neurosim.train(LAYERS, patterns, epochs=0, **quiet)
    (function, folder, owner), = ends
    assert folder == run.path.parent and run.path.is_file()
    function(folder, owner + 1)
    kept = run.save(tmp_path / "kept.h5")
    assert run.path.is_file()
    function(folder, owner)
    assert not folder.exists() and kept.test_error.samples == 40
    neurosim.train(LAYERS, patterns, out=tmp_path / "named.h5", epochs=0, **quiet)
    unfinished = neurosim.train(LAYERS, patterns, epochs=2, callbacks=[Once()], **quiet)
    assert not unfinished.finished and len(ends) == 1


class Once:
    """Stops a training behind its first batch."""

    def stop(self, training):
        return True
