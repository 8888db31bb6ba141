"""Where data sets lie: a folder of the user's choice, the files that ship, the cache."""

from __future__ import annotations

import difflib
from itertools import islice
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING

from neurosim._folders import cache_folder

if TYPE_CHECKING:
    from neurosim.datasets.catalogue import DataFile, DatasetCard

_LISTED = 1000    #: files of a folder that are looked at for similar names
PACKAGE = Path(__file__).resolve().parent.parent


def locate(file: DataFile, folder: Path) -> Path | None:
    """Find one DataFile in a folder.

    returns : Path of the file as published; where it lies unpacked, of the folder with all its members; of the file
        under another of its names; else None
    """
    if (folder / file.name).is_file():
        return folder / file.name
    for member_folder in (folder, folder / PurePosixPath(file.members[0]).parent):
        if all((member_folder / PurePosixPath(member).name).is_file() for member in file.members):
            return member_folder
    return next((folder / name for name in file.others if (folder / name).is_file()), None)


def find(card: DatasetCard, path: Path | str = "") -> Path | None:
    """Find the folder with all files of a data set: `path` alone if given, else the shipped folder, else the cache.

    returns : Path, or None where no path is given and the files are nowhere
    raises : ValueError where `path` is not a folder or lacks a file
    """
    if path:
        return _chosen(card, Path(path).expanduser())
    cached = cache_folder() / card.name
    return shipped_folder(card) or (None if _missing(card, cached) else cached)


def shipped_folder(card: DatasetCard) -> Path | None:
    """Return folder of the files that come with neurosim, installed or in a checkout; None for what does not ship."""
    for folder in (PACKAGE / "shipped" / card.name, PACKAGE.parent / "data" / card.name):
        if not _missing(card, folder):
            return folder
    return None


def _missing(card: DatasetCard, folder: Path) -> list[str]:
    return [file.name for file in card.files if locate(file, folder) is None]


def _chosen(card: DatasetCard, folder: Path) -> Path:
    if not folder.is_dir():
        raise ValueError(f"data.path: {folder} is not a folder; name the folder that holds "
                         f"{', '.join(file.name for file in card.files)}")
    if missing := _missing(card, folder):
        raise ValueError(f"data.path: {folder} lacks {', '.join(missing)} of '{card.name}'; {_similar(missing, folder)}"
                         f"put the files there, packed or unpacked, or {_elsewhere(card)}")
    return folder


def _elsewhere(card: DatasetCard) -> str:
    return "leave data.path empty" if find(card) else f"get them with `neurosim data fetch {card.name}`"


def _similar(missing: list[str], folder: Path) -> str:
    """Say which file of a folder may be the first one that is missing, under another name."""
    near = difflib.get_close_matches(missing[0], (path.name for path in islice(folder.iterdir(), _LISTED)), 1, 0.7)
    return f"if {near[0]} is the first of them, rename it; otherwise " if near else ""
