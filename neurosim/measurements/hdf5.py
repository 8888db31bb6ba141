"""Read measured devices from HDF5: conductances after every pulse, and tables of steps."""

import contextlib
import math
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np

from neurosim.measurements.arrays import rows_of
from neurosim.measurements.cells import SENTINEL
from neurosim.measurements.cycles import Piece, directed, not_read
from neurosim.measurements.rows import Rows
from neurosim.measurements.stated import Stated
from neurosim.measurements.types import PulseTrains, StepTable
from neurosim.measurements.units import unit_of
from neurosim.user_files import open_regular

READS = "G_reads"
_TABLE = "dG_table"
_KEYS = ("G_bins", "cdf_bins", "dG")
_VALUES, _TRAINS = 2**25, 100_000    #: largest numbers of values of a data set and of trains
_PACKED = 1032      #: most bytes that one byte of a compressed data set holds
_VISITED = 1000     #: most data sets of a file that are looked at
_ATTRIBUTES, _UNIT = 100, 20    #: most attributes of a file that are read, and letters of a unit


def read_pulses(path: Path, dataset: str = READS) -> PulseTrains:
    """Read the pulse trains of every device of an array from `G_reads[cycle, pulse, row, column]` [S].

    The first half of the pulses of a cycle potentiates, the second half depresses. Returns PulseTrains with one train
    per device and cycle in each direction. raises : ValueError with file, data set and fix
    """
    pieces, said = read_array(path, dataset)
    up, down = (tuple(piece.values for piece in pieces if piece.side == side) for side in ("up", "down"))
    return PulseTrains(up=up, down=down, source=f"{path}: {dataset}", understood=said)


def read_array(path: Path, dataset: str = READS, stated: Stated = Stated()) -> tuple[list[Piece], str]:
    """Read what `read_pulses` reads as a list of Piece, whose devices are "row column"; and what was understood.

    stated : Stated, whose unit counts where the data set has none
    """
    owner = f"{path}: {dataset}"
    with _opened(path) as file:
        reads = _numbers(path, file, dataset) * _factor(owner, _unit(path, file, dataset), stated)
    if reads.ndim != 4 or reads.size == 0:
        raise ValueError(f"{owner} has the shape {reads.shape}; give [cycle, pulse, row, column]")
    if reads.shape[1] % 2:
        raise ValueError(f"{owner} has {reads.shape[1]} pulses per cycle; give as many reset as set pulses")
    if reads.size // reads.shape[1] > _TRAINS:
        raise ValueError(f"{owner} holds {reads.size // reads.shape[1]:,} trains, the limit is {_TRAINS:,}; give fewer "
                         "devices or cycles")
    _refuse_where(owner, reads, ~(np.abs(reads) < SENTINEL), "is NaN or infinite or stands for no reading")
    trains = np.moveaxis(reads, 1, -1)
    _refuse_where(owner, reads, np.moveaxis(_far_off(trains), -1, 1), "is 0 or lies far off its neighbours")
    up, down = np.split(trains.reshape(-1, reads.shape[1]), 2, axis=1)
    cycles, pulses, rows, columns = reads.shape
    devices = [f"{row} {column}" for row in range(rows) for column in range(columns)] * cycles
    pieces = [Piece(side, np.full(up.shape[1], number), train, device) for side, sets in (("up", up), ("down", down))
              for number, (train, device) in enumerate(zip(sets, devices))]
    directed(pieces, owner, listed=False, word="trains")
    return pieces, f"{cycles} cycles of {pulses // 2} set and {pulses // 2} reset pulses of {rows} x {columns} devices"


def _factor(owner: str, text: str, stated: Stated) -> float:
    """Size of the unit of an array of conductances [S]; raises ValueError for another quantity, or two units."""
    unit, known = unit_of(text) if text else None, stated.known_unit()
    if text and (unit is None or unit.quantity not in ("", "conductance")):
        raise ValueError(f"{owner} has the unit {text[:20]!r}; give conductances in S, mS, uS or nS")
    if known and known.quantity != "conductance":
        raise ValueError(f"{owner} holds conductances, --unit says {known.text}; use --unit S, mS, uS or nS")
    if unit and unit.quantity and known and known.factor != unit.factor:
        raise ValueError(f"{owner} is in {unit.text}, --unit says {known.text}; leave out --unit, or correct the file")
    return unit.factor if unit and unit.quantity else known.factor if known else 1.0


def _unit(path: Path, file: Any, name: str) -> str:
    """Return the attribute "unit" of a data set, "" without one."""
    with _sound(path, name):
        item = _found(file, name)
        unit = item.attrs.get("unit", item.attrs.get("units")) if item is not None else None
    said = unit.decode("utf-8", "replace") if isinstance(unit, bytes) else unit
    return said.strip() if isinstance(said, str) else ""


def _attributes(path: Path, file: Any) -> list[tuple[int, str]]:
    """Return what the file says of itself, "read_voltage: 0.1", as lines above a table."""
    with _sound(path, "an attribute"):
        items = [(key, file.attrs[key]) for key in list(file.attrs)[:_ATTRIBUTES]]
    plain = [(key, value.decode("utf-8", "replace") if isinstance(value, bytes) else value) for key, value in items]
    return [(0, f"{key}: {value}"[:200]) for key, value in plain
            if isinstance(value, (str, int, float)) or getattr(value, "shape", None) == ()]


def _refuse_where(owner: str, reads: np.ndarray, wrong: np.ndarray, what: str) -> None:
    if wrong.any():
        index = np.argwhere(wrong)[0]
        raise ValueError(f"{owner}[{', '.join(map(str, index))}] = {reads[tuple(index)]:g} {what}; remove that device "
                         "or cycle")


