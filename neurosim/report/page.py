"""The report of a run: its sections in their order."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from neurosim.report.activity import raster, rates
from neurosim.report.document import document
from neurosim.report.energy import energy
from neurosim.report.facts import refuse_unevaluated
from neurosim.report.outcome import answers, learning
from neurosim.report.overview import verdict, what_was_run
from neurosim.report.repeat import repeat
from neurosim.report.synapses import pulses, weights
from neurosim.results.checking import RunOfTraining

if TYPE_CHECKING:
    from neurosim.report.facts import Facts

_SECTIONS = {
    ("run", "What was run"): what_was_run,
    ("learning", "Learning"): learning,
    ("answers", "Answers on the test images"): answers,
    ("weights", "Weights and conductances"): weights,
    ("pulses", "Pulses and wear"): pulses,
    ("rates", "Firing rate by layer and phase"): rates,
    ("raster", "Spike raster"): raster,
    ("energy", "Energy, time and area"): energy,
    ("repeat", "How to repeat it"): repeat,
}


def report(path: Path | str, facts: Facts) -> str:
    """Make the page of a run file.

    path : run file of a finished `neurosim train`; facts : Facts, what the run file does not say itself
    returns : str, HTML
    raises : RunFileError where the run was not evaluated yet
    """
    with RunOfTraining(path) as run:
        refuse_unevaluated(run)
        sections = {key: make(run, facts) for key, make in _SECTIONS.items()}
        return str(document(facts.title, sections, head=(verdict(run, facts),)))
