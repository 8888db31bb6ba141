"""Lines and cells of text files of measurements, perhaps gzipped: nothing is taken for a number yet."""

from __future__ import annotations

import csv
import gzip
import io
import re
import zlib
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path

from neurosim.measurements.blocks import below, with_titles
from neurosim.measurements.grouping import ungrouped
from neurosim.measurements.head import find_head, is_astray
from neurosim.measurements.names import is_number
from neurosim.user_files import read_limited

LIMIT = 16 * 2**20    #: of a file of measurements, unpacked [byte]
LINES, CELLS = 500_000, 200
COMMENTS = ("#", "%", "//", "!")
_MARKS = (("commas", ","), ("semicolons", ";"), ("tabs", "\t"), ("bars", "|"), ("spaces", None))
#: A number with a decimal comma, or without one.
_EUROPEAN = re.compile(r"[-+]?(?:\d+(,\d+)?|\d{1,3}(?:\.\d{3})+,\d+)([eE][-+]?\d+)?")
_POINT = re.compile(r"(\d),(\d)")
_MINUS = re.compile(r"[\u2212\u2013](?=\.?\d)")
_REMARK = re.compile(r"(?<=\d)\s+#\s.*$")    #: behind the numbers of a row
_KIND = "a file of measurements"
_LOOKED_AT = 2000    #: lines from which separator and decimal sign are found out
_CONTROL = re.compile(r"[\x00-\x08\x0e-\x1f]")
_BLOCK = ("DataName", "DataValue")    #: what lines of Keysight's EasyExpert begin with


@dataclass(frozen=True)
class Rows:
    """Cells of a table.

    lines : numbers of the lines that they come from; cells : one list of str per line, all of one length
    comment : cells of the last comment before the first row, where they are as many, else ()
    above : lines (number, text) of comments and of whatever stands above the table
    notes : how it was read; word : what a line is called
    """

    lines: list
    cells: list
    comment: tuple = ()
    above: list = field(default_factory=list)
    notes: list = field(default_factory=list)
    word: str = "line"


def text_lines(path: Path, notes: list[str] | None = None) -> list[tuple[int, str]]:
    """Return the lines of a text file, perhaps compressed, as (number, text) without the empty ones; raises ValueError.

    UTF-8, UTF-16 and, where it is neither, Latin-1; `notes` is MUTATED: it says which where that is not UTF-8.
    """
    path = Path(path)
    content = read_limited(path, LIMIT, _KIND)
    if path.suffix == ".gz":
        content = _unpacked(path, content)
    encoding = _encoding(content)
    try:
        text = content.decode(encoding)
    except UnicodeDecodeError as error:
        raise ValueError(f"{path}: is not text in {encoding}; save the file as CSV in UTF-8") from error
    if encoding != "utf-8-sig" and notes is not None:
        notes.append({"latin-1": "Latin-1"}.get(encoding, "UTF-16"))
    text = _MINUS.sub("-", text)
    lines = [(number, line.strip(" ")) for number, line in enumerate(re.split("\r\n|\n|\r", text), 1) if line.strip()]
    if not lines:
        raise ValueError(f"{path}: is empty; give a file with measured conductances")
    strange = next((number for number, line in lines if _CONTROL.search(line)), 0)
    if strange:
        raise ValueError(f"{path}: line {strange} is not text in UTF-8, UTF-16 or Latin-1; save the file as CSV in "
                         "UTF-8")
    if len(lines) > LINES:
        raise ValueError(f"{path}: has {len(lines):,} lines, the limit is {LINES:,}; give fewer cycles")
    return lines


