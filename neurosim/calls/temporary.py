"""Folders of runs and sweeps that nobody gave a name: they last as long as Python, and longer while unfinished."""

from __future__ import annotations

import atexit
import contextlib
import os
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path


def temporary_folder() -> Path:
    """Make a folder of its own among those of the system for temporary files."""
    return Path(tempfile.mkdtemp(prefix="neurosim-"))


@contextlib.contextmanager
def empty_removed(folder: Path) -> Iterator[None]:
    """Remove a temporary folder again where the block raises and nothing is in it."""
    try:
        yield
    except BaseException:
        with contextlib.suppress(OSError):
            folder.rmdir()
        raise


def remove_at_exit(folder: Path) -> None:
    """Let a temporary folder go when this process ends in order; a process that is killed leaves it behind."""
    atexit.register(_remove, folder, os.getpid())


def _remove(folder: Path, owner: int) -> None:
    if os.getpid() == owner:    # and not a copy of it that was forked
        shutil.rmtree(folder, ignore_errors=True)
