"""What figures have in common: colours, grid, notes, files; no global state of matplotlib is touched."""

from __future__ import annotations

import contextlib
import textwrap
import warnings
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

from neurosim.results.atomic_write import atomic_write
from neurosim.tables import abbreviated, nearest, printable

if TYPE_CHECKING:
    from matplotlib.axes import Axes as Axes
    from matplotlib.axis import Axis
    from matplotlib.figure import Figure as Figure
    from numpy.typing import ArrayLike

Drawn = TypeVar("Drawn")

#: Okabe and Ito's palette, distinguished by colour-blind readers.
COLOURS = ("#0072B2", "#E69F00", "#009E73", "#CC79A7", "#56B4E9", "#D55E00", "#999999", "#F0E442")
GREY = "#666666"
#: Fonts that journals take: whole ones in PDF, Type 42 and not Type 3, and text that stays text in SVG.
_FONTS = {"pdf.fonttype": 42, "ps.fonttype": 42, "svg.fonttype": "none"}
_WIDTHS = (1.0, 40.0)    #: inches that a figure may be wide
_NARROW, _LABELLED = 5.0, 0.42    #: inches of a narrow figure, and of ticks and label below the axes
_LINE, _TICK = 130, 60    #: letters of a line and of a word along an axis or in a legend; of more, both ends are shown


def save(figure: Figure, path: Path | str) -> None:
    """Write a figure as its suffix says (.png, .svg, .pdf), with fonts that journals take."""
    from matplotlib import rc_context
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    if figure.canvas is None:
        FigureCanvasAgg(figure)
    with _any_letter(), rc_context(_FONTS):
        figure.savefig(path, dpi=150)


def write(figure: Figure, path: Path) -> None:
    """Write a figure as its suffix says, whole or not at all; raises RunFileError where that cannot be."""
    atomic_write(path, rendered(figure, path.suffix))


def rendered(figure: Figure, suffix: str, outlines: bool = False) -> bytes:
    """Bytes of a figure as a file of a suffix (.png, .svg, .pdf), without a date: the same figure, the same bytes.

    outlines : letters of an SVG are shapes, which look the same where the font is missing
    """
    import io
    from matplotlib import rc_context
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    if figure.canvas is None:
        FigureCanvasAgg(figure)
    kept = io.BytesIO()
    dates = {".svg": {"Date": None}, ".pdf": {"CreationDate": None}}
    with _any_letter(), rc_context(_FONTS | ({"svg.fonttype": "path"} if outlines else {})):
        figure.savefig(kept, format=suffix[1:], dpi=200, metadata=dates.get(suffix))
    return kept.getvalue()


def draw_panel(panels: Mapping[str, Callable[[Axes], object]], name: str, ax: Axes | None = None,
               width: float | None = None, size: tuple[float, float] = (4.8, 3.4)) -> Axes:
    """Draw one panel of a figure by its name.

    panels : dict from name to the function that draws it on axes
    ax : axes to draw on, MUTATED; None = those of a figure of its own, `axes.figure`
    width : of that figure [inches], whose sides keep the ratio of `size`
    returns : the axes
    raises : ValueError for an unknown name, and for a width beside axes or out of bounds
    """
    from matplotlib import rc_context
    if name not in panels:
        raise ValueError(f"panel {abbreviated(name)}: unknown{nearest(name, panels)}")
    if ax is not None and width is not None:
        raise ValueError(f"panel {name}: the width of given axes is that of their figure; omit width or ax")
    if ax is not None:
        panels[name](ax)
        return literal(ax)
    with rc_context({"font.size": 8}):
        axes = figure_of(size, width).subplots()
        panels[name](axes)
    literal(axes.figure)
    return axes


def refuse_axes_alone(ax: Axes | None, panel: str | None, example: str) -> None:
    """Raise ValueError for axes without the panel that is to be drawn on them, such as `example`."""
    if ax is not None and panel is None:
        raise ValueError("plot: all panels do not fit into one pair of axes; name one of them, for example "
                         f'panel="{example}"')


