"""The first sentences of the report of a sweep, and what was swept."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from neurosim.plots.sweeps.points import key_quantity, point_words
from neurosim.plots.sweeps.ranking import changes, leaders
from neurosim.report.markup import Html, element, folded, joined, paragraph, section, table
from neurosim.toml import parse_toml, value_text

if TYPE_CHECKING:
    from neurosim.report.sweep.facts import SweepFacts

_LISTED = 12    #: values of an axis that are listed
_ENOUGH = 8     #: drawn points from which on a rank correlation is given
_METHODS = {"grid": "all combinations of the values", "zip": "first values together, second values together, ...",
            "random": "random points", "sobol": "a Sobol' sequence",
            "saltelli": "a Saltelli design, for Sobol' indices"}
_UNSTRUCTURED = ("random", "sobol")    #: methods whose points differ in all axes at once
_STATES = {"failed": "failed", "running": "being computed", "interrupted": "interrupted", "waiting": "not begun"}


def verdict(facts: SweepFacts) -> Html:
    """Return one paragraph and the numbers that people look for first, Html."""
    keys = _keys(facts)
    cards = element("dl", *(element("div", element("dt", name), element("dd", value)) for name, value in keys.items()),
                    class_="keys")
    sentences = [*_best(facts), _progress(facts)]
    if facts.states["done"] < facts.states["total"]:    # what is missing puts everything else in its light
        sentences = sentences[-1:] + sentences[:-1]
    return joined(element("p", " ".join(filter(None, sentences)), class_="verdict"), cards)


def what_was_swept(facts: SweepFacts) -> Html:
    """Return the section on axes, and on what stays the same."""
    about, text = facts.about, facts.about.get("file", "")
    given = parse_toml(text, "sweep file") if text else {}
    rows = [("method", f"{about['method']}: {_METHODS.get(about['method'], '')}"),
            ("points", f"{about['points']:,}"), ("seeds", _listed(about["seeds"])), *_beginnings(given),
            ("version of neurosim", about["neurosim"])]
    parts = [table("The sweep", ("what", "value"), rows, prose=(1,)), _axes(facts)]
    if given.get("fixed"):
        fixed = [(key, _plain(value)) for key, value in _flat(given["fixed"])]
        parts.append(table("The same at all points, beside the base", ("key", "value"), fixed, prose=(1,)))
    parts += [folded(title, element("pre", element("code", content))) for title, content in
              (("The sweep file", text), ("All that the points share, as TOML", about.get("base", ""))) if content]
    return section("swept", "What was swept", *parts)


def matters_most(facts: SweepFacts) -> tuple[str, str]:
    """Return the axis that matters most, and a sentence on it; "" twice where the points do not tell."""
    points, results = facts.points, facts.results
    if facts.states["done"] + facts.states["failed"] < facts.states["total"]:    # what is missing may turn it around
        return "", ""
    if results.method == "saltelli":
        return _by_variance(facts)
    if results.method in _UNSTRUCTURED:
        return _by_ranks(facts)
    found = changes(points) if len(points.keys) > 1 else []
    if not found or not found[0].mean > 0:
        return "", ""
    largest = found[0]
    close = leaders(found) if points.seeds > 1 else [largest]
    if len(close) > 1:
        told = ", ".join(f"{change.key} adds {facts.difference(change.mean)}" for change in close)
        return "", ("Which axis matters most cannot be distinguished by these seeds: from the best point, each alone "
                    f"to its worst value, {told}.")
    step = point_words(results, {largest.key: largest.worst})
    text = (f"{largest.key} matters most: from the best point, going to {step} alone adds "
            f"{facts.difference(largest.mean)}")
    return largest.key, f"{text}."


def _by_variance(facts: SweepFacts) -> tuple[str, str]:
    try:
        found = facts.results.sensitivity(facts.measure)
    except ValueError:    # not all points are done
        return "", ""
    order = np.argsort(-found.total, kind="stable")
    most, (low, high) = order[0], found.total_interval[order[0]]
    close = [index for index in order if found.total_interval[index, 1] >= low]
    if len(close) > 1:
        told = ", ".join(f"{found.names[index]} {found.total[index]:.2f}" for index in close)
        return "", ("Which axis matters most cannot be distinguished by these samples, more of which narrow the "
                    "intervals: total Sobol' indices, the shares of the variance that an axis takes part in, are "
                    f"{told}.")
    return found.names[most], (f"{found.names[most]} matters most: its total Sobol' index, the share of the variance "
                               f"that it takes part in, is {found.total[most]:.2f} (95 % interval {low:.2f} to "
                               f"{high:.2f}).")


def _by_ranks(facts: SweepFacts) -> tuple[str, str]:
    points = facts.points
    there = np.isfinite(points.mean)
    numeric = [key for key in points.keys if points.numeric(key) and len(np.unique(points.values[key][there])) > 1]
    if there.sum() < _ENOUGH or not numeric or np.ptp(points.mean[there]) == 0:
        return "", ""
    ranks = {key: np.corrcoef(_ranks(points.values[key][there]), _ranks(points.mean[there]))[0, 1] for key in numeric}
    key = max(ranks, key=lambda key: abs(ranks[key]))
    return key, (f"The {facts.word} follows {key} most closely (rank correlation {ranks[key]:.2f} over {there.sum():,} "
                 "points).")


def _ranks(values: np.ndarray) -> np.ndarray:
    """Return ranks in rising order, the same for equal values."""
    return np.unique(values, return_inverse=True)[1]


def _best(facts: SweepFacts) -> list[str]:
    if facts.points is None:
        return ["No point is done yet."]
    points = facts.points
    where = point_words(facts.results, points.at(points.best))
    return [f"The lowest {facts.word} is {facts.spread(points.best)}, at {where}.", matters_most(facts)[1]]


def _progress(facts: SweepFacts) -> str:
    states = facts.states
    rest = ", ".join(f"{states[state]:,} {word}" for state, word in _STATES.items() if states[state])
    return f"{states['done']:,} of {states['total']:,} points are done{f'; {rest}' if rest else ''}."


def _keys(facts: SweepFacts) -> dict[str, str]:
    states = facts.states
    keys = {"points done": f"{states['done']:,} of {states['total']:,}"}
    if states["failed"]:
        keys["failed"] = f"{states['failed']:,}"
    missing = sum(states[state] for state in ("running", "interrupted", "waiting"))
    if missing:
        keys["missing"] = f"{missing:,}"
    if facts.points is None:
        return keys
    mean = facts.points.mean
    keys[f"lowest {facts.word}"] = facts.shown(np.nanmin(mean))
    keys[f"highest {facts.word}"] = facts.shown(np.nanmax(mean))
    most = matters_most(facts)[0]
    if most and facts.results.method not in _UNSTRUCTURED:
        keys["matters most"] = joined(*(Html(f"{element('span', part)}<wbr>") for part in re.split(r"(?<=\.)", most)))
    keys["time of all points"] = _duration(sum(row["seconds"] for row in facts.rows))
    return keys


def _duration(seconds: float) -> str:
    factor, unit = next((one for one in ((3600, "h"), (60, "min")) if seconds >= 2 * one[0]), (1, "s"))
    return f"{seconds / factor:.3g} {unit}"


def _beginnings(given: dict) -> list[tuple[str, str]]:
    """Return what points begin with, as rows of a table."""
    rows = [("base", given["base"])] if "base" in given else []
    words = {"evaluate": "weights that are evaluated", "fine_tune": "weights that are learnt on with"}
    return rows + [(words[key], path) for key, path in given.get("run", {}).items() if key in words and path]


def _axes(facts: SweepFacts) -> Html:
    rows = []
    for key, values in facts.results.axes.items():
        if key == "seed" and key not in facts.about["axes"]:
            continue
        quantity = key_quantity(facts.results, key, np.asarray(values))
        distinct = sorted(set(values.tolist())) if facts.results.dims[0] == "point" else values.tolist()
        unit = quantity.label.partition("[")[2].rstrip("]")
        shown = distinct if quantity.scale == "text" else [value / quantity.factor for value in distinct]
        rows.append((key, unit if unit not in ("", "1") else "-", f"{len(distinct):,}", quantity.scale,
                     _listed(shown)))
    return table("Axes", ("key", "unit", "values", "scale", "from ... to"), rows, numbers=(2,), prose=(4,)) \
        if rows else paragraph("Nothing varies but the seed.")


def _listed(values: Sequence) -> str:
    words = [f"{value:.4g}" if isinstance(value, float) else str(value) for value in values]
    return ", ".join(words if len(words) <= _LISTED else [*words[:3], "...", *words[-3:]])


def _flat(table: dict) -> Iterator[tuple[str, Any]]:
    """Yield dotted keys and values of tables in tables."""
    for key, value in table.items():
        if isinstance(value, dict):
            yield from ((f"{key}.{inner}", item) for inner, item in _flat(value))
        else:
            yield key, value


def _plain(value: object) -> str:
    return value if isinstance(value, str) else value_text(value)
