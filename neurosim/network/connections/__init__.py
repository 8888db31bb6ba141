"""Kinds of connections, one module each; which one an Edge means stands here."""

from neurosim.network.connections.connection import Connection, Taps
from neurosim.network.connections.convolution import Convolution
from neurosim.network.connections.dense import Dense
from neurosim.network.connections.edge import Edge
from neurosim.network.connections.grouped import GroupedConvolution

__all__ = ["Connection", "Edge", "Taps", "kind_of"]

#: Class by the kind of an Edge and by whether its channels fall into groups.
_KINDS = {("dense", False): Dense, ("conv", False): Convolution, ("conv", True): GroupedConvolution}


def kind_of(edge):
    """Return the class of the connection that an Edge describes."""
    return _KINDS[edge.kind, edge.groups > 1]
