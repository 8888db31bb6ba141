"""The parameter loop: every point once, whoever computes it, however often it is interrupted."""

import errno
import json
import os
import threading
import time
from contextlib import contextmanager

import numpy as np
import pytest

from neurosim.experiment.sweep import locks
from neurosim.experiment.sweep.driver import Driver
from neurosim.experiment.sweep.executors import WorkerDied
from neurosim.experiment.sweep.spec import read_sweep
from neurosim.experiment.sweep.store import Store
from neurosim.experiment.sweep.table import open_sweep, write_csv
from neurosim.results import atomic_write
from sweep_folders import Threads

TEXT = """
base = "mnist-small"
repeats = 2
[axes]
"learning.beta" = [0.1, 0.2, 0.3]
"training.batch" = [5, 10]
"""


class Bench:
    """A sweep whose points take no time: the result is beta x batch + seed; counts how often each is computed."""

    def __init__(self, folder):
        (folder / "sweep.toml").write_text(TEXT)
        self.sweep = read_sweep(folder / "sweep.toml")
        self.folder, self.computed, self.failing, self.dying = folder / "out", [], set(), {}

    @property
    def store(self):
        return Store.begin(self.folder, self.sweep)

    def work(self, job):
        self.computed.append(job.index)
        if self.dying.get(job.index, 0) > self.computed.count(job.index) - 1:
            raise WorkerDied("its process ended with exit code -9")
        value = job.values["learning.beta"] * job.values["training.batch"] + job.values["seed"]
        failed = job.index in self.failing
        row = job.row("failed" if failed else "done", {} if failed else {"test_error": value}, "no luck" * failed, 1.0)
        self.store.write_row(row)
        return row

    @contextmanager
    def driver(self, jobs=2, **options):
        with Threads(jobs) as executor:
            yield Driver(self.sweep, self.store, options.pop("work", self.work), executor, **options)

    def run(self, **options):
        with self.driver(**options) as driver:
            return driver.run(), driver.tally

    def results(self):
        """Bytes of all rows, by file."""
        return {path.name: path.read_bytes() for path in self.folder.glob("points/*")}


@pytest.fixture
def bench(tmp_path):
    return Bench(tmp_path)


def test_every_point_is_computed_once_and_never_again(bench):
    finished, tally = bench.run()
    assert finished and (tally.done, tally.failed, tally.total) == (12, 0, 12)
    assert sorted(bench.computed) == list(range(12))
    assert bench.run()[0] and len(bench.computed) == 12
    assert not list(bench.folder.rglob("*.lock")) and not list(bench.folder.glob(".stop*"))


def test_jobs_and_shards_leave_the_same_bytes(bench, tmp_path):
    bench.run(jobs=1)
    (tmp_path / "b").mkdir()
    other = Bench(tmp_path / "b")
    for i in (2, 0, 1):
        assert other.run(jobs=3, shard=(i, 3))[1].done == 4
    assert sorted(other.computed) == list(range(12))
    assert other.results() == bench.results()


