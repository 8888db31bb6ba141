"""What the files of the folder of a sweep hold: everything is checked once, when it is read.

Whoever has a description or a row from here need not ask again whether a key is there or of which type it is.
"""

from __future__ import annotations

import json
import math
import os
import re
import stat
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

from neurosim.experiment.sweep.limits import LIMIT, METHODS, SCALES

FORMAT = "neurosim-sweep"
STATES = ("done", "failed")    #: of a point with a row
_LARGEST = {"sweep.json": 1 << 28, "row": 1 << 22}    #: of files that are read [bytes]
_MOST = 1e100    #: of a measure; its inverse is the least that is not 0
_LONGEST = 300    #: characters of a name
_DEEPEST = 20    #: lists and tables within each other in a value of an axis
_ID = re.compile(r"[0-9a-f]{16}")
_OLDER = {"scales": {}, "path": "sweep.toml", "file": "", "base": ""}


class Damaged(ValueError):
    """A file of a sweep does not hold what it should; the message names the key."""


def read_description(path: Path | str) -> dict[str, Any]:
    """Read sweep.json; returns its dict with every key that there may be.

    raises : FileNotFoundError; Damaged of a part of a sentence, which begins with the key
    """
    about = read_json(path, _LARGEST["sweep.json"])
    _need(isinstance(about, dict) and about.get("format") == FORMAT, "format", f"is not {FORMAT!r}")
    about = _OLDER | about
    for key in ("neurosim", "identity", "name", "path", "file", "base"):
        _need(isinstance(about.get(key), str), key, "is not a text")
    for key in ("neurosim", "identity", "name"):
        _need(len(about[key]) <= _LONGEST, key, f"has more than {_LONGEST} characters")
    _need(about.get("method") in METHODS, "method", f"is none of {', '.join(METHODS)}")
    _need(_whole(about.get("points"), 1, LIMIT), "points", f"is not a number of points, 1 to {LIMIT:,}")
    _need(_listed(about.get("seeds"), lambda seed: type(seed) is int), "seeds", "is not a list of integers")
    _check_axes(about)
    _check_shape(about)
    if "design" in about:
        _check_design(about)
    return about


def read_row(path: Path | str, name: str) -> dict[str, Any]:
    """Read the row of the point whose id is `name`; returns its dict.

    raises : FileNotFoundError; Damaged of a part of a sentence, which begins with the key
    """
    row = read_json(path, _LARGEST["row"])
    _need(isinstance(row, dict), "row", "is not a table")
    _need(row.get("id") == name and _ID.fullmatch(name), "id", "is not the name of the file, 16 hexadecimal digits")
    _need(_whole(row.get("index"), 0, LIMIT - 1), "index", "is not the number of a point")
    _need(row.get("state") in STATES, "state", f"is neither {' nor '.join(STATES)}")
    _need(isinstance(row.get("point"), dict), "point", "is not a table")
    _need(isinstance(row.get("error"), str), "error", "is not a text")
    _need(_number(row.get("seconds")) and row["seconds"] >= 0, "seconds", "is not a duration")
    results = row.get("results")
    _need(isinstance(results, dict), "results", "is not a table")
    for key, value in results.items():
        _need(is_measure(value), f"results.{key}", f"is not a finite number up to {_MOST:g}")
    _need(bool(results) == (row["state"] == "done"), "results", f"does not go with the state {row['state']}")
    return row


def check_identity(row: dict[str, Any], about: dict[str, Any]) -> None:
    """Raise Damaged unless a row is one of the points of a description, by its index and its values."""
    _need(row["index"] < about["points"], "index", f"is outside 0 ... {about['points'] - 1}")
    _need(row["point"] == _values(about, row["index"]), "point", f"has not the values of point {row['index']}")


