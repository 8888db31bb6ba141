"""Where a run is written, so that nobody's run is lost."""

import itertools
import os
from pathlib import Path

SUFFIXES = (".h5", ".hdf5")


def free_path(stem):
    """First Path of stem.h5, stem-2.h5, ... in the current folder that neither a run file nor a figure has taken."""
    for number in itertools.count(1):
        path = Path(f"{stem}.h5" if number == 1 else f"{stem}-{number}.h5")
        if not path.exists() and not figure_path(path).exists():
            return path


def chosen_path(text, replace):
    """Path of a run file that the user names; a file that is there is refused unless `replace`.

    raises : ValueError
    """
    path = Path(text)
    if path.suffix not in SUFFIXES:
        raise ValueError(f"--out {text}: run files end in {' or '.join(SUFFIXES)}; write {path.with_suffix('.h5')}")
    if path.exists() and not replace:
        raise ValueError(f"--out {text}: is there already; choose another name, continue it with --resume {text}, "
                         "or replace it with --force")
    return path


def figure_path(run):
    """Path of the figure beside a run file."""
    return Path(os.path.splitext(run)[0] + ".png")


def refuse_unwritable(path):
    """Raise RunFileError, before hours are spent, unless a file can be made where `path` will be."""
    from neurosim.results.atomic import Replacement
    Replacement(path).discard()
