"""Engines of `neurosim sweep`: the same bytes from processes, Dask and shards, whatever is killed in between."""

import json
import os
import resource
import signal
import subprocess
import sys
import time
from contextlib import contextmanager
from pathlib import Path

import pytest

import neurosim
from neurosim.cli import INCOMPLETE, main
from neurosim.results import read_run

distributed = pytest.importorskip("distributed")

#: What is measured of the computer, when, and by whom; everything else must be the same.
MEASURED = {"history/seconds", "history/samples_per_second", "results/peak_memory"}
WRITTEN = {"started", "command"}


@pytest.fixture(scope="module")
def undisturbed(undisturbed):
    """What one process leaves of the sweep."""
    return content(undisturbed)


def content(folder):
    """All that a sweep leaves: rows but for their seconds, every data set and attribute of every run file."""
    found = {}
    for path in Path(folder).glob("points/*"):
        if path.suffix == ".json":
            found[path.name] = {**json.loads(path.read_text()), "seconds": 0}
        elif path.suffix == ".h5":
            tree, attributes = read_run(path)
            found |= {(path.name, name): data for name, data in leaves(tree) if name not in MEASURED}
            found |= {(path.name, name): value for name, value in attributes.items() if name not in WRITTEN}
        else:
            found[path.name] = "left behind"
    return found


def leaves(tree, above=""):
    for name, item in tree.items():
        if isinstance(item, dict):
            yield from leaves(item, f"{above}{name}/")
        else:
            yield above + name, (item.data.tobytes(), item.data.dtype, item.data.shape)


def rows(folder):
    """Rows on the disk with the time of their writing."""
    return {path: path.stat().st_mtime_ns for path in Path(folder).glob("points/*.json")}


@contextmanager
def dask(folder):
    """A scheduler and two workers, as a user starts them; yields the scheduler file and the three processes."""
    paths = os.pathsep.join([str(Path(neurosim.__file__).parents[1]), os.environ.get("PYTHONPATH", "")])
    file, log, processes = folder / "scheduler.json", open(folder / "dask.log", "w"), []

    def begin(*words):
        processes.append(subprocess.Popen([sys.executable, "-m", "dask", *words, "--scheduler-file", str(file),
                                           "--no-dashboard", "--host", "127.0.0.1"], stdout=log, stderr=log,
                                          cwd=folder, env=os.environ | {"PYTHONPATH": paths}))
    try:
        begin("scheduler", "--port", "0")
        for _ in range(2):
            begin("worker", "--nthreads", "1", "--no-nanny", "--local-directory", str(folder / "scratch"))
        while not file.exists():
            assert processes[0].poll() is None, (folder / "dask.log").read_text()
            time.sleep(0.1)
        yield str(file), processes
    finally:
        for process in processes:
            process.kill()
            process.wait()
        log.close()
        file.unlink(missing_ok=True)


def wait_until(process, happened):
    """Look until something has happened while a process runs."""
    while not happened():
        assert process.poll() is None, process.communicate()
        time.sleep(0.02)


def until_first_batch(process, folder):
    """Wait until the first point has saved what it has learnt."""
    wait_until(process, lambda: list(Path(folder).glob("points/*.h5")))


def computing(workers):
    """A worker that has a process which computes points."""
    import psutil
    return next((worker for worker in workers if worker.poll() is None and psutil.Process(worker.pid).children()), None)


@pytest.mark.slow
def test_dask_and_shards_leave_the_bytes_of_processes(sweep_file, undisturbed, here, start):
    assert len(undisturbed) > 100
    local = start("sweep", sweep_file, "--out", "local", "--jobs", "2", "--dask", "local", cwd=here)
    printed, told = local.communicate(timeout=600)
    assert local.returncode == 0 and "2 at once by Dask at tls://127.0.0.1" in told and "4 of 4 points done" in printed
    assert content("local") == undisturbed
    for shard in ("1/2", "0/2"):
        assert main(["sweep", sweep_file, "--out", "shards", "--jobs", "1", "--shard", shard, "--quiet"]) == 0
    assert content("shards") == undisturbed


