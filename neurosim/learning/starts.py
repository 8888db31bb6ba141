"""Where the free phase of a training sample begins: at rest, or where phases before it have ended.

A State that is handed on keeps its states, decoded currents, residues and signals, and with them what coders and
decoders know of each other. Its time starts again, so that schedules and events do, and its noise has other names.
"""

from typing import Any, ClassVar

import numpy as np

from neurosim.engines.protocol import Engine, State
from neurosim.learning.sharing import WHOLE, Sharing

_VARIABLES = ("x", "d", "v", "s")
#: Most memory of states that are kept for every sample, which every checkpoint writes [bytes].
LARGEST = 1 << 31


class Start:
    """At rest: all is zero, and nothing is kept."""

    name: ClassVar[str] = "zero"

    def state(self, names: np.ndarray, indices: np.ndarray, part: int = 0) -> Any:
        """Return the State in which samples begin, or None for rest.

        names : uint64 (samples,), under which they draw noise; indices : int64 (samples,), in the training set
        part : number of the part of the batch that they are, see `neurosim.learning.sharing`
        """
        return None

    def keep(self, end: Any, indices: np.ndarray, part: int = 0) -> None:
        """Take note of the State in which a part of a batch has ended its last phase; MUTATES the start."""

    def stored(self) -> dict[str, np.ndarray]:
        """Return the arrays that a checkpoint needs, a dict; all ranks make the call."""
        return {}

    def load(self, stored: dict[str, np.ndarray]) -> None:
        """Take back what `stored` returned; raises ValueError where it does not fit. MUTATES the start."""
        wanted = {name: values.shape for name, values in self.stored().items()}
        found = {name: values.shape for name, values in stored.items()}
        if wanted != found:
            raise ValueError(f"states: {found or 'none'} are kept, where {wanted or 'none'} belong")
        if wanted:
            self._take(stored)

    def _take(self, stored: dict[str, np.ndarray]) -> None:
        raise NotImplementedError


class CarriedOver(Start):
    """Where the batch before ended its last phase, sample by sample in their order; the first one at rest.

    engine : Engine; batch : samples of a batch; sharing : of the batch among ranks
    """

    name = "carried"

    def __init__(self, engine: Engine, batch: int, sharing: Sharing = WHOLE) -> None:
        self._sharing, self._own = sharing, sharing.own(batch)
        self._places = sharing.parts(batch // sharing.ranks.size)
        sizes = [place.stop - place.start for place in self._places]
        self._ends: list[Any] = [engine.rest(size, np.zeros(size, np.uint64)) for size in sizes]

    def state(self, names: np.ndarray, indices: np.ndarray, part: int = 0) -> Any:
        """Return the State in which samples begin, see `Start.state`; one of another size than the last is at rest."""
        if len(names) != len(self._ends[part].time):
            return None
        state = self._ends[part].copy()
        state.time[:], state.names[:] = 0, names
        return state

    def keep(self, end: Any, indices: np.ndarray, part: int = 0) -> None:
        self._ends[part] = end

    def stored(self) -> dict[str, np.ndarray]:
        return {name: self._sharing.rows(np.concatenate([getattr(end, name) for end in self._ends]))
                for name in _VARIABLES}

    def _take(self, stored: dict[str, np.ndarray]) -> None:
        own = {name: values[self._own] for name, values in stored.items()}
        self._ends = [_state_of({name: values[place] for name, values in own.items()},
                                np.zeros(place.stop - place.start, np.uint64)) for place in self._places]


class CarriedPerSample(Start):
    """Where the same sample ended its last phase when it was learnt before, an epoch ago; at rest in the first epoch.

    engine : Engine; samples : of the training set
    raises : ValueError where that is too much to keep
    """

    name = "carried-per-sample"

    def __init__(self, engine: Engine, samples: int) -> None:
        shape, kind = (samples, engine.rest(1, np.zeros(1, np.uint64)).x.shape[1]), np.dtype(engine.dtype)
        size = len(_VARIABLES) * kind.itemsize * shape[0] * shape[1]
        if size > LARGEST:
            raise ValueError(f'learning.start: "{self.name}" keeps {size / 2 ** 30:.3g} GiB of states of {samples} '
                             f"images, which every checkpoint writes, and at most {LARGEST / 2 ** 30:.3g} GiB are "
                             f'kept; write "{CarriedOver.name}", or lower data.train_samples')
        self._kept = {name: np.zeros(shape, kind) for name in _VARIABLES}

    def state(self, names: np.ndarray, indices: np.ndarray, part: int = 0) -> Any:
        return _state_of({name: values[indices] for name, values in self._kept.items()}, names)

    def keep(self, end: Any, indices: np.ndarray, part: int = 0) -> None:
        for name, values in self._kept.items():
            values[indices] = getattr(end, name)

    def stored(self) -> dict[str, np.ndarray]:
        return self._kept

    def _take(self, stored: dict[str, np.ndarray]) -> None:
        self._kept = {name: np.array(values) for name, values in stored.items()}


def make_start(kind: str, engine: Engine, batch: int, samples: int, sharing: Sharing = WHOLE) -> Start:
    """Return the Start of `learning.start`; batch : samples of a batch; samples : of the training set.

    sharing : of a batch among ranks; raises : ValueError where that is too much to keep
    """
    if kind == CarriedOver.name:
        return CarriedOver(engine, batch, sharing)
    return CarriedPerSample(engine, samples) if kind == CarriedPerSample.name else Start()


def _state_of(arrays: dict[str, np.ndarray], names: np.ndarray) -> State:
    """Return a State of these arrays, at time 0."""
    return State(**{name: np.array(arrays[name]) for name in _VARIABLES}, time=np.zeros(len(names), np.int64),
                 names=np.array(names, np.uint64))
