"""What every loss is: the interface that its module fills in, and what losses have in common."""

import numpy as np


class Loss:
    """A loss of the output states x with targets y, both float (samples, classes).

    name : what `learning.loss` calls it
    force : compiled, force(x, y, beta, out) adds -beta dL/dx of one sample to `out`, MUTATED; y.size classes stand at
        the beginning of x and of out

    A new loss is a module with a subclass, and its name among LOSSES.
    """

    name: str

    def value(self, outputs, targets):
        """Return L of every sample; float (samples,)."""
        raise NotImplementedError

    def gradient(self, outputs, targets):
        """Return dL/dx of every sample; float (samples, classes)."""
        raise NotImplementedError

    def targets(self, labels, classes, levels=(0.0, 1.0), dtype=np.float32):
        """Return what the outputs should be for int labels (samples,); float (samples, classes).

        levels : `learning.targets`, states of a wrong class and of the right one
        """
        raise NotImplementedError

    def initial_output(self, levels, classes):
        """Return the state at which every output begins before anything is learnt [1], the initial output bias."""
        raise NotImplementedError

    def refuse_outputs(self, levels, clip, sent, owner):
        """Raise ValueError where outputs cannot minimise L.

        clip : (low, high) of their states, which `owner` sets; sent : (low, high) of what their signals stand for
        """

    def answers(self, outputs):
        """Return the class of the largest output; int64 (samples,)."""
        return outputs.argmax(axis=1)


def one_hot(labels, classes, levels=(0.0, 1.0), dtype=np.float32):
    """Return levels[1] for the class and levels[0] elsewhere; int labels (samples,) -> float (samples, classes)."""
    low, high = levels
    return np.where(labels[:, None] == np.arange(classes), dtype(high), dtype(low))
