"""Neurons on a processor: the compiled laws of `neurosim.neurons`, on the memory of tensors."""

from collections.abc import Sequence
from typing import Any

import numpy as np
from torch import Tensor

from neurosim.engines.dense._rows import count_rows, rows_loop
from neurosim.engines.dense.neurons import Cells, Factor
from neurosim.network.graph import Network
from neurosim.neurons.law import BUILT_IN

#: Terms that the kernel adds up itself.
MOST_TERMS = 4

#: Units that are advanced at a time, which stay in a first-level cache; a law of your own may look at a whole layer.
AT_A_TIME = 1024


class CompiledLaws:
    """Advances layers of a network by the laws of their neurons, those of the user too.

    network : Network; decodes : whether each layer has decoders; dtype : of states
    """

    def __init__(self, network: Network, decodes: Sequence[bool], dtype: np.dtype) -> None:
        self._loop, kind = rows_loop(network.laws), dtype.type
        self._numbers = [network.laws.index(layer.law) for layer in network.layers]
        self._bounds = [(kind(layer.low), kind(layer.high)) for layer in network.layers]
        self._parameters = [np.array(layer.parameters or (0,), dtype) for layer in network.layers]
        self._lengths = [min(layer.units, AT_A_TIME) if layer.law.name in BUILT_IN else layer.units
                         for layer in network.layers]
        self._decodes, self._dtype, self._none = decodes, dtype, np.zeros((0, 0), dtype)
        self._one = np.ones(1, dtype)

    def advance(self, index: int, cells: Cells, phis: list[Tensor], directs: list[Tensor], eps: Factor,
                lam: Factor) -> None:
        """Advance one layer by one time step; cells are MUTATED.

        phis : terms of the currents that spikes carry; directs : of what needs no decoder; (samples or 1, units) each
        """
        x, d, v = (values.numpy() for values in (cells.x, cells.d, cells.v))
        s = self._none if cells.s is cells.x else cells.s.numpy()
        phi, direct, unsent = np.empty((3, self._lengths[index]), self._dtype)
        self._loop(self._numbers[index], (x, d, v, s), (self._terms(phis), self._terms(directs)),
                   (self._factor(eps), self._factor(lam) if self._decodes[index] else self._one), self._bounds[index],
                   self._parameters[index], (phi, direct, unsent))

    def count(self, signals: Tensor, sent: Tensor) -> None:
        """Count signals that are not zero; sent : int16 (samples, units), MUTATED."""
        count_rows(signals.numpy(), sent.numpy())

    def _terms(self, terms: list[Tensor]) -> tuple[np.ndarray, ...]:
        for more in terms[MOST_TERMS:]:
            terms[0] = terms[0] + more
        arrays = [one.contiguous().numpy() for one in terms[:MOST_TERMS]]
        return tuple(arrays + [self._none] * (MOST_TERMS - len(arrays)))

    def _factor(self, factor: Factor) -> np.ndarray:
        values: Any = factor.numpy().ravel() if isinstance(factor, Tensor) else np.full(1, factor, self._dtype)
        return values
