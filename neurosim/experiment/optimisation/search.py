"""Asks for points that may be cheaper and good enough, and learns from what became of them: Optuna's sampler."""

from __future__ import annotations

import math
import warnings
from typing import TYPE_CHECKING, Any

from neurosim.experiment.optimisation.outcome import DONE

if TYPE_CHECKING:
    from neurosim.experiment.optimisation.design import Design
    from neurosim.experiment.optimisation.outcome import Trial
    from neurosim.experiment.sweep.axes import Axis

_MISS = "error_beyond"    #: attribute of a trial: its error less the one that may not be exceeded
_FIRST = 2                #: points per axis that are drawn at random before the search learns from any


class Search:
    """A search through the axes of a Design by estimators of densities of good and of bad points.

    Points whose error exceeds the stated one are worse than all others, and among themselves by how much they do.
    What is asked for follows from the seed and from what was told, and from nothing else.

    source : J. Bergstra, R. Bardenet, Y. Bengio, B. Kegl, NeurIPS 24 (2011); S. Watanabe, F. Hutter, IJCAI (2023) for
        the constraint; of several points at once the earlier ones count as bad until they are known
    raises : ValueError where Optuna is missing
    """

    def __init__(self, design: Design) -> None:
        try:
            import optuna
        except ImportError as error:
            raise ValueError("optimise: needs Optuna; install it with pip install 'neurosim-ep[optimise]'") from error
        optuna.logging.set_verbosity(optuna.logging.WARNING)
        self._failed, self._axes = optuna.trial.TrialState.FAIL, {axis.path: axis for axis in design.axes}
        self._space = {path: _distribution(axis) for path, axis in self._axes.items()}
        first = max(design.file.batch, _FIRST * len(design.axes))
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")    # of what Optuna calls experimental
            sampler = optuna.samplers.TPESampler(
                seed=design.file.seed, n_startup_trials=first, multivariate=True, constant_liar=True,
                constraints_func=lambda trial: (trial.user_attrs.get(_MISS, math.inf),))
            self._study = optuna.create_study(direction="minimize", sampler=sampler)
        self._asked: list[Any] = []
        self._error = design.file.error

    def ask(self, count: int) -> list[dict[str, Any]]:
        """Ask for values of so many points, a list of dicts by the keys of the axes."""
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            self._asked = [self._study.ask(self._space) for _ in range(count)]
        return [{path: _value(axis, trial.params[path]) for path, axis in self._axes.items()} for trial in self._asked]

    def tell(self, trials: list[Trial]) -> None:
        """Tell what became of the points that were asked for last, in their order."""
        for asked, trial in zip(self._asked, trials, strict=True):
            if trial.state != DONE:
                self._study.tell(asked, state=self._failed)
                continue
            asked.set_user_attr(_MISS, trial.error - self._error)
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")
                self._study.tell(asked, trial.cost)


def _distribution(axis: Axis) -> Any:
    """Optuna's distribution of an axis; of a list it is that of places, in order where its numbers ascend."""
    from optuna.distributions import CategoricalDistribution, FloatDistribution, IntDistribution
    if axis.scale and axis.integer:
        return IntDistribution(math.ceil(axis.low), math.floor(axis.high), log=axis.scale == "log")
    if axis.scale:
        return FloatDistribution(axis.low, axis.high, log=axis.scale == "log")
    places = len(axis.values)
    numbers = all(isinstance(value, (int, float)) and not isinstance(value, bool) for value in axis.values)
    ascending = numbers and list(axis.values) == sorted(axis.values)
    return IntDistribution(0, places - 1) if ascending else CategoricalDistribution(tuple(range(places)))


def _value(axis: Axis, asked: Any) -> Any:
    """Value of the configuration that stands for what was asked for."""
    if not axis.scale:
        return axis.values[asked]
    return int(asked) if axis.integer else float(f"{asked:.12g}")
