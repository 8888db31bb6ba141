"""A name is one process's from the moment it is chosen, and nobody's when that process has ended, however it ends."""

import signal
import subprocess
import sys
import threading

import pytest

from neurosim.results.reservation import Reserved, reserved

HOLDER = """
import sys, time
from neurosim.results.reservation import reserved
with reserved(sys.argv[1]):
    print("held", flush=True)
    sys.stdin.read()
"""


@pytest.fixture
def hold():
    """Begin a process that has reserved a path; it ends when its stdin is closed."""
    begun = []

    def begin(path):
        process = subprocess.Popen([sys.executable, "-c", HOLDER, str(path)], text=True, stdin=subprocess.PIPE,
                                   stdout=subprocess.PIPE)
        begun.append(process)
        assert process.stdout.readline() == "held\n"
        return process
    yield begin
    for process in begun:
        process.kill()
        process.communicate()


@pytest.fixture
def path(tmp_path):
    return tmp_path / "run.h5"


def names(folder):
    return [path.name for path in folder.iterdir()]


def test_only_one_process_has_a_name(path, hold):
    holder = hold(path)
    with pytest.raises(Reserved, match=f"run.h5: is being written by process {holder.pid} on "), reserved(path):
        pass
    with reserved(path.with_name("other.h5")):
        pass
    holder.communicate("")
    with reserved(path):
        assert names(path.parent) == [".run.h5.neurosim.lock"]
    assert names(path.parent) == []


def test_a_killed_process_has_nothing(path, hold):
    holder = hold(path)
    holder.send_signal(signal.SIGKILL)
    holder.wait()
    assert names(path.parent) == [".run.h5.neurosim.lock"]
    with reserved(path.with_name("other.h5")):
        assert names(path.parent) == [".other.h5.neurosim.lock"], "it is swept up by whoever comes next"
    with reserved(path):
        pass
    assert names(path.parent) == []


def test_a_thread_may_reserve_again_what_it_has_and_no_other_thread(path):
    refused = []

    def other():
        with pytest.raises(Reserved), reserved(path):
            pass
        refused.append(True)
    with reserved(path), reserved(path):
        thread = threading.Thread(target=other)
        thread.start()
        thread.join()
    assert refused and names(path.parent) == []


def test_two_names_of_one_file_are_one(path, tmp_path):
    link = tmp_path / "link.h5"
    link.symlink_to(path)
    with reserved(link):
        assert ".run.h5.neurosim.lock" in names(tmp_path)
