"""Signals that ask this program to end: Ctrl-C, SIGTERM of a scheduler, SIGHUP of a terminal that closes.

The first becomes a wish where somebody holds it back, as a training does to finish its batch, and raises Interrupted
everywhere else; one more ends the program at once. A signal that was ignored when the program began, as by nohup, stays
ignored. The exit code is 128 + the number of the signal.
"""

import contextlib
import os
import signal
import stat
import sys
import threading
import time
from collections.abc import Iterator
from typing import Any

INTERRUPTED = 128 + signal.SIGINT    #: exit code: Ctrl-C

_ASKING = tuple(getattr(signal, name) for name in ("SIGINT", "SIGTERM", "SIGHUP") if hasattr(signal, name))
_HANGUP = getattr(signal, "SIGHUP", None)
_ONE = 0.2    #: time within which signals count as one [s]; shells and `timeout` send theirs twice
_SOON = 0.01    #: time after which an Interrupted that got lost is raised again [s]


class Interrupted(KeyboardInterrupt):
    """This program is asked to end; `code` is the exit code that says by what."""

    def __init__(self, number: Any) -> None:
        super().__init__(signal.Signals(number).name)
        self.code = 128 + number


class _Asked:
    """What has been asked for so far in this process.

    number : of the last signal, 0 = none; time : of it; raised : Interrupted was raised; wish : function that takes
    the number of the first signal in place of that, or None
    """

    def __init__(self) -> None:
        self.number, self.time, self.raised, self.wish = 0, -1.0, False, None


_asked = _Asked()
_before: dict[int, Any] = {}    #: handlers by number
_hooks: list[Any] = []    #: for what cannot be raised


def listen() -> None:
    """Take the signals of this process from now on; only its main thread can."""
    if _before or threading.current_thread() is not threading.main_thread():
        return
    for number in _ASKING:
        if signal.getsignal(number) is not signal.SIG_IGN:
            _before[number] = signal.signal(number, _take)
    _hooks[:] = sys.unraisablehook, sys.excepthook
    sys.unraisablehook, sys.excepthook = _lost, _printed


@contextlib.contextmanager
def listening() -> Iterator[Any]:
    """Take the signals within the block, unless they are taken anyway."""
    taken = bool(_before)
    listen()
    try:
        yield
    finally:
        if _before and not taken:
            sys.unraisablehook, sys.excepthook = _hooks
            while _before:
                signal.signal(*_before.popitem())
            _asked.__init__()    # type: ignore[misc]


@contextlib.contextmanager
def holding(wish: Any) -> Iterator[Any]:
    """Let the first signal within the block call `wish(number)`, and the second raise Interrupted."""
    outer, _asked.wish = _asked.wish, wish
    try:
        yield
    finally:
        _asked.wish = outer


@contextlib.contextmanager
def withheld() -> Iterator[Any]:
    """Let signals wait until the end of the block; threads and processes that begin in it never see them.

    Whoever began such a process leads it, also when a terminal or a scheduler tells all of them to end.
    """
    before = signal.pthread_sigmask(signal.SIG_BLOCK, _ASKING)
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


def interrupted() -> int:
    """Exit code of this process if Interrupted was raised in it, whatever became of that; otherwise 0."""
    return 128 + _asked.number if _asked.raised else 0


def ignore() -> None:
    """Ignore the signals from now on: all is done that they could end."""
    for number in _before:
        signal.signal(number, signal.SIG_IGN)


def _take(number: Any, frame: Any) -> None:
    now, again = time.monotonic(), bool(_asked.number)
    if number == _HANGUP:
        _leave_terminal()
    if again and (number == _HANGUP or now - _asked.time < _ONE):
        return
    _asked.number, _asked.time = number, now
    if _asked.raised:
        os._exit(128 + number)
    if _asked.wish and not again:
        _asked.wish(number)
        return
    _asked.raised = True
    raise Interrupted(number)


def _leave_terminal() -> None:
    """Write nowhere from now on in place of a terminal that is gone, where every write would fail."""
    nowhere = os.open(os.devnull, os.O_RDWR)
    for handle in (0, 1, 2):
        with contextlib.suppress(OSError):
            if stat.S_ISCHR(os.fstat(handle).st_mode):
                os.dup2(nowhere, handle)
    os.close(nowhere)


def _lost(unraisable: Any) -> None:
    """Whatever came up where nothing can be raised, as in a destructor: an Interrupted comes again."""
    if isinstance(unraisable.exc_value, Interrupted):
        _raise_soon()
    else:
        _hooks[0](unraisable)


def _printed(kind: Any, error: Any, trace: Any) -> None:
    """Do the same with what a library that is not a Python would print, as a callback of it."""
    if issubclass(kind, Interrupted):
        _raise_soon()
    else:
        _hooks[1](kind, error, trace)


def _raise_soon() -> None:
    if threading.current_thread() is threading.main_thread():
        signal.signal(signal.SIGALRM, _raise_again)
        signal.setitimer(signal.ITIMER_REAL, _SOON)


def _raise_again(number: Any, frame: Any) -> None:
    raise Interrupted(_asked.number)
