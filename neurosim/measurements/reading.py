"""Read files of measurements, whatever writes them: what was understood, and the trains of every device."""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

import numpy as np

from neurosim.measurements import hdf5
from neurosim.measurements.arrays import read_mat, read_numpy
from neurosim.measurements.cells import Column
from neurosim.measurements.columns import LAYOUT, pulse_columns
from neurosim.measurements.conditions import pulses_of
from neurosim.measurements.cycles import Piece, directed, summary, trains_of
from neurosim.measurements.names import DOWN, UP, side_of
from neurosim.measurements.rows import Rows, read_rows
from neurosim.measurements.spreadsheets import read_sheet
from neurosim.measurements.stated import Stated
from neurosim.measurements.types import PulseTrains, siemens_advice
from neurosim.memristor.device import RANGE
from neurosim.memristor.si_format import quantity
from neurosim.summaries import Fielded

_LIMIT = RANGE["g_max"].high
_FILES = 200    #: most files that are read together
_ARRAYS: dict[str, Callable[[Path, str | None], Rows]] = {
    ".xlsx": read_sheet, ".xlsm": read_sheet, ".mat": read_mat, ".npz": read_numpy, ".npy": read_numpy,
    ".h5": hdf5.read_sets, ".hdf5": hdf5.read_sets, ".hdf": hdf5.read_sets}


@dataclass(frozen=True)
class File:
    """What was understood of one file: `how` it is written (list of str), its `columns`, its number of `rows`, and what
    it says of the `pulses`, by key of a card [V, s].
    """

    path: Path
    how: list
    columns: list[Column]
    rows: int
    pulses: dict[str, float] = field(default_factory=dict)


@dataclass(frozen=True, repr=False)
class Reading(Fielded):
    """What files of measurements hold.

    trains : PulseTrains of all devices; pieces : list of Piece, the same with lines and devices, in the order of the
    files; files : list of File
    """

    trains: PulseTrains
    pieces: list[Piece]
    files: list[File]

    @property
    def devices(self) -> list[str]:
        """Labels of the devices in the order of the files; [""] where they have none."""
        return list(dict.fromkeys(piece.device for piece in self.pieces))

    @property
    def read_voltage(self) -> float | None:
        """Voltage at which currents were read [V], where the files say one and the same."""
        said = {f"{abs(column.read_voltage):.3g}" for file in self.files for column in file.columns
                if column.read_voltage is not None}
        return float(said.pop()) if len(said) == 1 else None

    @property
    def pulses(self) -> dict[str, float]:
        """What all files that say it say alike of pulses and reads, by key of a card: set_voltage [V] ..."""
        keys = dict.fromkeys(key for file in self.files for key in file.pulses)
        said = {key: [file.pulses[key] for file in self.files if key in file.pulses] for key in keys}
        found = {key: float(f"{values[0]:.6g}") for key, values in said.items()
                 if len({f"{value:.3g}" for value in values}) == 1}
        return found if self.read_voltage is None else {**found, "read_voltage": self.read_voltage}

    def trains_of(self, device: str) -> PulseTrains:
        """Return PulseTrains of one device; raises ValueError where it has trains of one direction only."""
        sides = [[piece.values for piece in self.pieces if (piece.device, piece.side) == (device, side)]
                 for side in ("up", "down")]
        return PulseTrains(up=sides[0], down=sides[1], source=f"{self.trains.source}, device {device}")

    def table(self) -> str:
        """Return the clean table: text of a CSV file that reads back as the same trains."""
        lines, numbers = ["device,cycle,pulse,direction,conductance [S]"], dict[tuple[str, str], int]()
        for piece in self.pieces:
            key = piece.device, piece.side
            numbers[key] = numbers.get(key, 0) + 1
            label = re.sub(r"[^\w.+-]", "_", piece.device) or "1"
            lines += [f"{label},{numbers[key]},{pulse},{piece.side},{float(g)!r}"
                      for pulse, g in enumerate(piece.values, 1)]
        return "\n".join(lines) + "\n"


