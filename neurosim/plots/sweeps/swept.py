"""What figures ask of a sweep: the part of `neurosim.experiment.sweep.table.SweepResults` that they read."""

from typing import Any, Protocol

import numpy as np


class Indices(Protocol):
    """Sobol' indices, see `neurosim.experiment.sweep.sensitivity.Sensitivity`."""

    @property
    def measure(self) -> str: ...

    @property
    def samples(self) -> int: ...

    @property
    def names(self) -> tuple[str, ...]: ...

    @property
    def first(self) -> np.ndarray: ...

    @property
    def total(self) -> np.ndarray: ...

    @property
    def first_interval(self) -> np.ndarray: ...

    @property
    def total_interval(self) -> np.ndarray: ...

    @property
    def remark(self) -> str: ...


class Swept(Protocol):
    """The results of a sweep as arrays with named dimensions, see SweepResults."""

    @property
    def name(self) -> str: ...

    @property
    def method(self) -> str: ...

    @property
    def dims(self) -> tuple[str, ...]: ...

    @property
    def axes(self) -> dict[str, Any]: ...

    @property
    def results(self) -> dict[str, np.ndarray]: ...

    @property
    def states(self) -> np.ndarray: ...

    @property
    def scales(self) -> dict[str, str]: ...

    @property
    def units(self) -> dict[str, str]: ...

    def sensitivity(self, measure: str = "test_error") -> Indices: ...
