"""What a finished training comes to: its evaluation, kept in the run file and read back from it."""

from dataclasses import dataclass

import numpy as np

from neurosim.crossbar.wear import EDGES, wear_histogram
from neurosim.experiment.evaluation import Evaluation
from neurosim.experiment.ledger import counts_tree, read_counts
from neurosim.experiment.recording import record
from neurosim.experiment.training import peak_memory
from neurosim.results import Quantity, RunFile

MISTAKES = 12    #: wrong answers whose images are kept


@dataclass(frozen=True)
class Outcome:
    """What became of a training."""

    test: Evaluation           #: of the final network
    validation: Evaluation     #: of the final network
    peak_memory: float         #: largest resident memory of the process that finished it [MB of 2^20 bytes]


def concluded(training, display):
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
        "peak_memory": Quantity(outcome.peak_memory, "MB", "largest resident memory of the process, in 2^20 bytes"),
        **wear_tree(training),
    }
    training.save()
    if training.config.record.layers:
        display.line("recording single time steps")
        with training.model.shelved():
            record(training.out, training.model, training.config.record,
                   data.test_images, data.test_labels, training.measured)
    return outcome


def wear_tree(training):
    """How worn the devices are, as a tree of Quantity; empty for ideal synapses."""
    if training.config.synapses.device == "ideal":
        return {}
    return {"wear": {
        "edges": Quantity(EDGES, "1", "lower edges of the histograms: pulses that a device has received"),
        **{name: Quantity(counts, "1", "devices of this connection with so many pulses")
           for name, counts in wear_histogram(training.model.synapses).items()}}}


def kept(training):
    """The Outcome that the run file of a finished training holds; None where there is none."""
    if not training.progress.finished:
        return None
    with RunFile(training.out) as run:
        if "results/peak_memory" not in run:
            return None
        peak = float(run["results/peak_memory"].data)
        return Outcome(read_evaluation(run, "test"), read_evaluation(run, "validation"), peak)


def evaluate_visibly(training, split, display):
    """Evaluate on "test" or "validation" under a bar; returns Evaluation."""
    images, labels = (getattr(training.data, f"{split}_{kind}") for kind in ("images", "labels"))
    title = f"evaluating {split} images"
    return training.evaluate(images, labels, lambda done: display.advance(title, done, len(labels), ""))


def evaluation_tree(network, evaluation):
    """Turn an Evaluation into a tree of Quantity from which `read_evaluation` makes its equal.

    network : Network that was evaluated
    """
    counts, layers = evaluation.counts, network.layers
    names = [layer.name for layer in layers]

    def fractions(values):
        return np.array([np.nan, *(values[name] for name in names[1:])])

    return {
        "error": Quantity(evaluation.error, "1", "fraction of wrong answers"),
        "answers": Quantity(evaluation.answers, "1", "class answered, one per image"),
        "labels": Quantity(evaluation.labels, "1", "class of the image"),
        "outputs": Quantity(evaluation.outputs, "1", "mean output states: (images, classes)"),
        "confusion": Quantity(evaluation.confusion(), "1", "images of class (row) answered with class (column)"),
        "steps": Quantity(counts.steps, "1", "time steps of the free phases, summed over images"),
        "layers": Quantity(np.array(names), "1", "names of the layers"),
        "units": Quantity(np.array([layer.units for layer in layers]), "1", "neurons of each layer"),
        "sends": Quantity(np.array(["states" if network.sends_states(name) else "spikes" for name in names]), "1",
                          "what each layer sends: spikes, or its states as they are"),
        "signals": Quantity(np.array([counts.signals[name] for name in names]), "1",
                            "spikes, or non-zero states where those are sent, of each layer, summed over images"),
        "silent": Quantity(fractions(evaluation.silent), "1", "fraction of units whose mean state is 0, by layer"),
        "saturated": Quantity(fractions(evaluation.saturated), "1", "fraction of units at the upper clip, by layer"),
        "ledger": counts_tree([counts]),
    }


def mistakes_tree(evaluation, images):
    """Keep the wrong answers that were given with the largest margin, as a tree of Quantity.

    images : uint8 (samples, H, W, C), those that were evaluated
    """
    wrong = np.flatnonzero(evaluation.answers != evaluation.labels)
    outputs = evaluation.outputs
    margin = outputs[wrong, evaluation.answers[wrong]] - outputs[wrong, evaluation.labels[wrong]]
    order = np.argsort(-margin, kind="stable")[:MISTAKES]
    worst = wrong[order]
    return {
        "index": Quantity(worst, "1", "place in the test set of the wrong answers with the largest margin"),
        "images": Quantity(images[worst], "1", "their images, bytes as published: (n, rows, columns, channels)"),
        "labels": Quantity(evaluation.labels[worst], "1", "their classes"),
        "answers": Quantity(evaluation.answers[worst], "1", "what was answered"),
        "margin": Quantity(margin[order], "1", "output of the answer minus output of the class"),
    }


def read_evaluation(run, split):
    """Read the Evaluation of "test" or "validation" back from an open RunFile."""
    kept = {name: quantity.data for name, quantity in run[f"results/{split}"].items() if isinstance(quantity, Quantity)}
    layers = [str(name) for name in kept["layers"]]
    counts, = read_counts(run, f"results/{split}/ledger")
    return Evaluation(kept["answers"], kept["labels"], kept["outputs"], counts,
                      *(dict(zip(layers[1:], kept[name][1:].tolist())) for name in ("silent", "saturated")))
