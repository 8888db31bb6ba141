"""Kinds of connections, one module each; which one an Edge means stands here."""

from neurosim.network.connections.connection import Connection, Taps
from neurosim.network.connections.convolution import Convolution
from neurosim.network.connections.dense import Dense
from neurosim.network.connections.edge import KINDS, Edge, kind_of
from neurosim.network.connections.grouped import GroupedConvolution

__all__ = ["Connection", "Edge", "Taps", "kind_of"]

KINDS |= {("dense", False): Dense, ("conv", False): Convolution, ("conv", True): GroupedConvolution}
