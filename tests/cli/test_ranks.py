"""Several processes that train one network, as torchrun and clusters start them: same run, one voice, no loss."""

import os
import signal
import socket
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

import neurosim
from neurosim.cli import main
from neurosim.results import read_run

pytest.importorskip("torch")
pytestmark = pytest.mark.slow

QUIET = ("--no-figure", "--quiet")


@pytest.fixture
def ranks(here):
    """Function that starts a command as two processes that know of each other; returns both."""
    started = []

    def start(*words):
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            port = str(free.getsockname()[1])
        own = {"WORLD_SIZE": "2", "LOCAL_WORLD_SIZE": "2", "MASTER_ADDR": "127.0.0.1", "MASTER_PORT": port}
        started.extend(subprocess.Popen([sys.executable, "-m", "neurosim", *words], cwd=here, text=True,
                                        env=environment() | own | {"RANK": str(rank)},
                                        stdout=subprocess.PIPE, stderr=subprocess.PIPE) for rank in range(2))
        return started[-2:]

    yield start
    for process in started:
        if process.poll() is None:
            process.kill()
            process.communicate()


def environment():
    root = str(Path(neurosim.__file__).parents[1])
    return os.environ | {"PYTHONPATH": os.pathsep.join(filter(None, [root, os.environ.get("PYTHONPATH")])),
                         "OMP_NUM_THREADS": "1"}


def ended(process):
    """Exit code, stdout and lines of stderr of a process that ends by itself."""
    out, error = process.communicate(timeout=120)
    assert "Traceback" not in error
    return process.returncode, out, error.splitlines()


def trained(*words):
    assert main(["train", *QUIET, *words]) == 0


def without_clock(path):
    """All numbers of a run file but those of the clock and the machine; a dict of arrays by their place."""
    def leaves(tree, place):
        for name, part in tree.items():
            if isinstance(part, dict):
                yield from leaves(part, (*place, name))
            else:
                yield (*place, name), np.asarray(part.data)
    return {place: values for place, values in leaves(read_run(path)[0], ())
            if place[-1] not in ("seconds", "samples_per_second", "peak_memory")}


def assert_same_runs(one, other):
    left, right = without_clock(one), without_clock(other)
    assert left.keys() == right.keys()
    for place in left:
        assert left[place].tobytes() == right[place].tobytes(), place


def test_torchrun_trains_what_one_process_trains(here, small, finished):
    """Weights within rounding, counts and answers exactly; the second process says nothing at all."""
    words = ["-m", "torch.distributed.run", "--standalone", "--nproc-per-node", "2", "-m", "neurosim", "train", "--out",
             "two.h5", "--no-figure", *small, "training.batch=10"]
    trained("--out", "one.h5", *small, "training.batch=10")
    both = subprocess.run([sys.executable, *words], cwd=here, env=environment(), text=True, capture_output=True,
                          timeout=300)
    assert both.returncode == 0, both.stderr
    assert both.stdout.count("test error") == 1 and both.stderr.count("epoch 3/3: training error") == 1
    one, two = without_clock("one.h5"), without_clock("two.h5")
    for place, values in one.items():
        if values.dtype.kind == "f":
            np.testing.assert_allclose(two[place], values, rtol=1e-3, atol=1e-4, err_msg=str(place))
        elif "mistakes" not in place:
            np.testing.assert_array_equal(two[place], values, err_msg=str(place))


@pytest.mark.parametrize("engine", [(), ("engine.kind=dense", "neurons.kind=rate", "network.input=analog",
                                         "learning.start=carried")])
def test_deterministic_runs_are_the_same_files(ranks, small, engine):
    words = [*small, "training.batch=20", "engine.deterministic=true", *engine]
    trained("--out", "one.h5", *words)
    first, second = ranks("train", "--out", "two.h5", *QUIET, *words)
    code, out, error = ended(first)
    assert code == 0 and out.count("test error") == 1 and not error
    assert ended(second) == (0, "", [])
    assert_same_runs("one.h5", "two.h5")


@pytest.mark.parametrize("dead", [0, 1])
def test_a_killed_process_ends_the_training_in_a_sentence_and_it_goes_on(ranks, here, wait_for, small, dead):
    """The last checkpoint is good, and what two processes make of it is what they would have made of the whole."""
    words = [*small, "training.batch=10", "training.epochs=12"]
    both = ranks("train", "--out", "run.h5", "--no-figure", *words, "training.checkpoint_seconds=0.001")
    wait_for(both[0], "epoch 2/12: training")
    both[dead].kill()
    code, out, error = ended(both[1 - dead])
    assert code == 2 and not out and error[-1] == (
        "neurosim: WORLD_SIZE: one of the 2 processes that train together has ended or does not answer; stopped "
        "immediately; continue from the last checkpoint with: neurosim train --resume run.h5")
    assert len(error) == 1 or dead == 1, "the second process shows no progress"
    both[dead].communicate()
    assert read_run("run.h5")[1]["epoch"] >= 1
    resumed = ranks("train", "--resume", "run.h5", *QUIET)
    assert [ended(process)[0] for process in resumed] == [0, 0]
    straight = ranks("train", "--out", "straight.h5", *QUIET, *words)
    assert [ended(process)[0] for process in straight] == [0, 0]
    assert_same_runs("run.h5", "straight.h5")


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
@pytest.mark.parametrize("asked", [0, 1])
def test_one_process_that_is_asked_to_stop_stops_both(ranks, wait_for, small, asked, number):
    words = [*small, "training.batch=10", "training.epochs=12", "engine.deterministic=true"]
    both = ranks("train", "--out", "run.h5", "--no-figure", *words)
    wait_for(both[0], "epoch 2/12: training")
    both[asked].send_signal(number)
    (code, out, error), (other, *silent) = map(ended, both)
    assert code == other == 128 + number and silent == ["", []] and not out
    assert error[-1].startswith("stopped ") and error[-1].endswith("neurosim train --resume run.h5")
    trained("--resume", "run.h5")
    trained("--out", "straight.h5", *words)
    assert_same_runs("run.h5", "straight.h5")


@pytest.mark.parametrize("words, told", [
    (["training.batch=5"], "training.batch: 5 does not divide among 2 processes"),
    (["training.batch=10", "synapses.update=sample"], 'synapses.update: "sample" changes weights sample after sample'),
    (["training.batch=10", "learning.bet=1"], "learning.bet"),
])
def test_an_error_of_all_is_told_once(ranks, here, small, words, told):
    found = [ended(process) for process in ranks("train", "--out", "run.h5", *QUIET, *small, *words)]
    assert [code for code, *_ in found] == [2, 2] and [out for _, out, _ in found] == ["", ""]
    lines = [line for *_, error in found for line in error]
    assert len(lines) == 1 and told in lines[0] and not list(here.iterdir())


def test_an_error_of_the_first_alone_is_told_once(ranks, here, small):
    Path("run.h5").write_text("mine")
    first, second = map(ended, ranks("train", "--out", "run.h5", *QUIET, *small, "training.batch=10"))
    assert first[0] == second[0] == 2 and second[1:] == ("", [])
    assert first[2] == ["neurosim: --out run.h5: already exists; choose another name, continue it with --resume "
                        "run.h5, or replace it with --force"]
    assert Path("run.h5").read_text() == "mine"
