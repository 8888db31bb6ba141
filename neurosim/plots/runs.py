"""The figure of a run file: what is shown stands in the file."""

from __future__ import annotations

import math
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from neurosim.plots.chips import beside, draw_devices, draw_run_pulses
from neurosim.plots.scales import logarithmic_axis
from neurosim.plots.style import COLOURS, GREY, draw_panel, figure_of, finish, literal, note
from neurosim.results import MissingRecord, paths
from neurosim.results.checking import RunOfTraining
from neurosim.results.chip import conductances, devices
from neurosim.whole import counted

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.colors import Colormap
    from matplotlib.figure import Figure

_MOST_KERNELS = 64
_ENLARGED = 4


def run_figure(path: Path | str, width: float | None = None) -> Figure:
    """Draw a run, finished or not: learning curves, spikes, devices and pulses where there are any, confusion matrix,
    first kernels and the worst mistakes.

    path : run file of `neurosim train`; width : of the figure [inches]; None = 11
    returns : matplotlib Figure; `save` writes it
    raises : RunFileError
    """
    with RunOfTraining(path) as run:
        chip = bool(conductances(devices(run)))
        heights = [3.4, *[3.2] * chip, 4.2, 1.3]
        figure = figure_of((11, 0.1 + sum(heights)), width)
        figure.get_layout_engine().set(w_pad=0.1, h_pad=0.08)
        figure.suptitle(_title(path, run), fontsize=12, color=GREY)
        *rows, last = figure.subfigures(len(heights), height_ratios=heights)
        names = [("learning", "activity"), *[("devices", "pulses")] * chip, ("confusion", "weights")]
        for row, pair in zip(rows, names):
            for axes, name in zip(row.subplots(1, 2), pair):
                PANELS[name](axes, run)
        _mistakes(last, _optional(run, paths.mistakes()))
        return literal(figure)


def run_panel(path: Path | str, panel: str, ax: Axes | None = None, width: float | None = None) -> Axes:
    """Draw one panel of a run: "learning", "activity", "devices", "pulses", "confusion" or "weights".

    path : run file of `neurosim train`
    ax, width : axes to draw on, or the width of a figure of its own [inches], see `draw_panel`
    returns : the axes; `save(axes.figure, "learning.pdf")` writes them
    raises : RunFileError, ValueError for an unknown panel
    """
    with RunOfTraining(path) as run:
        return draw_panel({name: partial(draw, run=run) for name, draw in PANELS.items()}, panel, ax, width)


def _title(path: Path | str, run: RunOfTraining) -> str:
    told = run.attributes
    return (f"{Path(path).name}: {counted(told.get('epoch', 0), 'epoch')}, seed {told.get('seed', '?')}, "
            f"neurosim {told.get('version', '?')}")


def _optional(run: RunOfTraining, name: str) -> Any:
    try:
        return run[name]
    except MissingRecord:
        return None


def draw_learning_curves(axes: Axes, run: RunOfTraining) -> None:
    """Draw training and validation error over the epochs and, where it is known, the test error."""
    history = run[paths.HISTORY]
    epochs = np.arange(1, len(history["train_error"].data) + 1)
    for key, label, colour, marker in (("train_error", "training", COLOURS[1], "s"),
                                       ("validation_error", "validation", COLOURS[0], "o")):
        axes.plot(epochs, 100 * history[key].data, color=colour, marker=marker, markersize=4, label=label)
    test = _optional(run, paths.evaluation("test", "error"))
    if test is not None and len(epochs):
        axes.plot(epochs[-1:], [100 * float(test.data)], "*", color=COLOURS[2], markersize=12, label="test")
    logarithmic_axis(axes, [100 * history[key].data for key in ("train_error", "validation_error")])
    _epochs(axes, epochs)
    axes.set(title="Learning", ylabel="error [%]")
    if not len(epochs):
        note(axes, "no epoch is finished yet")
    axes.margins(y=0.15)
    finish(axes)
    if len(epochs):
        axes.legend(frameon=False, fontsize="small")


