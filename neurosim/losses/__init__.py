"""What an answer should be: the force that nudges the outputs, the value of a loss, and the answer read from them.

One module for each loss. An engine calls `add_force` with the `code` of a loss, and hears no more of it.
"""

from neurosim._jit import dispatch
from neurosim.losses.cross_entropy import CROSS_ENTROPY
from neurosim.losses.loss import Loss, one_hot
from neurosim.losses.squared_error import SQUARED_ERROR

__all__ = ["CROSS_ENTROPY", "LOSSES", "Loss", "SQUARED_ERROR", "add_force", "one_hot"]

#: Losses by their name in a configuration; the code of a loss is its index here.
LOSSES: dict[str, Loss] = {loss.name: loss for loss in (SQUARED_ERROR, CROSS_ENTROPY)}

#: add_force(code, x, y, beta, out): add what loss number `code` exerts on outputs x with targets y to `out`, MUTATED.
add_force = dispatch([loss.force for loss in LOSSES.values()])
