"""What happened: integers that add up and know no prices."""

from __future__ import annotations

from dataclasses import dataclass, field, fields
from typing import Any

from neurosim.summaries import Fielded

#: What is counted of one direction of one connection, beside its synaptic operations.
READ_EVENTS = {
    "tile_reads": "reads of a tile: one for every window with a signal in the rows of that tile",
    "row_activations": "lines driven, one driver each",
    "cell_reads": "devices on driven lines",
    "conversions": "sums of a line turned into a number",
    "firings": "charges that an integrate-and-fire readout gave off",
    "hops": "tiles that the signals went to: for every signal, those in which it drives a line",
}
#: Those of them that earlier versions did not count.
LATER_EVENTS = frozenset({"hops"})


@dataclass(frozen=True, repr=False)
class Counts(Fielded):
    """Events of any number of samples; `a + b` are the events of both.

    samples : samples processed
    steps : time steps, summed over samples
    signals : dict from layer to non-zero signals sent and read (spikes, for spiking neurons)
    operations : dict from read ("conv1-conv2 forward") to synaptic operations carried out, one per non-zero signal and
        synapse
    dense : dict from read to the operations of a dense computation, one per synapse and time step
    reads : dict from read to a dict from the kind of event (READ_EVENTS) to its number
    siemens : dict from read to the sum of the conductances of all cells read [S]; empty for ideal synapses

    Operations and dense follow NeuroBench (Yik et al., Nat. Commun. 16:1545, 2025): operations whose activation is not
    zero are effective, ACs where the activation is a spike of 1 or -1 and MACs where it is a number, a graded spike
    too; dense counts zeros too. They are those of the network as it is declared, also in rows of a map that pooling
    drops afterwards, which neither the engine nor the chip computes: what the chip does stands in `reads`. NeuroBench
    knows forward reads alone.
    """

    samples: int = 0
    steps: int = 0
    signals: dict = field(default_factory=dict)
    operations: dict = field(default_factory=dict)
    dense: dict = field(default_factory=dict)
    reads: dict = field(default_factory=dict)
    siemens: dict = field(default_factory=dict)

    def __add__(self, other: Counts) -> Counts:
        return Counts(*(_add(getattr(self, one.name), getattr(other, one.name)) for one in fields(self)))

    def per_sample(self) -> dict[str, Any]:
        """Return the same as a dict of floats: everything but `samples`, of one sample on average."""
        share = 1 / max(1, self.samples)
        return {one.name: _scaled(getattr(self, one.name), share) for one in fields(self)[1:]}


def _add(left: Any, right: Any) -> Any:
    if isinstance(left, dict):
        keys = [*left, *(key for key in right if key not in left)]
        return {key: _add(left[key], right[key]) if key in left and key in right else left.get(key, right.get(key))
                for key in keys}
    return left + right


def _scaled(value: Any, factor: float) -> Any:
    return {key: _scaled(part, factor) for key, part in value.items()} if isinstance(value, dict) else value * factor