@dataclass
class _Found:
    """What was found in one file: the File, its pieces, notes, whether sides are listed beside each other, or free."""

    file: File
    pieces: list[Piece] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    listed: bool = False
    free: bool = False


def read(files: Sequence[Path | str], stated: Stated = Stated()) -> Reading:
    """Read one or more files of conductances, resistances or currents after pulses; returns Reading.

    Text in UTF-8, UTF-16 or Latin-1 with commas, semicolons, tabs, bars or spaces between cells and points or commas as
    decimal sign; .xlsx, .mat, .npy, .npz and HDF5. Each file has columns of both directions, or of one that its name,
    or `stated`, tells; files whose names differ in more than that are devices of their own.

    raises : ValueError that says what is wrong, or which option is missing
    """
    paths = list(map(Path, files))
    if (stated.g_min is None) != (stated.g_max is None) or stated.scale is not None and stated.g_min is None:
        raise ValueError(f"{paths[0]}: normalised data need both g_min and g_max [S]; data in siemens need neither")
    if len(paths) > _FILES:
        raise ValueError(f"{len(paths)} files: more than {_FILES} are not read together; give fewer")
    labels = _labels(paths)
    found = [_read_one(path, stated, index, len(paths), labels[index]) for index, path in enumerate(paths)]
    owner = str(paths[0]) if len(paths) == 1 else f"{paths[0]} and {len(paths) - 1} more"
    pieces, turned = _directed(found, owner)
    if stated.g_min is not None and stated.g_max is not None:
        _scale(paths[0], pieces, stated.g_min, stated.g_max, stated.scale)
    notes = list(dict.fromkeys(note for one in found for note in one.notes))
    _check_sides(pieces, owner, [column for one in found for column in one.file.columns])
    return Reading(_assembled(pieces, owner, [*notes, *turned]), pieces, [one.file for one in found])


def _read_one(path: Path, stated: Stated, index: int, count: int, label: str) -> _Found:
    if path.suffix.lower() in (".h5", ".hdf5", ".hdf") and hdf5.holds_array(path, stated.data):
        pieces, said = hdf5.read_array(path, stated.data or hdf5.READS)
        return _Found(File(path, [f"{stated.data or hdf5.READS}, {said}"], [], 0), [*_labelled(pieces, label)])
    rows = table_of(path, stated)
    side = stated.side_of_file(index, count) or (side_of(path.stem) if count > 1 else "")
    columns = pulse_columns(rows, path, stated, side)
    pieces, notes = trains_of(columns, path, zeros=not stated.scaled)
    if not stated.scaled:
        _check_siemens(path, pieces, rows.word)
    file = File(path, rows.notes, columns.table, len(columns.lines), pulses_of(columns, rows))
    return _Found(file, _labelled(pieces, label), notes, isinstance(columns.sides[0], str), columns.free)


def table_of(path: Path, stated: Stated) -> Rows:
    """Read the table of one file, of any format; returns Rows, raises ValueError."""
    ending = path.suffix.lower()
    if ending in _ARRAYS:
        return _ARRAYS[ending](path, stated.data)
    if stated.data is not None:
        raise ValueError(f"--data {stated.data}: {path} is text and has no sheets or data sets; leave out --data")
    return read_rows(path, LAYOUT)


def _labels(paths: list[Path]) -> list[str]:
    """Return the labels of the devices of files: their names without directions; "" where these do not differ."""
    words = "|".join(sorted(UP | DOWN, key=len, reverse=True))
    bare = [re.sub(rf"(?<![a-z])(?:{words})(?![a-z])", "", path.stem, flags=re.IGNORECASE).strip(" _-.")
            for path in paths]
    return bare if len(set(bare)) > 1 else [""] * len(paths)


def _labelled(pieces: list[Piece], label: str) -> list[Piece]:
    return [replace(piece, device=f"{label} {piece.device}".strip()) for piece in pieces] if label else pieces


