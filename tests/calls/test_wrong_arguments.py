"""What a call cannot take is one sentence that names the argument, and leaves nothing behind."""

import tempfile
from pathlib import Path

import numpy as np
import pytest

import neurosim

IMAGES, LABELS = np.random.default_rng(0).random((40, 4, 4)), np.arange(40) % 4
CARD = "choi-2018-epiram"


def train(**arguments):
    return neurosim.train([neurosim.dense(4)], (IMAGES, LABELS), **{"progress": False, "epochs": 0} | arguments)


def swept(**arguments):
    return neurosim.sweep([neurosim.dense(4)], {"training.batch": [1, 2]}, (IMAGES, LABELS), progress=False,
                          **arguments)


def devices(shape=(3,), **arguments):
    return neurosim.DeviceArray(CARD, shape, name="a", **arguments)


REFUSED = {
    "threads: -3 is below 1; give 1 to 4,096": lambda: train(threads=-3),
    "threads: 2.5 is not a whole number": lambda: train(threads=2.5),
    "seed: -1 is below 0; give 0 or more": lambda: train(seed=-1),
    "seed: expected an integer, got 1.5": lambda: train(seed=1.5),
    "training.epochs = -1 is negative": lambda: train(epochs=-1),
    "force: a temporary run file replaces none": lambda: train(force=True),
    "out: a int is no path": lambda: train(out=3),
    "callbacks: a function is not a list": lambda: train(callbacks=train),
    "training.bach: unknown key; did you mean 'batch'": lambda: train(assignments="training.bach=3"),
    "jobs: -1 is below 1": lambda: swept(jobs=-1),
    "repeats: 0 is below 1": lambda: swept(repeats=0),
    "shard: 3 is none; give (i, n)": lambda: swept(shard=3),
    "shard: 0.5 is not a whole number": lambda: swept(shard=(0.5, 2)),
    "sweep: fixed: a sweep file, or a study, says itself": lambda: neurosim.sweep("stuck", fixed={"seed": 1}),
    "run: a int is no path": lambda: neurosim.open_run(3),
    "preset: a int is no path": lambda: neurosim.load_config(3),
    "device card: a NoneType is no path": lambda: neurosim.load_device(None),
    "source: a int is no path": lambda: neurosim.write_report(3),
    "card: a int is no path": lambda: neurosim.assess(3),
    "seeds: 1.5 is not a whole number; give 2 to 1,000": lambda: neurosim.assess(CARD, seeds=1.5, out="none"),
    "loss = 'x' is not a finite number; write one": lambda: neurosim.assess(CARD, loss="x", out="none"),
    "budget = 'x' is not a finite number": lambda: neurosim.assess(CARD, budget="x", out="none"),
    "measured: [] holds no trains": lambda: neurosim.fit_device([]),
    "measured: 3 holds no trains": lambda: neurosim.fit_device(3),
    "folds: 1000 exceeds 50": lambda: neurosim.fit_device("none.csv", folds=1000),
    "kind 3: unknown; choose from adjoint": lambda: neurosim.check(3),
    "array a: 0.9 is not a number of pulses": lambda: devices().pulse(0.9),
    "array a: 1 strengths of pulses for 3 devices": lambda: devices().pulse([1, 2, 3], strength=2.0),
    "array a: shape: -3 is below 0": lambda: devices(-3),
    "crossbar: readout is a dict; give ReadoutOptions":
        lambda: neurosim.Crossbar(CARD, np.eye(3), readout={"kind": "adc"}),
    "neurons.epsilon: expected a number or a Schedule, got 'x'": lambda: neurosim.Neurons(epsilon="x"),
    "readout.kind: expected 'ideal' or 'adc' or 'integrate-and-fire', got 'adx'; did you mean 'adc'?":
        lambda: neurosim.ReadoutOptions(kind="adx"),
    "reproduce: no recipe is named": lambda: neurosim.reproduce(),
    "seed: -2 is below 0": lambda: neurosim.reproduce("gradient-slopes", seed=-2),
}


@pytest.mark.parametrize("sentence", REFUSED)
def test_what_cannot_be_taken_is_one_sentence(sentence, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    with pytest.raises(ValueError) as refusal:
        REFUSED[sentence]()
    assert sentence in str(refusal.value) and "\n" not in str(refusal.value)
    assert list(Path().iterdir()) == []


def test_an_array_takes_the_name_of_a_card_and_a_length():
    named, made = devices(3, seed=1), neurosim.DeviceArray(neurosim.load_device(CARD), (3,), name="a", seed=1)
    for array in (named, made):
        array.pulse([3, 0, -1])
    assert named.conductances().tolist() == made.conductances().tolist()
