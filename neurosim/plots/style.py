"""What figures have in common: colours, grid, notes, files; no global state of matplotlib is touched."""

#: Okabe and Ito's palette, told apart by colour-blind readers.
COLOURS = ("#0072B2", "#E69F00", "#009E73", "#CC79A7", "#56B4E9", "#D55E00", "#999999", "#F0E442")
GREY = "#666666"


def save(figure, path):
    """Write a figure as its suffix says (.png, .svg, .pdf)."""
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    if figure.canvas is None:
        FigureCanvasAgg(figure)
    figure.savefig(path, dpi=150)


def rendered(figure, suffix):
    """Bytes of a figure as a file of a suffix (.png, .svg, .pdf), without a date: the same figure, the same bytes."""
    import io
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    if figure.canvas is None:
        FigureCanvasAgg(figure)
    kept = io.BytesIO()
    dates = {".svg": {"Date": None}, ".pdf": {"CreationDate": None}}
    figure.savefig(kept, format=suffix[1:], dpi=200, metadata=dates.get(suffix))
    return kept.getvalue()


def finish(axes):
    """Give axes their grid and take away the upper and the right border."""
    axes.grid(color="#dddddd", linewidth=0.6)
    axes.set_axisbelow(True)
    axes.spines[["top", "right"]].set_visible(False)


def note(axes, text):
    """Write a sentence in place of a plot."""
    axes.set_axis_off()
    axes.text(0.5, 0.5, text, ha="center", va="center", color=GREY, transform=axes.transAxes)


def scaled(values, unit):
    """Factor by which to divide values for an axis, and the unit with its prefix: (1e-6, "µS").

    values : numbers of an axis; the largest one decides
    """
    import numpy as np
    from neurosim.memristor.units import prefix
    factor, letter = prefix(float(np.max(np.abs(values))))
    return factor, letter.replace("u", "µ") + unit
