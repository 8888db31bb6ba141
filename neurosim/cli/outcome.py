"""What a finished training comes to: its evaluation, kept in the run file and read back from it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from neurosim.cli.display import Muted
from neurosim.crossbar.wear import EDGES, wear_histogram
from neurosim.datasets import pictures
from neurosim.experiment import runs
from neurosim.experiment.diagnosis import diagnose
from neurosim.experiment.evaluation import Evaluation
from neurosim.experiment.ledger import counts_tree, read_counts
from neurosim.experiment.recording import record, recorded
from neurosim.experiment.memory import peak_memory
from neurosim.results import Quantity
from neurosim.results.schema import described

if TYPE_CHECKING:
    from neurosim.cli.display import Silence
    from neurosim.experiment.training import Training
    from neurosim.network.graph import Network
    from neurosim.results.checking import RunOfTraining

MISTAKES = 12    #: wrong answers whose images are kept


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
        "peak_memory": described("results/peak_memory", outcome.peak_memory),
        "warnings": described("results/warnings", np.array(diagnose(training, test), str)),
        **wear_tree(training),
    }
    training.save()
    return outcome


def wear_tree(training: Training) -> dict:
    """How worn the devices are, as a tree of Quantity; empty for ideal synapses."""
    histogram = wear_histogram(training.model.synapses)
    return histogram and {"wear": {
        "edges": described("results/wear/edges", EDGES),
        **{name: described(f"results/wear/{name}", counts)
           for name, counts in histogram.items()}}}


def kept(training: Training) -> Outcome | None:
    """The Outcome that the run file of a finished training holds; None where there is none."""
    if not training.progress.finished or not training.out.is_file():
        return None
    with runs.opened(training.out) as run:
        if "results/peak_memory" not in run:
            return None
        peak = float(run["results/peak_memory"].data)
        return Outcome(read_evaluation(run, "test"), read_evaluation(run, "validation"), peak)


def evaluate_visibly(training: Training, split: str, display: Silence) -> Evaluation:
    """Evaluate on "test" or "validation" under a bar; returns Evaluation."""
    images, labels = (getattr(training.data, f"{split}_{kind}") for kind in ("images", "labels"))
    title = f"evaluating {split} images"
    return training.evaluate(images, labels, lambda done: display.advance(title, done, len(labels), ""))


def evaluation_tree(network: Network, evaluation: Evaluation) -> dict:
    """Turn an Evaluation into a tree of Quantity from which `read_evaluation` makes its equal.

    network : Network that was evaluated
    """
    counts, layers = evaluation.counts, network.layers
    names = [layer.name for layer in layers]

    def fractions(values: dict[str, float]) -> np.ndarray:
        return np.array([np.nan, *(values[name] for name in names[1:])])

    found: dict[str, Any] = {
        "error": evaluation.error, "answers": evaluation.answers, "labels": evaluation.labels,
        "outputs": evaluation.outputs, "confusion": evaluation.confusion(), "steps": counts.steps,
        "layers": np.array(names), "units": np.array([layer.units for layer in layers]),
        "sends": np.array(["states" if network.sends_states(name) else "spikes" for name in names]),
        "signals": np.array([counts.signals[name] for name in names]),
        "silent": fractions(evaluation.silent), "saturated": fractions(evaluation.saturated),
    }
    return {name: described(f"results/test/{name}", values) for name, values in found.items()} \
        | {"ledger": counts_tree([counts])}


def mistakes_tree(evaluation: Evaluation, images: np.ndarray) -> dict:
    """Keep the wrong answers that were given with the largest margin, as a tree of Quantity.

    images : uint8 (samples, H, W, C), or events, those that were evaluated
    """
    wrong = np.flatnonzero(evaluation.answers != evaluation.labels)
    outputs = evaluation.outputs
    margin = outputs[wrong, evaluation.answers[wrong]] - outputs[wrong, evaluation.labels[wrong]]
    order = np.argsort(-margin, kind="stable")[:MISTAKES]
    worst = wrong[order]
    found = {"index": worst, "images": pictures(images[worst]), "labels": evaluation.labels[worst],
             "answers": evaluation.answers[worst], "margin": margin[order]}
    return {name: described(f"results/test/mistakes/{name}", values) for name, values in found.items()}


def read_evaluation(run: RunOfTraining, split: str) -> Evaluation:
    """Read the Evaluation of "test" or "validation" back from an open RunFile."""
    kept = {name: quantity.data for name, quantity in run[f"results/{split}"].items() if isinstance(quantity, Quantity)}
    layers = [str(name) for name in kept["layers"]]
    counts, = read_counts(run, f"results/{split}/ledger")
    return Evaluation(kept["answers"], kept["labels"], kept["outputs"], counts,
                      *(dict(zip(layers[1:], kept[name][1:].tolist())) for name in ("silent", "saturated")))