def _encoding(content: bytes) -> str:
    if content[:2] in (b"\xff\xfe", b"\xfe\xff"):
        return "utf-16"
    sample = content[:4096]
    if sample.count(0) > len(sample) // 4:    # every second byte of UTF-16 without a mark is 0
        return "utf-16-le" if sample[1::2].count(0) > sample[::2].count(0) else "utf-16-be"
    try:
        content.decode("utf-8")
    except UnicodeDecodeError:
        return "latin-1"
    return "utf-8-sig"


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
    """Read the cells of a text file: commas, semicolons, tabs, bars or spaces separate them, points or commas are the
    decimal sign, # % ! and // begin comments, and what instruments write above the table is set aside.
    Cells at the ends of lines that are empty in every row do not count.

    layout : what to write instead, for errors
    returns : Rows
    raises : ValueError for files without a table and rows of different length
    """
    notes: list[str] = []
    lines = text_lines(path, notes)
    above = [(number, line) for number, line in lines if _is_comment(line)]
    plain = [(number, _REMARK.sub("", line)) for number, line in lines if not _is_comment(line)]
    if not plain:
        raise ValueError(f"{path}: holds only comments; {layout}")
    plain, above = _blocks(plain, above, notes)
    name, mark, comma = _separated([line for _, line in plain[-_LOOKED_AT:]], path)
    if (name, comma) != ("commas", False):
        notes.append(f"{name}{', decimal commas' if comma else ''}")
    split = [(number, _cells(line, mark, path, number)) for number, line in plain]
    split, grouped = ungrouped(_with_wide_names(split, plain) if mark is None else split, comma)
    notes += [f"marks between thousands, {grouped}"] if grouped else []
    if comma:
        split = [(number, [_POINT.sub(r"\1.\2", cell) for cell in row]) for number, row in split]
        above = [(number, _POINT.sub(r"\1.\2", line)) for number, line in above]
    split, told = with_titles(split, above)
    notes += [f"{' and '.join(told)} in titles between rows"] if told else []
    return tabulated(path, split, above, notes, _comment(above, plain[0][0], mark))


def _is_comment(line: str) -> bool:
    """Return whether a line is a comment, and no row whose first cell is #, as the unit of a count is."""
    return line.startswith(COMMENTS) and line[:2] not in ("#,", "#;", "#\t", "#|")


def _blocks(plain: list[tuple[int, str]], above: list[tuple[int, str]],
            notes: list[str]) -> tuple[list[tuple[int, str]], list[tuple[int, str]]]:
    """Return lines of the table of an EasyExpert file, without their first word, and those above; others unchanged."""
    kept = [(number, line) for number, line in plain if line.split(",")[0].strip() in _BLOCK]
    if not any(line.startswith(_BLOCK[1]) and "," in line for _, line in kept):
        return plain, above
    notes.append("EasyExpert")
    numbers = {number for number, _ in kept}
    rest = [item for item in plain if item[0] not in numbers]
    return [(number, line.split(",", 1)[1].strip()) for number, line in kept if "," in line], above + rest


def _with_wide_names(split: list[tuple[int, list[str]]], plain: list[tuple[int, str]]) -> list[tuple[int, list[str]]]:
    """Return rows whose names of several words stand two spaces apart, "G LTP (uS)   G LTD (uS)", where that fits."""
    widths = Counter(len(row) for _, row in split if any(map(is_number, row)))
    width = widths.most_common(1)[0][0] if widths else 0
    found = []
    for (number, row), (_, line) in zip(split, plain):
        apart = re.split(r"\s{2,}", line.strip())
        found.append((number, apart if len(row) != width == len(apart) > 1 and not any(map(is_number, apart)) else row))
    return found


