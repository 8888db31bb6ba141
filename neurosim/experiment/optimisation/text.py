"""What an optimisation found, in words and as plain values."""

from __future__ import annotations

import textwrap
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

from neurosim.alignment import aligned
from neurosim.experiment.optimisation.design import ERRORS
from neurosim.experiment.optimisation.outcome import FAILED, REFUSED
from neurosim.experiment.sweep.units import unit_of
from neurosim.memristor.si_format import quantity
from neurosim.tables import to_table
from neurosim.whole import counted

if TYPE_CHECKING:
    from neurosim.experiment.optimisation.outcome import Optimisation, Trial
    from neurosim.plots.style import Axes, Figure

_WIDTH = 100
_PREFIXED = ("V", "S", "s", "A", "J")    #: units that are written with a prefix


def lines(found: Optimisation) -> list[str]:
    """The verdict and the front, as lines of text."""
    said = [line for sentence in verdict(found) for line in textwrap.wrap(sentence, _WIDTH)]
    if not found.front:
        return said
    names = [axis.path for axis in found.design.axes]
    rows = [("trial", found.design.file.cost, "error", "test error", *names)]
    rows += [(str(one.number), cost_words(found, one), f"{one.error:.2%}", f"{one.test_error:.2%}",
              *(_value(name, one.values[name]) for name in names)) for one in found.front]
    return [*said, "", "no other that was tried is cheaper without more errors:", *aligned(rows, 0)]


def verdict(found: Optimisation) -> list[str]:
    """Sentences on the cheapest chip that is good enough, how far that is known, and what was not computed."""
    file, best, done = found.design.file, found.best, found.done
    kind = ERRORS.replace("_", " ")
    said = []
    if best is not None:
        low, high = found.interval(best)
        said += [f"The cheapest of {counted(done, 'chip')} with a {kind} of {file.error:.3g} or less needs "
                 f"{cost_words(found, best)}{_per(found)}: {_described(best)}.",
                 f"Its {kind} is {best.error:.2%} ({low:.2%} to {high:.2%}, as far as the images decide), that of the "
                 f"test images {best.test_error:.2%}; it was trial {best.number} of {len(found.trials)}"
                 f"{_late(found, best)}."]
        if high > file.error:
            said.append("The interval reaches beyond the stated error: more images, or repeats, would tell.")
    elif done:
        least = min(done, key=lambda trial: trial.error)
        said += [f"None of {counted(done, 'chip')} has a {kind} of {file.error:.3g} or less: the best has "
                 f"{least.error:.2%}, with {_described(least)}.",
                 "Allow for more errors, give the axes other values, or more trials."]
    return said + list(_left_out(found))


def _late(found: Optimisation, best: Trial) -> str:
    """Whether the search may still be finding cheaper chips."""
    late = best.number > 0.75 * len(found.trials) and len(found.trials) > found.design.file.batch
    return ", so that more trials may find a cheaper one" if late else ""


def _left_out(found: Optimisation) -> Iterator[str]:
    for state, words in ((REFUSED, "have no configuration"), (FAILED, "failed")):
        left = [trial for trial in found.trials if trial.state == state]
        if left:
            yield f"{len(left)} of {counted(found.trials, 'point')} {words}, the first for: {left[0].reason}"


def progress(found: Optimisation) -> str:
    """How far a search is, in one line."""
    best = found.best
    so_far = f"the cheapest of {found.design.file.error:.3g} or less needs {cost_words(found, best)}, trial " \
        f"{best.number}" if best else "none is good enough yet"
    return f"{counted(found.trials, 'trial')}: {so_far}"


def figure(found: Optimisation, ax: Axes | None = None, width: float | None = None) -> Figure:
    """Draw costs and errors of all trials, on axes or alone [inches]; returns the Figure."""
    from neurosim.plots.optimisation import optimisation_figure, optimisation_panel
    file = found.design.file
    kind = f"{file.cost}{_per(found)}"
    if ax is not None:
        return optimisation_panel(found, file.error, kind, ax, width).figure
    title = f"{Path(found.design.owner).name}: {counted(found.trials, 'trial')}"
    return optimisation_figure(found, file.error, kind, title, width)


def cost_words(found: Optimisation, trial: Trial) -> str:
    """Cost of a trial with its unit."""
    return f"{trial.cost * 1e6:.4g} mm2" if found.unit == "m2" else quantity(trial.cost, found.unit)


def _per(found: Optimisation) -> str:
    return "" if found.design.file.cost == "area" else f" per {found.design.file.per.replace('_', ' ')}"


def _described(trial: Trial) -> str:
    return ", ".join(f"{name} {_value(name, value)}" for name, value in trial.values.items())


def _value(name: str, value: Any) -> str:
    unit = unit_of(name)
    if isinstance(value, (int, float)) and not isinstance(value, bool) and unit in _PREFIXED:
        return quantity(value, unit, 3)
    return f"{value:.4g}" if isinstance(value, float) else str(value)


def plain(found: Optimisation) -> dict[str, Any]:
    """All of it as plain values, SI units."""
    best = found.best
    return {"design": found.design.owner, "asked": to_table(found.design.file), "measure": found.design.measure,
            "unit": found.unit, "errors": ERRORS, "verdict": verdict(found),
            "best": _plain(best) if best else None, "front": [trial.number for trial in found.front],
            "trials": [_plain(trial) for trial in found.trials]}


def _plain(trial: Trial) -> dict[str, Any]:
    numbers = {name: None if value != value else value
               for name, value in (("cost", trial.cost), ("error", trial.error), ("test_error", trial.test_error))}
    return {"number": trial.number, "values": trial.values, "state": trial.state, "reason": trial.reason, **numbers}
