"""One point: it continues from its checkpoint, and keeps what went wrong."""

import json

import pytest

from digits import config_of, write_digits
from neurosim.experiment.sweep.point import Job, compute
from neurosim.experiment.training import Training
from neurosim.toml import to_toml


@pytest.fixture
def job(tmp_path):
    """A Job on a folder of a sweep: 2 epochs of 6 batches."""
    (tmp_path / "points").mkdir()
    (tmp_path / "digits").mkdir()
    (tmp_path / "sweep.json").write_text(json.dumps({"format": "neurosim-sweep", "points": 1}))
    config = config_of(write_digits(tmp_path / "digits"))
    return Job(0, "0123456789abcdef", {"seed": 3}, to_toml(config), str(tmp_path), "", str(tmp_path / ".stop"))


def conclude(training):
    return {"epochs": training.progress.epoch}


@pytest.mark.slow
def test_a_stopped_point_continues_from_its_checkpoint(job, tmp_path, monkeypatch):
    learnt, learn = [], Training._learn_batch
    monkeypatch.setattr(Training, "_learn_batch", lambda self, *draws: learnt.append(0) or learn(self, *draws))
    (tmp_path / ".stop").touch()
    assert compute(job, conclude) is None and len(learnt) == 1
    (tmp_path / ".stop").unlink()
    row = compute(job, conclude)
    assert (row["state"], row["results"]) == ("done", {"epochs": 2}) and len(learnt) == 12
    assert json.loads((tmp_path / "points" / f"{job.id}.json").read_text()) == row


@pytest.mark.slow
def test_a_damaged_checkpoint_is_one_that_was_never_written(job, tmp_path):
    (tmp_path / "points" / f"{job.id}.h5").write_bytes(b"half a file")
    assert compute(job, conclude)["state"] == "done"


@pytest.mark.slow
def test_whatever_fails_is_kept_as_one_sentence(job):
    def fail(training):
        raise ZeroDivisionError("division\nby zero")
    row = compute(job, fail)
    assert (row["state"], row["error"]) == ("failed", "ZeroDivisionError: division by zero")
