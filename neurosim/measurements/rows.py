"""Lines and cells of text files of measurements, perhaps gzipped: nothing is taken for a number yet."""

from __future__ import annotations

import gzip
import io
import re
import zlib
from dataclasses import dataclass
from pathlib import Path

from neurosim.user_files import read_limited

LIMIT = 16 * 2**20    #: of a file of measurements, unpacked [byte]
_LINES, _CELLS = 500_000, 200
_COMMENTS = ("#", "%")
_MARKS = (",", ";", "\t")
_EUROPEAN = re.compile(r"[-+]?\d+(,\d+)?([eE][-+]?\d+)?")    #: a number with a decimal comma, or without one
_KIND = "a text file of measurements"


@dataclass(frozen=True)
class Rows:
    """Cells of a table.

    lines : numbers of the lines that they come from; cells : one list of str per line, all of one length
    comment : cells of the last comment before the first row, where they are as many, else ()
    """

    lines: list
    cells: list
    comment: tuple


def text_lines(path: Path) -> list[tuple[int, str]]:
    """Lines of a text file, perhaps compressed, as (number, text) without the empty ones; raises ValueError."""
    path = Path(path)
    content = read_limited(path, LIMIT, _KIND)
    if path.suffix == ".gz":
        content = _unpacked(path, content)
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        raise ValueError(f"{path}: line {line} is not text in UTF-8; save the file as CSV in UTF-8") from error
    lines = [(number, line.strip(" ")) for number, line in enumerate(text.splitlines(), 1) if line.strip()]
    if not lines:
        raise ValueError(f"{path}: is empty; give a file with measured conductances")
    if len(lines) > _LINES:
        raise ValueError(f"{path}: has {len(lines):,} lines, the limit is {_LINES:,}; give fewer cycles")
    return lines


def _unpacked(path: Path, content: bytes) -> bytes:
    try:
        with gzip.open(io.BytesIO(content)) as stream:
            unpacked = stream.read(LIMIT + 1)
    except (OSError, EOFError, zlib.error) as error:
        raise ValueError(f"{path}: cannot be read: {error}; give an intact text file") from error
    if len(unpacked) > LIMIT:
        raise ValueError(f"{path}: unpacks to more than {LIMIT:,} bytes; give fewer cycles")
    return unpacked


def read_rows(path: Path, layout: str) -> Rows:
    """Read the cells of a file: commas, semicolons, tabs or spaces separate them, # and % begin comments.
    Cells at the ends of lines that are empty in every row do not count.

    layout : what to write instead, for errors
    returns : Rows
    raises : ValueError of one sentence for decimal commas, one column, rows of different length
    """
    lines: list[int] = []
    cells: list[list[str]] = []
    comment = ""
    for number, line in text_lines(path):
        if line.startswith(_COMMENTS):
            comment = comment if cells else line.lstrip("#% ")
            continue
        row = _split(line, path, number)
        while cells and len(row) > len(cells[0]) and not row[-1]:
            row.pop()
        if len(row) == 1:
            raise ValueError(f"{path}: line {number} has one column where two are needed; {layout}")
        if cells and len(row) != len(cells[0]):
            raise ValueError(f"{path}: line {number} has {len(row)} cells, line {lines[0]} has {len(cells[0])}; "
                             "give every line the same columns")
        lines.append(number)
        cells.append(row)
    if not cells:
        raise ValueError(f"{path}: holds only comments; {layout}")
    filled = max(number for row in cells for number, cell in enumerate(row, 1) if cell or number == 2)
    cells = [row[:filled] for row in cells]
    above = _split(comment, path, 0) if comment and ";" not in comment else []
    return Rows(lines, cells, tuple(above) if len(above) == filled else ())


def _split(line: str, path: Path, number: int) -> list[str]:
    if "," in line and (";" in line or _decimal_commas(line)):
        other = "semicolons" if ";" in line else "tabs" if "\t" in line.strip() else "spaces"
        raise ValueError(f"{path}: line {number} has commas and {other}; write points in decimal numbers, and "
                         "separate cells by commas")
    mark = next((mark for mark in _MARKS if mark in line), None)
    if line.count(mark or " ") > _CELLS:
        raise ValueError(f"{path}: line {number} has more than {_CELLS} cells; give two columns for each device")
    return [cell.strip().strip("\"'").strip() for cell in line.split(mark)]


def _decimal_commas(line: str) -> bool:
    words = line.split()
    return len(words) > 1 and all(map(_EUROPEAN.fullmatch, words))
