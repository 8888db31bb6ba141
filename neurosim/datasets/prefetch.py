"""What is needed next, made in advance by a thread."""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Callable, Iterable, Iterator
from queue import SimpleQueue
from types import TracebackType
from typing import Any, Generic, TypeVar

from neurosim._signals import withheld

T = TypeVar("T")


def made_ahead(make: Callable[..., T], places: Iterable[tuple], depth: int) -> Any:
    """Return the context manager of an iterator over `make(*place)` for all `places`, in their order.

    With a `depth` above 0 a thread makes up to so many ahead. What comes out is the same, and so is what goes wrong:
    an exception of `make` is raised by the iterator in place of what was to be made, as it is. When the block is left,
    by an exception too, the thread makes nothing more and ends; what it is at then is finished before.

    make, places : used by one thread alone, which is the caller's where `depth` is 0
    """
    return Ahead(make, places, depth) if depth else contextlib.nullcontext(make(*place) for place in places)


class Ahead(Generic[T]):
    """See `made_ahead`; the thread begins with the first item that is asked for.

    It takes no signals: those that ask this program to end reach the main thread at once, also where that waits.
    """

    def __init__(self, make: Callable[..., T], places: Iterable[tuple], depth: int) -> None:
        self._make, self._places = make, iter(places)
        self._room, self._results, self._stopped = threading.Semaphore(depth), SimpleQueue[tuple](), False
        self._thread: threading.Thread | None = None

    def __enter__(self) -> Ahead[T]:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None,
                 trace: TracebackType | None) -> None:
        self._stopped = True
        self._room.release()
        if self._thread is not None:
            self._thread.join()

    def __iter__(self) -> Iterator[T]:
        return self

    def __next__(self) -> T:
        if self._thread is None:
            self._thread = threading.Thread(target=self._work, name="neurosim: batches", daemon=True)
            with withheld():
                self._thread.start()
        found, error = self._results.get()
        if error is not None:
            self._results.put((None, error))
            raise error
        self._room.release()
        return found

    def _work(self) -> None:
        try:
            for place in self._places:
                self._room.acquire()
                if self._stopped:
                    return
                self._results.put((self._make(*place), None))
            self._results.put((None, StopIteration()))
        except BaseException as error:
            self._results.put((None, error))
