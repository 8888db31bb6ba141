"""Events of your own: one .npz file with train_events, train_labels, test_events and test_labels.

    numpy.savez_compressed("bars.npz", train_events=..., train_labels=..., test_events=..., test_labels=...)

Events are uint8, int8 or bool (samples, T, rows, columns, channels), one frame for every time step; labels are whole
numbers (samples,) from 0 on. validation_events and validation_labels may stand beside them. What a file promises is
believed only as far as the sizes of its members bear it out, and nothing is unpickled.
"""

import tokenize
import zipfile
import zlib
from dataclasses import dataclass
from math import prod
from pathlib import Path

import numpy as np

NAME = "events"    #: in `data.name`
PARTS = ("train", "test")
VALIDATION = "validation"    #: a part that a file may have beside them
_KINDS = {"events": "?bB", "labels": "bBhHiIlLqQ"}    #: types of numpy
_RANKS = {"events": 5, "labels": 1}
_MOST = 300_000       #: samples of one part
_CLASSES = 10_000     #: more classes than any output layer that learns
_LARGEST = 2 ** 36    #: bytes of one array
_HEADER = 10_000      #: bytes of the header of an array
#: What reading a broken or strange archive raises.
_BROKEN = (OSError, ValueError, EOFError, RuntimeError, NotImplementedError, SyntaxError, tokenize.TokenError,
           zipfile.BadZipFile, zlib.error)


@dataclass(frozen=True, kw_only=True)
class EventFile:
    """What a file of events says of itself; the same names as a DatasetCard has.

    shape : (T, rows, columns, channels); classes : labels run from 0 to classes - 1
    train, test, validation : samples, 0 where there is no such part
    """

    name: str
    shape: tuple
    train: int
    test: int
    classes: int
    validation: int = 0


def describe(path: str | Path) -> EventFile:
    """Look at the headers and the labels of a file of events; returns EventFile.

    raises : ValueError: no such file, not the four arrays, wrong types or shapes, no frames
    """
    with _opened(path) as archive:
        shapes = {part: _shape(archive, path, f"{part}_events") for part in _parts(archive)}
        labels = [_labels(archive, path, part, shape[0]) for part, shape in shapes.items()]
    for part, shape in shapes.items():
        if shape[1:] != shapes["train"][1:]:
            raise ValueError(f"{path}: train_events have samples of shape {shapes['train'][1:]} and {part}_events of "
                             f"{shape[1:]}; give both the same (T, rows, columns, channels), shorter ones padded with "
                             "frames of 0")
    classes = 1 + int(max(values.max() for values in labels))
    return EventFile(name=Path(path).stem, shape=shapes["train"][1:], classes=classes,
                     **{part: shape[0] for part, shape in shapes.items()})


def read(path: str | Path) -> dict[str, np.ndarray]:
    """Read a file of events; returns dict with its arrays by their names, and raises ValueError as `describe` does."""
    describe(path)
    with _opened(path) as archive:
        parts = _parts(archive)
        found = {f"{part}_events": _array(archive, path, f"{part}_events") for part in parts}
        return found | {f"{part}_labels": _labels(archive, path, part, len(found[f"{part}_events"])) for part in parts}


def _parts(archive: zipfile.ZipFile) -> tuple[str, ...]:
    """Return parts that a file has to hold, and the validation part where it holds any of that."""
    held = any(name.startswith(f"{VALIDATION}_") for name in archive.namelist())
    return (*PARTS, VALIDATION) if held else PARTS


def _opened(path: str | Path) -> zipfile.ZipFile:
    if not path:
        raise ValueError('data.path: "events" have no default file; name the .npz file that holds train_events, '
                         "train_labels, test_events and test_labels")
    if not Path(path).expanduser().is_file():
        raise ValueError(f"data.path: {path} is not a file; name the .npz file that holds train_events, train_labels, "
                         "test_events and test_labels")
    try:
        return zipfile.ZipFile(Path(path).expanduser())
    except _BROKEN as error:
        raise ValueError(f"{path}: is not an .npz file ({error}); write it with numpy.savez_compressed") from None


def _shape(archive: zipfile.ZipFile, path: str | Path, name: str) -> tuple[int, ...]:
    """Return the shape of one array from its header, checked against the size of its member."""
    kind = name.rpartition("_")[2]
    try:
        member = archive.getinfo(f"{name}.npy")
    except KeyError:
        raise ValueError(f"{path}: holds no {name}; give train_events, train_labels, test_events and "
                         "test_labels") from None
    try:
        with archive.open(member) as stream:
            reader = {(1, 0): np.lib.format.read_array_header_1_0,
                      (2, 0): np.lib.format.read_array_header_2_0}[np.lib.format.read_magic(stream)]
            shape, _, dtype = reader(stream, max_header_size=_HEADER)
            length = stream.tell()
    except (*_BROKEN, KeyError) as error:
        raise ValueError(f"{path}: {name} is not a NumPy array ({error}); write the file again") from None
    if dtype.char not in _KINDS[kind]:
        wanted = "uint8, int8 or bool: 0, 1, -1 or counts up to 127" if kind == "events" else "whole numbers"
        raise ValueError(f"{path}: {name} are {dtype}; save them as {wanted}")
    if len(shape) != _RANKS[kind] or not all(shape):
        wanted = ("(samples, T, rows, columns, channels) with at least one sample and one frame" if kind == "events"
                  else "(samples,)")
        raise ValueError(f"{path}: {name} have the shape {shape}; give {wanted}")
    size = prod(shape) * dtype.itemsize
    if shape[0] > _MOST or size > _LARGEST:
        raise ValueError(f"{path}: {name} of shape {shape} are more than {_MOST:,} samples or {_LARGEST:,} bytes; give "
                         "fewer samples, shorter ones or smaller frames")
    if member.file_size - length != size:
        raise ValueError(f"{path}: {name} promise {size:,} bytes and hold {member.file_size - length:,}; the file was "
                         "cut short or changed, write it again")
    return shape


def _array(archive: zipfile.ZipFile, path: str | Path, name: str) -> np.ndarray:
    _shape(archive, path, name)
    try:
        with archive.open(f"{name}.npy") as stream:
            return np.lib.format.read_array(stream, allow_pickle=False, max_header_size=_HEADER)
    except _BROKEN as error:
        raise ValueError(f"{path}: {name} cannot be read ({error}); write the file again") from None


def _labels(archive: zipfile.ZipFile, path: str | Path, part: str, samples: int) -> np.ndarray:
    name = f"{part}_labels"
    count, = _shape(archive, path, name)
    if count != samples:
        raise ValueError(f"{path}: {part}_events are {samples} samples and {name} {count}; give one label for each")
    labels = _array(archive, path, name)
    if labels.min() < 0 or labels.max() >= _CLASSES:
        raise ValueError(f"{path}: {name} run from {labels.min()} to {labels.max()}; give classes from 0 on, less than "
                         f"{_CLASSES:,}")
    return labels.astype(np.int64)
