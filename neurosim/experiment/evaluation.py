"""Measure a model on images it does not learn from."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from itertools import zip_longest
from typing import TYPE_CHECKING, Any

import numpy as np

from neurosim.counts import Counts
from neurosim.datasets import prepare
from neurosim.learning.phases import free_phase
from neurosim.learning.sharing import WHOLE, Sharing
from neurosim.streams import counter_key
from neurosim.summaries import Fielded

if TYPE_CHECKING:
    from neurosim.datasets import Statistics
    from neurosim.experiment.config import Config
    from neurosim.experiment.model import Model

BATCH = 200
#: Mean state below which a spiking unit counts as silent: less than one spike in 200 steps.
FAINT = 0.005


@dataclass(frozen=True, repr=False)
class Evaluation(Fielded):
    """Outcome on a set of images.

    answers, labels : int64 (samples,)
    outputs : float (samples, classes), mean output states
    counts : Counts of all free phases
    silent, saturated : dicts from layer to the fraction of units whose mean state is 0 (spiking: below FAINT), or at
        the upper clip
    dead : dict from layer to the fraction of units that are silent for every image; run files do not keep it
    """

    answers: np.ndarray
    labels: np.ndarray
    outputs: np.ndarray
    counts: Counts
    silent: dict
    saturated: dict
    dead: dict = field(default_factory=dict)

    @property
    def error(self) -> float:
        """Fraction of wrong answers."""
        return float(np.mean(self.answers != self.labels))

    def confusion(self) -> np.ndarray:
        """Return int64 (classes, classes): samples of class (row) that were answered with class (column)."""
        classes = self.outputs.shape[1]
        return np.bincount(self.labels * classes + self.answers, minlength=classes ** 2).reshape(classes, classes)


def evaluate(model: Model, images: np.ndarray, labels: np.ndarray, measured: Statistics,
             observe: Callable | None = None, sharing: Sharing = WHOLE) -> Evaluation:
    """Classify images with free phases; the result does not depend on how they are cut into batches.

    model : Model; images : uint8 (samples, H, W, C); labels : int64; measured : Statistics of the training images
    observe : called with the number of samples done after each batch, or each round of batches of all ranks
    sharing : among ranks, which take turns batch by batch, and all get the whole Evaluation
    raises : ValueError where converters wait for their ranges
    """
    model.refuse_uncalibrated()
    rank, size, found = sharing.ranks.rank, sharing.ranks.size, []
    names = sample_names(model.config, len(images))
    for first in range(0, len(images), BATCH * size):
        part = slice(first + BATCH * rank, first + BATCH * (rank + 1))
        if part.start < len(images):
            found.append(_answered(model, prepare(images[part], model.config.data, measured), names[part]))
        if observe:
            observe(min(first + BATCH * size, len(images)))
    batches = [batch for turn in zip_longest(*sharing.gather(found)) for batch in turn if batch]
    total = {layer.name: len(images) * layer.units for layer in model.network.layers[1:]}
    silent, saturated = ({name: sum(batch[kind][name] for batch in batches) / units for name, units in total.items()}
                         for kind in ("silent", "saturated"))
    dead = {layer.name: _dead([batch["dead"][layer.name] for batch in batches], layer.units)
            for layer in model.network.layers[1:]}
    answers, outputs = ([row for batch in batches for row in batch[kind]] for kind in ("answers", "outputs"))
    counts = sum((Counts(**batch["counts"]) for batch in batches), Counts())
    return Evaluation(np.array(answers), labels, np.array(outputs, model.engine.dtype), counts, silent, saturated,
                      dead)


def _answered(model: Model, images: np.ndarray, names: np.ndarray) -> dict[str, Any]:
    """Run the free phase of one batch of prepared images; returns what JSON can hold of it.

    answers, outputs : lists; counts : fields of Counts; silent, saturated : dicts from layer to a number of units
    dead : dict from layer to a bit for each unit that is silent in the whole batch, packed, in hexadecimal digits
    """
    layers = model.network.layers[1:]
    record = free_phase(model.engine, model.engine.rest(len(images), names), images, model.config.learning)
    states = {layer.name: record.mean[:, model.engine.slices[layer.name]] for layer in layers}
    quiet = {layer.name: _quiet(layer, states[layer.name], layer is layers[-1]) for layer in layers}
    return {"answers": model.answers(record).tolist(), "outputs": states[layers[-1].name].tolist(),
            "counts": vars(model.count(record)),
            "silent": {name: int(np.count_nonzero(units)) for name, units in quiet.items()},
            "dead": {name: np.packbits(units.all(axis=0)).tobytes().hex() for name, units in quiet.items()},
            "saturated": {layer.name: int(np.count_nonzero(states[layer.name] >= layer.clip[1])) for layer in layers}}


def _dead(batches: Sequence[str], units: int) -> float:
    """Return the fraction of the units of a layer that are silent in every batch, from the bits of each."""
    bits = [np.unpackbits(np.frombuffer(bytes.fromhex(batch), np.uint8), count=units) for batch in batches]
    return float(np.mean(np.bitwise_and.reduce(bits)))


def sample_names(config: Config, samples: int) -> np.ndarray:
    """Return names under which the first images of a set draw their noise; uint64 (samples,), see `Engine.rest`."""
    return counter_key(config.seed, "samples of evaluations") + np.arange(samples, dtype=np.uint64)


def _quiet(layer: Any, states: Any, last: bool) -> np.ndarray:
    """Return whether units say nothing; bool, of the shape of their mean states.

    What lies below 0 is silent where there are no negative signals, and as an output, which answers with what is large.
    """
    faint = 0.0 if layer.sends_states else FAINT
    return np.abs(states) <= faint if layer.clip[0] < 0 and not last else states <= max(faint, layer.low)
