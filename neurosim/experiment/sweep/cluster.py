"""Dask as the executor of a sweep: points are computed by the workers of a cluster, wherever those run."""

from __future__ import annotations

import contextlib
import logging
import os
import uuid
from collections.abc import Callable
from concurrent.futures import Executor, Future
from functools import partial
from multiprocessing import resource_tracker
from typing import Any, Self

from neurosim._signals import withheld
from neurosim.experiment.sweep.executors import WorkerDied
from neurosim.experiment.sweep.worker import DriverInfo, compute_for

LOCAL = "local"    #: in place of an address: a cluster of this machine
_PATIENCE = 10.0    #: time that a scheduler may take to answer at first [s]
_SILENCE = 60.0    #: the same later on, when it has much to do [s]
_CERTIFICATES = ("name certificates by DASK_DISTRIBUTED__COMM__TLS__CA_FILE, ..._CLIENT__KEY and ..._CLIENT__CERT in "
                 "the environment, see docs/cluster.md")
_QUIET = ("distributed", "distributed.client", "distributed.core", "distributed.comm", "distributed.batched",
          "distributed.scheduler", "distributed.nanny", "distributed.worker", "distributed.deploy", "tornado",
          "tornado.application", "asyncio")


class Cluster(Executor):
    """The workers of a Dask scheduler; `connect` and `begin` make one.

    A point goes to another worker when its own dies. The scheduler tells how many workers there are, whose number may
    change at any time. As many calls again as are computed wait for a slot, so that an adaptive cluster sees that
    more workers would be of use.

    client : distributed.Client; address : text for messages; limit : calls under way at once, None = by the workers
    local : cluster that ends with this executor, or None
    """

    def __init__(self, client: Any, address: str, limit: int | None = None, local: Any = None) -> None:
        self._client, self.address, self._limit, self._local = client, address, limit, local
        self._sent: set = set()
        self.slots = 0
        self.wanted()

    @classmethod
    def connect(cls, address: str, limit: int | None = None) -> Self:
        """Use a scheduler that runs, by its address or its scheduler file (.json).

        raises : ValueError when it cannot be reached within 10 s
        """
        if not (address.endswith(".json") or "://" in address):
            raise ValueError(f"--dask {address}: is neither an address nor a scheduler file; give tcp://HOST:PORT or "
                             "tls://HOST:PORT, the name of a .json file, or local")
        distributed = _distributed()
        target = {"scheduler_file": address} if address.endswith(".json") else {"address": address}
        if "scheduler_file" in target and not os.path.isfile(address):
            raise ValueError(f"--dask {address}: there is no such file; give the one that `dask scheduler "
                             "--scheduler-file` has written")
        if address.startswith("tls://") and not distributed.security.Security().tls_ca_file:
            raise ValueError(f"--dask {address}: {_CERTIFICATES}")
        try:
            client = distributed.Client(**target, timeout=_PATIENCE, set_as_default=False, name="neurosim")
        except (OSError, ValueError, TypeError, KeyError, RuntimeError) as error:    # whatever answers, or does not
            mend = (f"it may have other certificates; {_CERTIFICATES}" if address.startswith("tls://") else
                    "start one with `dask scheduler`, and give its address as tcp://HOST:PORT")
            raise ValueError(f"--dask {address}: no Dask scheduler answers there within {_PATIENCE:g} s; "
                             f"{mend}") from error
        return cls(client, address, limit)

    @classmethod
    def begin(cls, jobs: int) -> Self:
        """Start a scheduler and `jobs` workers, processes of this machine that talk over TLS.

        Without the package cryptography they talk over TCP, as `exposed` tells.
        """
        distributed, security = _distributed(), _certificates()
        try:
            resource_tracker.ensure_running()    # by itself it would let signals come that are withheld
            with withheld():
                local = distributed.LocalCluster(
                    n_workers=jobs, threads_per_worker=1, processes=True, host="127.0.0.1",
                    protocol="tls://" if security else "tcp://", security=security, memory_limit=0,
                    dashboard_address="127.0.0.1:0", silence_logs=logging.CRITICAL)
                client = distributed.Client(local, set_as_default=False, name="neurosim")
        except Exception as error:    # of sockets, files, processes
            reason = " ".join(str(error).split())
            raise ValueError(f"--dask local: {jobs} workers could not be started on this machine: {reason}; omit "
                             "--dask, processes compute the same") from error
        return cls(client, local.scheduler_address, jobs, local)

    def __str__(self) -> str:
        slots = f"{self.slots} at once" if self.slots else "as soon as there is a worker,"
        return f"{slots} by Dask at {self.address}{self._dashboard()}"

    @property
    def exposed(self) -> str:
        """A sentence for whoever should know that others can use this scheduler; "" where it asks who they are."""
        address = self._client.scheduler.address
        if address.startswith("tls://"):
            return ""
        mend = "pip install cryptography" if self._local else "use tls://, see docs/cluster.md"
        return (f"anyone who can reach {address}, on a shared machine every user of it, can run code as you, since "
                f"this Dask scheduler asks nobody who they are; {mend}")

    def remote(self, work: Any) -> Callable:
        """Return the function of a Job that workers are to call so that `work` is computed in a process of one thread.
        """
        return partial(compute_for, work, DriverInfo.here(), look=_leave)

    def wanted(self) -> int:
        """Return how many calls should be under way, those that wait for a slot included; asks the scheduler.

        raises : ValueError when it does not answer
        """
        try:
            threads = self._client.sync(self._client.scheduler.ncores, callback_timeout=_SILENCE)
        except Exception as error:    # the client closes in many ways
            raise self._lost() from error
        available = sum(threads.values())
        self.slots = min(available, self._limit or available)
        return min(max(1, 2 * available), self._limit or 2 * available + 1)

    def submit(self, function: Callable, /, *args: Any, **kwargs: Any) -> Any:
        answer: Future = Future()
        answer.set_running_or_notify_cancel()
        bound, key = partial(function, *args, **kwargs), f"neurosim-{uuid.uuid4().hex}"
        try:
            call = self._client.submit(bound, key=key, pure=False)
        except Exception as error:    # the client has closed
            raise self._lost() from error
        self._sent.add(call)    # a call that nobody refers to is dropped by the scheduler
        call.add_done_callback(partial(self._conclude, answer))
        return answer

    def shutdown(self, wait: bool = True, *, cancel_futures: bool = False) -> None:
        """Leave the cluster; one that `begin` has started ends."""
        self._sent.clear()
        with contextlib.suppress(Exception):    # it may be gone
            self._client.close(timeout=2)
        if self._local is not None:
            with contextlib.suppress(Exception):
                self._local.close(timeout=10)

    def kill(self) -> None:
        """Leave the cluster at once; processes that still compute end when the locks of their points are released."""
        self.shutdown()

    def _conclude(self, answer: Any, call: Any) -> None:
        """Pass on what came of a call; in a thread of the client."""
        self._sent.discard(call)
        try:
            if call.status == "error":
                answer.set_exception(_translated(call.exception()))
            else:
                answer.set_result(call.result())
        except BaseException:    # it was cancelled, or its result could not be fetched: the scheduler has gone
            answer.set_exception(self._lost())

    def _dashboard(self) -> str:
        with contextlib.suppress(KeyError):    # of a scheduler without one
            link = self._client.dashboard_link if _dashboards() else ""
            return f", dashboard {link}" if link else ""
        return ""

    def _lost(self) -> ValueError:
        return ValueError(f"the Dask scheduler at {self.address} has ended or cannot be reached; start it and its "
                          "workers again")


