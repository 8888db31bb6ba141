"""Improvements and assessments as calls: tables, sentences, pages."""

import pytest

import neurosim
from digits import write_digits
from neurosim.experiment.improvement import computing
from neurosim.experiment.improvement import improve as improving
from sweep_folders import Threads

SMALL = {"data": {"train_samples": 100, "validation_samples": 20, "split_seed": 3},
         "training": {"epochs": 1, "batch": 10}, "network": {"layers": [{"units": 20}, {"units": 10}]},
         "learning": {"free_steps": 8, "nudge_steps": 6, "window": 6}, "device": {"c2c_range": 0.4}}


class Killable(Threads):
    """Ends as processes would."""

    def kill(self):
        self.shutdown()


@pytest.fixture
def small(tmp_path, monkeypatch):
    """Overrides of small chips, computed in this process."""
    for module in (computing, improving):
        monkeypatch.setattr(module, "executor_for", lambda work, jobs, dask: (Killable(1), work))
    data = SMALL["data"] | {"path": str(write_digits(tmp_path, train=140, test=40))}
    return SMALL | {"data": data, "seeds": 2, "images": 100, "samples": 40, "jobs": 1, "progress": False,
                    "out": tmp_path / "out"}


@pytest.mark.slow
def test_an_improvement_is_a_table_that_says_a_verdict(small):
    found = neurosim.improve("mnist-small", **small, synapses={"device": "choi-2018-epiram"})
    assert sorted(found.imperfection) == ["programming noise", "unequal steps"] and len(found.cost) == 2
    assert all(found.low <= found.cost) and all(found.cost <= found.high)
    assert found.verdict[0] in " ".join(repr(found).split()) and found.report["verdict"] == found.verdict
    assert found.plot().axes[0].get_xlabel() == "costs [percentage points of error]"
    again = neurosim.improve("mnist-small", **small, synapses={"device": "choi-2018-epiram"})
    assert again.report == found.report


@pytest.mark.slow
def test_an_assessment_says_what_limits_and_writes_a_page(small, tmp_path):
    found = neurosim.assess("choi-2018-epiram", **small, beside=[])
    assert set(found.limits) == {"accumulate", "nearest"} and list(found.standings.own) == [True]
    assert repr(found) == "\n".join(found.verdict) and found.report["assumptions"] == found.assumptions
    assert found.write(tmp_path / "page.html").read_text().startswith("<!DOCTYPE html>")


def test_a_run_asks_for_the_improvement_of_its_own_file(trained, monkeypatch, tmp_path):
    from neurosim.calls import improving
    asked = []
    monkeypatch.setattr(improving, "improve", lambda *path, **options: asked.append((path, options)) or "found")
    assert trained.improve(tmp_path, seeds=3, device={"c2c": 0.1}) == "found"
    (path,), options = asked[0]
    assert path == trained.path and options["out"] == tmp_path and options["seeds"] == 3
    assert options["device"] == {"c2c": 0.1} and options["budget"] == 600
