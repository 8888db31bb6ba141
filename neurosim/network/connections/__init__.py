"""Kinds of connections, one module each; which one an Edge means stands here."""

from neurosim.network.connections.connection import Connection, Taps
from neurosim.network.connections.convolution import Convolution
from neurosim.network.connections.dense import Dense
from neurosim.network.connections.edge import Edge

__all__ = ["Connection", "Edge", "Taps", "kind_of"]

_KINDS = {"dense": Dense, "conv": Convolution}


def kind_of(edge):
    """Return the class of the connection that an Edge describes."""
    return _KINDS[edge.kind]
