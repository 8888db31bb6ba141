"""A thread that makes things ahead changes nothing but the time: same things, same errors, nothing left behind."""

import os
import signal
import threading
import time

import pytest

from neurosim._signals import Interrupted, listening
from neurosim.datasets import made_ahead

PLACES = [(i, 10 * i) for i in range(7)]


def workers():
    return [thread for thread in threading.enumerate() if thread.name == "neurosim: batches"]


@pytest.fixture(autouse=True)
def nothing_left_behind():
    yield
    assert not workers()


def wait_until(condition):
    end = time.monotonic() + 20
    while not condition():
        assert time.monotonic() < end
        time.sleep(0.001)


@pytest.mark.parametrize("depth", [0, 1, 3, 20])
def test_everything_comes_once_and_in_order(depth):
    with made_ahead(lambda a, b: (a, b), PLACES, depth) as made:
        assert list(made) == PLACES
        assert list(made) == []


@pytest.mark.parametrize("depth", [1, 3])
def test_a_thread_is_ahead_by_its_depth_and_no_more(depth):
    begun = []
    with made_ahead(lambda a, b: begun.append((a, threading.current_thread())), PLACES, depth) as made:
        assert not workers()
        next(made)
        wait_until(lambda: len(begun) == 1 + depth)
        time.sleep(0.02)
        assert len(begun) == 1 + depth
        assert {thread for _, thread in begun} == set(workers()) and begun[0][1].daemon
    assert len(begun) == 1 + depth


@pytest.mark.parametrize("depth", [0, 2])
@pytest.mark.parametrize("error", [ValueError("sample 3 is broken"), MemoryError(), KeyError("a")])
def test_an_error_comes_as_it_is_in_place_of_what_was_to_be_made(depth, error):
    def make(a, b):
        if a == 3:
            raise error
        return a

    with pytest.raises(type(error)) as caught, made_ahead(make, PLACES, depth) as made:
        assert [next(made) for _ in range(3)] == [0, 1, 2]
        next(made)
    assert caught.value is error and "make" in [entry.name for entry in caught.traceback]


def test_an_error_that_was_not_come_to_is_never_seen():
    with made_ahead(lambda a, b: 1 / (2 - a), PLACES, 2) as made:
        assert [next(made), next(made)] == [0.5, 1]


@pytest.mark.parametrize("asked", [0, 2])
def test_leaving_by_an_error_of_the_caller_ends_the_thread(asked):
    with pytest.raises(RuntimeError, match="mine"), made_ahead(lambda a, b: a, PLACES, 3) as made:
        for _ in range(asked):
            next(made)
        assert len(workers()) == bool(asked)
        raise RuntimeError("mine")


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_ends_a_caller_that_waits_for_the_thread(number):
    """It reaches the main thread, which waits, and not the thread that makes it wait."""
    making, given_up = threading.Event(), threading.Event()

    def make(a, b):
        making.set()
        given_up.wait(20)

    def send():
        making.wait(20)
        time.sleep(0.2)    # the caller has begun to wait
        os.kill(os.getpid(), number)

    sender = threading.Thread(target=send)
    sender.start()
    begin = time.monotonic()
    with listening(), pytest.raises(Interrupted) as caught, made_ahead(make, PLACES, 2) as made:
        try:
            next(made)
        finally:
            waited = time.monotonic() - begin
            given_up.set()
    sender.join()
    assert caught.value.code == 128 + number and waited < 10


def test_signals_wait_for_nobody_in_the_thread():
    masks = []
    with made_ahead(lambda a, b: masks.append(signal.pthread_sigmask(signal.SIG_BLOCK, [])), PLACES[:1], 1) as made:
        next(made)
    assert {signal.SIGINT, signal.SIGTERM, signal.SIGHUP} <= masks[0]
    assert signal.SIGTERM not in signal.pthread_sigmask(signal.SIG_BLOCK, [])
