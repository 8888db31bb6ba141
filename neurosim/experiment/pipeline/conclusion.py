"""What a finished training comes to: its evaluation, kept in the run file and read back from it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from neurosim.experiment import runs
from neurosim.experiment.diagnosis import diagnose
from neurosim.experiment.evaluation import Evaluation
from neurosim.experiment.memory import peak_memory
from neurosim.experiment.pipeline.display import Muted
from neurosim.experiment.pipeline.evaluations import evaluation_tree, mistakes_tree, read_evaluation, wear_tree
from neurosim.experiment.recording import record, recorded
from neurosim.results import paths
from neurosim.results.schema import described

if TYPE_CHECKING:
    from neurosim.experiment.pipeline.display import Silence
    from neurosim.experiment.training import Training


@dataclass(frozen=True)
class Outcome:
    """What became of a training."""

    test: Evaluation           #: of the final network
    validation: Evaluation     #: of the final network
    peak_memory: float         #: largest resident memory of the process that finished it [MB of 2^20 bytes]


def completed(training: Training, display: Silence) -> Outcome:
    """Evaluate a trained network and record its single time steps, whatever of it is still missing; returns Outcome."""
    outcome = kept(training)
    if training.sharing.any(outcome is None) or outcome is None:
        outcome = concluded(training, display)
    if training.config.record.layers and not recorded(training.out):
        display.line("recording single time steps")
        data = training.data
        with training.model.shelved():
            record(training.out, training.model, training.config.record, data.test_images, data.test_labels,
                   training.measured)
    return outcome


def assisted(training: Training) -> None:
    """Do the part of another rank in what the one that writes does by `completed`."""
    if training.sharing.any(False):
        concluded(training, Muted())


def concluded(training: Training, display: Silence) -> Outcome:
    """Evaluate a trained network on the validation set and on all test images, and save that; returns Outcome."""
    data = training.data
    with training.model.shelved():
        shelved = training.config.synapses.shelf_seconds > 0
        validation = (not shelved and training.validation) or evaluate_visibly(training, "validation", display)
        test = evaluate_visibly(training, "test", display)
    network, outcome = training.model.network, Outcome(test, validation, peak_memory())
    training.results = {
        "validation": evaluation_tree(network, validation),
        "test": evaluation_tree(network, test) | {"mistakes": mistakes_tree(test, data.test_images)},
        "peak_memory": described(paths.PEAK_MEMORY, outcome.peak_memory),
        "warnings": described(paths.WARNINGS, np.array(diagnose(training, test), str)),
        **wear_tree(training.model.synapses),
    }
    training.save()
    return outcome


def kept(training: Training) -> Outcome | None:
    """Return the Outcome that the run file of a finished training holds; None where there is none."""
    if not training.progress.finished or not training.out.is_file():
        return None
    with runs.opened(training.out) as run:
        if paths.PEAK_MEMORY not in run:
            return None
        peak = float(run[paths.PEAK_MEMORY].data)
        return Outcome(read_evaluation(run, "test"), read_evaluation(run, "validation"), peak)


def evaluate_visibly(training: Training, split: str, display: Silence) -> Evaluation:
    """Evaluate on "test" or "validation" under a bar; returns Evaluation."""
    images, labels = (getattr(training.data, f"{split}_{kind}") for kind in ("images", "labels"))
    title = f"evaluating {split} images"
    return training.evaluate(images, labels, lambda done: display.advance(title, done, len(labels), ""))
