"""Dask as an executor: a cluster of this machine over TCP, and what is said when there is none."""

import sys
import time
from concurrent.futures import wait
from types import SimpleNamespace

import pytest

from neurosim.experiment.sweep import cluster
from neurosim.experiment.sweep.cluster import Cluster
from neurosim.experiment.sweep.executors import WorkerDied

distributed = pytest.importorskip("distributed")


@pytest.fixture(scope="module")
def two():
    executor = Cluster.begin(2)
    yield executor
    executor.shutdown()


def until(happened):
    """Look until something has happened."""
    end = time.monotonic() + 120
    while not happened():
        assert time.monotonic() < end
        time.sleep(0.02)


@pytest.mark.slow
def test_answers_and_errors_come_back_from_two_workers(two):
    assert str(two).startswith("2 at once by Dask at tls://127.0.0.1:") and two.wanted() == 2
    calls = [two.submit(divmod, 7, divisor) for divisor in (2, 0, 2)]
    wait(calls)
    assert calls[0].result() == calls[2].result() == (3, 1)
    with pytest.raises(ZeroDivisionError):
        calls[1].result()


@pytest.mark.slow
def test_a_scheduler_of_this_machine_asks_who_is_there(two, monkeypatch):
    assert two.exposed == "", "certificates that nobody else has"
    with pytest.raises(ValueError, match="no Dask scheduler answers there"):
        monkeypatch.setattr(cluster, "_PATIENCE", 1.0)
        Cluster.connect(two._client.scheduler.address.replace("tls://", "tcp://"))


@pytest.mark.slow
def test_without_certificates_it_is_said_what_others_can_do(monkeypatch):
    monkeypatch.setattr(cluster, "_certificates", lambda: None)
    executor = Cluster.begin(1)
    try:
        assert "tcp://127.0.0.1" in executor.exposed and "can run code as you" in executor.exposed
        assert executor.exposed.endswith("pip install cryptography")
    finally:
        executor.shutdown()


@pytest.mark.slow
def test_as_many_calls_again_wait_in_a_cluster_that_may_grow(two):
    growing = Cluster(two._client, two.address)
    assert (growing.slots, growing.wanted()) == (2, 4)
    two._local.scale(3)
    until(lambda: growing.wanted() == 6)
    assert growing.slots == 3 and two.wanted() == 2, "a limit stays"


@pytest.mark.slow
def test_a_worker_that_leaves_gives_its_point_to_another_one(two, monkeypatch):
    assert two.submit(cluster._leave).result() is None, "one that stays computes it"
    for status in (distributed.Status.closing, distributed.Status.closing_gracefully):
        monkeypatch.setattr(distributed, "get_worker", lambda: SimpleNamespace(status=status))
        with pytest.raises(distributed.Reschedule):
            cluster._leave()


def test_errors_of_a_cluster_are_told_in_terms_of_the_driver():
    from distributed import KilledWorker
    from distributed.scheduler import WorkerState
    state = WorkerState(address="tcp://10.0.0.7:4000", status=distributed.Status.closed, pid=1, name="w", nthreads=1,
                        memory_limit=0, local_directory="", nanny="", server_id="w")
    died = cluster._translated(KilledWorker("point", state, 3))
    assert isinstance(died, WorkerDied) and "tcp://10.0.0.7:4000" in str(died)
    missing = cluster._translated(ModuleNotFoundError("No module named 'neurosim'"))
    assert isinstance(missing, ValueError) and "install the same version of neurosim there" in str(missing)
    own = ValueError("of the point")
    assert cluster._translated(own) is own


@pytest.mark.parametrize("address, sentence", [
    ("tcp://127.0.0.1:1", r"no Dask scheduler answers there within 0.3 s; start one with `dask scheduler`"),
    ("nonsense", "is neither an address nor a scheduler file"), ("ftp://host:1", "no Dask scheduler answers there"),
    ("tls://127.0.0.1:1", "name certificates by DASK_DISTRIBUTED__COMM__TLS__CA_FILE"),
    ("gone.json", "there is no such file")])
def test_a_scheduler_that_does_not_answer_is_one_sentence(monkeypatch, address, sentence):
    monkeypatch.setattr(cluster, "_PATIENCE", 0.3)
    with pytest.raises(ValueError, match=f"^--dask {address}: {sentence}"):
        Cluster.connect(address)


def test_dask_that_is_not_installed_is_one_sentence(monkeypatch):
    monkeypatch.setitem(sys.modules, "distributed", None)
    with pytest.raises(ValueError, match=r'^--dask: Dask is not installed; pip install "neurosim-ep\[cluster\]"$'):
        Cluster.connect("tcp://127.0.0.1:8786")