def _far_off(trains: np.ndarray) -> np.ndarray:
    """Return readings that are none although they are numbers, bool (..., pulses); only suspects are looked at closely.
    """
    low, middle, high = np.quantile(trains, (0.05, 0.5, 0.95), axis=-1, keepdims=True)
    suspects = ((trains <= low / 10) | (np.abs(trains - middle) > 2 * (high - low))).any(-1)
    found = np.zeros(trains.shape, bool)
    for index in np.argwhere(suspects):
        found[tuple(index)] = not_read(trains[tuple(index)])
    return found


def holds_array(path: Path, data: str | None) -> bool:
    """Return whether a file holds `G_reads`, and nothing else is asked for.

    Raises ValueError where it is not an HDF5 file.
    """
    with _opened(path) as file, _sound(path, "a group"):
        item = _found(file, data or READS)
        return item is not None and len(item.shape or ()) == 4


def read_sets(path: Path, data: str | None) -> Rows:
    """Read vectors and matrices of an HDF5 file as Rows, by their names; `data` names one. raises : ValueError"""
    with _opened(path) as file:
        with _sound(path, "a group"):
            names = _numeric(file) if data is None else [data]
        arrays = {}
        for name in names:
            array, unit = _numbers(path, file, name), _unit(path, file, name)
            said = f"{name} [{unit}]" if 0 < len(unit) < _UNIT else name
            arrays[said] = array
        above = _attributes(path, file)
    rows = rows_of(arrays, path, None if data is None else said)
    rows.above.extend(above)
    return rows


def _numeric(file: Any) -> list[str]:
    """Return the paths of the data sets of numbers of at most two dimensions that are part of a file, in its order."""
    import h5py
    found, queue, visited = [], [""], 0
    while queue and visited < _VISITED:
        group = queue.pop(0)
        for key in (file[group] if group else file):
            visited += 1
            name = f"{group}/{key}".strip("/")
            linked = isinstance((file[group] if group else file).get(key, getlink=True), h5py.HardLink)
            item = file[name] if linked else None
            if isinstance(item, h5py.Group) and name.count("/") < 8:
                queue.append(name)
            elif isinstance(item, h5py.Dataset) and item.dtype.kind in "iuf" and item.shape is not None and \
                    len(item.shape) <= 2:
                found.append(name)
    return found


def read_steps(path: Path) -> StepTable:
    """Read a table of steps from `dG_table/{up,down}/{G_bins, cdf_bins, dG}`; returns StepTable.

    G_bins : (bins) [S]; cdf_bins : (probabilities); dG : (probabilities, bins) [S]. raises : ValueError with file, data
    set and fix
    """
    with _opened(path) as file:
        sides = [{key: _numbers(path, file, f"{_TABLE}/{side}/{key}") for key in _KEYS} for side in ("up", "down")]
    for key in _KEYS[:2]:
        if not np.array_equal(sides[0][key], sides[1][key]):
            raise ValueError(f"{path}: {_TABLE}/up/{key} and {_TABLE}/down/{key} differ; "
                             "give both tables on the same bins")
    up, down = sides
    return StepTable(g=up["G_bins"], cdf=up["cdf_bins"], up=up["dG"], down=down["dG"], source=f"{path}: {_TABLE}")


@contextlib.contextmanager
def _opened(path: Path) -> Iterator[Any]:
    import h5py
    open_regular(path, "an HDF5 file with measured devices").close()
    try:
        file = h5py.File(path, "r", locking=False)
    except OSError as error:
        raise ValueError(f"{path}: is not an HDF5 file or is damaged; give an intact one") from error
    with file:
        yield file


def _numbers(path: Path, file: Any, name: str) -> np.ndarray:
    """Return a data set as float array: one that stands in the file itself, of a size that the file can hold."""
    with _sound(path, name):
        item, held = _found(file, name), ", ".join(str(key) for key in file) or "nothing"
        if item is not None:
            kind, shape, stored = item.dtype, item.shape, item.id.get_storage_size()
            foreign = shape is None or item.external or item.is_virtual
    if item is None:
        raise ValueError(f"{path}: has no data set {name} of its own; it holds {held}")
    if kind.kind not in "iuf":
        raise ValueError(f"{path}: {name} holds {kind}; give real numbers in siemens")
    if foreign:
        raise ValueError(f"{path}: {name} stands in no file or in another one; copy its numbers into this file")
    count = math.prod(shape)
    if count > _VALUES or count * kind.itemsize > _PACKED * stored:
        raise ValueError(f"{path}: {name} claims {count:,} numbers, more than the file holds or than the limit of "
                         f"{_VALUES:,}; give an intact file, or fewer devices or cycles")
    with _sound(path, name), np.errstate(over="ignore"):
        return np.asarray(item[()], float)


@contextlib.contextmanager
def _sound(path: Path, name: str) -> Iterator[None]:
    """Turn what h5py raises on a damaged file into one sentence."""
    try:
        yield
    except (OSError, RuntimeError, KeyError, ValueError, TypeError) as error:
        raise ValueError(f"{path}: {name} is damaged; give an intact file") from error


def _found(file: Any, name: str) -> Any:
    """Return a data set by its path, along links that are part of the file; None where there is none."""
    import h5py
    item = file
    for part in name.split("/"):
        linked = isinstance(item, h5py.Group) and isinstance(item.get(part, getlink=True), h5py.HardLink)
        item = item[part] if linked else None
    return item if isinstance(item, h5py.Dataset) else None
