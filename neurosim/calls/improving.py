"""Which imperfection to improve, and what limits a device, as calls."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from neurosim.calls.overrides import assignments_of
from neurosim.calls.showing import Shown
from neurosim.calls.tables import Table
from neurosim.experiment.assessment import page, words
from neurosim.experiment.assessment.assess import assess as assess_device
from neurosim.experiment.assessment.questions import asked
from neurosim.experiment.improvement.improve import BUDGET, SAMPLES, SEEDS, configuration, transfer
from neurosim.experiment.improvement.improve import improve as improve_chip
from neurosim.experiment.improvement.text import lines as improvement_lines
from neurosim.experiment.improvement.text import plain
from neurosim.experiment.improvement.verdict import verdict
from neurosim.experiment.pipeline.display import announced
from neurosim.experiment.pipeline.summary import duration
from neurosim.results.atomic_write import atomic_write
from neurosim.summaries import Printed
from neurosim.user_files import path_of

if TYPE_CHECKING:
    from neurosim.experiment.ablation import Ablation
    from neurosim.experiment.assessment.findings import Assessment
    from neurosim.experiment.improvement.outcome import Improvement
    from neurosim.experiment.sweep.driver import Tally
    from neurosim.plots.style import Axes, Figure


class ImprovementResult(Printed, Table):
    """What the imperfections cost, each with retraining, one row for each, the costliest first.

    cost, low, high : what it adds to the error among all others, with the ends of the 95 % interval
    alone, alone_low, alone_high : the same on an otherwise perfect chip
    told, alone_told : whether that can be distinguished from chance, all that was compared considered
    verdict : sentences; found : the Improvement; written : Ablation of the same chip without retraining, or None
    """

    def __init__(self, found: Improvement, written: Ablation | None, rule: str) -> None:
        self.found, self.written, self._rule = found, written, rule
        sides: dict[str, Any] = {}
        for prefix, side in (("", "among"), ("alone_", "alone")):
            differences = [getattr(remedy, side).difference for remedy in found.remedies]
            sides |= {prefix.rstrip("_") or "cost": np.array([one.mean for one in differences]),
                      f"{prefix}low": np.array([one.low for one in differences]),
                      f"{prefix}high": np.array([one.high for one in differences]),
                      f"{prefix}told": np.array([one.told for one in differences])}
        super().__init__({"imperfection": [remedy.name for remedy in found.remedies], **sides})

    @property
    def verdict(self) -> list[str]:
        return verdict(self.found, self._rule)

    @property
    def report(self) -> dict[str, Any]:
        """All of it as plain values."""
        return plain(self.found, self.written, self._rule)

    def plot(self, ax: Axes | None = None, width: float | None = None) -> Figure:
        """Draw the costs with their intervals, on axes or alone [inches]; returns the Figure of matplotlib."""
        from neurosim.plots.improvement import improvement_figure, improvement_panel
        if ax is None:
            return improvement_figure(self.found, self.written, width=width)
        return improvement_panel(self.found, self.written, ax, width).figure

    def lines(self) -> list[str]:
        """Return the lines that `neurosim improve` prints."""
        return list(improvement_lines(self.found, self.written, self._rule))


class AssessmentResult(Printed):
    """What limits a device.

    verdict, assumptions : sentences; limits : dict from pulse rule to what costs something, the costliest first
    standings : Table of the device and of those that ship; found : the Assessment
    """

    def __init__(self, found: Assessment) -> None:
        self.found, self.limits = found, found.limits
        self.verdict, self.assumptions = words.verdict(found), words.assumptions(found)
        ranked = found.standings
        self.standings = Table({"device": [one.name for one in ranked], "own": [one.own for one in ranked],
                                "error": np.array([one.error for one in ranked])})

    @property
    def report(self) -> dict[str, Any]:
        """All of it as plain values."""
        return page.values(self.found)

    def plot(self, panel: str = "standings", ax: Axes | None = None, width: float | None = None) -> Figure:
        """Draw a figure of the page, on axes or alone [inches]; returns the Figure of matplotlib.

        panel : "standings", the device among those that ship, or a pulse rule, what each imperfection costs under it
        """
        return page.drawn(self.found, panel, ax, width)

    def write(self, path: Path | str) -> Path:
        """Write the page, .html; returns its path."""
        atomic_write(Path(path), page.page(self.found, f"neurosim assess {self.found.question.card}").encode())
        return Path(path)

    def lines(self) -> list[str]:
        """Return the verdict."""
        return list(self.verdict)


def improve(source: Path | str, *, out: Path | str | None = None, seeds: int = SEEDS, budget: float = BUDGET,
            images: int = 0, samples: int = SAMPLES, jobs: int | None = None, dask: str | None = None,
            force: bool = False, progress: bool = True, assignments: Sequence[str] = (),
            **overrides: Any) -> ImprovementResult:
    """Retrain chips without each imperfection, and with each one alone, and say what costs most.

        found = neurosim.improve("run.h5", budget=300)
        found.verdict, found.cost, found.plot()

    The same call continues with what an interrupted one has left; with more seeds those are added.

    source : run file, preset or TOML file; out : folder, default: NAME-improve
    seeds : of every chip; budget : time that is planned for [s]; images : that every chip learns, 0 = as many as fit
    samples : test images; jobs, dask : where is computed, as of `neurosim.sweep`; force : replace what is in `out`
    overrides : changes to the configuration, by dotted key or section; assignments : the same as text
    returns : ImprovementResult; raises : ValueError
    """
    source, changes, display = path_of(source, "source"), assignments_of(overrides, assignments), Shown(progress)
    with announced(display):
        found = improve_chip(source, changes, out=out or f"{Path(source).with_suffix('')}-improve", seeds=seeds,
                             budget=budget, images=images, samples=samples, jobs=jobs, dask=dask, force=force,
                             tell=lambda text, seconds: display.line(f"{text}: about {duration(seconds)}"),
                             observe=lambda tally: _advance(display, tally))
    written = transfer(source, changes)
    display.close()
    assert found is not None    # nobody wished to stop
    return ImprovementResult(found, written, configuration(source, changes).synapses.pulses)


def assess(card: Path | str, *, preset: str = "mnist-small", out: Path | str | None = None, progress: bool = True,
           assignments: Sequence[str] = (), jobs: int | None = None, dask: str | None = None, force: bool = False,
           seeds: int = SEEDS, budget: float = BUDGET, images: int = 0, samples: int = SAMPLES, loss: float = 0.01,
           retention: float = 86400.0, beside: Sequence[str] | None = None, **overrides: Any) -> AssessmentResult:
    """Say what limits a device, how good its numbers must become, and where it stands among those that ship.

        found = neurosim.assess("my.toml", budget=600)
        found.verdict, found.limits, found.write("my.html")

    card : path of a card, or the stem of one that ships; preset : or TOML file, of the network that learns
    out : folder, default CARD-assess
    loss : of accuracy that is tolerated [1]; retention : time from the last pulse to the test where it drifts [s]
    beside : stems of the cards that it is placed among, None = all that ship; the others as of `improve`
    returns : AssessmentResult; raises : ValueError
    """
    card, display = path_of(card, "card"), Shown(progress)
    with announced(display):
        question = asked(card, network=preset, assignments=tuple(assignments_of(overrides, assignments)), seeds=seeds,
                         budget=budget, images=images, samples=samples, loss=loss, retention=retention, beside=beside)
        found = assess_device(question, out or f"{Path(card).stem}-assess", jobs=jobs, dask=dask, force=force,
                              observe=lambda tally: _advance(display, tally),
                              tell=lambda text, seconds: display.line(f"{text}: about {duration(seconds)}"))
    display.close()
    assert found is not None    # nobody wished to stop
    return AssessmentResult(found)


def _advance(display: Shown, tally: Tally) -> None:
    left = "" if tally.left is None else f"{duration(tally.left)} left"
    display.advance("chips", tally.done + tally.failed, tally.total, left)
