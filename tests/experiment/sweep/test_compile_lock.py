"""Of the points that begin on a computer, one compiles; the others wait for it, and for nothing else."""

import tempfile
from contextlib import ExitStack

import pytest

from neurosim.experiment.sweep.compile_lock import CompileLock


@pytest.fixture
def lock(tmp_path, monkeypatch):
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    with ExitStack() as stack:
        yield lambda folder="/sweep": stack.enter_context(CompileLock(folder))


def test_one_compiles_while_the_others_wait(lock):
    first, second = lock(), lock()
    assert first.acquire() and not second.acquire()
    first.release()
    assert second.acquire() and lock().acquire()
    first.release()
    assert second.acquire(), "it may be said twice"


def test_one_that_ended_without_having_compiled_holds_nobody_up(lock):
    second = lock()
    with CompileLock("/sweep") as first:
        assert first.acquire() and not second.acquire()
    assert second.acquire() and not lock().acquire(), "now it is the turn of that one"


def test_another_sweep_has_other_kernels(lock):
    first, second, other = lock(), lock(), lock("/another")
    assert first.acquire()
    first.release()
    assert other.acquire() and not lock("/another").acquire()
    assert second.acquire(), "what is compiled stays so while another sweep compiles"
