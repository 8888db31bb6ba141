"""Points of other folders are taken over where they are the same, and only then."""

import json

import pytest

from neurosim.experiment.config import load_config
from neurosim.experiment.improvement.points import begin, take_over


@pytest.fixture
def stored(tmp_path):
    """Function from a folder, rows and assignments to the Sweep of a chip and its Store, of which nothing is computed.
    """
    def make(folder, rows, *assignments):
        return begin(tmp_path / folder, load_config("mnist-small", ["synapses.device=choi-2018-epiram", *assignments]),
                     rows)
    return make


def compute(sweep, store, index, state="done"):
    point = sweep.point(index)
    store.run_path(point.id).write_bytes(b"run")
    store.write_row({"index": index, "id": point.id, "state": state, "point": point.values, "error": "",
                     "results": {"test_error": 0.1}, "seconds": 1.0})
    return point.id


def test_equal_points_are_taken_over_with_their_place_in_the_new_sweep(stored):
    earlier, kept = stored("one", [{"seed": 0, "device.c2c": 0.0}, {"seed": 1, "device.c2c": 0.0}],
                           "synapses.pulses=nearest")
    name = compute(earlier, kept, 1)
    rows = [{"seed": seed, "synapses.pulses": rule, "device.c2c": 0.0} for seed in (0, 1)
            for rule in ("accumulate", "nearest")]
    sweep, store = stored("two", rows)
    take_over(sweep, store, [kept])
    row, = store.rows()
    assert (row["index"], row["id"], row["point"]) == (3, name, rows[3]) and row["results"] == {"test_error": 0.1}
    assert store.run_path(name).read_bytes() == b"run" and not store.run_path(name).samefile(kept.run_path(name))
    assert json.loads((kept.folder / "points" / f"{name}.json").read_text())["index"] == 1


@pytest.mark.parametrize("state, removed, assignment", [("failed", False, "synapses.pulses=nearest"),
                                                        ("done", True, "synapses.pulses=nearest"),
                                                        ("done", False, "synapses.pulses=sign")])
def test_other_points_and_those_without_a_run_are_not(stored, state, removed, assignment):
    earlier, kept = stored("one", [{"seed": 0}, {"seed": 1}], "synapses.pulses=nearest")
    name = compute(earlier, kept, 0, state)
    if removed:
        kept.run_path(name).unlink()
    sweep, store = stored("two", [{"seed": 0}, {"seed": 1}], assignment)
    take_over(sweep, store, [kept])
    assert store.rows() == []


def test_what_is_there_already_stays(stored):
    earlier, kept = stored("one", [{"seed": 0}, {"seed": 1}])
    compute(earlier, kept, 0)
    sweep, store = stored("two", [{"seed": 0}, {"seed": 1}])
    name = compute(sweep, store, 0)
    store.run_path(name).write_bytes(b"own")
    take_over(sweep, store, [kept])
    assert store.run_path(name).read_bytes() == b"own"
