"""What was counted comes back from a file as it was, and what a run file counted can be priced."""

import numpy as np
import pytest

from digits import config_of, write_digits
from neurosim.experiment.pipeline.evaluations import evaluation_tree
from neurosim.counts import READ_EVENTS, Counts
from neurosim.experiment.config import parse_config
from neurosim.experiment.ledger import counts_tree, programming_tree, read_counts, read_programming
from neurosim.experiment.pricing import chip_of, workloads
from neurosim.experiment.training import Training
from neurosim.network.graph import Network, conv, dense
from neurosim.results import RunFile, RunFileError, write_run

READS = ("input-a forward", "a-output forward", "a-output backward")
DEVICES = ("synapses.device=choi-2018-epiram", "synapses.rounds=20", "array.tile=32")

PHASES = ("free", "nudge+", "nudge-")


def row(seed, siemens=False):
    random = np.random.default_rng(seed)
    return Counts(7, 210, {name: int(random.integers(10 ** 12)) for name in ("input", "a", "output")},
                  *({read: int(random.integers(10 ** 15)) for read in READS} for _ in range(2)),
                  {read: {kind: int(random.integers(10 ** 15)) for kind in READ_EVENTS} for read in READS},
                  {read: float(random.random()) for read in READS} if siemens else {})


@pytest.mark.parametrize("rows", [[], [row(1)], [row(1), row(2), row(3)], [row(1, True), row(2, True)],
                                  [row(1), Counts(), row(2)]], ids=len)
def test_counts_come_back_to_the_last_digit(rows, tmp_path):
    write_run(tmp_path / "run.h5", {"ledger": counts_tree(rows)}, {})
    with RunFile(tmp_path / "run.h5") as run:
        assert read_counts(run, "ledger") == rows
        assert run["ledger/events"].data.dtype == np.int64
        assert ("siemens" in run.names("ledger")) == any(one.siemens for one in rows)


def test_rows_of_a_version_that_counted_less_stay_without(tmp_path):
    """An epoch without hops and one with them: hops are unknown, not 0."""
    old, new = row(1), row(2)
    for events in old.reads.values():
        del events["hops"]
    write_run(tmp_path / "run.h5", {"ledger": counts_tree([old, new])}, {})
    with RunFile(tmp_path / "run.h5") as run:
        found = read_counts(run, "ledger")
    assert found[0] == old and all("hops" not in events for events in found[1].reads.values())


def test_the_cost_of_programming_comes_back_to_the_last_digit(tmp_path):
    random = np.random.default_rng(5)
    whole, parts = ("set", "reset", "verify", "exposures", "refreshes"), ("set_siemens", "reset_siemens")
    rows = [{**{kind: {name: int(random.integers(10 ** 15)) for name in ("x-a", "a-b")} for kind in whole},
             **{kind: {name: float(random.random()) for name in ("x-a", "a-b")} for kind in parts}} for _ in range(3)]
    write_run(tmp_path / "run.h5", {"ledger": programming_tree(rows)}, {})
    with RunFile(tmp_path / "run.h5") as run:
        assert read_programming(run, "ledger") == rows
        assert run["ledger/set_siemens"].unit == "S" and run["ledger/set"].unit == "1"


# ---- of a run ----
@pytest.fixture(scope="module")
def done(tmp_path_factory):
    """A training on devices, finished and evaluated."""
    folder = tmp_path_factory.mktemp("run")
    training = Training(config_of(write_digits(folder), *DEVICES), folder / "run.h5", threads=1)
    assert training.run()
    found = training.evaluate(training.data.test_images, training.data.test_labels)
    training.results = {"test": evaluation_tree(training.model.network, found)}
    training.save()
    return training, found


def test_the_file_holds_every_phase_of_every_epoch(done):
    training, found = done
    with RunFile(training.out) as run:
        kept = {phase: read_counts(run, f"ledger/{phase}") for phase in PHASES}
        assert read_counts(run, "results/test/ledger") == [found.counts]
        programming = read_programming(run, "ledger/programming")
    for epoch, entry in enumerate(training.progress.history):
        assert {phase: rows[epoch] for phase, rows in kept.items()} == entry["counts"]
        assert [entry["counts"][phase].steps for phase in PHASES] == [60 * 8, 60 * 5, 60 * 5]
        assert programming[1 + epoch] == entry["programming"]
    assert len(programming) == 3
    for before, after in zip(programming, programming[1:]):
        assert all(after[kind][name] >= before[kind][name] for kind in after for name in after[kind])
    assert programming[0]["verify"]["input-conv1"] > 0


