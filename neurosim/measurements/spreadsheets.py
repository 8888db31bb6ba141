"""Sheets of .xlsx files as the rows of a table; needs openpyxl, the extra [xlsx]."""

from __future__ import annotations

import io
import warnings
import zipfile
import zlib
from pathlib import Path
from typing import Any

from neurosim.measurements.names import is_number
from neurosim.measurements.rows import CELLS, LIMIT, LINES, Rows, tabulated
from neurosim.tables import abbreviated
from neurosim.user_files import read_limited

_MOST = 4 * LIMIT    #: of an unpacked file [byte]
_FILES = 1000        #: in it
_DAMAGED = "is not an .xlsx file or is damaged; save it again, or save the sheet as .csv"


def read_sheet(path: Path, data: str | None) -> Rows:
    """Read one sheet of an .xlsx file as Rows: values, no formulas; `data` is its name where it has several."""
    try:
        import openpyxl
    except ImportError as error:
        raise ValueError(f"{path}: reading .xlsx needs openpyxl; install it by pip install 'neurosim-ep[xlsx]', or "
                         "save the sheet as .csv") from error
    content = read_limited(path, LIMIT, "a spreadsheet")
    _check_size(path, content)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")    # of styles and extensions that openpyxl does not know
            book = openpyxl.load_workbook(io.BytesIO(content), read_only=True, data_only=True, keep_links=False)
            names = [sheet.title for sheet in book.worksheets]
            filled = [name for name in names if _has_numbers(book[name])]
            sheet = book[_chosen(path, data, names, filled)]
            split = _rows(path, sheet)
    except ValueError:
        raise
    except Exception as error:    # whatever openpyxl and the parser of XML raise on damaged files
        raise ValueError(f"{path}: {_DAMAGED}") from error
    if not split:
        raise ValueError(f"{path}: the sheet {abbreviated(sheet.title)} is empty; name another one with --data")
    return tabulated(path, split, [], [f"sheet {sheet.title}"], [], "row")


def _check_size(path: Path, content: bytes) -> None:
    """Refuse what unpacks to too much, or defines entities, before anything is parsed."""
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            members = archive.infolist()
            if len(members) > _FILES or sum(member.file_size for member in members) > _MOST:
                raise ValueError(f"{path}: unpacks to more than {_MOST:,} bytes; give fewer cycles")
            for member in members:
                with archive.open(member) as stream:
                    text = stream.read(member.file_size + 1)
                if b"<!ENTITY" in text or b"<!DOCTYPE" in text or len(text) > member.file_size:
                    raise ValueError(f"{path}: {abbreviated(member.filename)} is not part of a spreadsheet; save it "
                                     "again")
    except (zipfile.BadZipFile, zlib.error, OSError, RuntimeError, UnicodeDecodeError, EOFError) as error:
        raise ValueError(f"{path}: {_DAMAGED}") from error


def _has_numbers(sheet: Any) -> bool:
    rows = sheet.iter_rows(values_only=True, max_row=200, max_col=CELLS + 1)
    return any(isinstance(cell, (int, float)) and not isinstance(cell, bool) or isinstance(cell, str) and cell.strip()
               and is_number(cell) for row in rows for cell in row)


def _chosen(path: Path, data: str | None, names: list[str], filled: list[str]) -> str:
    """Name of the sheet to read; raises ValueError where that is not clear."""
    listed = ", ".join(abbreviated(name) for name in names[:8])
    if data is not None:
        if data not in names:
            raise ValueError(f"--data {abbreviated(data)}: {path} has no such sheet; it has {listed}")
        return data
    if len(filled) != 1:
        raise ValueError(f"{path}: {len(filled) or 'no'} sheets hold numbers; choose with --data NAME which one to "
                         f"read, of {listed}")
    return filled[0]


def _rows(path: Path, sheet: Any) -> list[tuple[int, list[str]]]:
    split = []
    for number, row in enumerate(sheet.iter_rows(values_only=True, max_col=CELLS + 1), 1):
        if number > LINES:
            raise ValueError(f"{path}: has more than {LINES:,} rows; give fewer cycles")
        cells = [_text(cell) for cell in row]
        if any(cells):
            split.append((number, cells))
    width = max((index for _, row in split for index, cell in enumerate(row, 1) if cell), default=0)
    if width > CELLS:
        raise ValueError(f"{path}: has more than {CELLS} columns; give two for each device")
    return [(number, row[:width]) for number, row in split]


def _text(cell: Any) -> str:
    if cell is None or isinstance(cell, bool):
        return "" if cell is None else str(int(cell))
    return repr(float(cell)) if isinstance(cell, float) else " ".join(str(cell).split())
