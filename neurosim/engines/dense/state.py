"""The state of a batch where the dense engine computes, and its way to and from arrays."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from torch import Tensor

from neurosim.engines.dense.neurons import Cells
from neurosim.engines.protocol import State


@dataclass
class DenseState:
    """What a phase hands on to the next, on the device; see `neurosim.engines.protocol.State`, whose arrays it gives.

    cells : list of Cells by layer; maps : list of currents in front of max pooling, (samples, units), by connection
    time : int64 (samples,), steps since rest; names : uint64 (samples,)
    x, d, v, s : float arrays (samples, units of layers and maps), copies
    """

    cells: list[Cells]
    maps: list[Tensor]
    time: np.ndarray
    names: np.ndarray

    def copy(self) -> "DenseState":
        """Return a state that shares no memory with this one."""
        return self.each(Tensor.clone, np.copy)

    def each(self, change: Callable[[Tensor], Tensor], change_array: Callable[[Any], Any]) -> "DenseState":
        """Return the state that functions make of its tensors and of its arrays."""
        return DenseState([one.each(change) for one in self.cells], [change(one) for one in self.maps],
                          change_array(self.time), change_array(self.names))

    def rows(self, chosen: Any) -> "DenseState":
        """Return some samples: a view of them for a slice, a copy for a tensor of indices."""
        return self.each(lambda values: values[chosen], lambda values: values[np.asarray(chosen)]
                         if isinstance(chosen, Tensor) else values[chosen])

    def replaced(self, samples: np.ndarray, other: "DenseState") -> "DenseState":
        """Return a copy with the rows of some samples, int (some,), taken from another state, one after the other."""
        found = self.copy()
        found.write(torch.as_tensor(samples), other)
        return found

    def write(self, rows: Any, other: "DenseState") -> None:
        """Take over the samples of another state as those of some rows, which are MUTATED."""
        for own, cells in zip(self.cells, other.cells):
            own.write(rows, cells)
        for mine, currents in zip(self.maps, other.maps):
            mine[rows] = currents
        self.time[np.asarray(rows) if isinstance(rows, Tensor) else rows] = other.time

    @property
    def x(self) -> np.ndarray:
        """States."""
        return self._flat(lambda one: one.x, zeros=True)

    @property
    def d(self) -> np.ndarray:
        """Decoded currents, and the currents of maps."""
        return self._flat(lambda one: one.d, zeros=False)

    @property
    def v(self) -> np.ndarray:
        """Residues of modulators."""
        return self._flat(lambda one: one.v, zeros=True)

    @property
    def s(self) -> np.ndarray:
        """Signals sent last."""
        return self._flat(lambda one: one.s, zeros=True)

    def _flat(self, part: Callable[[Cells], Tensor], zeros: bool) -> np.ndarray:
        parts = [part(one) if part(one).shape == one.x.shape else torch.zeros_like(one.x) for one in self.cells]
        return flat([*parts, *(torch.zeros_like(one) if zeros else one for one in self.maps)])

    def take(self, state: State) -> None:
        """Take over what a State holds; MUTATES this one."""
        ends = np.cumsum([0, *(one.x.shape[1] for one in self.cells), *(one.shape[1] for one in self.maps)]).tolist()
        for one, own in zip(self.cells, map(slice, ends, ends[1:])):
            for name in "xdvs":
                target = getattr(one, name)
                target.copy_(torch.as_tensor(getattr(state, name)[:, own])[:, :target.shape[1]])
        for currents, own in zip(self.maps, map(slice, ends[len(self.cells):], ends[len(self.cells) + 1:])):
            currents.copy_(torch.as_tensor(state.d[:, own]))
        self.time[:], self.names[:] = state.time, state.names

    def give(self, state: State) -> None:
        """Write all into a State, which is MUTATED."""
        for name in "xdvs":
            getattr(state, name)[:] = getattr(self, name)
        state.time[:] = self.time


def flat(parts: Sequence[Tensor]) -> np.ndarray:
    """Return tensors (samples, units) of layers as one array, (samples, units of all)."""
    found: np.ndarray = torch.cat(list(parts), dim=1).cpu().numpy()
    return found
