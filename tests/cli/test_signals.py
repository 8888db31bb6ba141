"""Signals as processes get them: one line, the code that says so, whenever they come."""

import itertools
import json
import os
import signal
import time
from pathlib import Path

import pytest

from neurosim.cli import main

CODES = {signal.SIGINT: 130, signal.SIGTERM: 143, signal.SIGHUP: 129}


@pytest.fixture
def ends(start, here):
    """Function that starts a command, sends a signal when `ready` has returned, and returns what it wrote, in lines."""
    def end(number, ready, *words):
        process = start(*words, cwd=here)
        ready(process)
        process.send_signal(number)
        out, error = process.communicate(timeout=120)
        assert process.returncode == CODES[number], error
        assert "Traceback" not in error and "Exception ignored" not in error
        return out, error.splitlines()
    return end


def in_python(process):
    """The first line of neurosim has been reached: the handler is there."""
    end = time.monotonic() + 60
    while not caught(process.pid) & 1 << signal.SIGTERM - 1:
        assert time.monotonic() < end and process.poll() is None


def caught(pid):
    """Signals that a process has handlers for, as bits."""
    with open(f"/proc/{pid}/status") as status:
        return next(int(line.split()[1], 16) for line in status if line.startswith("SigCgt:"))


@pytest.mark.slow
@pytest.mark.skipif(not os.path.exists("/proc/self/status"), reason="asks the kernel whether there is a handler yet")
@pytest.mark.parametrize("words", [("train", "--no-figure"), ("evaluate", "gone.h5"), ("device", "list")])
def test_a_signal_in_the_first_second_ends_in_one_line(ends, here, words):
    """While modules are imported, in steps of 0.1 s; a command that was faster than the signal is not asked."""
    for number, delay in zip(itertools.cycle(CODES), (0, 0.05, 0.1, 0.2, 0.3, 0.4)):
        def ready(process):
            in_python(process)
            time.sleep(delay if words[0] == "train" else 0)
        assert ends(number, ready, *words)[1][-1] == "neurosim: interrupted"
    assert not list(here.glob(".*")), "nothing is left behind"


@pytest.mark.slow
def test_sigterm_saves_a_training_and_the_run_goes_on_bit_for_bit(ends, wait_for, here, small, finished, same_model):
    words = ["train", "--out", "run.h5", "--no-figure", *small]
    _, lines = ends(signal.SIGTERM, lambda process: wait_for(process, "epoch 1/3"), *words)
    assert lines[-2:][0].startswith("stopping after this batch") and "train --resume run.h5" in lines[-1]
    assert main(["train", "--resume", "run.h5", "--quiet", "--no-figure"]) == 0
    assert same_model("run.h5", finished)


@pytest.mark.slow
@pytest.mark.parametrize("number", CODES)
def test_an_evaluation_is_given_up_at_once(ends, wait_for, finished, number):
    out, lines = ends(number, lambda process: wait_for(process, "evaluating"), "evaluate", str(finished))
    assert out == "" and lines[-1] == "neurosim: interrupted"


@pytest.mark.slow
@pytest.mark.skipif(not os.path.exists("/proc/self/status"), reason="asks the kernel for the signals of a process")
def test_processes_that_compute_points_leave_signals_to_their_driver(sweep_file, here, start):
    """What Slurm and terminals send to all of them: the points are saved, and no process prints anything."""
    process = start("sweep", sweep_file, "--out", "out", "--jobs", "2", cwd=here)
    while not list(here.glob("out/points/*.h5")):
        assert process.poll() is None
        time.sleep(0.02)
    threads = Path(f"/proc/{process.pid}/task").glob("*/children")
    children = [int(pid) for thread in threads for pid in thread.read_text().split()]
    assert children
    for pid in [*children, process.pid]:
        for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP)[:3 if pid in children else 1]:
            os.kill(pid, number)
    out, error = process.communicate(timeout=120)
    assert (process.returncode, out) == (143, "") and "Traceback" not in error
    assert error.splitlines()[-1] == f"stopped; continue with: neurosim sweep {sweep_file} --out out"
    assert not list(here.glob("out/points/*.lock")) and not list(here.glob("out/.stop*"))
    assert all(json.loads(row.read_text())["state"] == "done" for row in here.glob("out/points/*.json"))
