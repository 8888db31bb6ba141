"""From columns of readings to trains: gaps, readings that are none, jumps back to the start, trends."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from neurosim.whole import counted

if TYPE_CHECKING:
    from neurosim.measurements.columns import Columns

_FAR = 100.0       #: a reading is none where its neighbours are so many times larger or smaller
_OUT = 4.0         #: or where it lies so many ranges outside the others
_DIP = 3.0         #: and in either case so many steps of the neighbours away
_NEAR = 5          #: readings on one side that are neighbours
_FEWEST = 8        #: readings from which on one may be none
_SHORT = 3         #: readings in a row that may be none
_MOST = 0.05       #: part of the readings that may be none
_BACK = 0.5        #: part of the range by which a train jumps back to where it started
_STEPS = 4.0       #: and at least so many of its usual steps
_TREND = 0.25      #: part of the range by which a side moves, where it does
_ALONE = 0.5       #: part of its own range by which a side moves for sure
_AGAINST = 0.4     #: part of the range by which no train may move against its pulses
_ASUNDER = 100.0    #: factor between trains of both sides that tells different units
_TRAINS = 20_000   #: most trains of a file
_LISTED = 3        #: lines that a note names


@dataclass(frozen=True)
class Piece:
    """Readings of one train: side "up" or "down"; lines (pulses) of the file, or indices; values (pulses); device."""

    side: str
    lines: np.ndarray
    values: np.ndarray
    device: str = ""


def trains_of(columns: Columns, owner: Path, zeros: bool = True) -> tuple[list[Piece], list[str]]:
    """Cut Columns into trains; returns a list of Piece in the order of the file, and notes.

    zeros : whether a conductance of 0 between others is not a reading, as it is where values are not normalised
    raises : ValueError where too many readings are none
    """
    pieces: list[Piece] = []
    single: list[Piece] = []
    dropped: list[int] = []
    notes, gaps = list(columns.notes), 0
    blank = len(columns.values) > 1 and zeros and ~np.any(columns.values, axis=0)    # rows of zeros
    for values, sides, devices in zip(columns.values, columns.sides, columns.devices):
        values = np.where(blank, np.nan, values)
        doubtful = not_read(values, columns.starts, zeros)
        dropped += columns.lines[doubtful].tolist()
        values = np.where(doubtful, np.nan, values)
        for run in _runs(values, sides, columns.starts):
            inner = _fragments(values, run)
            gaps += max(len(inner) - 1, 0)
            if len(pieces) + len(single) + len(inner) > _TRAINS:
                raise ValueError(f"{owner}: falls into more than {_TRAINS:,} trains; give fewer cycles, without gaps")
            for fragment in (part for whole in inner for part in _split_back(values, whole, sides)):
                side, device = (each if isinstance(each, str) else each[fragment[0]] for each in (sides, devices))
                kept = Piece(side, columns.lines[fragment], values[fragment], device)
                (pieces if len(fragment) > 1 else single).append(kept)
    if len(single) > sum(len(piece.lines) for piece in pieces) > 0 or len(single) > 1 and not pieces:
        raise ValueError(f"{owner}: {len(single)} readings stand alone between changes of direction or gaps, and "
                         "trains of two or more pulses are needed; sort the rows by cycle, direction and pulse where "
                         "these are mixed")
    readings = sum(np.isfinite(values).sum() for values in columns.values)
    if len(dropped) > max(_MOST * readings, 1):
        raise ValueError(f"{owner}: {len(dropped)} of {readings} readings, {_lines_text(dropped)}, are 0 or lie far "
                         "off their neighbours; remove them, or give the file in one unit")
    if dropped:
        notes.append(f"{_lines_text(dropped)} far off {'its' if len(dropped) == 1 else 'their'} neighbours, left out")
    if gaps:
        notes.append(f"cut at {gaps} gap{'s' * (gaps > 1)} without readings")
    if single:
        lines = [int(piece.lines[0]) for piece in single]
        notes.append(f"{_lines_text(lines)} alone between gaps, left out")
    return pieces, notes


def not_read(values: np.ndarray, starts: Iterable[int] = (), zeros: bool = True) -> np.ndarray:
    """Which values are not readings although they are numbers, bool: few in a row, far off what lies on either side.

    Far off is a hundredfold of the neighbours or 0 (with `zeros`), or several ranges outside all others; and in any
    case several of the steps that the neighbours make. starts : indices at which something new begins
    """
    found, there = np.zeros(len(values), bool), np.flatnonzero(np.isfinite(values))
    if len(there) < _FEWEST:
        return found
    seen = values[there] / np.abs(values[there]).max() if values[there].any() else values[there]
    low, high = np.quantile(seen, (0.05, 0.95))
    doubtful = (seen > high + _OUT * (high - low)) | (seen < low - _OUT * (high - low)) if high > low else seen != high
    if zeros:
        around = _around(seen)
        doubtful |= (seen == 0) | (around > 0) & ((seen > _FAR * around) | (seen < around / _FAR))
    good = np.flatnonzero(~doubtful)
    begins = np.array(sorted(starts), int)
    for run in _groups(np.flatnonzero(doubtful)):
        index = int(np.searchsorted(good, run[0]))
        sides = [_away(seen, run, good[max(index - _NEAR, 0):index][::-1], there, begins),
                 _away(seen, run, good[index:index + _NEAR], there, begins)]
        known = [side for side in sides if side is not None]
        alone = len(known) == 2 and len(run) <= _SHORT
        found[there[run]] = bool(known) and all(known) and (alone or zeros and not seen[run].any())
    return found


def _around(values: np.ndarray) -> np.ndarray:
    """Return the median of the two values before and the two after each."""
    padded = np.concatenate([[np.nan] * 2, values, [np.nan] * 2])
    shifted = [padded[index:index + len(values)] for index in (0, 1, 3, 4)]
    return np.nanmedian(shifted, axis=0)


def _away(values: np.ndarray, run: np.ndarray, side: np.ndarray, there: np.ndarray, starts: np.ndarray) -> bool | None:
    """Return whether doubtful values lie far off their good neighbours on one side, nearest first.

    None if there are none.
    """
    if not len(side):
        return None
    first, last = min(there[run[0]], there[side[0]]), max(there[run[-1]], there[side[0]])
    if np.searchsorted(starts, first, "right") < np.searchsorted(starts, last, "right"):
        return None
    steps = np.abs(np.diff(values[side]))
    return bool(np.abs(values[side[0]] - values[run]).min() > _DIP * (steps.max() if len(steps) else 0.0))


def _groups(indices: np.ndarray) -> list[np.ndarray]:
    return np.split(indices, np.flatnonzero(np.diff(indices) > 1) + 1) if len(indices) else []


def _runs(values: np.ndarray, sides: list[str] | str, starts: set[int]) -> list[np.ndarray]:
    """Return the indices of runs of one direction between the indices where something new begins."""
    edges = set(starts)
    if not isinstance(sides, str):
        edges |= {row for row in range(1, len(sides)) if sides[row] != sides[row - 1]}
    return [run for run in np.split(np.arange(len(values)), sorted(edges)) if len(run)]


def _fragments(values: np.ndarray, run: np.ndarray) -> list[np.ndarray]:
    """Return the parts of a run that gaps leave."""
    return _groups(run[np.isfinite(values[run])])


def _split_back(values: np.ndarray, indices: np.ndarray, sides: list[str] | str) -> list[np.ndarray]:
    """Cut a train where it jumps back to where it started."""
    sign = 1 if (sides if isinstance(sides, str) else sides[indices[0]]) == "up" else -1
    return np.split(indices, restarts(values[indices], sign))


def restarts(values: np.ndarray, sign: int) -> np.ndarray:
    """Return the indices of a train at which it begins again: a step against the pulses over half of its range.

    The mean of up to three readings moves as far, so that no single wrong reading is taken for a cycle. A train that
    is listed backwards, and so moves against its pulses, begins again where it jumps the other way.
    """
    if len(values) < 4:
        return np.array([], int)
    steps = np.diff(values)
    sign = np.sign(np.median(steps)) or sign
    low, high = np.quantile(values, (0.05, 0.95))
    least = max(_BACK * (high - low), _STEPS * np.quantile(np.abs(steps), 0.75))
    indices = np.flatnonzero(-sign * steps > least) + 1 if high > low else np.array([], int)
    return np.array([index for index in indices if _means_move(values, index, -sign * _BACK * (high - low))], int)


def _means_move(values: np.ndarray, index: int, least: float) -> bool:
    moved = values[index:index + 3].mean() - values[max(index - 3, 0):index].mean()
    return abs(moved) >= abs(least) and moved * least > 0


def directed(pieces: list[Piece], owner: str | Path, listed: bool, word: str = "lines",
             free: bool = False) -> tuple[list[Piece], list[str]]:
    """Check that set pulses raise and reset pulses lower the conductance; returns pieces and notes.

    listed : whether the two sides stand beside each other, so that a side may be listed backwards
    word : what the `lines` of pieces are, for errors
    free : whether the sides are signs of a voltage, so that those which lower the conductance are the reset pulses
    raises : ValueError where they contradict the pulses
    """
    span = _span(pieces)
    sides = {side: [piece for piece in pieces if piece.side == side] for side in ("up", "down")}
    if not span or not all(sides.values()):
        return pieces, []
    wrong = {side for side, found in sides.items() if _against(found, span)}
    if wrong == {"up", "down"} and free:
        exchanged = [replace(piece, side="down" if piece.side == "up" else "up") for piece in pieces]
        return exchanged, ["negative pulses raise the conductance"]
    if wrong == {"up", "down"}:
        raise ValueError(f"{owner}: set pulses lower the conductance and reset pulses raise it; exchange up and down")
    notes = []
    if wrong == {"down"} and listed and _overlap(sides):
        pieces = [replace(piece, lines=piece.lines[::-1], values=piece.values[::-1]) if piece.side == "down" else piece
                  for piece in pieces]
        notes.append("reset pulses listed from low to high, turned round")
    elif wrong:
        raise ValueError(f"{owner}: {_complaint(sides[wrong.pop()], word)}; list every pulse in the order of "
                         "measurement, under the name of its direction")
    _check_together(sides, owner)
    for piece in pieces:
        if _sign(piece) * _move(piece) < -_AGAINST * span:
            raise ValueError(f"{owner}: {_complaint([piece], word)}, but not elsewhere; correct their direction or "
                             "remove them")
    return pieces, notes


def _check_together(sides: dict[str, list[Piece]], owner: str | Path) -> None:
    """Raise ValueError where set and reset pulses move gradually, far from each other."""
    every = {side: np.concatenate([one.values for one in found]) for side, found in sides.items()}
    order = sorted(every, key=lambda side: float(np.median(every[side])))
    low, high = (sides[side] for side in order)
    top, bottom = every[order[0]].max(), every[order[1]].min()
    gradual = all(abs(np.mean([_move(one) for one in found])) > _ALONE * _span(found) > 0 for found in (low, high))
    if gradual and bottom > _ASUNDER * top > 0:
        words = {"up": "set", "down": "reset"}
        raise ValueError(f"{owner}: conductances after {words[low[0].side]} pulses end at {top:.3g} S and those after "
                         f"{words[high[0].side]} pulses begin at {bottom:.3g} S, although one continues where the "
                         "other ends; correct the units of one of them")


def _sign(piece: Piece) -> int:
    return 1 if piece.side == "up" else -1


def _complaint(found: list[Piece], word: str) -> str:
    lines = np.concatenate([piece.lines for piece in found])
    what = "set pulses lower" if found[0].side == "up" else "reset pulses raise"
    return f"{what} the conductance, {word} {lines.min()} to {lines.max()}"


def _against(found: list[Piece], span: float) -> bool:
    """Return whether trains of one side move against their pulses, for sure."""
    weights = [len(piece.values) for piece in found]
    move = np.average([_sign(piece) * _move(piece) for piece in found], weights=weights)
    return move < -_TREND * span or max(weights) >= _FEWEST and move < -_ALONE * _span(found)


def _span(pieces: list[Piece]) -> float:
    """Return the range of all readings without the outermost 5 % at either end."""
    low, high = np.quantile(np.concatenate([piece.values for piece in pieces]), (0.05, 0.95)) if pieces else (0, 0)
    return high - low


def _move(piece: Piece) -> float:
    third = max(len(piece.values) // 3, 1)
    return piece.values[-third:].mean() - piece.values[:third].mean()


def _overlap(sides: dict[str, list[Piece]]) -> bool:
    """Return whether both sides visit mostly the same conductances."""
    lows, highs = zip(*(np.quantile(np.concatenate([piece.values for piece in found]), (0.05, 0.95))
                        for found in sides.values()))
    return min(highs) - max(lows) > 0.5 * (max(highs) - min(lows))


def summary(pieces: list[Piece], low: str, high: str, notes: list[str]) -> str:
    """Say in one line what was understood: cycles, pulses, range, and what was noticed."""
    lengths = {side: [len(piece.values) for piece in pieces if piece.side == side] for side in ("up", "down")}
    up, down = (_lengths(lengths[side]) for side in ("up", "down"))
    if len(lengths["up"]) == len(lengths["down"]):
        cycles = len(lengths["up"])
        text = f"{counted(cycles, 'cycle')} of {up} set and {down} reset pulses"
    else:
        text = f"{counted(lengths['up'], 'train')} of {up} set and {len(lengths['down']):,} of {down} reset pulses"
    return "; ".join([f"{text}, {low} to {high}", *notes])


def _lengths(lengths: list[int]) -> str:
    return f"{min(lengths):,}" if min(lengths) == max(lengths) else f"{min(lengths):,} to {max(lengths):,}"


def _lines_text(lines: list[int]) -> str:
    """Return "line 7", "lines 7, 9, 11 and 3 more"."""
    lines = sorted(set(lines))
    more = f" and {len(lines) - _LISTED} more" if len(lines) > _LISTED else ""
    return f"line{'s' * (len(lines) > 1)} {', '.join(map(str, lines[:_LISTED]))}{more}"
