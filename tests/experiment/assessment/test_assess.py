"""The verdict on a device names the fault that was planted in it."""

import json

import pytest

from digits import write_digits
from neurosim.experiment.improvement import computing
from neurosim.experiment.assessment.assess import assess
from neurosim.experiment.assessment.page import page, values
from neurosim.experiment.assessment.questions import asked
from pages import Page, assert_linked, assert_readable, assert_whole
from sweep_folders import Threads

SMALL = ("data.train_samples=400", "data.validation_samples=20", "training.epochs=1", "training.batch=10",
         "network.layers=[{kind='dense', units=20}, {kind='dense', units=10}]", "learning.free_steps=12",
         "learning.nudge_steps=6", "learning.window=6", "data.split_seed=3")


@pytest.fixture(scope="session")
def digits(tmp_path_factory):
    return write_digits(tmp_path_factory.mktemp("digits"), train=440, test=100)


class Killable(Threads):
    """Ends as processes would."""

    def kill(self):
        self.shutdown()


@pytest.fixture
def assessed(digits, monkeypatch):
    """Function from a folder and assignments to the Assessment of EpiRAM in a small network, in this process."""
    monkeypatch.setattr(computing, "executor_for", lambda work, jobs, dask: (Killable(1), work))

    def run(out, *words, images=400, beside=(), **options):
        question = asked("choi-2018-epiram", seeds=2, images=images, samples=100, beside=beside,
                         assignments=(f"data.path={digits}", *SMALL, *words))
        return assess(question, out, jobs=1, **options)
    return run


@pytest.mark.slow
@pytest.mark.parametrize("seed", [3, 11])
def test_noise_that_was_planted_is_named(assessed, tmp_path, seed):
    found = assessed(tmp_path / "out", "device.c2c_range=0.4", f"seed={seed}", beside=["kuzum-2011-gst"])
    assert found.limits["accumulate"] == ["programming noise"] and found.limits["nearest"][0] == "programming noise"
    report = values(found)
    assert json.loads(json.dumps(report)) == report
    text = " ".join(report["verdict"])
    assert "With a register: programming noise (cycle to cycle) costs most: " in text
    assert "For a loss of 1.0 point with a register, " in text and "device.c2c_range" in text
    assert {one.rule for one in found.rules} == {"accumulate", "nearest", "stochastic", "tiki-taka"}
    assert [one.own for one in found.standings] == [False, True]    # a device without the fault is better
    assert found.standings[0].error < 0.3 < found.standings[1].error
    html = page(found, "neurosim assess my.toml")
    shown = Page(html)
    assert_whole(shown)
    assert_linked(shown)
    assert_readable(shown, drawings=3)
    assert "neurosim assess my.toml" in html and "number 2" in html


@pytest.mark.slow
def test_stopped_and_continued_is_as_uninterrupted(assessed, tmp_path):
    words, short = ("device.c2c_range=0.4",), {"images": 100, "beside": []}
    whole = assessed(tmp_path / "whole", *words, **short)
    seen = []
    assert assessed(tmp_path / "out", *words, **short, observe=lambda tally: seen.append(tally.done),
                    wished=lambda: len(seen) > 4) is None
    again = assessed(tmp_path / "out", *words, **short)
    told = [values(one) for one in (whole, again)]
    assert told[0] == told[1]
    with pytest.raises(ValueError, match="holds the chips of another run or of other options"):
        assessed(tmp_path / "out", "device.c2c_range=0.3", **short)


def test_a_device_without_any_imperfection_is_said(tmp_path):
    with pytest.raises(ValueError, match="ideal-device: the card names no imperfection that could limit it"):
        assess(asked("ideal-device", beside=[]), tmp_path / "out")
