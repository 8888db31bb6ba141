"""A list of phases of your own goes the whole way: training, run file, resumption, energy, report, recording."""

import numpy as np
import pytest

from digits import config_of, write_digits
from neurosim.cli import main
from neurosim.experiment.pipeline.display import Silence
from neurosim.experiment.pipeline.conclusion import completed
from neurosim.experiment import runs
from neurosim.experiment.ledger import read_phases
from neurosim.experiment.pricing import workloads
from neurosim.experiment.training import Training
from neurosim.report.activity import _recorded
from neurosim.results import RunFile, RunFileError, read_run, write_run
from observers import StopAfter

PHASES = ("[{beta = 0.2, weight = 8}, {beta = -0.2, weight = -8}, {name = 'far', beta = 0.4, weight = -1}, "
          "{beta = -0.4, weight = 1, start = 'continued'}]")
OWN = (f"learning.phases={PHASES}", "record.layers=['output']", "record.samples=2", "record.phases=all")
NAMES = ("free", "nudge+", "nudge-", "far", "nudge-2")


@pytest.fixture(scope="module")
def done(tmp_path_factory):
    """A training by four phases, finished, evaluated and recorded."""
    folder = tmp_path_factory.mktemp("own")
    training = Training(config_of(write_digits(folder), *OWN), folder / "run.h5", threads=1)
    training.run()
    completed(training, Silence())
    return training


def test_every_phase_is_counted_under_its_name(done):
    assert runs.stored_config(done.out) == done.config
    with RunFile(done.out) as run:
        kept = read_phases(run, done.config.learning)
        assert sorted(run.names("ledger")) == sorted([*NAMES, "programming"])
        nudged = run["spikes/nudged"].data
    assert tuple(kept) == NAMES
    for epoch, entry in enumerate(done.progress.history):
        assert {phase: rows[epoch] for phase, rows in kept.items()} == entry["counts"]
        assert [entry["counts"][phase].steps for phase in NAMES] == [60 * 8] + [60 * 5] * 4
        assert nudged[epoch].sum() == sum(sum(entry["counts"][phase].signals.values()) for phase in NAMES[1:])


def test_four_products_are_priced_and_every_phase_has_its_line(done, capsys):
    load = workloads(done.out)["training"]
    assert load.products == 4 and tuple(load.phases) == NAMES
    assert main(["energy", str(done.out), "--no-figure"]) == 0
    told = capsys.readouterr().out
    assert all(name in told for name in NAMES)


def test_a_report_names_every_phase(done, tmp_path):
    assert main(["report", str(done.out), "-o", str(tmp_path / "report.html")]) == 0
    page = (tmp_path / "report.html").read_text(encoding="utf-8")
    assert "far 0" in page or "far 1" in page or "far 2" in page
    with RunFile(done.out) as run:
        assert list(_recorded(run)["output"]) == ["free", "nudge+", "nudge-", "far", "nudge-2"]


def test_the_records_are_keyed_by_phase(done):
    with RunFile(done.out) as run:
        assert set(NAMES) == set(run.names("records")) - {"samples", "labels", "steps"}
        assert "beta = 0.4" in run["records/far/output/spikes"].description


def test_an_interrupted_run_goes_on_bit_for_bit(done, tmp_path):
    config = config_of(done.out.parent, *OWN)
    training = Training(config, tmp_path / "part.h5", threads=1)
    assert not training.run(StopAfter(3))
    resumed = Training(config, tmp_path / "part.h5", threads=1, resume=True)
    assert resumed.run()
    for name, values in done.model.synapses.weights.items():
        assert np.array_equal(resumed.model.synapses.weights[name], values)
    assert [entry["counts"] for entry in resumed.progress.history] == [e["counts"] for e in done.progress.history]


# ---- what other versions and strangers write ----
def spoilt(done, tmp_path, change):
    tree, attributes = read_run(done.out)
    change(tree, attributes)
    write_run(tmp_path / "run.h5", tree, attributes)
    return tmp_path / "run.h5"


def test_the_phase_of_another_configuration_is_refused(done, tmp_path):
    def add(tree, attributes):
        tree["ledger"]["stranger"] = tree["ledger"]["far"]
    with pytest.raises(RunFileError, match="ledger does not fit its configuration .stranger, where free or nudge"):
        runs.learnt(spoilt(done, tmp_path, add))


def test_a_phase_that_lacks_a_table_is_refused(done, tmp_path):
    def lose(tree, attributes):
        del tree["ledger"]["far"]["steps"]
    with pytest.raises(RunFileError, match="it has no data set ledger/far/steps, so neurosim did not write it"):
        runs.learnt(spoilt(done, tmp_path, lose))


def test_records_under_the_names_of_version_0_2_are_still_read(done, tmp_path):
    def rename(tree, attributes):
        for new, old in (("nudge+", "plus"), ("nudge-", "minus")):
            tree["records"][old] = tree["records"].pop(new)
    path = spoilt(done, tmp_path, rename)
    runs.learnt(path)
    with RunFile(path) as run:
        assert list(_recorded(run)["output"]) == ["free", "plus", "minus", "far", "nudge-2"]


def test_a_file_without_the_new_keys_is_that_of_the_defaults(done, tmp_path):
    """Version 0.2 knew neither loss nor phases, and kept a ledger and a partial count of every built-in phase."""
    config = config_of(done.out.parent)
    training = Training(config, tmp_path / "old.h5", threads=1)
    training.run()
    tree, attributes = read_run(tmp_path / "old.h5")
    assert sorted(tree["ledger"]) == ["continued", "free", "nudge+", "nudge-", "programming"]
    lines = attributes["config"].splitlines()
    attributes["config"] = "\n".join(line for line in lines if not line.startswith("loss ="))
    write_run(tmp_path / "old.h5", tree, attributes)
    assert len(lines) == len(attributes["config"].splitlines()) + 1
    assert runs.stored_config(tmp_path / "old.h5") == config
    resumed = Training(config, tmp_path / "old.h5", threads=1, resume=True)
    assert resumed.progress.history == training.progress.history