def _epochs(axes: Axes, epochs: np.ndarray) -> None:
    from matplotlib.ticker import MaxNLocator
    axes.set_xlabel("epoch")
    axes.set_xlim(0.8, max(1.2, len(epochs) + 0.2))
    axes.xaxis.set_major_locator(MaxNLocator(integer=True, nbins=10, min_n_ticks=1))


def draw_spikes(axes: Axes, run: RunOfTraining) -> None:
    """Draw signals of one free phase, averaged over each epoch; the legend adds the density on the test set."""
    samples, layers, signals = (run[paths.ledger("free", name)].data for name in ("samples", "layers", "signals"))
    samples = np.maximum(samples, 1)
    notes, sent = _activity_notes(run)
    epochs = np.arange(1, len(samples) + 1)
    for layer, counts, colour, marker in zip(layers.tolist(), signals.T, COLOURS * len(layers),
                                             "osD^vP*Xh" * len(layers)):
        label = layer + notes.get(layer, "")
        axes.plot(epochs, counts / samples, color=colour, marker=marker, markersize=4, label=label)
    _epochs(axes, epochs)
    axes.set(title="Activity in the free phase", ylabel=f"{sent} per image")
    logarithmic_axis(axes, signals / samples[:, None])
    finish(axes)
    if not len(epochs):
        note(axes, "no epoch is finished yet")
    else:
        beside(axes, "share of units\nin a time step" if notes else None)


def _activity_notes(run: RunOfTraining) -> tuple[dict[str, str], str]:
    """Return what to write behind the name of each layer, and the name of what the network sends.

    Behind the name stands the fraction of its units that send in one time step of the test set.
    """
    test = _optional(run, paths.evaluation("test"))
    if test is None:
        return {}, "signals"
    layers, sends = ([str(name) for name in test[key].data] for key in ("layers", "sends"))
    steps = np.full(len(layers), int(test["steps"].data))
    if sends[0] == "states":    # an analog input is read once per image
        steps[0] = len(test["labels"].data)
    density = test["signals"].data / (steps * test["units"].data)
    spiking = "spikes" in sends
    return ({layer: f"  {share:.1%}" + (" (states)" if spiking and kind == "states" else "")
             for layer, share, kind in zip(layers, density, sends)}, "spikes" if spiking else "non-zero states")


def confusion(run: RunOfTraining) -> np.ndarray:
    """Test images of class (row) that were answered with class (column), int (classes, classes), of an open run."""
    classes, (labels, answers) = run.dimension("classes"), (run[paths.evaluation("test", name)].data.astype(np.int64)
                                                            for name in ("labels", "answers"))
    return np.bincount(labels * classes + answers, minlength=classes ** 2).reshape(classes, classes)


def draw_confusion(axes: Axes, run: RunOfTraining) -> None:
    """Draw wrong answers in colour, right ones as the share of their class on the diagonal."""
    from matplotlib.ticker import MaxNLocator
    axes.set_title("Test set")
    if paths.evaluation("test", "answers") not in run:
        note(axes, "not evaluated yet")
        return
    counts = confusion(run)
    wrong = np.where(np.eye(len(counts), dtype=bool), 0, counts)
    image = axes.imshow(np.where(wrong > 0, wrong, np.nan), cmap="Oranges", vmin=0, vmax=max(1, wrong.max()))
    axes.figure.colorbar(image, ax=axes, fraction=0.046, pad=0.03, label="images answered wrongly",
                         ticks=MaxNLocator(6, integer=True))
    axes.set_title(f"Test set: {wrong.sum() / counts.sum():.2%} of {counted(int(counts.sum()), 'image')} wrong")
    axes.set(xlabel="answer (diagonal: % of the class that is right)", ylabel="class")
    if len(counts) <= 12:
        _write_counts(axes, counts, wrong)


