"""What is measured at a point of a sweep: its run file is completed as that of any training."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from neurosim.experiment.pipeline.conclusion import completed
from neurosim.experiment.pipeline.display import Silence
from neurosim.experiment.pipeline.measures import training_report

if TYPE_CHECKING:
    from neurosim.experiment.training import Training


def conclude(training: Training, look: Callable[[], object]) -> dict[str, float]:
    """Evaluate a trained network, or read what was kept of that; returns its measures, a dict of numbers.

    look : called between parts of evaluations
    """
    report = training_report(training, "", completed(training, _Looking(look)))
    history, energy = training.progress.history, report["energy"]
    found = {name: report[name] for name in ("test_error", "validation_error")}
    found |= {"train_error": history[-1]["train_error"]} if history else {}
    found |= {"steps_per_inference": report["steps"]}
    found |= {name: report[name] for name in ("spikes_per_inference", "synaptic_operations_per_inference",
                                              "spikes_per_training_sample") if name in report}
    found |= {name: energy[name] for kind in ("inference", "training_sample")
              for name in (f"joules_per_{kind}", f"chip_seconds_per_{kind}") if name in energy}
    devices = ("pulses_per_weight", "programming_error", "range_used")
    return found | {name: report["synapses"][name] for name in devices if name in report["synapses"]}


class _Looking(Silence):
    """A display that shows nothing, and looks in place of showing how far an evaluation is."""

    def __init__(self, look: Callable[[], object]) -> None:
        self._look = look

    def advance(self, title: str, done: int, total: int, text: str) -> None:
        self._look()