def figure_of(size: tuple[float, float], width: float | None = None) -> Figure:
    """Make an empty figure of a size (width, height) [inches], or as wide as `width` and higher or lower as much."""
    from matplotlib.figure import Figure
    if width is not None and not _WIDTHS[0] <= width <= _WIDTHS[1]:
        raise ValueError(f"width: {width:g} inches are outside {_WIDTHS[0]:g} ... {_WIDTHS[1]:g}; give the width of a "
                         "column, for example 3.5")
    scale = 1.0 if width is None else width / size[0]
    return Figure(figsize=(size[0] * scale, size[1] * scale), layout="constrained")


def literal(drawn: Drawn) -> Drawn:
    """Make matplotlib write every text of a figure or of axes, MUTATED, as it is: no formula, control character or
    endless line.

    Every function that returns a figure ends with it, because names of files, cards, layers and axes are those of
    users. Returns the figure or the axes.
    """
    from matplotlib.axis import Axis
    from matplotlib.legend import Legend
    from matplotlib.text import Text
    queue: list[tuple[Any, int]] = [(drawn, _LINE)]
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
    return drawn


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
    """Give axes their grid and remove the upper and the right border."""
    axes.grid(color="#dddddd", linewidth=0.6)
    axes.set_axisbelow(True)
    axes.spines[["top", "right"]].set_visible(False)


def legend_above(axes: Axes, columns: int, handles: Sequence[Any] | None = None) -> None:
    """Put the legend between the axes and their title, where it hides nothing.

    columns : side by side; handles : what it lists, None = what is drawn
    """
    handles = axes.get_legend_handles_labels()[0] if handles is None else handles
    axes.legend(handles=handles, frameon=False, fontsize="small", loc="lower left", bbox_to_anchor=(0, 1),
                ncols=columns, borderaxespad=0.2, columnspacing=1.2, handletextpad=0.5)
    axes.set_title(axes.get_title(), pad=8 + 12 * -(-len(handles) // columns), fontsize=axes.title.get_fontsize())


def legend_below(axes: Axes, columns: int, handles: Sequence[Any]) -> None:
    """Put a legend of so many columns below the label of the x axis."""
    from matplotlib.transforms import ScaledTranslation
    below = axes.transAxes + ScaledTranslation(0, -_LABELLED, axes.figure.dpi_scale_trans)
    axes.legend(handles=handles, loc="upper center", bbox_to_anchor=(0.3 if narrow(axes) else 0.4, -0.02),
                bbox_transform=below, ncols=columns, frameon=False, fontsize="small")


def remark(axes: Axes, *sentences: str) -> None:
    """Write small sentences above the axes, on lines that fit the figure."""
    letters = int(15 * axes.figure.get_figwidth())
    axes.set_title("\n".join(line for text in sentences for line in textwrap.wrap(text, letters)), fontsize=7.5,
                   color=GREY, loc="right" if narrow(axes) else "left")


def narrow(axes: Axes) -> bool:
    """Return whether the figure is so narrow that words have to be short."""
    return bool(axes.figure.get_figwidth() < _NARROW)


def note(axes: Axes, text: str) -> None:
    """Write a sentence in place of a plot."""
    axes.set_axis_off()
    axes.text(0.5, 0.5, text, ha="center", va="center", color=GREY, transform=axes.transAxes)


def scaled(values: ArrayLike, unit: str) -> tuple[float, str]:
    """Return factor by which to divide values for an axis, and the unit with its prefix: (1e-6, "µS").

    values : numbers of an axis; the largest one decides
    """
    import numpy as np
    from neurosim.memristor.si_format import prefix
    factor, letter = prefix(float(np.max(np.abs(values))))
    return factor, letter.replace("u", "µ") + unit
