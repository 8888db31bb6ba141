"""Named arrays of .npy, .npz, .mat and HDF5 files as the rows of a table, one column for each."""

from __future__ import annotations

import io
import math
import re
import struct
import zipfile
import zlib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from neurosim.measurements.names import named
from neurosim.measurements.rows import CELLS, LIMIT, LINES, Rows
from neurosim.tables import abbreviated
from neurosim.user_files import read_limited

_MOST = 4 * LIMIT      #: of unpacked arrays [byte]
_NAMES = 8             #: that a message lists
_COMPRESSED = 15       #: data type of a compressed element of a .mat file
_NUMERIC = {"double", "single", "int8", "uint8", "int16", "uint16", "int32", "uint32", "int64", "uint64", "logical"}
_TREND = 0.25          #: part of the range by which rows or columns move, where they are pulses


def read_numpy(path: Path, data: str | None) -> Rows:
    """Read a .npy or .npz file as Rows, without running anything that it holds; raises ValueError."""
    content = read_limited(path, LIMIT, "a file of measurements")
    if path.suffix.lower() == ".npy":
        return rows_of({path.stem: _array(content, path, path.stem)}, path, data)
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            members = [member for member in archive.infolist() if member.filename.endswith(".npy")]
            if sum(member.file_size for member in members) > _MOST or len(members) > 10 * CELLS:
                raise ValueError(f"{path}: unpacks to more than {_MOST:,} bytes; give fewer cycles")
            packed = {}
            for member in members:
                with archive.open(member) as stream:
                    packed[member.filename[:-4]] = stream.read(member.file_size)
    except (zipfile.BadZipFile, zlib.error, OSError, RuntimeError, UnicodeDecodeError, EOFError) as error:
        raise ValueError(f"{path}: is not a .npz file or is damaged; give an intact one") from error
    return rows_of({name: _array(bytes_, path, name) for name, bytes_ in packed.items()}, path, data)


def _array(content: bytes, path: Path, name: str) -> np.ndarray:
    stream = io.BytesIO(content)
    try:
        version = np.lib.format.read_magic(stream)
        read = np.lib.format.read_array_header_1_0 if version == (1, 0) else np.lib.format.read_array_header_2_0
        shape, _, kind = read(stream)
        if not kind.hasobject and math.prod(shape) * kind.itemsize > len(content):
            raise ValueError("claims more than it holds")
        return np.load(io.BytesIO(content), allow_pickle=False)
    except (ValueError, EOFError, OSError, TypeError, KeyError, SyntaxError, MemoryError) as error:
        raise ValueError(f"{path}: {abbreviated(name)} is damaged or holds objects; give plain arrays of "
                         "numbers") from error


def read_mat(path: Path, data: str | None) -> Rows:
    """Read a .mat file of version 4 to 7 as Rows: arrays of numbers only, no cells, structures and objects."""
    import scipy.io
    content = read_limited(path, LIMIT, "a file of measurements")
    if content[:128].startswith(b"MATLAB 7.3") or b"\x89HDF\r\n" in (content[:8], content[512:518]) \
            or content[:6] == b"\x89HDF\r\n":
        raise ValueError(f"{path}: is a .mat file of version 7.3; write it by save(..., '-v7'), or name it .h5 where "
                         "HDF5 is meant")
    stream = io.BytesIO(_unpacked_mat(path, content))
    try:
        kinds = {name: kind for name, _, kind in scipy.io.whosmat(stream)}
        wanted = [name for name, kind in kinds.items() if kind in _NUMERIC]
        stream.seek(0)
        held = scipy.io.loadmat(stream, variable_names=wanted, mat_dtype=True) if wanted else {}
    except Exception as error:    # whatever scipy raises on damaged files: TypeError, KeyError, struct.error ...
        raise ValueError(f"{path}: is not a .mat file or is damaged; give an intact one of version 7 or "
                         "below") from error
    others = [name for name in kinds if name not in wanted]
    arrays = {name: held[name] for name in wanted if name in held}
    if data in others or not arrays:
        name = data if data in others else next(iter(others), "nothing")
        raise ValueError(f"{path}: {abbreviated(name)} is not an array of numbers; save plain arrays, those of a "
                         "structure by save(..., '-struct', ...)")
    return rows_of(arrays, path, data)


def _unpacked_mat(path: Path, content: bytes) -> bytes:
    """Return a .mat file of version 5 to 7 with its elements uncompressed, as far as the limit allows."""
    if len(content) < 136 or content[126:128] not in (b"IM", b"MI"):
        return content    # version 4 does not compress
    order, kept, at = ("<" if content[126:128] == b"IM" else ">"), [content[:128]], 128
    room = _MOST
    while at + 8 <= len(content):
        kind, size = struct.unpack(f"{order}II", content[at:at + 8])
        part = content[at:at + 8 + size]
        if kind == _COMPRESSED:
            worker = zlib.decompressobj()
            try:
                part = worker.decompress(content[at + 8:at + 8 + size], room + 1)
            except zlib.error as error:
                raise ValueError(f"{path}: is a damaged .mat file; give an intact one") from error
        room -= len(part)
        if room < 0:
            raise ValueError(f"{path}: unpacks to more than {_MOST:,} bytes; give fewer cycles")
        kept.append(part)
        at += 8 + size + (0 if kind == _COMPRESSED else -size % 8)
    return b"".join(kept)


