"""Trainings as calls: the run file of the command line, callbacks, interruptions, names of files."""

import json
import re
import signal
import warnings

import numpy as np
import pytest

import neurosim
from neurosim.calls.overrides import assignments_of
from neurosim.cli import main
from neurosim.experiment.diagnosis import LearningWarning
from neurosim.results import read_run

#: What may differ between two files of one run: how long it took, and what was typed.
TIMES = ("history/seconds", "history/samples_per_second", "results/peak_memory")
CIRCUMSTANCES = {"command", "started", "partial"}


def contents(path):
    """Data sets of a run file as bytes, and its attributes, without times and command."""
    tree, attributes = read_run(path)
    flat = {}

    def add(tree, prefix):
        for name, item in tree.items():
            add(item, f"{prefix}{name}/") if isinstance(item, dict) else flat.update({f"{prefix}{name}": item})
    add(tree, "")
    kept = {name: (np.asarray(one.data).tobytes(), one.unit, one.description) for name, one in flat.items()
            if name not in TIMES}
    return kept, {name: value for name, value in attributes.items() if name not in CIRCUMSTANCES}


def test_a_call_and_the_command_line_leave_the_same_file(preset, tmp_path, trained):
    words = ["train", str(preset), "--device", "choi-2018-epiram", "--out", str(tmp_path / "typed.h5"), "--quiet",
             "--no-figure", "--threads", "1"]
    assert main(words) == 0
    (typed, told), (called, said) = contents(tmp_path / "typed.h5"), contents(trained.path)
    assert typed.keys() == called.keys() and {name for name in typed if typed[name] != called[name]} == set()
    assert told == said and "config" in told


def test_overrides_are_values_of_any_depth():
    spec = neurosim.dense(5, neurons="rate")
    words = assignments_of({"training": {"epochs": 2, "batch": None}, "learning.targets": (0.25, 0.75),
                            "data.path": "a b", "network.layers": [spec], "device": {"c2c": np.float64(0.5)}},
                           ["seed=3"])
    assert words[:3] == ["seed=3", "training.epochs=2", "learning.targets=[0.25, 0.75]"]
    assert 'data.path="a b"' in words and "device.c2c=0.5" in words
    assert neurosim.load_config("mnist", words[:4]).learning.targets == (0.25, 0.75)


class Watcher:
    """Counts what it is told, and stops after some batches."""

    def __init__(self, most=10 ** 6):
        self.batches, self.epochs, self.checkpoints, self.most = 0, [], 0, most

    def on_batch(self, training):
        self.batches += 1

    def on_epoch(self, training):
        self.epochs.append(training.progress.history[-1]["validation_error"])

    def on_checkpoint(self, training):
        self.checkpoints += 1

    def stop(self, training):
        return self.batches >= self.most


def test_callbacks_are_told_and_stop(patterns, quiet, tmp_path):
    """Stopped in its second epoch and continued, a run is that of a training that nobody disturbed."""
    layers, options = [neurosim.dense(12), neurosim.dense(4)], quiet | {"epochs": 2}
    whole = neurosim.train(layers, patterns, **options)
    watcher = Watcher(most=18)
    run = neurosim.train(layers, patterns, callbacks=[watcher], out=tmp_path / "run.h5", **options)
    assert watcher.batches == 18 and len(watcher.epochs) == 1 and watcher.checkpoints >= 2
    assert not run.finished and run.epochs == 1
    with pytest.raises(ValueError, match=r"not evaluated on the test images yet; finish it with run.resume\(\)"):
        run.test_error
    assert run.resume(progress=False, threads=1, callbacks=[Watcher()]).finished
    assert contents(run.path) == contents(whole.path)


def test_a_callback_stops_a_training_between_two_epochs(patterns, quiet, capsys):
    class Patience:
        def stop(self, training):
            return training.progress.epoch == 1
    run = neurosim.train([neurosim.dense(4)], patterns, epochs=3, callbacks=[Patience()], **quiet | {"progress": True})
    assert "stopped after 1 of 3 epochs; continue with: neurosim.open_run(" in capsys.readouterr().err
    assert run.epochs == 1 and read_run(run.path)[1]["batch"] == 0


def test_what_a_callback_raises_is_shown_and_the_run_is_saved(patterns, quiet, tmp_path):
    class Broken:
        def on_batch(self, training):
            if training.progress.batch == 3:
                raise KeyError("typo")
    with pytest.raises(KeyError, match="typo") as caught:
        neurosim.train([neurosim.dense(4)], patterns, callbacks=[Broken()], out=tmp_path / "run.h5", epochs=1, **quiet)
    assert re.search(r"stopped in epoch 1 of 1, after 3 of \d+ batches; continue with: .*run.h5'\).resume\(\)",
                     caught.value.__notes__[0])
    run = neurosim.open_run(tmp_path / "run.h5", patterns).resume(progress=False, threads=1)
    assert run.finished and run.epochs == 1


