"""The wish to stop, made of the signals that ask a program to end."""

from __future__ import annotations

import contextlib
import os
from typing import Self

from neurosim import _signals


#: What a process that is training prints at the first signal.
_STOPPING = "stopping after this batch; interrupt again to stop immediately, without saving"


class Interruption:
    """Turns the first Ctrl-C (or SIGTERM, or SIGHUP) within the block, once `hold` was called, into a wish.

    Before that the first one raises KeyboardInterrupt already, as the second one does always.

    wished : whether it has come; code : the exit code that says so, 0 before; told : what it prints, "" = nothing
    """

    def __init__(self, told: str = _STOPPING) -> None:
        self.code, self._told, self._block = 0, f"\n{told}\n".encode() if told else b"", contextlib.ExitStack()
        self._held = False

    @property
    def wished(self) -> bool:
        return bool(self.code)

    def hold(self) -> None:
        """Note that there is something to save from now on."""
        if not self._held:
            self._held = True
            self._block.enter_context(_signals.holding(self._take))

    def __enter__(self) -> Self:
        self._block.enter_context(_signals.listening())
        return self

    def __exit__(self, *_: object) -> None:
        self._block.close()

    def _take(self, number: int) -> None:
        self.code = 128 + number
        with contextlib.suppress(OSError):
            os.write(2, self._told)
