"""Where points are computed: executors with the interface of concurrent.futures."""

import multiprocessing
import os
import queue
import signal
import threading
from concurrent.futures import Executor, ThreadPoolExecutor

#: Set in every worker before numpy and numba are imported: one thread each.
ONE_THREAD = {"NUMBA_NUM_THREADS": "1", "NUMBA_THREADING_LAYER": "workqueue", "OMP_NUM_THREADS": "1",
              "OPENBLAS_NUM_THREADS": "1", "MKL_NUM_THREADS": "1"}


class WorkerDied(RuntimeError):
    """The process that computed a call has ended without an answer."""


class Processes(Executor):
    """Fresh processes of this machine, each with one thread; the death of one concerns its own call alone.

    Functions must be importable by name; arguments and results are sent as pickles, between these processes only.
    Workers leave Ctrl-C to this process, and end when it ends.

    jobs : how many processes
    """

    def __init__(self, jobs):
        self._threads = ThreadPoolExecutor(jobs, thread_name_prefix="neurosim-sweep")
        self._idle = queue.SimpleQueue()
        self._workers, self._lock, self._killed = set(), threading.Lock(), False

    def submit(self, function, /, *args, **kwargs):
        return self._threads.submit(self._call, function, args, kwargs)

    def shutdown(self, wait=True, *, cancel_futures=False):
        self._threads.shutdown(wait, cancel_futures=cancel_futures)
        if wait:
            while not self._idle.empty():
                self._idle.get().close()

    def kill(self):
        """End all workers at once; what they computed is lost."""
        with self._lock:
            self._killed = True
            for worker in self._workers:
                worker.process.kill()
        self.shutdown(cancel_futures=True)

    def _call(self, function, args, kwargs):
        worker = self._worker()
        try:
            returned, value = worker.ask(function, args, kwargs)
        except (EOFError, OSError) as error:
            with self._lock:
                self._workers.discard(worker)
            worker.close()
            raise WorkerDied(f"its process ended with exit code {worker.process.exitcode}") from error
        except BaseException:    # the call could not be sent
            self._idle.put(worker)
            raise
        self._idle.put(worker)
        if not returned:
            raise value
        return value

    def _worker(self):
        try:
            return self._idle.get_nowait()
        except queue.Empty:
            with self._lock:
                if self._killed:
                    raise WorkerDied("the sweep was stopped") from None
                worker = _Worker()
                self._workers.add(worker)
                return worker


class _Worker:
    """A process and the pipe to it."""

    def __init__(self):
        context = multiprocessing.get_context("spawn")
        self._pipe, other = context.Pipe()
        self.process = context.Process(target=_serve, args=(other,), daemon=True)
        self.process.start()
        other.close()

    def ask(self, function, args, kwargs):
        self._pipe.send((function, args, kwargs))
        return self._pipe.recv()

    def close(self):
        self._pipe.close()
        self.process.join()


def _serve(pipe):
    """Answer calls until the pipe is closed."""
    os.environ.update(ONE_THREAD)
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    threading.Thread(target=_end_with, args=(multiprocessing.parent_process(),), daemon=True).start()
    while True:
        try:
            function, args, kwargs = pipe.recv()
        except EOFError:
            return
        try:
            answer = True, function(*args, **kwargs)
        except Exception as error:    # it is the caller's
            answer = False, error
        pipe.send(answer)


def _end_with(parent):
    parent.join()
    os._exit(1)
