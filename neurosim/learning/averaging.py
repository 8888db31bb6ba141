"""Means of what is learnt: single gradients move weights about a minimum, and their mean lies nearer to it."""

from collections.abc import Mapping

import numpy as np


class Average:
    """Running mean of parameters over about the last `span` updates.

        share = (1 / span) / (1 - (1 - 1 / span)^t),    mean = mean + share (W - mean),    t = 1, 2, ... updates

    The share of an update falls off as (1 - 1 / span) to the power of its age, and all shares sum to 1 from the first
    update on. Polyak, Juditsky, SIAM J. Control Optim. 30:838-855 (1992); exponential, corrected as the means of Adam.

    span : [updates]; 0 keeps no mean
    parameters : dict of arrays, whose shapes and kinds matter
    state : dict of dicts of arrays, MUTATED by `add` and `forget`; save it to resume
    """

    groups = ("average", "averaged")

    def __init__(self, span: int, parameters: Mapping[str, np.ndarray]) -> None:
        self.span = span
        kept = parameters if span else {}
        self.state: dict[str, dict[str, np.ndarray]] = {
            "average": {name: np.zeros_like(values) for name, values in kept.items()},
            "averaged": {"updates": np.zeros((), np.int64)} if span else {}}

    @property
    def updates(self) -> int:
        """Updates that the mean has seen; 0 where there is none."""
        return int(self.state["averaged"].get("updates", 0))

    @property
    def mean(self) -> dict[str, np.ndarray]:
        """The mean of every parameter, a dict of arrays; not to be changed."""
        return self.state["average"]

    def add(self, parameters: Mapping[str, np.ndarray]) -> None:
        """Take the parameters behind one more update into the mean, which is MUTATED; span > 0."""
        self.state["averaged"]["updates"] += 1
        faded = (1 - 1 / self.span) ** self.updates
        for name, mean in self.mean.items():
            mean += mean.dtype.type(1 / self.span / (1 - faded)) * (parameters[name] - mean)

    def forget(self) -> None:
        """Start again; MUTATES the state."""
        for arrays in self.state.values():
            for values in arrays.values():
                values[...] = 0
