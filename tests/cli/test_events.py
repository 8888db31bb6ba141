"""A file of events from the command line: it is learnt, recorded, checked and priced, and what does not fit is said."""

import json

import numpy as np
import pytest

from neurosim.cli import main
from neurosim.experiment.config import load_config
from neurosim.experiment.observer import Unwatched
from neurosim.experiment.training import Training
from neurosim.results import RunFile, read_run
from observers import StopAfter

COLUMNS, EACH = 8, 2          #: of the picture; frames that a bar stays at a place
FRAMES = COLUMNS * EACH
TEXT = """
data = {name = "events", path = "PATH", validation_samples = 100}
neurons = {lam = 0.3}
learning = {free_steps = 32, nudge_steps = 16, window = 16, beta = 0.3, targets = [0.25, 0.75]}
optimiser = {rates = 0.3}
training = {epochs = 5, batch = 5}

[network]
input = "events"
gains = [3.0, 1.0]
layers = [{kind = "conv", channels = 12, kernel = 3}, {kind = "dense", units = 2}]
"""


def moving_bars(samples, seed, size=1):
    """A bar that circles through the picture to the left (class 0) or to the right, with a few events of noise.

    It starts anywhere, and comes by everywhere as often: nothing but the order of the frames tells its class.
    """
    random = np.random.default_rng(seed)
    labels, start, t = np.arange(samples) % 2, random.integers(COLUMNS, size=(samples, 1)), np.arange(FRAMES) // EACH
    place = (start + np.where(labels[:, None], t, -t)) % COLUMNS
    bar = np.broadcast_to((place[:, :, None] == np.arange(COLUMNS))[:, :, None, :, None],
                          (samples, FRAMES, 3, COLUMNS, 1))
    sign = np.where(random.random(bar.shape) < 0.5, -size, size) if size > 1 else 1
    return (sign * (bar ^ (random.random(bar.shape) < 0.02))).astype(np.int8), labels


def write(folder, size=1):
    parts = [moving_bars(count, seed, size) for seed, count in enumerate((700, 200))]
    np.savez_compressed(folder / "bars.npz", **{f"{part}_{name}": values for part, pair in zip(("train", "test"), parts)
                                                for name, values in zip(("events", "labels"), pair)})
    (folder / "bars.toml").write_text(TEXT.replace("PATH", str(folder / "bars.npz")))
    return str(folder / "bars.toml")


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    folder = tmp_path_factory.mktemp("bars")
    write(folder)
    assert main(["train", str(folder / "bars.toml"), "--out", str(folder / "run.h5"), "--quiet", "--set",
                 "record.layers=['input','conv1']", "record.samples=3", "record.phases=all"]) == 0
    return folder


@pytest.mark.slow
def test_moving_bars_are_learnt(folder, capsys):
    assert main(["evaluate", str(folder / "run.h5"), "--json", "--quiet"]) == 0
    report = json.loads(capsys.readouterr().out)
    assert report["test_error"] < 0.05
    events = np.load(folder / "bars.npz")["test_events"]
    assert report["spikes_by_layer"]["input"] == pytest.approx(
        (2 * np.count_nonzero(events) - np.count_nonzero(events[:, -1])) / len(events)), "the last is read afterwards"
    assert report["neurobench"]["Effective_MACs"] == 0
    assert (folder / "run.png").is_file() and not report["warnings"]


@pytest.mark.slow
def test_records_of_the_input_are_the_events(folder):
    events, records = np.load(folder / "bars.npz")["test_events"], read_run(folder / "run.h5")[0]["records"]
    kept = records["free"]["input"]["spikes"].data
    frames = events[:3].reshape(3, FRAMES, -1) != 0
    assert kept.dtype == bool and (kept == np.concatenate([frames, frames], axis=1)).all(), "twice, one after the other"
    for phase in ("nudge+", "nudge-"):
        assert (records[phase]["input"]["spikes"].data == frames).all()
        assert records[phase]["conv1"]["spikes"].data.any()


@pytest.mark.slow
def test_recording_equals_evaluation(folder):
    """Signals counted by an evaluation of the recorded samples are the spikes that stand in the records."""
    config = load_config(str(folder / "bars.toml"))
    training = Training(config)
    training.begin_with(folder / "run.h5")
    found = training.evaluate(training.data.test_images[:3], training.data.test_labels[:3])
    kept = read_run(folder / "run.h5")[0]["records"]["free"]
    for layer in ("input", "conv1"):    # what is sent in the last step is read in the next phase
        assert found.counts.signals[layer] == np.count_nonzero(kept[layer]["spikes"].data[:, :-1])