def _leave() -> None:
    """Give the point to another worker when this one is about to end, as at the end of its --lifetime."""
    from distributed import Reschedule, Status, get_worker
    if get_worker().status in (Status.closing, Status.closing_gracefully):
        raise Reschedule


def _translated(error: Any) -> Exception:
    """Return what a call has raised, in terms of the driver."""
    from distributed import KilledWorker
    if isinstance(error, KilledWorker):
        return WorkerDied(f"each time its Dask worker, at last {error.last_worker.address}")
    if isinstance(error, ImportError):
        return ValueError(f"a Dask worker cannot load what it is to compute ({error}); install the same version of "
                          "neurosim there")
    return error


def _distributed() -> Any:
    """Return the package; its log is silenced, whatever goes wrong is raised as one sentence."""
    try:
        import distributed
    except ImportError as error:
        raise ValueError('--dask: Dask is not installed; pip install "neurosim-ep[cluster]"') from error
    for name in _QUIET:
        logging.getLogger(name).setLevel(logging.CRITICAL)
    return distributed


def _certificates() -> Any:
    """Return keys and certificates that nobody else has, for as long as this process lives; None without cryptography.
    """
    from distributed.security import Security
    keys: Any = Security
    try:
        return keys.temporary()
    except ImportError:
        return None


def _dashboards() -> bool:
    from importlib.util import find_spec
    return find_spec("bokeh") is not None
