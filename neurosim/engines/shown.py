"""What an engine shows of itself."""

from __future__ import annotations

from typing import TYPE_CHECKING

from neurosim.summaries import Summarised, Summary
from neurosim.whole import counted

if TYPE_CHECKING:
    import numpy as np

    from neurosim.network.graph import Network


class ShownEngine(Summarised):
    """An engine whose `repr` names its network, precision and threads."""

    network: Network
    dtype: np.dtype
    threads: int

    def summary(self) -> Summary:
        """Return the Summary: a line."""
        layers = ", ".join(f"{layer.name} {layer.units:,}" for layer in self.network.layers)
        several = counted(self.threads, "sample")
        return Summary(heading=f"{type(self).__name__} in {self.dtype}, {several} side by side: {layers}")