def _write_counts(axes: Axes, counts: np.ndarray, wrong: np.ndarray) -> None:
    axes.set(xticks=range(len(counts)), yticks=range(len(counts)))
    total, size = counts.sum(axis=1), _size(axes, len(counts))
    for row, column in np.ndindex(*counts.shape):
        value = counts[row, column]
        if row == column and total[row]:
            axes.text(column, row, f"{100 * value / total[row]:.1f}", ha="center", va="center", fontsize=size,
                      color=GREY)
        elif value and row != column:
            colour = "white" if wrong[row, column] > 0.6 * wrong.max() else "black"
            axes.text(column, row, str(value), ha="center", va="center", fontsize=size, color=colour)


def _size(axes: Axes, classes: int) -> float:
    """Return the size of letters of which four fit into a cell [points]."""
    box = axes.get_window_extent()
    return min(7.5, 72 * min(box.width, box.height) / axes.figure.dpi / classes / 2.7)


def draw_kernels(axes: Axes, run: RunOfTraining) -> None:
    """Draw weights of the connection from the input: one tile per channel or unit above."""
    name = next((name for name in run.names(paths.model("weights")) if name.startswith("input-")), None)
    tiles = None if name is None else _tiles(np.asarray(run[paths.model("weights", name)].data))
    axes.set_title("Weights from the input")
    if tiles is None:
        note(axes, "no picture of these weights")
        return
    largest = np.nanmax(np.abs(tiles)) or 1.0
    image = axes.imshow(tiles, cmap=_diverging(), vmin=-largest, vmax=largest)
    axes.figure.colorbar(image, ax=axes, fraction=0.046, pad=0.03, label="weight")
    axes.set_title(f"Weights {name}")
    axes.set_axis_off()


def _diverging() -> Colormap:
    from matplotlib import colormaps
    return colormaps["RdBu_r"].with_extremes(bad="white")


def _tiles(weights: np.ndarray) -> np.ndarray | None:
    """Lay out up to 64 kernels, averaged over the channels below, or fields of dense units; gaps are NaN."""
    if weights.ndim == 2:
        side, channels = next(((math.isqrt(weights.shape[1] // c), c) for c in (1, 3)
                               if c * math.isqrt(weights.shape[1] // c) ** 2 == weights.shape[1]), (0, 0))
        if not side:
            return None
        weights = weights.reshape(len(weights), side, side, channels).transpose(0, 3, 1, 2)
    pictures = weights[:_MOST_KERNELS].mean(axis=1)
    pictures = pictures.repeat(_ENLARGED, axis=1).repeat(_ENLARGED, axis=2) if pictures.shape[-1] < 12 else pictures
    count, height, width = pictures.shape
    square = math.ceil(math.sqrt(count))
    columns = next((n for n in range(square, 2 * square) if count % n == 0), square)
    rows, gap = math.ceil(count / columns), max(1, height // 6)
    canvas = np.full((rows * (height + gap) - gap, columns * (width + gap) - gap), np.nan)
    for number, picture in enumerate(pictures):
        y, x = np.multiply(divmod(number, columns), (height + gap, width + gap))
        canvas[y:y + height, x:x + width] = picture
    return canvas


#: The panels of a run by their names.
PANELS = {"learning": draw_learning_curves, "activity": draw_spikes, "devices": draw_devices,
          "pulses": draw_run_pulses, "confusion": draw_confusion, "weights": draw_kernels}


def _mistakes(figure: Figure, mistakes: dict) -> None:
    """Draw the wrong answers that were given with the largest margin, where there are any."""
    if mistakes is None or not len(mistakes["labels"].data):
        return
    figure.suptitle("Most confident mistakes on the test set", fontsize=11)
    axes = figure.subplots(1, 12)
    for panel in axes:
        panel.set_axis_off()
    for panel, picture, label, answer in zip(axes, *(mistakes[name].data for name in ("images", "labels", "answers"))):
        panel.imshow(picture if picture.shape[-1] == 3 else picture[..., 0], cmap="gray_r", vmin=0, vmax=255)
        panel.set_title(f"{label} read as {answer}", fontsize=8)
