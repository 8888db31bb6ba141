"""The last good file survives whatever happens to its successor."""

import errno
import itertools
import os
import signal
import subprocess
import sys
import threading
import time

import numpy as np
import pytest

from neurosim.results import Quantity, RunFileError, RunWriter, read_run, replacement, write_run
from neurosim.results import atomic_write as atomic
from neurosim.results.atomic_write import atomic_write

WRITER = """
import os, resource, signal, sys
import numpy as np
from neurosim.results import Quantity, RunWriter, write_run

path, fate = sys.argv[1:]
large = Quantity(np.random.default_rng(1).normal(size=100_000), "1", "large")
if fate == "full":
    resource.setrlimit(resource.RLIMIT_FSIZE, (300_000, 300_000))
try:
    with RunWriter(path, {}) as run:
        run.put("first", large)
        if fate == "kill":
            os.kill(os.getpid(), signal.SIGKILL)
        run.put("second", large)
except ValueError as error:
    write_run(path + ".small", {}, {})
    sys.exit(str(error))
"""


@pytest.fixture
def old(tmp_path):
    write_run(tmp_path / "run.h5", {"x": Quantity(1, "1", "one")}, {"seed": 1})
    return tmp_path / "run.h5"


def assert_untouched(old, *others):
    tree, attributes = read_run(old)
    assert tree["x"].data == 1 and attributes == {"seed": 1}
    assert sorted(path.name for path in old.parent.iterdir()) == sorted([old.name, *others])


def write_in_subprocess(path, fate):
    return subprocess.run([sys.executable, "-c", WRITER, str(path), fate], capture_output=True, text=True, timeout=60)


def write(path):
    write_run(path, {"y": Quantity(np.zeros(1000), "1", "zeros")}, {"seed": 2})


def test_killed_while_writing(old):
    died = write_in_subprocess(old, "kill")
    assert died.returncode == -signal.SIGKILL
    stale = [path.name for path in old.parent.iterdir() if path != old]
    assert len(stale) == 1 and stale[0].startswith(".run.h5.") and stale[0].endswith(".tmp")
    assert_untouched(old, *stale)


def test_the_next_writer_removes_what_the_dead_left(old):
    write_in_subprocess(old, "kill")
    write(old)
    assert [path.name for path in old.parent.iterdir()] == ["run.h5"]
    assert read_run(old)[1] == {"seed": 2}


def test_what_the_dead_left_is_swept_up_and_what_others_have_stays(old):
    """Any target's, but only names that neurosim gives; of other hosts only what was not written to for a day."""
    host, end, long_ago = atomic._host(), "neurosim.tmp", time.time() - 90_000
    kept = [f".run.h5.{host}.{os.getppid()}.{end}", f".run.h5.elsewhere.99999999.{end}",
            f".run.h5.{host}.99999999.tmp", ".run.h5.lock", f"run.h5.{host}.99999999.{end}"]
    gone = [f".run.h5.{host}.99999999.{end}", f".sun.png.{host}.99999998.{end}", f".run.h5.elsewhere.99.{end}",
            ".moon.h5.neurosim.lock"]
    for name in (*kept, *gone):
        (old.parent / name).touch()
    os.utime(old.parent / gone[2], (long_ago, long_ago))
    atomic_write(old.parent / "page.html", b"page")
    assert sorted(path.name for path in old.parent.iterdir()) == sorted(["run.h5", "page.html", *kept])


def test_a_temporary_that_a_process_locks_is_its_own(old):
    """Two containers may have one host name: the process is not seen here, its lock is."""
    name = old.parent / f".run.h5.{atomic._host()}.99999999.neurosim.tmp"
    with open(name, "wb") as file:
        assert atomic.lock(file)
        write(old)
        assert name.exists()
    write(old)
    assert not name.exists()


def test_disk_full(old):
    """A file size limit fails every write behind it, as a full disk does; the process must continue and end well."""
    full = write_in_subprocess(old, "full")
    assert full.returncode == 1
    assert full.stderr == (f"run file {old}: not written: File too large; free some space or choose another path; "
                           "the file that was there is untouched\n")
    assert_untouched(old, "run.h5.small")


