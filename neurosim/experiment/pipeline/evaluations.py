"""Evaluations and wear as a run file keeps them, and read back as they were."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from neurosim.crossbar.wear import EDGES, wear_histogram
from neurosim.datasets import pictures
from neurosim.experiment.evaluation import Evaluation
from neurosim.experiment.ledger import counts_tree, read_counts
from neurosim.results import Quantity, paths
from neurosim.results.schema import described

if TYPE_CHECKING:
    from neurosim.crossbar.synapses import Synapses
    from neurosim.network.graph import Network
    from neurosim.results.checking import RunOfTraining

MISTAKES = 12    #: wrong answers whose images are kept


def wear_tree(synapses: Synapses) -> dict:
    """Return how worn the devices are, as a tree of Quantity; empty for ideal synapses."""
    histogram = wear_histogram(synapses)
    return histogram and {"wear": {
        "edges": described(paths.wear("edges"), EDGES),
        **{name: described(paths.wear(name), counts)
           for name, counts in histogram.items()}}}


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
    return {name: described(paths.evaluation("test", name), values) for name, values in found.items()} \
        | {paths.LEDGER: counts_tree([counts])}


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
    return {name: described(paths.mistakes(name), values) for name, values in found.items()}


def read_evaluation(run: RunOfTraining, split: str) -> Evaluation:
    """Read the Evaluation of "test" or "validation" back from an open RunFile."""
    kept = {name: quantity.data for name, quantity in run[paths.evaluation(split)].items()
            if isinstance(quantity, Quantity)}
    layers = [str(name) for name in kept["layers"]]
    counts, = read_counts(run, paths.evaluation(split, paths.LEDGER))
    return Evaluation(kept["answers"], kept["labels"], kept["outputs"], counts,
                      *(dict(zip(layers[1:], kept[name][1:].tolist())) for name in ("silent", "saturated")))