def _directed(found: list[_Found], owner: str) -> tuple[list[Piece], list[str]]:
    """Return the pieces of all files, checked and turned device by device; and notes."""
    everything = [(piece, one) for one in found for piece in one.pieces]
    groups: dict[str, list] = {}
    for number, (piece, one) in enumerate(everything):
        groups.setdefault(piece.device, []).append((number, piece, one))
    placed: dict[int, Piece] = {}
    notes: list[str] = []
    for device, group in groups.items():
        listed, free = all(one.listed for *_, one in group), all(one.free for *_, one in group)
        turned, more = directed([piece for _, piece, _ in group], f"{owner}, device {device}" if device else owner,
                                listed, free=free)
        placed.update(zip((number for number, *_ in group), turned))
        notes += more
    return [placed[number] for number in range(len(everything))], list(dict.fromkeys(notes))


def _check_sides(pieces: list[Piece], owner: str, columns: list[Column]) -> None:
    """Raise ValueError where there are trains of one direction only."""
    missing = [side for side in ("up", "down") if not any(piece.side == side for piece in pieces)]
    if missing:
        unknown = next((repr(column.title) for column in columns if column.meaning == "not used" and column.title), "")
        also = f", or name the column {unknown}, which is unknown, with --columns" if unknown else ""
        raise ValueError(f"{owner}: {missing[0]}: a train of two or more pulses is needed in each direction; measure "
                         f"both potentiation and depression, and give the files of both{also}")


def _assembled(pieces: list[Piece], source: str, notes: list[str]) -> PulseTrains:
    """Return PulseTrains of trains that were understood: list of Piece, values in siemens."""
    up, down = ([piece.values for piece in pieces if piece.side == side] for side in ("up", "down"))
    trains = PulseTrains(up=up, down=down, source=source)
    ends = min(map(np.min, (*up, *down))), max(map(np.max, (*up, *down)))
    low, high = (quantity(float(end), "S", 3) for end in ends)
    devices = len({piece.device for piece in pieces})
    said = f"{devices} devices, " if devices > 1 else ""
    return PulseTrains(up=trains.up, down=trains.down, source=source,
                       understood=said + summary(pieces, low, high, notes))


def _check_siemens(path: Path, pieces: list[Piece], word: str) -> None:
    """Raise ValueError with the line of the first value that is not a conductance."""
    for piece in pieces:
        if piece.values.min() < 0:
            index = int(np.argmax(piece.values < 0))
            raise ValueError(f"{path}: {word} {piece.lines[index]}: {piece.values[index]:g} is negative and no "
                             "conductance; if the data are normalised, give g_min and g_max [S]")
    if not pieces:
        return
    piece = max(pieces, key=lambda one: one.values.max())
    if piece.values.max() > _LIMIT:
        everything = np.concatenate([one.values for one in pieces])
        line = piece.lines[int(np.argmax(piece.values))]
        raise ValueError(f"{path}: {word} {line}: {siemens_advice(everything, normalised=True)}")


def _scale(path: Path, pieces: list[Piece], g_min: float, g_max: float, scale: tuple[float, float] | None) -> None:
    """Turn normalised values into siemens; values of `pieces` are MUTATED."""
    if not 0 <= g_min < g_max <= _LIMIT:
        raise ValueError(f"{path}: g_min = {g_min:g} S, g_max = {g_max:g} S; give 0 <= g_min < g_max <= {_LIMIT:g} S")
    if not pieces:
        return
    low, high = scale or (min(float(piece.values.min()) for piece in pieces),
                          max(float(piece.values.max()) for piece in pieces))
    if not low < high or not math.isfinite(high - low):
        raise ValueError(f"{path}: the values that stand for g_min and g_max are {low:g} and {high:g}; "
                         "give a lower and a higher one")
    for piece in pieces:
        with np.errstate(over="ignore"):
            g = g_min + (g_max - g_min) * ((piece.values - low) / (high - low))
        outside = (g < -1e-12 * g_max) | ~np.isfinite(g)
        if outside.any():
            index = int(np.argmax(outside))
            sign = "negative " if g[index] < 0 else ""
            raise ValueError(f"{path}: line {piece.lines[index]}: {piece.values[index]:g} becomes the "
                             f"{sign}conductance {g[index]:g} S; raise g_min or let another value stand for it")
        piece.values[:] = np.maximum(g, 0.0)
