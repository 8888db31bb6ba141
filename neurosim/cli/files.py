"""Where figures and cards are written."""

import os
from pathlib import Path

FIGURES = (".png", ".svg", ".pdf")
CARDS = (".toml",)


def checked_output(option, text, endings):
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
        raise ValueError(f"{option} {text}: the folder {path.parent} is read-only; choose another place")
    return path


def figure_beside(arguments, kind):
    """Path of the figure that a verb draws of a run file: --out, else RUN-KIND.png beside it; None with --no-figure.

    Checked before anything is computed.
    """
    if arguments.no_figure:
        return None
    run = Path(arguments.run_file)
    return checked_output("--out", arguments.out or str(run.with_name(f"{run.stem}-{kind}.png")), FIGURES)


def write_figure(figure, path):
    """Write a figure, whole or not at all."""
    from neurosim.plots import rendered
    from neurosim.results.whole import write_whole
    write_whole(path, rendered(figure, path.suffix))
