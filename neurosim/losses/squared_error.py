"""The squared error 1/2 |x - y|^2 of the outputs."""

import numpy as np

from neurosim._jit import inner_kernel
from neurosim.losses.loss import Loss, one_hot


@inner_kernel
def force(x, y, beta, out):
    """Add beta (y - x) to `out`, which is mutated; classes are the first y.size of x and out."""
    for j in range(y.size):
        out[j] += beta * (y[j] - x[j])


class SquaredError(Loss):
    """L = 1/2 |x - y|^2, with y the states of `learning.targets`; the answer is the class of the largest output."""

    name = "squared-error"
    force = staticmethod(force)

    def value(self, outputs: np.ndarray, targets: np.ndarray) -> np.ndarray:
        """Return 1/2 |x - y|^2 of every sample; float (samples,)."""
        return 0.5 * np.square(outputs - targets).sum(axis=1)

    def gradient(self, outputs: np.ndarray, targets: np.ndarray) -> np.ndarray:
        """Return x - y; float (samples, classes)."""
        return outputs - targets

    def targets(self, labels: np.ndarray, classes: int, levels: tuple[float, float] = (0.0, 1.0),
                dtype: type[np.floating] = np.float32) -> np.ndarray:
        """Return levels[1] for the class and levels[0] elsewhere; float (samples, classes)."""
        return one_hot(labels, classes, levels, dtype)

    def initial_output(self, levels: tuple[float, float], classes: int) -> float:
        """Return the mean target."""
        low, high = levels
        return low + (high - low) / classes

    def refuse_outputs(self, levels: tuple[float, float], clip: tuple[float, float], sent: tuple[float, float],
                       owner: str) -> None:
        """Raise ValueError where no output can be at a target, or where both targets stand for the same spikes."""
        (wrong, right), (low, high), (least, most) = levels, clip, sent
        if wrong < low or right > high:
            key = owner.rpartition(".")[2]
            raise ValueError(f"learning.targets: [{wrong:g}, {right:g}] lie outside {owner} = [{low:g}, {high:g}], "
                             f"where no output can reach them; widen {key}, or move the targets into it")
        if wrong >= most or right <= least:
            raise ValueError(f"learning.targets: [{wrong:g}, {right:g}] lie on one side of [{least:g}, {most:g}], the "
                             "states that spikes stand for, so that no nudge reaches a hidden layer; write for example "
                             "[0.25, 0.75]")


SQUARED_ERROR = SquaredError()