def test_workloads_are_what_was_counted(done):
    training, found = done
    loads = workloads(training.out)
    assert loads["inference"].samples == 30 and loads["inference"].phases == {"inference": found.counts}
    load, history = loads["training"], training.progress.history
    assert (load.samples, load.updates, load.simulated) == (120, 12, "digital")
    assert load.phases == {phase: history[0]["counts"][phase] + history[1]["counts"][phase] for phase in PHASES}
    counts, first = training.model.synapses.counts, training.model.synapses.initial
    for name, cost in load.programming.items():
        assert cost.set == counts.set[name] - first.set[name]
        assert cost.verify == counts.verify[name] - first.verify[name]
        assert cost.reset_siemens == pytest.approx(counts.reset_siemens[name] - first.reset_siemens[name])


def test_the_chip_of_a_workload_is_that_of_the_configuration(done):
    """5 x 5 kernels of one channel, stride 3, on 28 x 28: 8 x 8 positions; then 4 x 4 x 3 units onto 10."""
    training, _ = done
    chip = workloads(training.out)["inference"].chip
    first, last = chip.arrays
    assert (first.name, first.rows, first.columns, first.positions, first.backward) == ("input-conv1", 25, 3, 64, False)
    assert (last.name, last.rows, last.columns, last.positions, last.backward) == ("conv1-output", 48, 10, 1, True)
    assert (first.row_tiles, last.row_tiles, last.column_tiles) == (1, 2, 1)       # 10 positions of 3 in 32 lines
    device = training.model.synapses.device
    assert (chip.tile, chip.mux, chip.readout, chip.read_voltage) == (32, 8, "ideal", device["read_voltage"])
    assert chip.layers == {"input": 784, "conv1": 48, "output": 10}
    assert chip.mean_conductance == pytest.approx((device["g_min"] + device["g_max"]) / 2)


@pytest.mark.parametrize("pool, channels, backward", [("average", 3, 25), ("max", 3, 75), ("max", 64, 100)])
def test_positions_of_a_pooled_convolution(pool, channels, backward):
    """3 x 3 on 13 x 13: 121 positions, 2 x 2 pooling keeps 100; a maximum sends from where it was, by channel."""
    config = parse_config("", "a configuration", ["energy.half_select=0.25", "energy.neuron_circuits=7"])
    network = Network([conv(channels, kernel=3, pool=pool), dense(10)], (13, 13, 2))
    chip = chip_of(config, network)
    first, last = chip.arrays
    assert (first.positions, first.positions_of("backward"), first.dropped_positions) == (100, backward, 21)
    assert (first.synapses, first.declared_synapses) == (100 * 18 * channels, 121 * 18 * channels)
    assert (last.positions, last.positions_of("backward"), last.dropped_positions) == (1, 1, 0)
    assert (chip.half_select, chip.neuron_circuits) == (0.25, 7)


@pytest.mark.parametrize("change, sentence", [
    ("energy.half_select=1.5", "energy.half_select = 1.5 exceeds 1, the whole voltage"),
    ("energy.half_select=-0.1", "energy.half_select = -0.1 is negative"),
    ("energy.neuron_circuits=0", "energy.neuron_circuits = 0 is below 1"),
])
def test_an_impossible_chip_is_refused(change, sentence):
    with pytest.raises(ValueError, match=sentence):
        parse_config("", "a configuration", [change])


def test_a_run_can_be_priced_on_another_chip(done):
    training, _ = done
    load = workloads(training.out, ["energy.half_select=0.5", "energy.neuron_circuits=9"])["training"]
    assert (load.chip.half_select, load.chip.neuron_circuits) == (0.5, 9)
    with pytest.raises(ValueError, match="--set array.mux=2: the run has been counted as it was"):
        workloads(training.out, ["array.mux=2"])


def test_the_initial_programming_belongs_to_both_workloads(done):
    """What the devices took before the first sample, as they counted it themselves; and hops as the run counted."""
    training, _ = done
    first, loads = training.model.synapses.initial, workloads(training.out)
    for load in loads.values():
        assert {name: (cost.set, cost.reset, cost.verify, cost.exposures) for name, cost in load.initial.items()} == {
            name: (first.set[name], first.reset[name], first.verify[name], first.exposures[name])
            for name in first.set}
        assert all(cost.set > 0 and cost.verify > 0 for cost in load.initial.values())
        assert all(events["hops"] > 0 for counts in load.phases.values() for events in counts.reads.values())


def test_a_run_without_an_evaluation_has_no_inference(tmp_path):
    training = Training(config_of(write_digits(tmp_path), "training.epochs=1"), tmp_path / "run.h5", threads=1)
    training.save()
    with pytest.raises(RunFileError) as caught:
        workloads(training.out)
    assert str(caught.value) == (f"run file {training.out}: nothing is counted in it yet; "
                                 "train for at least one epoch")
    assert training.run()
    loads = workloads(training.out)
    assert loads["inference"] is None and loads["training"].samples == 60
    assert loads["training"].chip.mean_conductance > 0      # ideal synapses are priced as pairs of a generic device
