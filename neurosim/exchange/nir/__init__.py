"""Networks to and from NIR, the intermediate representation of other simulators and of neuromorphic chips.

    files      graphs as files; the package `nir` is imported here, when it is first needed
    neurons    layers of integrators as nodes, and back
    export     a network with its weights as a graph, and what is lost on the way
    flows      what lies between two layers of neurons in a graph: pooling, kernels, flattening
    reading    a graph as a network with its weights

Pedersen et al., "Neuromorphic intermediate representation", Nat. Commun. 15:8122 (2024),
doi:10.1038/s41467-024-52259-9.
"""

from neurosim.exchange.nir.export import graph_of
from neurosim.exchange.nir.files import graph_bytes, read_graph
from neurosim.exchange.nir.reading import Imported, imported

__all__ = ["Imported", "graph_bytes", "graph_of", "imported", "read_graph"]