def _separated(lines: list[str], path: Path) -> tuple[str, str | None, bool]:
    """Name and text of the mark between cells, and whether commas are the decimal sign: what most lines allow."""
    found: tuple[str, str | None, bool]
    best, found = 0, ("commas" if any("," in line for line in lines) else "spaces", "", False)
    for comma in (False, True):
        for name, mark in _MARKS:
            if comma and mark == ",":
                continue
            rows = [_cells(line, mark) for line in lines]
            good = sum(len(row) > 1 and _numeric(row, comma, mark) for row in rows)
            if good > best + (max(2, best // 20) if best and mark is None else 0):    # titles hold spaces
                best, found = good, (name, mark, comma)
    name, mark, comma = found
    if not best:    # one column, or no numbers at all
        comma = any(_EUROPEAN.fullmatch(line) and "," in line for line in lines)
        first = lines[0]
        name, mark = next((item for item in _MARKS if item[1] and item[1] in first and not comma), ("one column", "\t"))
    return name, mark, comma


def _numeric(row: list[str], comma: bool, mark: str | None) -> bool:
    """Return whether cells hold a number and, under a decimal comma, none with a point."""
    if comma:
        return any("," in cell for cell in row) and all(
            _EUROPEAN.fullmatch(cell) or is_number(cell) and "." not in cell or not re.search(r"\d,\d", cell)
            for cell in row) and any(map(_EUROPEAN.fullmatch, row))
    if mark == "," and len(row) == 2 and all(re.fullmatch(r"[-+]?\d+", cell) for cell in row) and row[1][0] == "0" \
            and len(row[1]) > 1:
        return False    # "0,061" is one number
    return any(is_number(cell) and cell for cell in row) and not any(_several(cell, mark) for cell in row)


def _several(cell: str, mark: str | None) -> bool:
    """Return whether a cell holds what another mark would separate; its own stands in quotes only."""
    parts, others, firm = cell.split(), *(marks.replace(mark or " ", "") for marks in (",;|", ";|"))
    return bool(re.search(rf"\t|\d[{others}]\d|\d[{firm}]|[{firm}]\d|^[{others}]|[{others}]$", cell)) or \
        len(parts) > 1 and all(map(is_number, parts))


def _cells(line: str, mark: str | None, path: Path | None = None, number: int = 0) -> list[str]:
    if path is not None and line.count(mark or " ") > 20 * CELLS:
        raise ValueError(f"{path}: line {number} has more than {CELLS} cells; give two columns for each device")
    if mark is None:
        line = re.sub(r"\s+([(\[])", r"\1", line)    # a unit belongs to the name before
    quoted = '"' in line and line.count('"') % 2 == 0 and len(line) < csv.field_size_limit()
    cells = re.findall(r'"[^"]*"|\S+', line) if quoted and mark is None else \
        next(csv.reader([line], delimiter=mark, skipinitialspace=True)) if quoted and mark else line.split(mark)
    return [cell.strip().strip("\"'").strip() for cell in cells]


def _comment(above: list[tuple[int, str]], first: int, mark: str | None) -> list[str]:
    """Return the cells of the last comment above the first row."""
    before = [line for number, line in above if number < first and line.startswith(COMMENTS)]
    return _cells(before[-1].lstrip("#%!/ "), mark if mark and mark in before[-1] else
                  next((sign for _, sign in _MARKS if sign and sign in before[-1]), None)) if before else []


def tabulated(path: Path | str, split: list[tuple[int, list[str]]], above: list[tuple[int, str]], notes: list[str],
              comment: list[str], word: str = "line") -> Rows:
    """Set aside what stands above the table; returns Rows. split : (number, cells) of lines; raises ValueError."""
    head = find_head([row for _, row in split])
    above = above + [(number, ", ".join(row)) for number, row in split[:head.first]]
    if head.first:
        notes.append(f"{head.first} {word}{'s' * (head.first > 1)} above the table")
    lines: list[int] = []
    cells: list[list[str]] = []
    rows = [row for _, row in split]
    last = below(rows[head.first:], lambda row: row != head.raw and is_astray(row, rows))
    if last:
        above = above + [(number, ", ".join(row)) for number, row in split[-last:]]
        notes.append(f"{last} {word}{'s' * (last > 1)} below the table")
    for number, row in split[head.first:len(split) - last]:
        if row in head.beside:
            continue
        row = list(head.names) if row == head.raw else row
        if not cells and len(row) < head.width:
            row = row + [""] * (head.width - len(row))
        while cells and len(row) > len(cells[0]) and not row[-1]:
            row.pop()
        if cells and len(row) != len(cells[0]):
            raise ValueError(f"{path}: {word} {number} has {len(row)} cells, {word} {lines[0]} has {len(cells[0])}; "
                             f"give every {word} the same columns")
        if len(row) > CELLS:
            raise ValueError(f"{path}: {word} {number} has more than {CELLS} cells; give two columns for each device")
        lines.append(number)
        cells.append(row)
    filled = max(number for row in cells for number, cell in enumerate(row, 1) if cell or number == 1)
    cells = [row[:filled] for row in cells]
    return Rows(lines, cells, tuple(comment) if len(comment) == filled else (), above, notes, word)