def _values(about: dict[str, Any], index: int) -> dict[str, Any]:
    """Return values of the point `index`, a dict by the keys of the axes, and "seed"; the last axis varies fastest."""
    index, repeat = divmod(index, about["shape"][-1])
    lists = about["axes"]
    indices = np.unravel_index(index, about["shape"][:-1]) if about["method"] == "grid" else [index] * len(lists)
    return {"seed": about["seeds"][repeat]} | {key: values[at] for (key, values), at in zip(lists.items(), indices)}


def read_plain(path: Path | str, largest: int) -> bytes:
    """Return bytes of a file that is not a link, pipe or folder and has at most `largest` of them; raises Damaged."""
    _need(not os.path.islink(path), "file", "is a link")
    handle = os.open(path, os.O_RDONLY | os.O_NONBLOCK)    # which does not wait for whoever writes to a pipe
    try:
        about = os.fstat(handle)
        _need(stat.S_ISREG(about.st_mode), "file", "is not a plain file")
        _need(about.st_size <= largest, "file", f"has more than {largest:,} bytes")
        with open(handle, "rb", closefd=False) as file:
            return file.read(largest)
    finally:
        os.close(handle)


def read_json(path: Path | str, largest: int) -> Any:
    """Return the value of a plain file that holds JSON of finite numbers and sound text alone; raises Damaged."""
    content = read_plain(path, largest)
    try:
        value = json.loads(content)
        json.dumps(value, allow_nan=False, ensure_ascii=False).encode()
    except (ValueError, RecursionError) as error:
        raise Damaged("file: is not JSON of finite numbers and sound text") from error
    return value


def _check_axes(about: dict[str, Any]) -> None:
    axes: Any = about.get("axes")
    scales = about["scales"]
    _need(isinstance(axes, dict), "axes", "is not a table")
    for key, values in axes.items():
        _need(_listed(values, lambda value: value is not None and _shallow(value)), f"axes.{key}",
              "is not a list of values")
    _need(isinstance(scales, dict) and set(scales) <= set(axes) and all(scale in (*SCALES, "") for scale in
                                                                        scales.values()),
          "scales", f"does not say of axes whether they are {' or '.join(SCALES)}")


def _check_shape(about: dict[str, Any]) -> None:
    axes = about["axes"]
    shape: Any = about.get("shape")
    _need(_listed(shape, lambda length: _whole(length, 1, LIMIT)), "shape", "is not a list of lengths")
    lengths = [len(values) for values in axes.values()]
    fits = shape[:-1] == lengths if about["method"] == "grid" else \
        len(shape) == 2 and bool(axes) and set(lengths) == {shape[0]}
    _need(fits and math.prod(shape) == about["points"], "shape", "does not fit axes and points")
    _need(shape[-1] == len(about["seeds"]) and not ("seed" in axes and shape[-1] > 1), "seeds", "does not fit shape")


def _check_design(about: dict[str, Any]) -> None:
    rows, most = about["design"], about["points"]
    _need(about["method"] == "saltelli" and _listed(rows, lambda row: _listed(row, lambda at: _whole(at, 0, most - 1))),
          "design", "is not a table of indices of points")
    _need(len(rows) == len(about["axes"]) + 2 and len({len(row) for row in rows}) == 1
          and max(map(max, rows)) < about["shape"][0], "design", "does not fit axes and shape")


def _need(good: Any, key: str, what: str) -> None:
    if not good:
        raise Damaged(f"{key}: {what}")


def _listed(value: Any, good: Callable[[Any], bool]) -> bool:
    return isinstance(value, list) and bool(value) and all(map(good, value))


def _whole(value: Any, low: float, high: float) -> bool:
    return type(value) is int and low <= value <= high


def _number(value: Any) -> bool:
    try:
        return type(value) in (int, float) and math.isfinite(value)
    except OverflowError:    # of an integer
        return False


def is_measure(value: Any) -> bool:
    """Return whether a value can be what a point has measured: a number that figures can show, too."""
    return _number(value) and (value == 0 or 1 / _MOST <= abs(value) <= _MOST)


def _shallow(value: Any, depth: int = _DEEPEST) -> bool:
    inner = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    return depth > 0 and all(_shallow(item, depth - 1) for item in inner)
