"""How two layers may be joined, as a configuration says it."""

from dataclasses import dataclass
from typing import Any, Literal, TypeAlias

from neurosim.cards import Entry, check_numbers
from neurosim.tables import abbreviated, nearest

#: What the bounds of a feedback gain are, for errors.
FEEDBACK: dict[str, Any] = {"least": "where rounding hides what flows back",
                            "most": "so that outputs drown what they are to answer"}

_LIMITS = {
    "kernel": Entry("1", 1, 1000), "stride": Entry("1", 1, 1000), "padding": Entry("1", 0, 1000),
    "pool_size": Entry("1", 1, 1000), "groups": Entry("1", 1, 1e5), "alpha": Entry("1", 1e-3, 1e6, off=True),
    "feedback": Entry("1", 1e-3, 10, off=True, **FEEDBACK),
}


#: How positions of a map become one.
Pool: TypeAlias = Literal["none", "average", "max"]

#: Class of a connection by the kind that an Edge names and by whether its channels fall into groups, put here by
#: `neurosim.network.connections`.
KINDS: dict[tuple[str, bool], Any] = {}


@dataclass(frozen=True, kw_only=True)
class Edge:
    """How one connection joins two layers: dense, or a convolution that pooling may follow.

    kernel, stride, padding : of the convolution [positions]
    groups : of channels of a convolution that meet only each other; as many as there are channels: depthwise
    pool, pool_size : none, average or max over pool_size x pool_size positions
    alpha : divisor of the inverse of average pooling; 0 stands for pool_size^2, the adjoint, on whose symmetry EP rests
    feedback : gain of what flows back, over the adjoint [1]; 0 stands for the network's or, at a connection beside the
        layers', for what the energy asks for, see `neurosim.network.potentials`
    pool_on : what max pooling compares: raw currents of the spikes of one step, or currents decoded before pooling
    """

    kind: str = "dense"
    kernel: int = 3
    stride: int = 1
    padding: int = 0
    groups: int = 1
    pool: Pool = "none"
    pool_size: int = 2
    alpha: float = 0.0
    pool_on: Literal["spikes", "decoded"] = "spikes"
    feedback: float = 0.0

    def __post_init__(self) -> None:
        check_numbers(self, "network", _LIMITS)
        kind_of(self).refuse(self)
        if self.pool == "average" and self.pool_on == "decoded":
            raise ValueError('network.pool_on: "decoded" concerns max pooling; averaging commutes with decoding')


def kind_of(edge: Edge) -> Any:
    """Return the class of the connection that an Edge describes; raises ValueError for a kind that there is not."""
    kinds = [kind for kind, _ in KINDS]
    if edge.kind not in kinds:
        raise ValueError(f"network.kind: {abbreviated(edge.kind)} is unknown{nearest(str(edge.kind), kinds)}")
    return KINDS.get((edge.kind, edge.groups > 1)) or KINDS[edge.kind, False]
