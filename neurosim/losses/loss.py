"""What every loss is: the interface that its module fills in, and what losses have in common."""

from collections.abc import Callable

import numpy as np


class Loss:
    """A loss of the output states x with targets y, both float (samples, classes).

    name : what `learning.loss` calls it
    force : compiled, force(x, y, beta, out) adds -beta dL/dx of one sample to `out`, MUTATED; y.size classes stand at
        the beginning of x and of out

    A new loss is a module with a subclass, and its name among LOSSES.
    """

    name: str
    force: Callable[..., None]

    def value(self, outputs: np.ndarray, targets: np.ndarray) -> np.ndarray:
        """Return L of every sample; float (samples,)."""
        raise NotImplementedError

    def gradient(self, outputs: np.ndarray, targets: np.ndarray) -> np.ndarray:
        """Return dL/dx of every sample; float (samples, classes)."""
        raise NotImplementedError

    def targets(self, labels: np.ndarray, classes: int, levels: tuple[float, float] = (0.0, 1.0),
                dtype: type[np.floating] = np.float32) -> np.ndarray:
        """Return what the outputs should be for int labels (samples,); float (samples, classes).

        levels : `learning.targets`, states of a wrong class and of the right one
        """
        raise NotImplementedError

    def initial_output(self, levels: tuple[float, float], classes: int) -> float:
        """Return the state at which every output begins before anything is learnt [1], the initial output bias."""
        raise NotImplementedError

    def refuse_outputs(self, levels: tuple[float, float], clip: tuple[float, float], sent: tuple[float, float],
                       owner: str) -> None:
        """Raise ValueError where outputs cannot minimise L.

        clip : (low, high) of their states, which `owner` sets; sent : (low, high) of what their signals stand for
        """

    def answers(self, outputs: np.ndarray) -> np.ndarray:
        """Return the class of the largest output; int64 (samples,)."""
        return outputs.argmax(axis=1)


def one_hot(labels: np.ndarray, classes: int, levels: tuple[float, float] = (0.0, 1.0),
            dtype: type[np.floating] = np.float32) -> np.ndarray:
    """Return levels[1] for the class and levels[0] elsewhere; int labels (samples,) -> float (samples, classes)."""
    low, high = levels
    return np.where(labels[:, None] == np.arange(classes), dtype(high), dtype(low))
