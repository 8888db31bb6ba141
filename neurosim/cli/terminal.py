"""What reaches the terminal: nothing that a user's file says can move the cursor, paint or hide there."""

from __future__ import annotations

import contextlib
import shlex
import sys
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any, TextIO

from neurosim.alignment import aligned
from neurosim.summaries import terminal_width
from neurosim.tables import printable


class Escaped:
    """A text stream that escapes control characters, and what its encoding lacks, on their way to another stream.

    Lines and tabs stay, and so does the carriage return at the begin of a write, with which a progress bar is redrawn.
    Everything but `write` is that of the stream behind it.
    """

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream

    def __getattr__(self, name: str) -> Any:
        return getattr(self._stream, name)

    def write(self, text: str) -> int:
        """Write text; returns its length."""
        first, rest = (text[:1], text[1:]) if text.startswith("\r") else ("", text)
        shown = first + printable(rest, "\n\t")
        encoding = getattr(self._stream, "encoding", None) or "utf-8"
        self._stream.write(shown.encode(encoding, "backslashreplace").decode(encoding))
        return len(text)


def command(*words: object) -> str:
    """Return a command of neurosim that a shell runs as it is printed, whatever its words hold; files as Path."""
    return shlex.join(["neurosim", *(f"./{word}" if isinstance(word, Path) and str(word).startswith("-") else str(word)
                                     for word in words)])


@contextlib.contextmanager
def escaped_output() -> Iterator[None]:
    """Escape what is written to stdout and stderr inside the block."""
    with contextlib.redirect_stdout(Escaped(sys.stdout)), contextlib.redirect_stderr(Escaped(sys.stderr)):
        yield


def print_table(rows: Iterable[Sequence[str]]) -> None:
    """Print rows of text, aligned, wrapped where a terminal is too narrow for them; the first one is the header.

    What goes elsewhere has one line for each row.
    """
    width = terminal_width() if sys.stdout.isatty() else None
    print("\n".join(aligned((tuple(map(printable, row)) for row in rows), names=None, width=width)))
