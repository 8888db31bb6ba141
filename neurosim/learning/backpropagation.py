"""Backpropagation through time: the gradient of the loss of what inference reads, through the steps that led there."""

from dataclasses import dataclass
from typing import Any

import numpy as np

from neurosim.engines.protocol import Backpropagating, Descent, Engine, Products, Record
from neurosim.learning.estimator import FREE, Contrast
from neurosim.learning.phases import Phases
from neurosim.losses import LOSSES
from neurosim.summaries import Fielded


@dataclass(frozen=True, repr=False)
class Backpropagated(Fielded):
    """What backpropagation made of one batch.

    free : Record of the free phase; products : gradient of the loss, averaged over the batch; end : State behind it
    """

    free: Record
    products: Products
    end: Any = None

    @property
    def by_phase(self) -> dict[str, Record]:
        """Records of all phases, dict by name: there is but the free one."""
        return {FREE: self.free}

    @property
    def moment(self) -> float:
        """What stands in place of the moment of an estimator: 1."""
        return 1.0

    def __len__(self) -> int:
        """Number of samples."""
        return len(self.free.mean)

    def share(self, samples: int) -> Products:
        """Return what these samples add to the gradient of the loss averaged over a batch of so many."""
        if samples == len(self):
            return self.products
        factor = len(self) / samples
        return Products(*({name: values.dtype.type(factor) * values for name, values in parts.items()}
                          for parts in (self.products.weights, self.products.biases)))

    def contrasts(self) -> tuple[Contrast, ...]:
        """Return the Contrasts that the gradient is made of: none."""
        return ()


def backpropagate(engine: Engine, images: np.ndarray, targets: np.ndarray, phases: Phases,
                  names: np.ndarray | None = None, start: Any = None) -> Backpropagated:
    """Run the free phase of one batch, and go back through its steps.

        dL/dW,    L = loss(mean output over the last `window` steps, targets), averaged over the batch

    which is what an evaluation answers by: the mean of states, or of spikes with state = "spike-count".

    images : float (samples, H, W, C); targets : float (samples, classes), of the loss
    start : State in which it begins, MUTATED, which nothing goes back through; None = at rest, under `names`
    raises : ValueError for an engine that cannot go back
    """
    if not isinstance(engine, Backpropagating):
        raise ValueError('learning.rule: "bptt" goes back through the steps of the engine "dense", and this engine '
                         'cannot; write engine.kind = "dense", or learning.rule = "ep"')
    steps = phases.relaxed_steps
    descent = Descent(targets=targets, steps=steps, loss=LOSSES[phases.loss], window=phases.span,
                      average=phases.average, last=phases.truncation or steps, surrogate=phases.surrogate,
                      sharpness=phases.sharpness)
    state = engine.rest(len(images), names) if start is None else start
    return Backpropagated(*engine.backpropagate(state, images, descent), state)