def test_an_object_without_any_of_the_methods_is_no_callback(patterns, quiet):
    with pytest.raises(ValueError, match="callbacks: a dict has none of the methods on_batch, on_epoch"):
        neurosim.train([neurosim.dense(4)], patterns, callbacks=[{}], **quiet)


class Interrupter:
    """Asks this process to end, as Ctrl-C and the stop button of a notebook do."""

    def on_batch(self, training):
        if training.progress.batch == 2:
            signal.raise_signal(signal.SIGINT)


@pytest.mark.parametrize("prompt", [True, False])
def test_an_interrupted_cell_leaves_a_run_that_goes_on(prompt, patterns, quiet, tmp_path, monkeypatch):
    if prompt:
        monkeypatch.setattr("sys.ps1", ">>> ", raising=False)
    arguments = dict(data=patterns, callbacks=[Interrupter()], out=tmp_path / "run.h5", epochs=1, **quiet)
    if prompt:
        run = neurosim.train([neurosim.dense(4)], **arguments)
    else:
        with pytest.raises(KeyboardInterrupt) as caught:
            neurosim.train([neurosim.dense(4)], **arguments)
        assert "after 2 of" in caught.value.__notes__[0]
        run = neurosim.open_run(tmp_path / "run.h5", patterns)
    assert not run.finished and run.resume(progress=False, threads=1).finished


def test_nothing_is_overwritten_unasked(patterns, quiet, tmp_path, capsys):
    taken = tmp_path / "run.h5"
    taken.write_text("mine")
    with pytest.raises(ValueError) as refused:
        neurosim.train([neurosim.dense(4)], patterns, out=taken, epochs=1, **quiet)
    assert str(refused.value) == (f"out {taken}: already exists; choose another name, continue it with "
                                  "neurosim.open_run(path).resume(), or replace it with force = True")
    assert taken.read_text() == "mine"
    run = neurosim.train([neurosim.dense(4)], patterns, out=taken, epochs=1, force=True, **quiet)
    with pytest.raises(ValueError, match="page.html: already exists; choose another name or replace it with force"):
        (tmp_path / "page.html").touch()
        run.report(tmp_path / "page.html")
    copy = run.save(tmp_path / "copy.h5")
    assert copy.test_error == run.test_error and copy.path.read_bytes() == taken.read_bytes()


def test_without_a_name_the_run_says_where_it_is(patterns, quiet, capsys):
    run = neurosim.train([neurosim.dense(4)], patterns, epochs=1, **quiet | {"progress": True})
    assert f"run file {run.path}" in capsys.readouterr().err and run.path.is_file()


def test_what_does_not_learn_is_a_warning_of_python(patterns, quiet):
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always", LearningWarning)
        run = neurosim.train([neurosim.dense(4)], patterns, epochs=1, optimiser={"rates": 0.0}, **quiet)
    told = [str(one.message) for one in caught]
    assert any("no better than chance" in text or "hardly better" in text for text in told)
    assert run.warnings and set(run.warnings) <= set(told)
    assert {one.filename for one in caught} == {__file__}, "the warning names the line of the caller"


def test_a_device_with_other_numbers_is_that_device(patterns, quiet):
    device = neurosim.load_device("choi-2018-epiram", {"c2c_range": 0.0})
    run = neurosim.train([neurosim.dense(4)], patterns, device=device, epochs=0, **quiet)
    assert run.config.synapses.device == "choi-2018-epiram" and run.config.device == {"c2c_range": 0.0}


def test_configurations_and_networks_are_taken_as_they_are(patterns, quiet, preset):
    network = neurosim.Network([neurosim.dense(4)], shape=(8, 8, 1), neurons=neurosim.Neurons(epsilon=0.5))
    run = neurosim.train(network, patterns, epochs=0, **quiet)
    assert run.config.neurons.epsilon == 0.5 and run.config.network.layers == network.spec.layers
    config = neurosim.load_config(preset, ["training.epochs=0"])
    assert neurosim.train(config, progress=False, threads=1).config == config


def test_the_report_of_an_evaluation_is_that_of_the_command_line(trained, capsys):
    assert main(["evaluate", str(trained.path), "--json", "--threads", "1"]) == 0
    told, found = json.loads(capsys.readouterr().out), trained.evaluate(progress=False, threads=1).report
    for report in (told, found):
        for name in ("seconds", "samples_per_second", "peak_rss_mb"):
            report.pop(name)
    assert json.loads(json.dumps(found)) == told
