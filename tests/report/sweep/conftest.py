"""Sweeps whose results are given, and what a report knows of them."""

import itertools

import numpy as np
import pytest

from neurosim.experiment.sweep.table import SweepResults
from neurosim.report.sweep import SweepFacts, figures

FILE = 'base = "mnist-small"\n\n[fixed]\n"training.epochs" = 2\n\n[axes]\n"learning.beta" = [0.1, 0.2]\n'
ORIGIN = {"version": "0.1.0", "commit": "c" * 40, "host": "somewhere", "numpy": "2.0"}


@pytest.fixture
def facts_of():
    """Function from axes, a dict of lists, and error(values..., seed), a fraction, to SweepFacts.

    error returns a text where the point has failed, None where it was not begun; method "grid", or another one, whose
    axes lie side by side; design : of the method "saltelli"
    """
    def make(axes, error, method="grid", seeds=2, name="a sweep", title="A sweep", file=FILE, base="seed = 0\n",
             design=None):
        combined = itertools.product(*axes.values()) if method == "grid" else zip(*axes.values())
        asked = [(*values, seed) for values in combined for seed in range(seeds)]
        rows = [_row(index, dict(zip([*axes, "seed"], values)), error(*values)) for index, values in enumerate(asked)]
        dims = (*axes, "seed") if method == "grid" else ("point", "seed")
        shape = (*map(len, axes.values()), seeds) if method == "grid" else (-1, seeds)
        found = {measure: np.array([row["results"].get(measure, np.nan) for row in rows]).reshape(shape)
                 for measure in ("test_error", "joules_per_inference")}
        done, failed = (sum(row["state"] == state for row in rows) for state in ("done", "failed"))
        states = {"total": len(rows), "done": done, "failed": failed, "running": 0, "interrupted": 0,
                  "waiting": len(rows) - done - failed}
        about = {"name": name, "method": method, "points": len(rows), "neurosim": "0.1.0", "seeds": list(range(seeds)),
                 "axes": axes, "file": file, "base": base}
        results = SweepResults(name, method, dims, {key: np.array(values) for key, values in axes.items()}
                               | {"seed": np.arange(seeds)}, found if done else {}, np.zeros(0), np.zeros(0), {},
                               design=design)
        return SweepFacts(folder="a-folder", title=title, about=about, states=states, results=results,
                          rows=[row for row in rows if row["state"]], origin=ORIGIN if done else {})
    return make


def _row(index, values, error):
    done = isinstance(error, float)
    return {"index": index, "id": f"{index:016x}", "point": values, "seconds": 1.5,
            "state": "done" if done else "failed" if error else "", "error": "" if done else error,
            "results": {"test_error": error, "joules_per_inference": 1e-9 * (1 + index)} if done else {}}


@pytest.fixture
def undrawn(monkeypatch):
    """Figures are not drawn, which takes seconds; their labels stay."""
    def label_alone(name, label, _):
        from html import escape
        return f'<svg role="img" aria-label="{escape(label)}"></svg>'
    monkeypatch.setattr(figures, "inline_figure", label_alone)