@pytest.mark.slow
def test_a_killed_driver_and_then_a_killed_worker_cost_nothing_but_time(sweep_file, undisturbed, here, start):
    with dask(here) as (file, (_, *workers)):
        first = start("sweep", sweep_file, "--out", "out", "--dask", file, cwd=here)
        until_first_batch(first, "out")
        first.kill()
        first.communicate()
        finished = rows("out")
        assert len(finished) < 4
        second = start("sweep", sweep_file, "--out", "out", "--dask", file, cwd=here)
        wait_until(second, lambda: computing(workers) and len(rows("out")) > len(finished))
        computing(workers).kill()
        _, told = second.communicate(timeout=600)
    assert second.returncode == 0 and "Traceback" not in told
    assert content("out") == undisturbed
    assert finished.items() <= rows("out").items(), "a finished point was computed again"


@pytest.mark.slow
def test_a_killed_scheduler_costs_no_finished_point_and_two_drivers_go_on(sweep_file, undisturbed, here, start):
    with dask(here) as (file, (scheduler, *_)):
        driver = start("sweep", sweep_file, "--out", "out", "--dask", file, "--jobs", "1", cwd=here)
        wait_until(driver, lambda: rows("out"))
        scheduler.kill()
        _, told = driver.communicate(timeout=600)
    assert driver.returncode == 2 and "Traceback" not in told
    sentence = told.splitlines()[-1]
    assert "has ended or cannot be reached; start it and its workers again; finished points are kept" in sentence
    finished = rows("out")
    assert not list(here.glob("out/points/[!.]*.lock"))
    both = [start("sweep", sweep_file, "--out", "out", "--jobs", "1", "--quiet", cwd=here) for _ in range(2)]
    for each in both:
        each.communicate(timeout=600)
    codes = sorted(each.returncode for each in both)
    assert codes in ([0, 0], [0, INCOMPLETE]), "one of them may end while the other still computes the last point"
    assert content("out") == undisturbed
    assert finished.items() <= rows("out").items(), "a finished point was computed again"


@pytest.mark.slow
def test_a_full_disk_stops_the_sweep_with_one_sentence_and_nothing_is_lost(sweep_file, undisturbed, here):
    assert main(["sweep", sweep_file, "--out", "out", "--jobs", "1", "--quiet", "--shard", "0/4"]) == 0
    finished = rows("out")
    size = next(here.glob("out/points/*.h5")).stat().st_size
    paths = os.pathsep.join([str(Path(neurosim.__file__).parents[1]), os.environ.get("PYTHONPATH", "")])
    full = subprocess.run([sys.executable, "-m", "neurosim", "sweep", sweep_file, "--out", "out", "--quiet"], cwd=here,
                          env=os.environ | {"PYTHONPATH": paths}, capture_output=True, text=True,
                          preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (size // 2, size // 2)))
    assert full.returncode == 2 and full.stderr.count("\n") == 1, full.stderr
    assert "not written: File too large; free some space" in full.stderr and "finished points are kept" in full.stderr
    assert rows("out") == finished, "a full disk is not a fault of a point"
    assert main(["sweep", sweep_file, "--out", "out", "--jobs", "2", "--quiet"]) == 0
    assert content("out") == undisturbed and finished.items() <= rows("out").items()


@pytest.mark.slow
def test_ctrl_c_twice_stops_at_once_and_is_safe(sweep_file, undisturbed, here, start, wait_for):
    process = start("sweep", sweep_file, "--out", "out", "--dask", "local", "--jobs", "2", cwd=here)
    until_first_batch(process, "out")
    process.send_signal(signal.SIGINT)
    wait_for(process, "finishing and saving the points in progress; interrupt again to stop immediately")
    time.sleep(0.3)    # what comes earlier counts as the same
    process.send_signal(signal.SIGINT)
    _, told = process.communicate(timeout=600)
    assert process.returncode == 130 and "Traceback" not in told
    assert "continue" in told.splitlines()[-1] and "neurosim sweep" in told.splitlines()[-1]
    assert not list(here.glob("out/points/[!.]*.lock"))
    assert main(["sweep", sweep_file, "--out", "out", "--jobs", "2", "--quiet"]) == 0
    assert content("out") == undisturbed
