"""Where runs, figures, cards and pages are written, so that nobody's file is lost: names are checked, and reserved."""

from __future__ import annotations

import contextlib
import itertools
import os
from collections.abc import Iterator, Sequence
from pathlib import Path

from neurosim.results.reservation import Reserved, reserved
from neurosim.user_files import path_of

RUNS = (".h5", ".hdf5")    #: endings of run files
FIGURES = (".png", ".svg", ".pdf")
CARDS = (".toml",)
PAGES = (".html", ".htm")


def checked_output(option: str, text: str | Path, endings: Sequence[str]) -> Path:
    """Return the path of a file that can be written, before anything is computed; raises ValueError.

    option : of the command line or argument of a call that names it, which errors begin with; text : what it says
    """
    path = path_of(text, option)
    if path.is_dir():
        raise ValueError(f"{option} {text}: is a folder; give the name of a file")
    if path.suffix not in endings:
        ending = f"the ending is {path.suffix!r}" if path.suffix else "has no ending"
        raise ValueError(f"{option} {text}: {ending}; end it in {' or '.join(endings)}")
    if not path.parent.is_dir():
        raise ValueError(f"{option} {text}: there is no folder {path.parent}; make it or choose another path")
    if not os.access(path.parent, os.W_OK):
        raise ValueError(f"{option} {text}: the folder {path.parent} is read-only; choose another folder")
    return path


def refuse_replacing(option: str, text: str | Path, paths: Sequence[Path], force: bool) -> None:
    """Raise ValueError where a file that the user names already exists and may not be replaced."""
    taken = [] if force else [path for path in paths if path.exists()]
    if taken:
        named = "" if str(taken[0]) == text else f" {taken[0]}"
        raise ValueError(f"{option} {text}:{named} already exists; choose another name or replace it with "
                         f"{_force(option)}")


def _force(option: str) -> str:
    """Return what replaces a file that an option of the command line, or an argument of a call, names."""
    return "--force" if option.startswith("-") else "force = True"


def free_names(paths: list[Path], force: bool = False) -> list[Path]:    # type: ignore[return]
    """Return paths as they are, or all with the first of the numbers 2, 3, ... at which none of them already exists."""
    for number in itertools.count(1):
        found = [path if number == 1 else path.with_name(f"{path.stem}-{number}{path.suffix}") for path in paths]
        if force or not any(path.exists() for path in found):
            return found


def figure_output(option: str, text: str | Path | None, default: Path | str, force: bool) -> Path:
    """Path of a figure: `text` if the user names one, which may not be there unless `force`, else `default`, numbered.

    Checked before anything is computed; raises ValueError.
    """
    path = checked_output(option, text or str(default), FIGURES)
    if text:
        refuse_replacing(option, text, [path], force)
        return path
    return free_names([path], force)[0]


@contextlib.contextmanager
def free_path(stem: str, endings: Sequence[str]) -> Iterator[Path]:
    """Reserve the first of stem, stem-2, stem-3, ... of which no file with any of `endings` is there.

    Within the block no other process of neurosim reserves it.

    yields : Path, with the first of the endings
    raises : RunFileError where nothing can be written
    """
    for number in itertools.count(1):
        name = stem if number == 1 else f"{stem}-{number}"
        path, *others = (Path(f"{name}{ending}") for ending in endings)
        with contextlib.ExitStack() as stack:
            if any(map(os.path.lexists, (path, *others))):
                continue
            try:
                stack.enter_context(reserved(path))
            except Reserved:
                continue
            if not any(map(os.path.lexists, (path, *others))):    # by whoever had it until just now
                yield path
                return


@contextlib.contextmanager
def chosen_path(option: str, text: str | Path, endings: Sequence[str], force: bool,
                instead: str = "") -> Iterator[Path]:
    """Reserve the path that the user names with `option`; a file that is there is refused unless `force`.

    Within the block no other process of neurosim reserves it.

    instead : what else the user may do with a file that is there, such as ", continue it with --resume run.h5,"
    yields : Path
    raises : ValueError
    """
    path = checked_output(option, text, endings)
    with reserved(path):
        if os.path.lexists(path) and not force:
            raise ValueError(f"{option} {text}: already exists; choose another name{instead} or replace it with "
                             f"{_force(option)}")
        yield path


def figure_path(run: Path | str) -> Path:
    """Return the path of the figure beside a run file."""
    return Path(os.path.splitext(run)[0] + ".png")


def holds(path: Path, content: bytes) -> bool:
    """Return whether a file holds exactly these bytes, so that nothing has to be written."""
    try:
        return path.stat().st_size == len(content) and path.read_bytes() == content
    except OSError:
        return False
