"""How a call shows what it does: progress where it fits, warnings as warnings of Python."""

from __future__ import annotations

import sys
import warnings
from pathlib import Path

from neurosim.experiment.diagnosis import LearningWarning
from neurosim.experiment.pipeline.display import Silence, choose_display

_PACKAGE = str(Path(__file__).resolve().parents[1])


class Shown(Silence):
    """The display of a call: bars and lines where this process shows such, each warning a LearningWarning.

    progress : False shows warnings alone
    """

    def __init__(self, progress: bool) -> None:
        self._inner = choose_display(quiet=not progress)

    def advance(self, title: str, done: int, total: int, text: str) -> None:
        self._inner.advance(title, done, total, text)

    def line(self, text: str) -> None:
        self._inner.line(text)

    def warn(self, text: str) -> None:
        self._inner.close()
        warnings.warn(text, LearningWarning, stacklevel=_depth())

    def close(self) -> None:
        self._inner.close()


def _depth() -> int:
    """Return frames from the call of `warn` to the first that is not of this package: whose warning it is."""
    frame, depth = sys._getframe(2), 2
    while frame.f_back is not None and frame.f_code.co_filename.startswith(_PACKAGE):
        frame, depth = frame.f_back, depth + 1
    return depth


def interactive() -> bool:
    """Return whether somebody types at a prompt or in a notebook, who wants an unfinished run rather than an exception.
    """
    return hasattr(sys, "ps1")
