"""How to repeat a sweep, where its results come from, and what the words of its page mean."""

from __future__ import annotations

import shlex
from typing import TYPE_CHECKING

from neurosim.report.markup import element, joined, paragraph, section, table
from neurosim.report.overview import PROVENANCE

if TYPE_CHECKING:
    from neurosim.report.markup import Html
    from neurosim.report.sweep.facts import SweepFacts

_WORDS = {
    "point": "one run: one value of every axis, and one seed",
    "seed": "decides all random numbers of a run: initial weights, order of the images, devices and their noise",
    "mean, lowest, highest": "over the seeds of the same values",
    "Pareto front": "points that no other point beats in both energy and error",
    "worst value of an axis": "the one with the largest error when all other axes stay as at the best point",
}


def repeat(facts: SweepFacts) -> Html:
    """Return commands that compute the sweep and look at it, its origin, and a glossary."""
    name, folder = shlex.quote(f"{facts.folder}.toml"), shlex.quote(facts.folder)
    commands = "\n".join([
        f"neurosim sweep {name} --out {folder}", f"neurosim sweep status {folder}",
        f"neurosim sweep table {folder} --csv points.csv", f"neurosim sweep plot {folder}",
        f"neurosim report {folder} -o report.html"])
    commit = facts.origin.get("commit", "")
    kept = "Save the sweep file above as " if facts.about.get("file") else "Bring the sweep file of this sweep as "
    words = element("dl", *(joined(element("dt", element("strong", word)), element("dd", text))
                            for word, text in _WORDS.items()))
    return section(
        "repeat", "How to repeat it", paragraph(
            kept, element("code", name), f" and use neurosim {facts.about['neurosim']}"
            f"{f', commit {commit}' if commit else ''}. The first command continues where a sweep was stopped; "
            "elsewhere it computes the same points, whatever the number of processes. Base, data, run files and cards "
            "of your own must lie where the sweep file names them."),
        element("pre", element("code", commands)), *_origin(facts), element("h3", "Words"), words)


def _origin(facts: SweepFacts) -> tuple[Html, ...]:
    """Return heading and table of the attributes of the best point's run file."""
    if not facts.origin:
        return ()
    rows = [(label, facts.origin[key]) for key, label in PROVENANCE.items() if key in facts.origin and key != "command"]
    return (element("h3", "Where it comes from"),
            table("Versions and machine of the best point", ("what", "value"), rows, prose=(1,)))
