"""The figures of a sweep, each with its numbers in words."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

import numpy as np

from neurosim.plots.report_svg import inline_figure
from neurosim.plots.sweeps import sweep_figures
from neurosim.plots.sweeps.maps import mapped_keys
from neurosim.plots.sweeps.pareto import ENERGY, front
from neurosim.plots.sweeps.points import measure_quantity, point_words, points_of, value_words
from neurosim.plots.sweeps.ranking import changes
from neurosim.report.markup import element, figure, paragraph, section, table

if TYPE_CHECKING:
    from neurosim.report.markup import Html
    from neurosim.report.sweep.facts import SweepFacts

_TOLD = 8    #: values or points that a text names
_WIDE = 7.0    #: width of a figure above which it scrolls on a telephone [inch]
_BEST = 10    #: points of the table of the best


def results(facts: SweepFacts) -> Html:
    """Return the section with the best points and all figures that the sweep allows."""
    if facts.points is None:
        return section("results", "Results", paragraph("No point is done yet, so that there is nothing to draw."))
    drawings = []
    for name, drawing in sweep_figures(facts.results, facts.measure).items():
        title, words = _WORDS[name]
        text = words(facts)
        wide = drawing.get_size_inches()[0] > _WIDE
        shown = figure(inline_figure(name, f"{title(facts)}. {text}", drawing), text, wide)
        drawings.append(element("div", element("h3", title(facts)), shown, class_="whole" if wide else "part"))
    return section("results", "Results", _best(facts), element("div", *drawings, class_="pair"))


def _best(facts: SweepFacts) -> Html:
    points = facts.points
    mean, keys = points.mean, list(points.keys)
    order = np.argsort(mean, axis=None, kind="stable")[:min(_BEST, int(np.isfinite(mean).sum()))]
    shown = {"mean": mean, "lowest seed": points.low, "highest seed": points.high} if points.seeds > 1 else \
        {facts.word: mean}
    rows = []
    for rank, flat in enumerate(order, 1):
        index = np.unravel_index(flat, mean.shape)
        rows.append((rank, *(value_words(facts.results, key, value) for key, value in points.at(index).items()),
                     *(facts.shown(values[index]) for values in shown.values()),
                     f"{np.isfinite(points.found[index]).sum()} of {points.seeds}"))
    return table(f"The best points by {facts.word}", ("rank", *keys, *shown, "seeds"), rows,
                 numbers=range(1 + len(keys), 2 + len(keys) + len(shown)))


def _axes_words(facts: SweepFacts) -> str:
    return " ".join(_along(facts, key) for key in facts.points.keys)


def _along(facts: SweepFacts, key: str) -> str:
    """What the measure does along one axis: its range at each value of a grid, medians of halves of drawn points."""
    points, mean = facts.points, facts.points.mean
    values = points.values[key]
    if points.grid:
        rows = np.moveaxis(mean, points.keys.index(key), 0).reshape(len(values), -1)
        there = np.flatnonzero(np.isfinite(rows).any(axis=1))
        told = [f"{value_words(facts.results, key, values[index])}: {_range(facts, rows[index])}"
                for index in _thinned(there)]
        return f"{_begun(facts.word)} by {key}, over all other axes: {'; '.join(told)}."
    there = np.isfinite(mean)
    if not points.numeric(key):
        told = [f"{value}: {_range(facts, mean[there & (values == value)])}"
                for value in list(dict.fromkeys(values[there].tolist()))[:_TOLD]]
        return f"{_begun(facts.word)} by {key}: {'; '.join(told)}."
    half = np.median(values[there])
    low, high = (facts.shown(np.median(mean[there & side])) for side in (values <= half, values >= half))
    return (f"Median {facts.word} {low} where {key} is at most {value_words(facts.results, key, half)}, {high} where "
            "it is at least that.")


def _range(facts: SweepFacts, values: np.ndarray) -> str:
    low, high = (facts.shown(found) for found in (np.nanmin(values), np.nanmax(values)))
    return low if low == high else f"{low} to {high}"


def _begun(words: str) -> str:
    """Return words that begin a sentence."""
    return words[:1].upper() + words[1:]


def _thinned(indices: np.ndarray) -> np.ndarray:
    """Return at most _TOLD of them, evenly spaced, the ends among them."""
    return indices[np.unique(np.linspace(0, len(indices) - 1, min(_TOLD, len(indices))).round().astype(int))]


def _map_words(facts: SweepFacts) -> str:
    points, keys = facts.points, mapped_keys(facts.points)
    cut = points.mean[tuple(slice(None) if key in keys else index for key, index in zip(points.keys, points.best))]
    told = []
    for word, flat in (("Lowest", np.nanargmin(cut)), ("highest", np.nanargmax(cut))):
        index = np.unravel_index(flat, cut.shape)
        where = point_words(facts.results, {key: points.values[key][at] for key, at in zip(keys, index)})
        told.append(f"{word} {facts.shown(cut[index])} at {where}")
    return f"{'; '.join(told)}.{' Hatched cells are missing.' if np.isnan(cut).any() else ''}"


def _pareto_words(facts: SweepFacts) -> str:
    energies = points_of(facts.results, ENERGY)
    quantity = measure_quantity(facts.results, ENERGY, energies.found)
    unit = quantity.label.partition("[")[2].rstrip("]")
    joules, errors = energies.mean.ravel(), facts.points.mean.ravel()
    chosen = front(joules, errors)
    told = [f"{facts.shown(errors[index])} at {joules[index] / quantity.factor:.4g} {unit}"
            for index in _thinned(chosen)]
    return (f"{len(chosen):,} points that no other beats in both, by rising energy: {'; '.join(told)}."
            if len(chosen) > 1 else f"One point is the best in both: {told[0]}.")


def _ranking_words(facts: SweepFacts) -> str:
    told = []
    for change in changes(facts.points)[:_TOLD]:
        step = " to ".join(value_words(facts.results, change.key, value) for value in (change.base, change.worst))
        told.append(f"{change.key}, {step}: {facts.difference(change.mean)}")
    return (f"Change of the {facts.word} when one axis alone goes to its worst value, the largest first: "
            f"{'; '.join(told)}.")


def _sensitivity_words(facts: SweepFacts) -> str:
    found = facts.results.sensitivity(facts.measure)
    told = [f"{found.names[index]}: {found.first[index]:.2f} alone, {found.total[index]:.2f} with interactions"
            for index in np.argsort(-found.total, kind="stable")[:_TOLD]]
    return (f"Share of the variance of the {facts.word}, Sobol' indices: {'; '.join(told)}."
            f"{f' {found.remark}.' if found.remark else ''}")


#: Heading and words of each figure, functions of SweepFacts.
_WORDS: dict[str, tuple[Callable[[SweepFacts], str], ...]] = {
    "axes": (lambda facts: f"{_begun(facts.word)} against each axis", _axes_words),
    "map": (lambda facts: f"{_begun(facts.word)} over two axes", _map_words),
    "pareto": (lambda facts: f"Energy and {facts.word}", _pareto_words),
    "ranking": (lambda _: "Which axis matters most", _ranking_words),
    "sensitivity": (lambda _: "Sensitivity to each axis", _sensitivity_words),
}
