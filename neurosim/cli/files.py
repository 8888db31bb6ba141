"""Where figures and cards are written, so that nothing is lost that is there."""

from __future__ import annotations

import itertools
import os
import re
from argparse import _ArgumentGroup, ArgumentParser, ArgumentTypeError, Namespace
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from neurosim.tables import abbreviated


FIGURES = (".png", ".svg", ".pdf")
CARDS = (".toml",)


def checked_output(option: str, text: str | Path, endings: Sequence[str]) -> Path:
    """Path of a file that can be written, before anything is computed; raises ValueError of one sentence."""
    path = Path(text)
    if path.is_dir():
        raise ValueError(f"{option} {text}: is a folder; give the name of a file")
    if path.suffix not in endings:
        raise ValueError(f"{option} {text}: the ending is {path.suffix or 'missing'!r}; end it in "
                         f"{' or '.join(endings)}")
    if not path.parent.is_dir():
        raise ValueError(f"{option} {text}: there is no folder {path.parent}; make it or choose another path")
    if not os.access(path.parent, os.W_OK):
        raise ValueError(f"{option} {text}: the folder {path.parent} is read-only; choose another folder")
    return path


def refuse_replacing(option: str, text: str | Path, paths: Sequence[Path], force: bool) -> None:
    """Raise ValueError where a file that the user names is there already and may not be replaced."""
    taken = [] if force else [path for path in paths if path.exists()]
    if taken:
        named = "" if str(taken[0]) == text else f" {taken[0]}"
        raise ValueError(f"{option} {text}:{named} is there already; choose another name or replace it with --force")


def free_names(paths: list[Path], force: bool = False) -> list[Path]:    # type: ignore[return]
    """Paths as they are, or all with the first of the numbers 2, 3, ... at which none of them is there already."""
    for number in itertools.count(1):
        found = [path if number == 1 else path.with_name(f"{path.stem}-{number}{path.suffix}") for path in paths]
        if force or not any(path.exists() for path in found):
            return found


def figure_output(option: str, text: str | None, default: Path | str, force: bool) -> Path:
    """Path of a figure: `text` if the user names one, which may not be there unless `force`, else `default`, numbered.

    Checked before anything is computed; raises ValueError of one sentence.
    """
    path = checked_output(option, text or str(default), FIGURES)
    if text:
        refuse_replacing(option, text, [path], force)
        return path
    return free_names([path], force)[0]


def add_force(parser: ArgumentParser | _ArgumentGroup) -> None:
    """Add the option without which no figure is replaced."""
    parser.add_argument("--force", action="store_true", help="replace a figure that is there already (default: a "
                        "figure without a name of its own gets a number, one that you name is refused)")


def add_look(parser: ArgumentParser | _ArgumentGroup, panels: str = "") -> None:
    """Add the options that say how a figure looks; panels : names of those that it has, "" = it has one."""
    if panels:
        parser.add_argument("--panel", metavar="NAME", help=f"draw one panel alone: {panels}")
    parser.add_argument("--width", metavar="WIDTH", type=inches, help="width of the figure, for example 3.5in, 89mm or "
                        "8.9cm (default: as wide as it reads well)")


def inches(text: str) -> float:
    """A width in inches: "3.5in", "89mm", "8.9cm"; raises ArgumentTypeError of one sentence."""
    found = re.fullmatch(r"([0-9]*\.?[0-9]+) ?(in|mm|cm)", text.strip())
    if not found:
        raise ArgumentTypeError(f"{abbreviated(text)} is no width; write a number and in, mm or cm, for example 3.5in")
    return float(found[1]) / {"in": 1.0, "cm": 2.54, "mm": 25.4}[found[2]]


def figure_beside(arguments: Namespace, kind: str) -> Path | None:
    """Path of the figure that a verb draws of a run file: --out, else RUN-KIND.png beside it; None with --no-figure."""
    if arguments.no_figure:
        return None
    run = Path(arguments.run_file)
    return figure_output("--out", arguments.out, run.with_name(f"{run.stem}-{kind}.png"), arguments.force)


def write_figure(figure: Any, path: Path) -> None:
    """Write a figure, whole or not at all."""
    from neurosim.plots import rendered
    from neurosim.results.atomic_write import atomic_write
    atomic_write(path, rendered(figure, path.suffix))
