"""Where runs and figures are written, so that nobody's file is lost: names are reserved when they are chosen."""

from __future__ import annotations

import contextlib
import itertools
import os
from collections.abc import Iterator, Sequence
from pathlib import Path

from neurosim.cli.files import checked_output

RUNS = (".h5", ".hdf5")    #: endings of run files


@contextlib.contextmanager
def free_path(stem: str, endings: Sequence[str]) -> Iterator[Path]:
    """Reserve the first of stem, stem-2, stem-3, ... of which no file with any of `endings` is there.

    Within the block no other process of neurosim reserves it.

    yields : Path, with the first of the endings
    raises : RunFileError where nothing can be written
    """
    from neurosim.results.reservation import Reserved, reserved
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
def chosen_path(option: str, text: str, endings: Sequence[str], force: bool, instead: str = "") -> Iterator[Path]:
    """Reserve the path that the user names with `option`; a file that is there is refused unless `force`.

    Within the block no other process of neurosim reserves it.

    instead : what else the user may do with a file that is there, such as ", continue it with --resume run.h5,"
    yields : Path
    raises : ValueError of one sentence
    """
    from neurosim.results.reservation import reserved
    path = checked_output(option, text, endings)
    with reserved(path):
        if os.path.lexists(path) and not force:
            raise ValueError(f"{option} {text}: is there already; choose another name{instead} or replace it with "
                             "--force")
        yield path


def figure_path(run: Path | str) -> Path:
    """Path of the figure beside a run file."""
    return Path(os.path.splitext(run)[0] + ".png")


def holds(path: Path, content: bytes) -> bool:
    """Whether a file holds exactly these bytes, so that nothing has to be written."""
    try:
        return path.stat().st_size == len(content) and path.read_bytes() == content
    except OSError:
        return False
