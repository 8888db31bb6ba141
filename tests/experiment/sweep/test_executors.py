"""Processes that compute points: answers and errors come back, a death concerns its own call alone."""

import os
import signal
import time
from concurrent.futures import wait

import pytest
from scipy.stats import qmc

from neurosim.experiment.sweep.executors import ONE_THREAD, Processes, WorkerDied


@pytest.fixture
def two():
    executor = Processes(2)
    yield executor
    executor.shutdown()


@pytest.mark.slow
def test_answers_and_errors_come_back_from_other_processes(two):
    assert two.submit(divmod, 7, 2).result() == (3, 1)
    with pytest.raises(ZeroDivisionError):
        two.submit(divmod, 7, 0).result()
    with pytest.raises(Exception, match="(?i)pickle"):
        two.submit(lambda: None).result()
    assert two.submit(os.getpid).result() != os.getpid()
    assert [two.submit(os.getenv, name).result() for name in ONE_THREAD] == list(ONE_THREAD.values())


@pytest.mark.slow
def test_loading_begins_all_processes_and_brings_the_modules_of_a_function(two):
    two.load(qmc.discrepancy)
    deadline = time.monotonic() + 60
    while two._idle.qsize() < 2 and time.monotonic() < deadline:
        time.sleep(0.05)
    found = [two.submit(eval, "__import__('os').getpid(), 'scipy.stats' in __import__('sys').modules, "
                              "__import__('time').sleep(0.5)") for _ in range(2)]
    assert len({call.result()[0] for call in found}) == 2 and all(call.result()[1] for call in found)


@pytest.mark.slow
def test_the_death_of_a_worker_concerns_its_own_call_alone(two):
    sleeping = two.submit(time.sleep, 1.5)
    killed = two.submit(os._exit, 7)
    with pytest.raises(WorkerDied, match="exit code 7"):
        killed.result()
    assert two.submit(divmod, 7, 2).result() == (3, 1), "another process has taken its place"
    assert sleeping.result() is None


@pytest.mark.slow
def test_ctrl_c_is_left_to_the_parent_and_kill_ends_everything():
    executor = Processes(2)
    here = executor.submit(os.getpid).result()
    os.kill(here, signal.SIGINT)
    assert executor.submit(divmod, 7, 2).result() == (3, 1)
    calls, begin = [executor.submit(time.sleep, 60) for _ in range(3)], time.monotonic()
    time.sleep(0.5)
    executor.kill()
    wait([call for call in calls if not call.cancelled()], 20)
    assert time.monotonic() - begin < 15
    assert all(call.cancelled() or isinstance(call.exception(), WorkerDied) for call in calls)
