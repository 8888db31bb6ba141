"""The table of all points, which an inline script of a few lines sorts; without scripts it is a plain table."""

from __future__ import annotations

import math
import shlex
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from neurosim.plots.sweeps.points import key_quantity, measure_quantity
from neurosim.report.markup import element, joined, paragraph, section, table
from neurosim.toml import value_text
from neurosim.whole import counted

if TYPE_CHECKING:
    from neurosim.plots.sweeps.points import Quantity
    from neurosim.report.markup import Html
    from neurosim.report.sweep.facts import SweepFacts

_BUDGET = 1_500_000    #: characters of rows that are shown
_LONGEST = 300    #: characters of a text in a cell
_SENTENCES = 40    #: different errors that are shown

#: Puts a button into every heading of a table of the class "sortable". A press sorts the rows by that column, a second
#: one the other way round; rows that are equal keep their order, empty cells come last.
SORTING = """
for (const table of document.querySelectorAll("table.sortable")) {
  const heads = [...table.tHead.rows[0].cells], body = table.tBodies[0];
  heads.forEach((head, column) => {
    const button = document.createElement("button");
    button.append(...head.childNodes);
    head.append(button);
    button.addEventListener("click", () => {
      const sign = head.getAttribute("aria-sort") === "ascending" ? -1 : 1;
      heads.forEach(other => other.removeAttribute("aria-sort"));
      head.setAttribute("aria-sort", sign > 0 ? "ascending" : "descending");
      const rows = [...body.rows].map(row => {
        const text = row.cells[column].textContent;
        return { row, text, number: Number(text), empty: text === "", words: Number.isNaN(Number(text)) };
      });
      rows.sort((a, b) => a.empty - b.empty || sign * (a.words - b.words ||
        (a.words ? (a.text > b.text) - (a.text < b.text) : a.number - b.number)));
      body.append(...rows.map(item => item.row));
    });
  });
  table.caption.append(" Press a heading to sort.");
}
"""


@dataclass(frozen=True)
class _Column:
    """One column of the table.

    head : its heading; cell : function from a row to the text of its cell; kind : "number" or "word"
    """

    head: str
    cell: Callable[[dict], str]
    kind: str = "number"


def points(facts: SweepFacts) -> Html:
    """Return the section with every point that is done or has failed."""
    errors = _numbered(facts.rows)
    columns = _columns(facts, errors)
    shown = _within_budget([[column.cell(row) for column in columns] for row in _ordered(facts)])
    left = len(facts.rows) - len(shown)
    parts = [_failures(facts, errors)] if errors else []
    if shown:
        numbers = [index for index, column in enumerate(columns) if column.kind == "number"]
        parts.append(table(f"{counted(shown, 'point')}, the smallest {_word(facts)} first.",
                           [column.head for column in columns], shown, numbers, class_="sortable"))
    command = element("code", f"neurosim sweep table {shlex.quote(facts.folder)} --csv points.csv")
    more = counted(left, "more point is", "more points are")
    parts.append(paragraph(f"{more} left out, to keep this page small; " if left else "", command,
                           " writes all of them with all digits."))
    return section("points", "Points", *parts)


def _numbered(rows: list[dict]) -> dict[str, int]:
    """Return dict from the errors of failed points, the most frequent first, to numbers from 1."""
    found = Counter(row["error"] for row in rows if row["state"] == "failed")
    return {error: number for number, (error, _) in enumerate(found.most_common(), 1)}


def _word(facts: SweepFacts) -> str:
    return facts.word if facts.points is not None else "index"


def _ordered(facts: SweepFacts) -> list[dict]:
    """Return rows by the measure, the smallest first; failed points last."""
    return sorted(facts.rows, key=lambda row: (row["results"].get(facts.measure, math.inf), row["index"]))


def _within_budget(rows: list[list[str]]) -> list[list[str]]:
    """Return the first rows that have no more characters than the budget."""
    sizes = np.cumsum([sum(len(cell) + 30 for cell in row) for row in rows])
    return rows[:int(np.searchsorted(sizes, _BUDGET, side="right"))]


def _columns(facts: SweepFacts, errors: dict[str, int]) -> list[_Column]:
    columns = [_Column("point", lambda row: str(row["index"]))]
    columns += [_value_column(facts, key) for key in facts.results.axes]
    if errors:
        columns.append(_Column("state", lambda row: _state(row, errors), "word"))
    columns += [_measure_column(facts, name) for name in facts.results.results]
    columns.append(_Column("time [s]", lambda row: _digits(row["seconds"], 3)))
    return [*columns, _Column("run file in points/", lambda row: f"{row['id']}.h5", "word")]


def _state(row: dict, errors: dict[str, int]) -> Html:
    """Return HTML: "done", or "failed" with a link to its error."""
    if row["state"] != "failed":
        return joined(row["state"])
    number = errors[row["error"]]
    return joined("failed, ", element("a", f"error {number}", href=f"#error-{number}")) \
        if number <= _SENTENCES else joined("failed")


def _value_column(facts: SweepFacts, key: str) -> _Column:
    quantity = key_quantity(facts.results, key, np.asarray(facts.results.axes[key]))
    if quantity.scale == "text":
        return _Column(quantity.label, lambda row: _cut(_text(row["point"][key])), "word")
    return _Column(_head(quantity), lambda row: _digits(row["point"][key] / quantity.factor, 6))


def _measure_column(facts: SweepFacts, name: str) -> _Column:
    quantity = measure_quantity(facts.results, name, facts.results.results[name])

    def cell(row: dict) -> str:
        value = row["results"].get(name, math.nan)
        return _digits(value / quantity.factor, 4) if math.isfinite(value) else ""
    return _Column(_head(quantity), cell)


def _head(quantity: Quantity) -> str:
    return quantity.label.removesuffix(" [1]")


def _digits(value: float, digits: int) -> str:
    """Return a number as a script can read it, large ones without exponent."""
    return f"{value:.0f}" if 10 ** digits <= abs(value) < 1e9 else f"{value:.{digits}g}"


def _failures(facts: SweepFacts, errors: dict[str, int]) -> Html:
    """Return errors, the most frequent first, each with one of its points."""
    failed = [row for row in facts.rows if row["state"] == "failed"]
    first = {row["error"]: row["index"] for row in reversed(failed)}
    counts = Counter(row["error"] for row in failed)
    rows = [(element("span", number, id=f"error-{number}"), f"{counts[error]:,}", _cut(error), str(first[error]))
            for error, number in errors.items() if number <= _SENTENCES]
    rest = len(errors) - len(rows)
    return joined(table("Errors of failed points", ("error", "points", "what happened", "first point"), rows,
                        numbers=(1, 3), prose=(2,)),
                  paragraph(f"... and {counted(rest, 'more error')}. " if rest else "",
                            element("code", "--retry-failed"), " computes failed points again."))


def _text(value: object) -> str:
    return value if isinstance(value, str) else value_text(value)


def _cut(text: str) -> str:
    return text if len(text) <= _LONGEST else f"{text[:_LONGEST - 1]}…"
