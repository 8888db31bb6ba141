"""What populations send, as the plan says it: kinds of signals, laws of layers, and reads of one sign at a time."""

from collections.abc import Iterable
from dataclasses import replace
from typing import Any

import numpy as np

from neurosim.engines.events.reads import Read
from neurosim.network.graph import Layer, Network

#: What a population sends: spikes that are there or not, spikes of both signs or of several sizes, or states.
ZERO_OR_ONE, SIGNED, STATES = range(3)


def by_sign(reads: list[Read], senders: list[Layer]) -> tuple[list[Read], dict[int, int]]:
    """Read positive and negative signals one after the other where one of `senders`, Layers by population, has both.

    returns : the Reads, dict from such a population to that of its positive signals; the negative ones are the next
    """
    both = [population for population, layer in enumerate(senders) if layer.negative]
    signed = {population: len(senders) + 2 * index for index, population in enumerate(both)}
    cycles = [[read] if read.source not in signed else
              [replace(read, source=signed[read.source] + cycle, cycle=cycle) for cycle in range(2)] for read in reads]
    return [read for parts in cycles for read in parts], signed


def signal_fields(network: Network, reads: list[Read], senders: list[Layer], signed: dict[int, int],
                  dtype: np.dtype | type) -> dict[str, np.ndarray]:
    """Return the fields of the plan about neurons and their signals.

    senders : the Layer whose signals each population carries; signed : from `by_sign`
    """
    origin = {positive + cycle: population for population, positive in signed.items() for cycle in range(2)}
    origins = [origin.get(read.source, read.source) for read in reads]
    values = [layer.parameters for layer in network.layers]
    parameters = np.zeros((len(values), max(1, *map(len, values))), dtype)
    for row, given in zip(parameters, values):
        row[:len(given)] = given
    decodes = [network.decodes(layer.name) for layer in network.layers]
    steady = network.source.steady    # its currents are constants, and need no decoder anyway
    direct = [read.target < len(decodes) and decodes[read.target] and senders[source].sends_states
              and not (steady and source == 0) for read, source in zip(reads, origins)]
    return {"law": _ints([network.laws.index(layer.law) for layer in network.layers]), "parameters": parameters,
            "decodes": _ints(decodes), "sends": _ints([_kind_of(layer) for layer in senders]),
            "signed": _ints([signed.get(population, 0) for population in range(len(senders))]),
            "read_origin": _ints(origins), "read_direct": _ints(direct)}


def _kind_of(layer: Layer) -> int:
    return STATES if layer.sends_states else SIGNED if layer.negative or layer.bits > 1 else ZERO_OR_ONE


def _ints(values: Iterable[Any]) -> np.ndarray:
    return np.array(values, np.int64)