def test_two_drivers_on_one_folder_share_the_points(bench):
    assert not bench.store.rows()
    threads = [threading.Thread(target=bench.run) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(bench.computed) == list(range(12))
    rows = bench.store.rows()
    assert bench.store.states(rows).done == 12


def test_a_point_that_another_driver_computes_is_left_alone(bench):
    lock = bench.store.lock_path(bench.sweep.point(3).id)
    assert locks.acquire(lock)
    finished, tally = bench.run()
    assert not finished and (tally.done, tally.elsewhere) == (11, 1)
    assert 3 not in bench.computed and lock.exists()
    states = bench.store.states(bench.store.rows())
    assert (states.done, states.running, states.waiting) == (11, 1, 0)


def test_a_lock_that_outlived_its_driver_and_its_point_is_removed(bench):
    bench.run()
    lock = bench.store.lock_path(bench.sweep.point(3).id)
    lock.write_text('{"host": "elsewhere", "pid": 12}')
    os.utime(lock, (1, 1))
    assert bench.run()[0] and not lock.exists() and len(bench.computed) == 12


def test_a_stop_lets_points_end_and_the_next_driver_goes_on(bench):
    seen = []

    def until_told(job):
        while not os.path.exists(job.stop):
            time.sleep(0.01)
        seen.append(job.index)
        bench.store.run_path(job.id).write_bytes(b"a checkpoint")

    with bench.driver(work=until_told) as driver:
        driver._warm = True
        assert not driver.run(wished=lambda: driver.tally.running == 2)
    assert sorted(seen) == [0, 1] and not bench.store.rows()
    states = bench.store.states([])
    assert (states.interrupted, states.running, states.waiting) == (2, 0, 10)
    assert bench.run()[0] and sorted(bench.computed) == list(range(12))


def test_a_stop_does_not_wait_for_a_cluster_without_workers(bench):
    may_end = threading.Event()
    with bench.driver(work=lambda job: may_end.wait(30)) as driver:
        driver.executor.slots = 0
        driver.executor.wanted = lambda: 1
        assert not driver.run(wished=lambda: driver._running) and driver._running
        driver.release()
        may_end.set()
    assert not list(bench.folder.rglob("*.lock"))


def test_failed_points_are_kept_and_tried_again_only_when_asked(bench):
    bench.failing = {4, 7}
    finished, tally = bench.run()
    assert finished and (tally.done, tally.failed) == (10, 2)
    bench.run()
    assert len(bench.computed) == 12
    assert [row["error"] for row in bench.store.rows() if row["state"] == "failed"] == ["no luck"] * 2
    bench.failing = set()
    assert bench.run(retry_failed=True)[1].done == 12
    assert sorted(bench.computed[12:]) == [4, 7]


def test_a_point_goes_on_after_the_death_of_its_worker_but_not_for_ever(bench):
    bench.dying = {2: 1, 5: 99}
    finished, tally = bench.run()
    assert finished and (tally.done, tally.failed) == (11, 1)
    assert (bench.computed.count(2), bench.computed.count(5)) == (2, 3)
    row, = (row for row in bench.store.rows() if row["state"] == "failed")
    assert row["index"] == 5 and "exit code -9" in row["error"]


def test_the_first_point_is_alone_until_it_has_saved_a_batch(bench):
    events, second = [], threading.Event()

    def work(job):
        events.append(f"begin {job.index}")
        if job.index == 0:
            assert not second.wait(0.3), "another point began before the kernels were compiled"
            events.append("saved")
            bench.store.run_path(job.id).write_bytes(b"a checkpoint")
            assert second.wait(10), "no other point began before this one was over"
        else:
            second.set()
        return bench.work(job)

    with bench.driver(work=work) as driver:
        assert driver.run()
    assert events[:3] == ["begin 0", "saved", "begin 1"]


def test_more_points_are_under_way_when_the_executor_has_grown(bench):
    both = threading.Barrier(2, timeout=30)

    def work(job):
        if job.index in (4, 5):
            both.wait()
        elif job.index < 4:
            driver.executor.slots = 1 + job.index // 3
        return bench.work(job)

    with bench.driver(work=work) as driver:
        driver.executor.slots = 1
        assert driver.run()
    assert sorted(bench.computed) == list(range(12))


def test_locks_are_refreshed_while_points_are_computed(bench, monkeypatch):
    monkeypatch.setattr(locks, "BEAT", 0.05)

    def work(job):
        if job.index == 0:
            lock = bench.store.lock_path(job.id)
            os.utime(lock, (1, 1))
            end = time.monotonic() + 60
            while locks.stale(lock):
                assert time.monotonic() < end, "the lock was not refreshed"
                time.sleep(0.01)
        return bench.work(job)

    assert bench.run(work=work)[0]


def test_a_driver_that_was_silent_for_too_long_leaves_its_points_to_the_other_one(bench, monkeypatch):
    monkeypatch.setattr(locks, "BEAT", 0.05)
    lock, over = bench.store.lock_path(bench.sweep.point(0).id), threading.Event()

    def work(job):
        lock.write_text('{"host": "elsewhere", "pid": 12}')
        over.wait(30)

    with bench.driver(work=work) as driver:
        with pytest.raises(ValueError, match="sweep sweep has stopped: .*is held by process 12 on elsewhere now"):
            driver.run()
        over.set()
        driver.release()
    assert locks.owner(lock) == "process 12 on elsewhere"


def test_a_full_disk_stops_the_sweep_and_the_next_one_computes_what_is_missing(bench, monkeypatch):
    def work(job):
        if job.index == 5:
            monkeypatch.setattr(atomic_write.os, "fsync", full)
        return bench.work(job)

    def full(handle):
        raise OSError(errno.ENOSPC, "No space left on device")

    with bench.driver(work=work, jobs=1) as driver:
        with pytest.raises(ValueError) as caught:
            driver.run()
        driver.release()
    sentence = str(caught.value)
    assert "not written: No space left on device" in sentence and "the same command continues" in sentence
    monkeypatch.undo()
    assert [row["index"] for row in bench.store.rows()] == [0, 1, 2, 3, 4]
    bench.computed.remove(5)
    assert bench.run()[0] and sorted(bench.computed) == list(range(12))
    assert {path.suffix for path in bench.folder.glob("points/*")} == {".json"}


def test_a_folder_of_something_else_is_refused(bench, tmp_path):
    bench.run()
    (tmp_path / "other.toml").write_text(TEXT.replace("0.3", "0.4"))
    with pytest.raises(ValueError, match=r"holds another sweep \(sweep, 12 points\); choose another folder"):
        Store.begin(bench.folder, read_sweep(tmp_path / "other.toml"))
    (tmp_path / "full").mkdir()
    (tmp_path / "full" / "thesis.txt").write_text("mine")
    with pytest.raises(ValueError, match="holds no sweep"):
        Store.begin(tmp_path / "full", bench.sweep)
    with pytest.raises(ValueError, match="is not the folder of a sweep"):
        Store.open(tmp_path / "nowhere")


def test_results_of_a_grid_are_arrays_in_its_axes(bench, tmp_path):
    bench.failing = {4}
    bench.run()
    found = open_sweep(bench.folder)
    assert found.dims == ("learning.beta", "training.batch", "seed")
    beta, batch, seed = (found.axes[key] for key in found.dims)
    expected = beta[:, None, None] * batch[None, :, None] + seed
    expected[1, 0, 0] = np.nan
    assert np.allclose(found.results["test_error"], expected, equal_nan=True)
    assert found.states[1, 0, 0] == "failed" and (found.states == "done").sum() == 11
    assert list(found.errors.values()) == ["no luck"] and list(found.errors) == [found.ids[1, 0, 0]]
    write_csv(bench.store, bench.store.rows(), tmp_path / "out.csv")
    lines = (tmp_path / "out.csv").read_text().splitlines()
    assert lines[0] == "index,id,state,seed,learning.beta,training.batch,test_error,seconds,error"
    assert len(lines) == 13 and lines[1].endswith("done,0,0.1,5,0.5,1.0,") and "failed,0,0.2,5,,1.0,no luck" in lines[5]


def test_results_of_an_unfinished_sweep_that_is_not_a_grid_lie_along_its_points(tmp_path):
    (tmp_path / "zip.toml").write_text('base = "mnist-small"\nmethod = "zip"\n[axes]\n"seed" = [3, 4, 5]\n'
                                       '"synapses.device" = ["ideal", "choi-2018-epiram", "ideal"]')
    sweep = read_sweep(tmp_path / "zip.toml")
    store = Store.begin(tmp_path / "zip", sweep)
    point = sweep.point(1)
    store.write_row({"index": 1, "id": point.id, "state": "done", "point": point.values,
                     "results": {"test_error": 0.25}, "error": "", "seconds": 1.0})
    found = open_sweep(tmp_path / "zip")
    assert found.dims == ("point", "seed") and found.axes["synapses.device"].tolist()[1] == "choi-2018-epiram"
    assert found.results["test_error"].ravel()[1] == 0.25 and np.isnan(found.results["test_error"]).sum() == 2
    assert json.loads((tmp_path / "zip" / "sweep.json").read_text())["points"] == 3