@pytest.mark.slow
@pytest.mark.parametrize("words", [("check", "all"), ("energy",), ("report",)])
def test_everything_else_takes_such_a_run(folder, words, capsys, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    command, *more = words
    assert main([command, *more, str(folder / "run.h5")]) in ((0, 1) if command == "check" else (0,))
    text = capsys.readouterr().out
    if command == "check":
        assert "a report, since what enters changes" in text and "gradient: passed" in text


@pytest.mark.slow
def test_counts_need_products(tmp_path, capsys):
    config = write(tmp_path, size=3)
    words = ["train", config, "--out", str(tmp_path / "run.h5"), "--json", "--quiet", "--no-figure", "--set",
             "training.epochs=1", "record.layers=['input']", "record.samples=2"]
    assert main([*words, "network.event_range=[-1, 1]"]) == 2
    assert "lies outside network.event_range = [-1, 1]; write network.event_range = [-3, 3]" in capsys.readouterr().err
    assert main([*words, "network.event_range=[-3, 3]"]) == 0
    report = json.loads(capsys.readouterr().out)
    assert report["neurobench"]["Effective_MACs"] > 0
    with RunFile(tmp_path / "run.h5") as run:
        kept = run["records/free/input/spikes"].data
    assert kept.dtype == np.int8 and kept.min() == -3 and kept.max() == 3


@pytest.mark.slow
def test_interrupted_runs_go_on_bit_for_bit(tmp_path, same_model):
    config = load_config(write(tmp_path))
    Training(config, tmp_path / "whole.h5").run(Unwatched())
    assert not Training(config, tmp_path / "parts.h5").run(StopAfter(5))
    Training(config, tmp_path / "parts.h5", resume=True).run(Unwatched())
    assert same_model(tmp_path / "whole.h5", tmp_path / "parts.h5")


@pytest.mark.parametrize("settings, words", [
    (["network.input=spikes"], "takes images"), (["data.name=mnist", "data.path="], "which mnist has none of"),
    (["data.path=nowhere.npz"], "nowhere.npz is not a file"), (["network.event_range=[0,200]"], "network.event_range"),
    (["network.events=later"], "network.events"), (["data.crop=3"], "data.crop"),
    (["data.normalise=standard"], "data.normalise"),
    (["network.layers=[{kind='dense', units=3}]", "network.gains=1.0"], "has 3 units for 2 classes"),
])
def test_what_does_not_fit_is_said_in_a_sentence(tmp_path, settings, words, capsys):
    config = write(tmp_path)
    assert main(["train", config, "--quiet", "--out", str(tmp_path / "run.h5"), "--set", *settings]) == 2
    error = capsys.readouterr().err.strip()
    assert words in error and "Traceback" not in error
    assert not (tmp_path / "run.h5").exists()


def test_a_drifting_contrast_deserves_a_word(tmp_path, capsys):
    from neurosim.experiment.remarks import doubtful_settings, idle_settings
    config = load_config(write(tmp_path), ["learning.estimator=one-sided"])
    assert any("contrasts two stretches of time" in sentence for sentence in doubtful_settings(config))
    silent = ["network.events=stop", "learning.free_steps=12", "learning.nudge_steps=8", "learning.window=4"]
    assert any("the 16 frames are over when nudged states are averaged, time steps 16 to 20" in
               sentence for sentence in doubtful_settings(load_config(write(tmp_path), silent)))
    for heard in ("learning.window=5", "network.events=hold", "learning.free_steps=auto, learning.free_limit=40"):
        config = load_config(write(tmp_path), [*silent, *heard.split(", ")])
        assert not any("are over" in sentence for sentence in doubtful_settings(config))
    config = load_config("mnist-small", ["network.events=hold"])
    assert any("network.events" in sentence for sentence in idle_settings(config))


def test_a_file_that_no_memory_can_hold_is_refused_before_it_is_read(tmp_path, monkeypatch):
    config = load_config(write(tmp_path))
    monkeypatch.setattr("neurosim.experiment.memory.installed_memory", lambda: 10 ** 8)
    monkeypatch.setattr("neurosim.datasets.event_files.read", lambda path: pytest.fail("it was read"))
    with pytest.raises(ValueError, match="needs about .* of memory"):
        Training(config)
