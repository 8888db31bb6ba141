"""Sections on learning and on what the network answers."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from neurosim.plots.runs import confusion
from neurosim.plots.report_runs import confusion_figure, kernels_figure, learning_figure, signals_figure
from neurosim.plots.report_svg import inline_svg, png_source
from neurosim.report.markup import element, figure, joined, paragraph, picture, section, table
from neurosim.results import paths
from neurosim.whole import counted

if TYPE_CHECKING:
    from neurosim.report.facts import Facts
    from neurosim.report.markup import Html
    from neurosim.results.checking import RunOfTraining


def learning(run: RunOfTraining, _: Facts) -> Html:
    """Return learning curves and activity over the epochs."""
    history = {name: run[paths.history(name)].data for name in ("train_error", "validation_error", "seconds")}
    count = len(history["train_error"])
    if not count:
        return section("learning", "Learning", paragraph("No epoch of training is in this run file."))
    last = ", ".join(f"{history[name][-1]:.2%} on {split} images" for name, split in
                     (("train_error", "training"), ("validation_error", "validation")))
    epochs = counted(count, "epoch")
    errors = inline_svg("learning", f"Error over {epochs} on a logarithmic axis; after the last one {last}.",
                        learning_figure, run)
    signals = inline_svg("signals", f"Signals that each layer sends for one image in the free phase, over "
                         f"{epochs}.", signals_figure, run)
    rows = [(i + 1, *(f"{history[name][i]:.2%}" for name in ("train_error", "validation_error")),
             f"{history['seconds'][i]:,.0f}") for i in range(count)]
    return section(
        "learning", "Learning",
        element("div", figure(errors, "Fraction of wrong answers. Training errors are those of the free phases while "
                              "the weights change."),
                figure(signals, "Activity over the epochs; the legend gives the share of units that send in one time "
                       "step of the test."), class_="pair"),
        table("Epochs", ("epoch", "training error", "validation error", "time [s]"), rows, numbers=(1, 2, 3)))


def answers(run: RunOfTraining, _: Facts) -> Html:
    """Return confusion matrix, weights from the input and the worst images."""
    counts = confusion(run)
    drawn = [figure(inline_svg("confusion", _confused(counts), confusion_figure, run),
                    "Images of a class (row) by their answer (column).")]
    if any(name.startswith("input-") for name in run.names(paths.model("weights"))):
        text = "Weights from the input to each channel or unit, one tile each; blue is negative, red positive."
        drawn.append(figure(inline_svg("kernels", text, kernels_figure, run), text))
    return section("answers", "Answers on the test images", element("div", *drawn, class_="pair"), _classes(counts),
                   _mistakes(run))


def _confused(counts: np.ndarray) -> str:
    wrong = np.where(np.eye(len(counts), dtype=bool), 0, counts)
    row, column = np.unravel_index(wrong.argmax(), wrong.shape)
    most = counted(int(wrong[row, column]), "image")
    worst = f" Most often, {row} is read as {column}: {most}." if wrong.any() else ""
    return f"Confusion matrix: {wrong.sum():,} of {counts.sum():,} test images are wrong.{worst}"


def _classes(counts: np.ndarray) -> Html:
    rows = []
    for label, row in enumerate(counts):
        others = np.where(np.arange(len(row)) == label, 0, row)
        rest = f"{others.argmax()} ({counted(int(others.max()), 'time')})" if others.any() else "none"
        rows.append((label, f"{row.sum():,}", f"{others.sum():,}", f"{others.sum() / max(1, row.sum()):.2%}", rest))
    return table("Errors by class", ("class", "images", "wrong", "error", "most frequent wrong answer"), rows,
                 numbers=(1, 2, 3))


def _mistakes(run: RunOfTraining) -> Html:
    kept = run[paths.mistakes()] if paths.mistakes() in run else {}
    found = list(zip(*(kept[name].data for name in ("index", "images", "labels", "answers", "margin")))) if kept else []
    title = element("h3", "The most confident mistakes")
    if not found:
        return joined(title, paragraph("No test image was answered wrongly."))
    items = [element("li", picture(png_source(pixels), f"Test image {index}: a {label} read as {answer}"),
                     element("span", f"{label} read as {answer}, margin {margin:.2f}"))
             for index, pixels, label, answer, margin in found]
    return joined(title, paragraph("Wrong answers with the largest margin: output of the answer minus output of the "
                                   "class."), element("ul", *items, class_="images"))
