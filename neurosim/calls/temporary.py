"""Folders of runs and sweeps that nobody gave a name: they last as long as Python, and longer while unfinished."""

from __future__ import annotations

import atexit
import os
import shutil
import tempfile
from pathlib import Path


def temporary_folder() -> Path:
    """Make a folder of its own among those of the system for temporary files."""
    return Path(tempfile.mkdtemp(prefix="neurosim-"))


def remove_at_exit(folder: Path) -> None:
    """Let a temporary folder go when this process ends in order; a process that is killed leaves it behind."""
    atexit.register(_remove, folder, os.getpid())


def _remove(folder: Path, owner: int) -> None:
    if os.getpid() == owner:    # and not a copy of it that was forked
        shutil.rmtree(folder, ignore_errors=True)
