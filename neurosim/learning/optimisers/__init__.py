"""Optimisers: how gradients become changes of weights and biases. One module for each."""

from neurosim.learning.optimisers.adamw import AdamW
from neurosim.learning.optimisers.optimiser import Optimiser
from neurosim.learning.optimisers.sgd import Sgd

__all__ = ["OPTIMISERS", "AdamW", "Optimiser", "Sgd"]

#: The optimisers that a configuration may name.
OPTIMISERS: dict[str, type[Optimiser]] = {kind.name: kind for kind in (Sgd, AdamW)}
