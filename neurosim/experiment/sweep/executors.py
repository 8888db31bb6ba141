"""Where points are computed: executors with the interface of concurrent.futures, here the processes of one machine."""

from __future__ import annotations

import contextlib
import multiprocessing
import os
import pickle
import queue
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import Executor, ThreadPoolExecutor
from multiprocessing.connection import Connection
from typing import Any

from neurosim._signals import withheld

#: Environment of every process that computes, from before numpy and numba are imported: one thread each.
ONE_THREAD = {"NUMBA_NUM_THREADS": "1", "NUMBA_THREADING_LAYER": "workqueue", "OMP_NUM_THREADS": "1",
              "OPENBLAS_NUM_THREADS": "1", "MKL_NUM_THREADS": "1"}


class WorkerDied(RuntimeError):
    """The process that computed a call has ended without an answer."""


class Processes(Executor):
    """Processes of this machine, each with one thread; the death of one concerns its own call alone.

    Functions must be importable by name; arguments and results are sent as pickles, between these processes only.

    jobs : how many processes
    """

    def __init__(self, jobs: int) -> None:
        self.slots = jobs    #: calls that are computed at once
        self._threads = ThreadPoolExecutor(jobs, thread_name_prefix="neurosim-sweep")
        self._idle: queue.SimpleQueue = queue.SimpleQueue()
        self._workers: set[WorkerProcess] = set()
        self._lock, self._killed = threading.Lock(), False

    def __str__(self) -> str:
        return f"{self.slots} at once"

    def wanted(self) -> int:
        """Return how many calls should be under way, those that wait for a slot included."""
        return self.slots

    def submit(self, function: Callable, /, *args: Any, **kwargs: Any) -> Any:
        return self._threads.submit(self._call, function, args, kwargs)

    def load(self, function: Callable) -> None:
        """Begin all processes, and let them load what `function` needs while the first call is computed."""
        for _ in range(self.slots):
            self.submit(_loaded, function)

    def shutdown(self, wait: bool = True, *, cancel_futures: bool = False) -> None:
        self._threads.shutdown(wait, cancel_futures=cancel_futures)
        if wait:
            while not self._idle.empty():
                self._idle.get().close()

    def kill(self) -> None:
        """End all processes at once; what they computed is lost."""
        with self._lock:
            self._killed = True
            for worker in self._workers:
                worker.process.kill()
        self.shutdown(cancel_futures=True)

    def _call(self, function: Callable, args: tuple, kwargs: dict) -> Any:
        worker = self._idle_worker()
        try:
            worker.ask(function, *args, **kwargs)
            answer = worker.answer()
        except WorkerDied:
            with self._lock:
                self._workers.discard(worker)
            raise
        except BaseException:    # of the call, or it could not be sent
            self._idle.put(worker)
            raise
        self._idle.put(worker)
        return answer

    def _idle_worker(self) -> WorkerProcess:
        try:
            return self._idle.get_nowait()
        except queue.Empty:
            with self._lock:
                if self._killed:
                    raise WorkerDied("the sweep was stopped") from None
                worker = WorkerProcess()
                self._workers.add(worker)
                return worker


def _loaded(function: Callable) -> None:
    """Do nothing: unpickling this call has loaded the function and its modules."""


class WorkerProcess:
    """A fresh Python process with one thread that answers one call after the other, and ends when this one does.

    It finds modules where this process does, and leaves Ctrl-C, SIGTERM and SIGHUP to it.

    folder : where it runs; command : words of the command for which it computes; None = those of this process
    """

    def __init__(self, folder: Any = None, command: Any = None) -> None:
        self._pipe, other = multiprocessing.Pipe()
        paths = os.pathsep.join(path or os.getcwd() for path in sys.path)
        begin = f"import sys; del sys.argv[0]; from {__name__} import serve; serve({other.fileno()})"
        with other, withheld():
            warned = [f"-W{option}" for option in sys.warnoptions or ["ignore"]]    # of no use to who computes a sweep
            self.process = subprocess.Popen([sys.executable, "-P", *warned, "-c", begin, *(command or sys.argv)],
                                            cwd=folder, pass_fds=[other.fileno()],
                                            env=os.environ | ONE_THREAD | {"PYTHONPATH": paths})

    def ask(self, function: Callable, /, *args: Any, **kwargs: Any) -> None:
        """Send a call; `answer` returns what comes of it."""
        call = pickle.dumps((function, args, kwargs))
        with self._death_explained():
            self._pipe.send_bytes(call)

    def answered(self, seconds: float) -> bool:
        """Return whether `answer` will return, or raise, at once; waits for that up to so many seconds."""
        return self._pipe.poll(seconds)

    def answer(self) -> Any:
        """Return the result of the call, once it has come; raises what the call raised, or WorkerDied."""
        with self._death_explained():
            answer = self._pipe.recv_bytes()
        returned, value = pickle.loads(answer)
        if not returned:
            raise value
        return value

    def close(self) -> None:
        """Let the process end, and wait for that."""
        self._pipe.close()
        self.process.wait()

    def kill(self) -> None:
        """End the process at once."""
        self.process.kill()
        self.close()

    @contextlib.contextmanager
    def _death_explained(self) -> Iterator[None]:
        try:
            yield
        except (EOFError, OSError) as error:
            self.close()
            raise WorkerDied(f"its process ended with exit code {self.process.returncode}") from error


def serve(handle: Any) -> None:
    """Answer calls that come through the pipe `handle`, in a process that is there for nothing else."""
    calls: queue.SimpleQueue = queue.SimpleQueue()
    pipe = Connection(handle)
    threading.Thread(target=_receive, args=(pipe, calls), daemon=True).start()
    while True:
        call = calls.get()
        try:
            function, args, kwargs = pickle.loads(call)
            answer = pickle.dumps((True, function(*args, **kwargs)))
        except Exception as error:    # it is the caller's
            answer = pickle.dumps((False, error))
        pipe.send_bytes(answer)


def _receive(pipe: Any, calls: Any) -> None:
    """Pass calls on; the end of the pipe is the end of whoever waits for an answer, and of this process."""
    while True:
        try:
            calls.put(pipe.recv_bytes())
        except (EOFError, OSError):
            os._exit(1)
