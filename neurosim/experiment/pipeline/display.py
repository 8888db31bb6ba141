"""Where progress is shown, always on stderr: a bar on a terminal, dated lines in a log, or nowhere."""

from __future__ import annotations

import datetime
import sys
import time
from contextlib import AbstractContextManager
from typing import Any

EVERY = 30.0    #: shortest time between two lines of a log that are not the end of something [s]


def choose_display(quiet: bool) -> Silence:
    """Return the display that fits where this process shows things: a notebook, a terminal, a log."""
    if quiet:
        return Silence()
    return Notebook() if _in_notebook() else Terminal() if sys.stderr.isatty() else Log()


def _in_notebook() -> bool:
    """Return whether a kernel of Jupyter runs this process; importing its packages alone makes none."""
    shell = getattr(sys.modules.get("IPython"), "get_ipython", lambda: None)()
    return hasattr(shell, "kernel")


def announced(display: Silence) -> AbstractContextManager[None]:
    """Return a context that announces when kernels have to be compiled."""
    from neurosim._jit import compilation
    return compilation(lambda: display.line("compiling kernels (once per machine, about 15 s)"))


class Silence:
    """Shows nothing but warnings."""

    def advance(self, title: str, done: int, total: int, text: str) -> None:
        """Show that `done` of `total` samples of `title` are done."""

    def line(self, text: str) -> None:
        """Show a line that stays."""

    def warn(self, text: str) -> None:
        """Show a warning."""
        print(f"warning: {text}", file=sys.stderr, flush=True)

    def close(self) -> None:
        """Remove what does not stay."""


class Muted(Silence):
    """Shows nothing at all, since another process does."""

    def warn(self, text: str) -> None:
        """Show nothing."""


class Log(Silence):
    """Plain dated lines, never more often than every 30 s except for the first and the last of each title."""

    def __init__(self) -> None:
        self._title: str | None = None
        self._shown = 0.0

    def advance(self, title: str, done: int, total: int, text: str) -> None:
        now = time.monotonic()
        if title != self._title or now - self._shown >= EVERY:
            self._title, self._shown = title, now
            self.line(f"{title}: {done} of {total}{', ' if text else ''}{text}")

    def line(self, text: str) -> None:
        now = datetime.datetime.now().isoformat(sep=" ", timespec="seconds")
        print(f"{now}  {text}", file=sys.stderr, flush=True)

    def warn(self, text: str) -> None:
        self.line(f"warning: {text}")


class Terminal(Silence):
    """One bar at the foot of the terminal; lines scroll by above it."""

    def __init__(self) -> None:
        self._bar: Any = None
        self._title: str | None = None
        self._drawn = 0.0

    def advance(self, title: str, done: int, total: int, text: str) -> None:
        if title != self._title:
            self._open(title, total)
        self._bar.n = done
        self._bar.unit = text
        if done >= total or time.monotonic() - self._drawn > 0.1:
            self._drawn = time.monotonic()
            self._bar.refresh()

    def line(self, text: str) -> None:
        self.close()
        print(text, file=sys.stderr, flush=True)

    def warn(self, text: str) -> None:
        self.line(f"warning: {text}")

    def close(self) -> None:
        if self._bar is not None:
            self._bar.close()
        self._bar, self._title = None, None

    def _open(self, title: str, total: int) -> None:
        self.close()
        self._title, self._drawn = title, 0.0
        self._bar = self._made(total=total, desc=title, leave=False,
                               bar_format="{desc} {percentage:3.0f}% |{bar}| {unit}")

    def _made(self, **options: Any) -> Any:
        from tqdm import tqdm
        return tqdm(dynamic_ncols=True, file=sys.stderr, **options)


class Notebook(Terminal):
    """One bar below the cell, drawn by the notebook; lines above it."""

    def line(self, text: str) -> None:
        self.close()
        print(text, flush=True)

    def _made(self, **options: Any) -> Any:
        from tqdm.auto import tqdm
        return tqdm(**options)
