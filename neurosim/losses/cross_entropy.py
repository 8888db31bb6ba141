"""The cross-entropy of the softmax of the outputs, which are logits: states that no clip cuts off."""

import numpy as np

from neurosim._jit import inner_kernel
from neurosim.losses.loss import Loss, one_hot

#: Outputs may go at least so far to either side [1]: two classes 20 apart have probabilities of 1 and 2e-9.
LINEAR = 10.0


@inner_kernel
def force(x, y, beta, out):
    """Add beta (y - softmax(x)) to `out`, which is mutated; classes are the first y.size of x and out.

    The largest state is subtracted before the exponential, which then neither overflows nor divides by 0.
    """
    largest, total = x[0], x.dtype.type(0)
    for j in range(1, y.size):
        largest = max(largest, x[j])
    for j in range(y.size):
        total += np.exp(x[j] - largest)
    for j in range(y.size):
        out[j] += beta * (y[j] - np.exp(x[j] - largest) / total)


class CrossEntropy(Loss):
    """L = -sum_j y_j log softmax(x)_j, with y one-hot; the answer is the class of the largest output.

    Laborieux et al., Front. Neurosci. 15:633674 (2021), section 2.4, whose readout is inside the network here.
    """

    name = "cross-entropy"
    force = staticmethod(force)

    def value(self, outputs: np.ndarray, targets: np.ndarray) -> np.ndarray:
        """Return log sum exp(x) - <y, x> of every sample; targets sum to 1; float (samples,)."""
        largest = outputs.max(axis=1, keepdims=True)
        return (np.log(np.exp(outputs - largest).sum(axis=1)) + largest[:, 0]
                - np.einsum("ij,ij->i", targets, outputs))

    def gradient(self, outputs: np.ndarray, targets: np.ndarray) -> np.ndarray:
        """Return softmax(x) - y; float (samples, classes)."""
        powers = np.exp(outputs - outputs.max(axis=1, keepdims=True))
        return powers / powers.sum(axis=1, keepdims=True) - targets

    def targets(self, labels: np.ndarray, classes: int, levels: tuple[float, float] = (0.0, 1.0),
                dtype: type[np.floating] = np.float32) -> np.ndarray:
        """Return 1 for the class and 0 elsewhere, whatever the levels; float (samples, classes)."""
        return one_hot(labels, classes, dtype=dtype)

    def initial_output(self, levels: tuple[float, float], classes: int) -> float:
        """Return 0: every class is as likely as any other."""
        return 0.0

    def refuse_outputs(self, levels: tuple[float, float], clip: tuple[float, float], sent: tuple[float, float],
                       owner: str) -> None:
        """Raise ValueError where a clip cuts off states within LINEAR of 0."""
        low, high = clip
        if low > -LINEAR or high < LINEAR:
            raise ValueError(f'learning.loss: "{self.name}" needs outputs that no clip cuts off, and '
                             f"{owner} = [{low:g}, {high:g}] ends within {LINEAR:g} of 0; write for example "
                             "[-100, 100]")


CROSS_ENTROPY = CrossEntropy()