def test_disk_full_in_a_stream(old, monkeypatch):
    monkeypatch.setattr(replacement.Replacement, "_write_all", fail(errno.ENOSPC))
    with pytest.raises(RunFileError, match="No space left on device; free some space"), RunWriter(old, {}) as run:
        stream = run.stream("x", (1000,), np.float64, "1", "noise")
        for seed in range(100):
            stream.append(np.random.default_rng(seed).normal(size=(100, 1000)))
    assert_untouched(old)


@pytest.mark.parametrize("failing", [0, 1, 5])
def test_one_failed_write_is_not_forgotten(old, monkeypatch, failing):
    """Space that comes back later must not turn a file with a hole into a good one."""
    write_all, attempts = replacement.Replacement._write_all, itertools.count()

    def sometimes(self, view):
        if next(attempts) == failing:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        write_all(self, view)
    monkeypatch.setattr(replacement.Replacement, "_write_all", sometimes)
    with pytest.raises(RunFileError, match="No space left on device"):
        write(old)
    monkeypatch.undo()
    assert_untouched(old)


def fail(number):
    def failing(*_):
        raise OSError(number, os.strerror(number))
    return failing


@pytest.mark.parametrize("call", ["fsync", "replace"])
@pytest.mark.parametrize("number, sentence", [
    (errno.ENOSPC, "No space left on device; free some space or choose another path"),
    (errno.EROFS, "Read-only file system; choose a folder that you may write to"),
    (errno.EACCES, "Permission denied; choose a folder that you may write to"),
    (errno.EIO, "Input/output error; choose another path"),
])
def test_the_system_refuses(old, monkeypatch, call, number, sentence):
    with monkeypatch.context() as patch:
        patch.setattr(atomic.os, call, fail(number))
        with pytest.raises(RunFileError) as caught:
            write(old)
    assert str(caught.value) == f"run file {old}: not written: {sentence}; the file that was there is untouched"
    assert_untouched(old)


def test_read_only_folder(old):
    old.parent.chmod(0o555)
    try:
        if os.access(old.parent, os.W_OK):
            pytest.skip("this user may write to read-only folders")
        with pytest.raises(RunFileError, match="Permission denied; choose a folder that you may write to"):
            write(old)
        assert_untouched(old)
    finally:
        old.parent.chmod(0o755)


@pytest.mark.parametrize("interruption", [KeyboardInterrupt, ZeroDivisionError, ValueError])
def test_an_error_in_the_block_leaves_the_old_file(old, interruption):
    with pytest.raises(interruption), RunWriter(old, {}) as run:
        run.put("y", Quantity(2, "1", "two"))
        raise interruption
    assert_untouched(old)


def test_ctrl_c_inside_a_write_is_not_lost(old, monkeypatch):
    def interrupted(*_):
        raise KeyboardInterrupt
    monkeypatch.setattr(replacement.Replacement, "_write_all", interrupted)
    with pytest.raises(KeyboardInterrupt):
        write(old)
    assert_untouched(old)


@pytest.mark.parametrize("path, sentence", [("", "is a folder"), ("missing/run.h5", "there is no folder"),
                                            ("x" * 250, "File name too long; choose another path")])
def test_impossible_targets(tmp_path, path, sentence):
    with pytest.raises(RunFileError, match=sentence):
        write(tmp_path / path)


def test_a_reader_never_meets_half_a_file(old):
    """Read as fast as possible while the file is replaced: every read finds one whole version."""
    stop = threading.Event()

    def rewrite():
        for value in range(60):
            write_run(old, {"x": Quantity(np.full(20_000, value), "1", "a version")}, {"value": value})
        stop.set()
    writer = threading.Thread(target=rewrite)
    writer.start()
    seen = set()
    while not stop.is_set():
        tree, attributes = read_run(old)
        assert np.all(tree["x"].data == attributes.get("value", 1))
        seen.add(attributes.get("value"))
    writer.join()
    assert len(seen) > 1
