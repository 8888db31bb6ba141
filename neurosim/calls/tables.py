"""Results as tables of numpy columns, which pandas takes over where it is installed."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from neurosim.confidence import wilson
from neurosim.summaries import Summarised, Summary
from neurosim.whole import counted

if TYPE_CHECKING:
    from pandas import DataFrame

_SHOWN = 60    #: rows of a table that its text shows


def data_frame(*arguments: Any, **options: Any) -> DataFrame:
    """Build a DataFrame of pandas; raises ValueError where pandas is not installed."""
    try:
        import pandas
    except ImportError:
        raise ValueError("to_frame: pandas is not installed; install it with pip install 'neurosim-ep[analysis]', or "
                         "use the columns as they are, which are arrays of numpy") from None
    return pandas.DataFrame(*arguments, **options)


class Table(Summarised, Mapping):
    """Columns of one length by their names; each is an attribute, too.

        table["train_error"], table.train_error, table.row(0), table.to_frame()

    columns : dict from name to array (rows,); unit : dict from name to unit, "1" where it names none
    hidden : names of columns that its text leaves out; remarks : sentences that its text ends with
    """

    def __init__(self, columns: Mapping[str, Any], unit: Mapping[str, str] | None = None,
                 hidden: Collection[str] = (), remarks: Sequence[str] = ()) -> None:
        self._hidden, self._remarks = frozenset(hidden), tuple(remarks)
        self._columns = {name: np.asarray(values) for name, values in columns.items()}
        self.unit = {name: (unit or {}).get(name, "1") for name in self._columns}
        lengths = {len(values) for values in self._columns.values()}
        if len(lengths) > 1:
            raise ValueError(f"table: its columns have {' and '.join(map(str, sorted(lengths)))} rows; give one length")

    def __getitem__(self, name: str) -> np.ndarray:
        return self._columns[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._columns)

    def __len__(self) -> int:
        return len(self._columns)

    def __getattr__(self, name: str) -> np.ndarray:
        columns = self.__dict__.get("_columns", {})    # a table that is being copied has none yet
        if name not in columns:
            raise AttributeError(f"this table has no column {name!r}; there are {', '.join(columns)}")
        return columns[name]

    def __dir__(self) -> list[str]:
        return [*super().__dir__(), *self._columns]

    @property
    def rows(self) -> int:
        """Number of rows."""
        return max(map(len, self._columns.values()), default=0)

    def row(self, number: int) -> dict[str, Any]:
        """Return one row as a dict of plain values."""
        return {name: values[number].item() if isinstance(values[number], np.generic) else values[number]
                for name, values in self._columns.items()}

    def to_frame(self) -> DataFrame:
        """Return the table as a DataFrame of pandas; raises ValueError where pandas is not installed."""
        return data_frame({name: [*values] for name, values in self._columns.items()})

    def summary(self) -> Summary:
        """Return the Summary of the table: its first rows."""
        shown = [name for name in self._columns if name not in self._hidden]
        names = [name if self.unit[name] == "1" else f"{name} [{self.unit[name]}]" for name in shown]
        rows = [[_text(self._columns[name][number]) for name in shown] for number in range(min(self.rows, _SHOWN))]
        left = [f"... {counted(self.rows - _SHOWN, 'more row')}"] if self.rows > _SHOWN else []
        words = {number for number, name in enumerate(shown) if self._columns[name].dtype.kind in "OSU"}
        return Summary(heading="", rows=[names, *rows], words=words, remarks=[*left, *self._remarks])


def _text(value: Any) -> str:
    if isinstance(value, (float, np.floating)):
        return f"{value:.4g}"
    return f"{value:,}" if isinstance(value, (int, np.integer)) and not isinstance(value, bool) else str(value)


class ErrorRate(float):
    """A fraction of wrong answers that knows its 95 % interval; everywhere else it is a number.

        run.test_error < 0.1, run.test_error.low, run.test_error.high

    error : fraction of wrong answers; samples : images that were answered
    low, high : Wilson's 95 % interval, see `neurosim.confidence.wilson`; wrong : images answered wrongly
    """

    samples: int

    def __new__(cls, error: float, samples: int) -> ErrorRate:
        found = super().__new__(cls, error)
        found.samples = samples
        return found

    def __getnewargs__(self) -> tuple[float, int]:    # type: ignore[override]
        return float(self), self.samples

    @property
    def interval(self) -> tuple[float, float]:
        """Both ends of the interval."""
        return wilson(float(self), self.samples)

    @property
    def low(self) -> float:
        """Lower end of the interval."""
        return self.interval[0]

    @property
    def high(self) -> float:
        """Upper end of the interval."""
        return self.interval[1]

    @property
    def wrong(self) -> int:
        """Images that were answered wrongly."""
        return round(float(self) * self.samples)

    def to_frame(self) -> DataFrame:
        """Return one row: error, low, high, wrong, samples."""
        return data_frame([{"error": float(self), "low": self.low, "high": self.high, "wrong": self.wrong,
                            "samples": self.samples}])

    def __repr__(self) -> str:
        return (f"{float(self):.2%} (95 % interval {self.low:.2%} to {self.high:.2%}; {self.wrong:,} of "
                f"{counted(self.samples, 'image')} wrong)")


class Confusion(np.ndarray):
    """int (classes, classes): images of a class (row) that were answered with a class (column)."""

    @classmethod
    def of(cls, counts: np.ndarray) -> Confusion:
        """Return the counts as a Confusion."""
        return np.asarray(counts).view(cls)

    def to_frame(self) -> DataFrame:
        """Return the counts as a DataFrame of pandas: rows are classes, columns answers."""
        frame = data_frame(np.asarray(self))
        return frame.rename_axis(index="class", columns="answer")
