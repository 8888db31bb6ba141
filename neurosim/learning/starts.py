"""Where the free phase of a training sample begins: at rest, or where phases before it have ended.

A State that is handed on keeps its states, decoded currents, residues and signals, and with them what coders and
decoders know of each other. Its time begins anew, so that schedules and events do, and its noise has other names.
"""

from typing import Any, ClassVar

import numpy as np

from neurosim.engines.protocol import Engine, State

_VARIABLES = ("x", "d", "v", "s")
#: Most memory of states that are kept for every sample, which every checkpoint writes [bytes].
LARGEST = 1 << 31


class Start:
    """At rest: all is zero, and nothing is kept."""

    name: ClassVar[str] = "zero"

    def state(self, names: np.ndarray, indices: np.ndarray) -> Any:
        """Return the State in which samples begin, or None for rest.

        names : uint64 (samples,), under which they draw noise; indices : int64 (samples,), in the training set
        """
        return None

    def keep(self, end: Any, indices: np.ndarray) -> None:
        """Take note of the State in which a batch has ended its last phase; MUTATES the start."""

    def stored(self) -> dict[str, np.ndarray]:
        """Return the arrays that a checkpoint needs, a dict."""
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

    engine : Engine; batch : samples of a batch
    """

    name = "carried"

    def __init__(self, engine: Engine, batch: int) -> None:
        self._end: Any = engine.rest(batch, np.zeros(batch, np.uint64))

    def state(self, names: np.ndarray, indices: np.ndarray) -> Any:
        """Return the State in which samples begin, see `Start.state`; one of another size than the last is at rest."""
        if len(names) != len(self._end.time):
            return None
        state = self._end.copy()
        state.time[:], state.names[:] = 0, names
        return state

    def keep(self, end: Any, indices: np.ndarray) -> None:
        self._end = end

    def stored(self) -> dict[str, np.ndarray]:
        return {name: np.array(getattr(self._end, name)) for name in _VARIABLES}

    def _take(self, stored: dict[str, np.ndarray]) -> None:
        self._end = _state_of(stored, np.zeros(len(stored["x"]), np.uint64))


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

    def state(self, names: np.ndarray, indices: np.ndarray) -> Any:
        return _state_of({name: values[indices] for name, values in self._kept.items()}, names)

    def keep(self, end: Any, indices: np.ndarray) -> None:
        for name, values in self._kept.items():
            values[indices] = getattr(end, name)

    def stored(self) -> dict[str, np.ndarray]:
        return self._kept

    def _take(self, stored: dict[str, np.ndarray]) -> None:
        self._kept = {name: np.array(values) for name, values in stored.items()}


def make_start(kind: str, engine: Engine, batch: int, samples: int) -> Start:
    """Return the Start of `learning.start`; batch : samples of a batch; samples : of the training set.

    raises : ValueError where that is too much to keep
    """
    if kind == CarriedOver.name:
        return CarriedOver(engine, batch)
    return CarriedPerSample(engine, samples) if kind == CarriedPerSample.name else Start()


def _state_of(arrays: dict[str, np.ndarray], names: np.ndarray) -> State:
    """A State of these arrays, at time 0."""
    return State(**{name: np.array(arrays[name]) for name in _VARIABLES}, time=np.zeros(len(names), np.int64),
                 names=np.array(names, np.uint64))
