"""One point: it continues from its checkpoint, and keeps what went wrong."""

import json
from dataclasses import replace

import pytest

from digits import config_of, write_digits
from neurosim.experiment.config import SynapseOptions, parse_config
from neurosim.experiment.ledger import programming_at_first, programming_now, read_programming
from neurosim.experiment.sweep.point import Job, compute
from neurosim.experiment.training import Training
from neurosim.results import RunFile
from neurosim.toml import to_toml


@pytest.fixture
def job(tmp_path):
    """A Job on a folder of a sweep: 2 epochs of 6 batches."""
    (tmp_path / "points").mkdir()
    (tmp_path / "digits").mkdir()
    config = config_of(write_digits(tmp_path / "digits"))
    return Job(0, "0123456789abcdef", {"seed": 3}, to_toml(config), str(tmp_path), "", str(tmp_path / ".stop"))


def conclude(training, look):
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
def test_a_stopped_point_that_learns_on_from_a_run_continues_too(job, tmp_path):
    def weights(training, look):
        return {name: values.tolist() for name, values in training.model.synapses.weights.items()}

    run = tmp_path / "run.h5"
    begun = Training(parse_config(job.config, "run"), run, threads=1)
    begun.run()
    onward = replace(job, source=str(run), config=job.config.replace("seed = 3", "seed = 4"))
    undisturbed = compute(onward, weights)["results"]
    assert undisturbed != weights(begun, None)
    again = replace(onward, id="f" * 16)
    (tmp_path / ".stop").touch()
    assert compute(again, weights) is None
    (tmp_path / ".stop").unlink()
    assert compute(again, weights)["results"] == undisturbed


@pytest.mark.slow
def test_writing_the_weights_of_a_run_is_no_learning(job, tmp_path):
    config = replace(parse_config(job.config, "run"), synapses=SynapseOptions(device="ideal-device"))
    run = tmp_path / "run.h5"
    Training(config, run, threads=1).run()
    (tmp_path / ".stop").touch()
    onward = replace(job, source=str(run), config=to_toml(config))
    assert compute(onward, conclude) is None
    (tmp_path / ".stop").unlink()
    compute(onward, conclude)
    written = Training(config, tmp_path / "written.h5", threads=1)
    begun = programming_at_first(written.model.synapses)
    written.begin_with(run)
    with RunFile(tmp_path / "points" / f"{job.id}.h5") as point:
        assert point.attributes["weights_from"] == "run.h5"
        first, *learning = read_programming(point, "ledger/programming")
    assert first == programming_now(written.model.synapses) and len(learning) == 2, "and resuming keeps that"
    assert sum(first["set"].values()) > sum(begun["set"].values())


@pytest.mark.slow
def test_a_damaged_checkpoint_is_one_that_was_never_written(job, tmp_path):
    (tmp_path / "points" / f"{job.id}.h5").write_bytes(b"half a file")
    assert compute(job, conclude)["state"] == "done"


@pytest.mark.slow
def test_whatever_fails_is_kept_as_one_sentence(job):
    def fail(training, look):
        raise ZeroDivisionError("division\nby zero")
    row = compute(job, fail)
    assert (row["state"], row["error"]) == ("failed", "ZeroDivisionError: division by zero")
