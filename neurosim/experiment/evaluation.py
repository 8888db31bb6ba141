"""Measure a model on images it does not learn from."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from neurosim.counts import Counts
from neurosim.datasets import prepare
from neurosim.learning.phases import free_phase
from neurosim.streams import counter_key

if TYPE_CHECKING:
    from neurosim.datasets import Statistics
    from neurosim.experiment.config import Config
    from neurosim.experiment.model import Model

BATCH = 200
#: Mean state below which a spiking unit counts as silent: less than one spike in 200 steps.
FAINT = 0.005


@dataclass(frozen=True)
class Evaluation:
    """Outcome on a set of images.

    answers, labels : int64 (samples,)
    outputs : float (samples, classes), mean output states
    counts : Counts of all free phases
    silent, saturated : dicts from layer to the fraction of units whose mean state is 0 (spiking: below FAINT), or at
        the upper clip
    """

    answers: np.ndarray
    labels: np.ndarray
    outputs: np.ndarray
    counts: Counts
    silent: dict
    saturated: dict

    @property
    def error(self) -> float:
        """Fraction of wrong answers."""
        return float(np.mean(self.answers != self.labels))

    def confusion(self) -> np.ndarray:
        """int64 (classes, classes): samples of class (row) that were answered with class (column)."""
        classes = self.outputs.shape[1]
        return np.bincount(self.labels * classes + self.answers, minlength=classes ** 2).reshape(classes, classes)


def evaluate(model: Model, images: np.ndarray, labels: np.ndarray, measured: Statistics,
             observe: Callable | None = None) -> Evaluation:
    """Classify images with free phases; the result does not depend on how they are cut into batches.

    model : Model; images : uint8 (samples, H, W, C); labels : int64; measured : Statistics of the training images
    observe : called with the number of samples done after each batch
    raises : ValueError where converters wait for their ranges
    """
    model.refuse_uncalibrated()
    layers = model.network.layers[1:]
    last = model.engine.slices[layers[-1].name]
    counts, answers, outputs = Counts(), [], []
    names = sample_names(model.config, len(images))
    silent, saturated = ({layer.name: 0 for layer in layers} for _ in range(2))
    for start in range(0, len(images), BATCH):
        part = slice(start, start + BATCH)
        batch = prepare(images[part], model.config.data, measured)
        state = model.engine.rest(len(batch), names[part])
        record = free_phase(model.engine, state, batch, model.config.learning)
        answers.append(model.answers(record))
        outputs.append(record.mean[:, last])
        counts += model.count(record)
        for layer in layers:
            states = record.mean[:, model.engine.slices[layer.name]]
            silent[layer.name] += int(np.count_nonzero(_quiet(layer, states, layer is layers[-1])))
            saturated[layer.name] += int(np.count_nonzero(states >= layer.clip[1]))
        if observe:
            observe(min(start + BATCH, len(images)))
    total = {layer.name: len(images) * layer.units for layer in layers}
    return Evaluation(np.concatenate(answers), labels, np.concatenate(outputs), counts,
                      {name: silent[name] / total[name] for name in total},
                      {name: saturated[name] / total[name] for name in total})


def sample_names(config: Config, samples: int) -> np.ndarray:
    """Names under which the first images of a set draw their noise; uint64 (samples,), see `Engine.rest`."""
    return counter_key(config.seed, "samples of evaluations") + np.arange(samples, dtype=np.uint64)


def _quiet(layer: Any, states: Any, last: bool) -> np.ndarray:
    """Whether units say nothing; bool, of the shape of their mean states.

    What lies below 0 is silent where there are no negative signals, and as an output, which answers with what is large.
    """
    faint = 0.0 if layer.sends_states else FAINT
    return np.abs(states) <= faint if layer.clip[0] < 0 and not last else states <= max(faint, layer.low)
