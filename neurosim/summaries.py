"""What an object shows of itself: a heading, a table and remarks, as text or, in notebooks, as HTML without scripts."""

from __future__ import annotations

import shutil
import textwrap
from abc import ABC, abstractmethod
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, fields, is_dataclass
from typing import Any

from neurosim.alignment import aligned
from neurosim.markup import Html, element
from neurosim.tables import printable
from neurosim.whole import counted

_WIDTH, _NARROWEST = 118, 60    #: of a line, where nobody knows how wide the terminal is, and at least [characters]


def terminal_width() -> int:
    """Return characters of a line of the terminal, or of one that reads well where the text goes elsewhere."""
    return max(shutil.get_terminal_size((_WIDTH, 24)).columns, _NARROWEST)


@dataclass(frozen=True, kw_only=True)
class Summary:
    """A table for people.

    heading : a line above it
    rows : of equally many cells, str; the first one names the columns; none = no table
    words : how many columns at the left are words, or which are, the others are numbers; None = all are words
    remarks : sentences below it
    """

    heading: str
    rows: Sequence[Sequence[str]] = ()
    words: int | Collection[int] | None = None
    remarks: Sequence[str] = ()

    def text(self) -> str:
        """Return the summary for a terminal: aligned columns as wide as that, control characters escaped."""
        width = terminal_width()
        lines = textwrap.wrap(self.heading, width)
        if self.rows:
            lines += aligned([[printable(cell) for cell in row] for row in self.rows], self.words, "  ", width)
        for remark in self.remarks:
            lines += textwrap.wrap(remark, width)
        return printable("\n".join(lines), "\n")

    def html(self) -> Html:
        """Return the summary for a notebook: a <table> whose texts are escaped."""
        head, *body = self.rows or [()]
        parts = [element("caption", self.heading, style="text-align: left; font-weight: bold")]
        if self.rows:
            parts.append(element("thead", element("tr", *(self._cell("th", i, text) for i, text in enumerate(head)))))
            parts.append(element("tbody", *(element("tr", *(self._cell("td", i, text) for i, text in enumerate(row)))
                                            for row in body)))
        return element("div", element("table", *parts), *(element("p", remark) for remark in self.remarks))

    def _cell(self, name: str, column: int, text: str) -> Html:
        words = self.words
        number = column >= words if isinstance(words, int) else words is not None and column not in words
        return element(name, text, style=f"text-align: {'right' if number else 'left'}")


class Summarised(ABC):
    """An object whose `repr` is the text of its summary, and which notebooks show as HTML."""

    @abstractmethod
    def summary(self) -> Summary:
        """Return what the object shows of itself."""

    def __repr__(self) -> str:
        return self.summary().text()

    def _repr_html_(self) -> str:
        return str(self.summary().html())


class Fielded(Summarised):
    """A dataclass that shows its fields: numbers and words as they are, of arrays the type and the shape."""

    def summary(self) -> Summary:
        """Return the Summary: a row for each field."""
        names = [field.name for field in fields(self)]    # type: ignore[arg-type]
        rows = [("field", "value"), *((name, _told(getattr(self, name))) for name in names)]
        return Summary(heading=type(self).__name__, rows=rows)


def _told(value: Any) -> str:
    """Return a value of a field on one line, however much it holds."""
    if hasattr(value, "dtype") and getattr(value, "shape", None):
        return f"{value.dtype} ({', '.join(map(str, value.shape))})"
    if isinstance(value, Mapping):
        parts = [f"{key if isinstance(key, str) else ' '.join(map(str, key)) if isinstance(key, tuple) else key}: "
                 f"{_told(one)}" for key, one in value.items()]
        return _joined(parts) or "none"
    if isinstance(value, (tuple, list)):
        return _joined([_told(one) for one in value]) or "none"
    if isinstance(value, float):
        return f"{value:.6g}"
    if is_dataclass(value) or isinstance(value, Summarised):
        return type(value).__name__
    return f"{value:,}" if isinstance(value, int) and not isinstance(value, bool) else str(value)


def _joined(parts: Sequence[str]) -> str:
    """Return parts with commas between, as many as a line holds, and how many are left."""
    room = _WIDTH - 30
    kept = next((count for count in range(len(parts), 0, -1) if len(", ".join(parts[:count])) <= room), 0)
    left = [f"{len(parts) - kept:,} more" if kept else counted(parts, "item")] if kept < len(parts) else []
    return ", ".join([*parts[:kept], *left])


class Printed(ABC):
    """An object whose `repr` is lines of text, which notebooks show as they are."""

    @abstractmethod
    def lines(self) -> list[str]:
        """Return what the object shows of itself."""

    def __repr__(self) -> str:
        return printable("\n".join(self.lines()), "\n")

    def _repr_html_(self) -> str:
        return str(element("pre", repr(self)))