def rows_of(arrays: Mapping[str, Any], path: Path, data: str | None) -> Rows:
    """Return the rows of the table that named arrays are: one column for each that is a vector, several for a matrix.

    Single numbers stand above the table. Where names do not say which arrays are meant, `data` must.
    raises : ValueError
    """
    arrays = {name: np.asarray(array) for name, array in arrays.items()}
    single = [(0, f"{name}: {array.ravel()[0]}") for name, array in arrays.items() if array.size == 1]
    usable = {name: array for name, array in arrays.items()
              if array.size > 1 and (array.dtype.kind in "iufb" or array.dtype.names)}
    if data is not None and data not in usable:
        raise ValueError(f"--data {abbreviated(data)}: {path} has no array of numbers of that name; it holds "
                         f"{_listed(arrays)}")
    if data is not None:
        chosen = {data: usable[data]}
    else:
        chosen = {name: array for name, array in usable.items()
                  if len(usable) == 1 or named(_spoken(name)).role and array.ndim <= 2}
    if not chosen or max(array.ndim for array in chosen.values()) > 2:
        raise ValueError(f"{path}: holds {_listed(arrays)}, none of them readings by its name; choose with --data NAME "
                         "which array holds them, in two dimensions at most")
    columns: list[tuple[str, np.ndarray]] = []
    for name, array in chosen.items():
        spoken = _spoken(name)
        columns += _columns(spoken if named(spoken).role else "", np.atleast_1d(array), path)
    if len(columns) > CELLS or max(len(values) for _, values in columns) > LINES or \
            sum(len(values) for _, values in columns) > 4 * LINES:
        raise ValueError(f"{path}: has more than {CELLS} columns or {LINES:,} rows; give fewer cycles")
    return _tabulated(columns, single, f"array{'s' * (len(chosen) > 1)} {', '.join(list(chosen)[:_NAMES])}")


def _spoken(name: str) -> str:
    """Name of an array, or path of a data set, as the name of a column."""
    parts = name.strip("/").split("/")
    labels = [f"device {part}" if re.fullmatch(r"[A-Za-z]?\d+", part) else part for part in parts[:-1]]
    return " ".join([*labels, parts[-1]])


def _listed(arrays: Mapping[str, Any]) -> str:
    names = [abbreviated(name) for name in arrays]
    return ", ".join(names[:_NAMES]) + (f" and {len(names) - _NAMES} more" if len(names) > _NAMES else "") or "nothing"


def _columns(name: str, array: np.ndarray, path: Path) -> list[tuple[str, np.ndarray]]:
    """Return the columns of one array: those of a matrix run along its pulses."""
    if array.dtype.names:
        return [(field, np.ravel(array[field])) for field in array.dtype.names if array[field].dtype.kind in "iufb"]
    if array.ndim == 1 or 1 in array.shape:
        return [(name, array.ravel())]
    side = named(name).side
    if not side:
        return [(f"{name} cycle {number}" if name else "", column) for number, column in enumerate(array.T, 1)]
    along = [_moves(array.astype(float)), _moves(array.T.astype(float))]
    if max(along) < _TREND or min(along) > max(along) / 2:
        raise ValueError(f"{path}: {abbreviated(name)} has {array.shape[0]} rows and {array.shape[1]} columns, and "
                         "neither moves as pulses do; save one array for each train")
    matrix = array if along[0] > along[1] else array.T
    return [(f"{name} cycle {number}", column) for number, column in enumerate(matrix.T, 1)]


def _moves(matrix: np.ndarray) -> float:
    """Return by which part of the range the rows of a matrix move, from the first third to the last."""
    third = max(len(matrix) // 3, 1)
    with np.errstate(invalid="ignore"):
        low, high = np.nanmin(matrix), np.nanmax(matrix)
        moved = abs(np.nanmean(matrix[-third:]) - np.nanmean(matrix[:third]))
        return float(moved / (high - low)) if high > low else 0.0


def _tabulated(columns: list[tuple[str, np.ndarray]], single: list[tuple[int, str]], note: str) -> Rows:
    length = max(len(values) for _, values in columns)
    texts = [[*map(repr, values.tolist()), *[""] * (length - len(values))] for _, values in columns]
    cells = [list(row) for row in zip(*texts)]
    lines = list(range(1, length + 1))
    if any(name for name, _ in columns):
        cells, lines = [[name for name, _ in columns], *cells], [0, *lines]
    return Rows(lines, cells, (), single, [note], "row")
