"""What figures have in common: colours, grid, notes, files; no global state of matplotlib is touched."""

from __future__ import annotations

import contextlib
import warnings
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from neurosim.results.atomic_write import atomic_write
from neurosim.tables import printable

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.axis import Axis
    from matplotlib.figure import Figure as Figure
    from numpy.typing import ArrayLike

#: Okabe and Ito's palette, told apart by colour-blind readers.
COLOURS = ("#0072B2", "#E69F00", "#009E73", "#CC79A7", "#56B4E9", "#D55E00", "#999999", "#F0E442")
GREY = "#666666"
_LINE, _TICK = 130, 60    #: letters of a line and of a word along an axis or in a legend; of more, both ends are shown


def save(figure: Figure, path: Path | str) -> None:
    """Write a figure as its suffix says (.png, .svg, .pdf)."""
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    if figure.canvas is None:
        FigureCanvasAgg(figure)
    with _any_letter():
        figure.savefig(path, dpi=150)


def write(figure: Figure, path: Path) -> None:
    """Write a figure as its suffix says, whole or not at all; raises RunFileError where that cannot be."""
    atomic_write(path, rendered(figure, path.suffix))


def rendered(figure: Figure, suffix: str) -> bytes:
    """Bytes of a figure as a file of a suffix (.png, .svg, .pdf), without a date: the same figure, the same bytes."""
    import io
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    if figure.canvas is None:
        FigureCanvasAgg(figure)
    kept = io.BytesIO()
    dates = {".svg": {"Date": None}, ".pdf": {"CreationDate": None}}
    with _any_letter():
        figure.savefig(kept, format=suffix[1:], dpi=200, metadata=dates.get(suffix))
    return kept.getvalue()


def literal(figure: Figure) -> Figure:
    """Make matplotlib write every text of a figure, MUTATED, as it is: no formula, control character or endless line.

    Every function that returns a figure ends with it, because names of files, cards, layers and axes are those of
    users. Returns the figure.
    """
    from matplotlib.axis import Axis
    from matplotlib.legend import Legend
    from matplotlib.text import Text
    queue = [(figure, _LINE)]
    while queue:
        artist, longest = queue.pop()
        if isinstance(artist, Text):
            artist.set_text(_plain(artist.get_text(), longest))
        elif isinstance(artist, Axis):
            queue.append((artist.label, _LINE))
            _write_ticks(artist)
        else:
            longest = _TICK if isinstance(artist, Legend) else longest
            queue.extend((child, longest) for child in artist.get_children())
    return figure


def _write_ticks(axis: Axis) -> None:
    """Make the words along an axis plain; numbers that matplotlib finds are left to it."""
    from matplotlib.ticker import FixedLocator
    if isinstance(axis.get_major_locator(), FixedLocator):
        words = [tick.get_text() for tick in axis.get_ticklabels()]
        plain = [_plain(word, _TICK) for word in words]
        if plain != words:
            axis.set_ticklabels(plain)


def _plain(text: str, longest: int) -> str:
    lines = [line if len(line) <= longest else f"{line[:longest // 2]} ... {line[-longest // 2:]}"
             for line in printable(text, "\n").split("\n")]
    return "\n".join(lines).replace("$", r"\$")


@contextlib.contextmanager
def _any_letter() -> Iterator[None]:
    """Letters that the font lacks are drawn as boxes, without a word on the terminal."""
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", "Glyph .* missing from")
        yield


def finish(axes: Axes) -> None:
    """Give axes their grid and take away the upper and the right border."""
    axes.grid(color="#dddddd", linewidth=0.6)
    axes.set_axisbelow(True)
    axes.spines[["top", "right"]].set_visible(False)


def note(axes: Axes, text: str) -> None:
    """Write a sentence in place of a plot."""
    axes.set_axis_off()
    axes.text(0.5, 0.5, text, ha="center", va="center", color=GREY, transform=axes.transAxes)


def scaled(values: ArrayLike, unit: str) -> tuple[float, str]:
    """Factor by which to divide values for an axis, and the unit with its prefix: (1e-6, "µS").

    values : numbers of an axis; the largest one decides
    """
    import numpy as np
    from neurosim.memristor.si_format import prefix
    factor, letter = prefix(float(np.max(np.abs(values))))
    return factor, letter.replace("u", "µ") + unit
