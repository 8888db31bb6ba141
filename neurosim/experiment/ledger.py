"""What was counted, kept in a run file: one row per epoch or evaluation, and read back as it was."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from neurosim.counts import READ_EVENTS, Counts
from neurosim.crossbar.counts import ArrayCounts
from neurosim.learning.estimator import FREE
from neurosim.results import paths
from neurosim.results.schema import LARGEST, MOST, PHASES, described

if TYPE_CHECKING:
    from neurosim.crossbar.synapses import Synapses
    from neurosim.learning.phases import Phases
    from neurosim.results.checking import RunOfTraining

_PROGRAMMING = tuple(vars(ArrayCounts()))


def counts_tree(rows: Sequence[Any]) -> dict:
    """Return a list of Counts as the tree of Quantity that a ledger of the schema is, one row each.

    A kind of event that some row does not know, since an earlier version counted it, is left out of all.
    """
    layers, reads = (list(dict.fromkeys(key for row in rows for key in getattr(row, name)))
                     for name in ("signals", "operations"))

    def table(name: str, keys: Any, kind: Any = np.int64) -> np.ndarray:
        values = [[getattr(row, name).get(key, 0) for key in keys] for row in rows]
        return np.array(values, kind).reshape(len(rows), len(keys))

    kinds = [kind for kind in READ_EVENTS if all(kind in found for row in rows for found in row.reads.values())]
    events = [[[row.reads.get(read, {}).get(kind, 0) for kind in kinds] for read in reads] for row in rows]
    found = {
        "samples": np.array([row.samples for row in rows], np.int64),
        "steps": np.array([row.steps for row in rows], np.int64),
        "layers": np.array(layers, str), "reads": np.array(reads, str), "kinds": np.array(kinds, str),
        "signals": table("signals", layers), "operations": table("operations", reads), "dense": table("dense", reads),
        "events": np.array(events, np.int64).reshape(len(rows), len(reads), len(kinds)),
    }
    if any(row.siemens for row in rows):
        found["siemens"] = table("siemens", reads, float)
    return {name: described(paths.ledger(FREE, name), values) for name, values in found.items()}


def kept_phases(learning: Phases) -> Sequence[str]:
    """Names of the phases whose Counts a run file of these Phases keeps: all built-in ones, or those of an own list."""
    return learning.names if learning.phases else PHASES


def known_phases(learning: Phases) -> tuple[str, ...]:
    """Return names that phases may have in a run file of these Phases, also where another version wrote it."""
    return tuple(dict.fromkeys((*learning.names, *PHASES)))


def read_phases(run: RunOfTraining, learning: Phases) -> dict:
    """Return the Counts of every phase of an open RunFile, dict from its name to a list with one for each epoch."""
    return {name: read_counts(run, paths.ledger(name)) for name in known_phases(learning) if paths.ledger(name) in run}


def read_counts(run: RunOfTraining, group: str) -> list[Counts]:
    """Return the list of Counts that `counts_tree` kept in a group of an open RunFile."""
    kept = {name: quantity.data for name, quantity in run[group].items()}
    layers, reads, kinds = ([str(name) for name in kept[key]] for key in ("layers", "reads", "kinds"))
    found = []
    for i, (samples, steps) in enumerate(zip(kept["samples"].tolist(), kept["steps"].tolist())):
        if not samples:
            found.append(Counts())
            continue
        events = {read: dict(zip(kinds, row)) for read, row in zip(reads, kept["events"][i].tolist())}
        operations, dense = (dict(zip(reads, kept[name][i].tolist())) for name in ("operations", "dense"))
        found.append(Counts(samples, steps, dict(zip(layers, kept["signals"][i].tolist())), operations, dense, events,
                            dict(zip(reads, kept["siemens"][i].tolist())) if "siemens" in kept else {}))
    return found


def programming_tree(rows: list[dict]) -> dict:
    """What programming had cost in all, after the initial programming and after each epoch, as a tree of Quantity.

    rows : list of dicts as `vars(ArrayCounts)` gives them
    """
    names = list(dict.fromkeys(name for row in rows for counter in row.values() for name in counter))
    found = {"connections": np.array(names, str)}
    for kind in _PROGRAMMING:
        values = [[row.get(kind, {}).get(name, 0) for name in names] for row in rows]
        found[kind] = np.array(values, float if kind.endswith("siemens") else np.int64).reshape(len(rows), len(names))
    return {name: described(paths.programming(name), values) for name, values in found.items()}


def read_programming(run: RunOfTraining, group: str) -> list[dict]:
    """Return the list that `programming_tree` kept in a group of an open RunFile."""
    names = [str(name) for name in run[f"{group}/connections"].data]
    tables = {kind: run[f"{group}/{kind}"].data.tolist() for kind in _PROGRAMMING}
    return [{kind: dict(zip(names, table[i])) for kind, table in tables.items()}
            for i in range(len(tables["set"]))]


def programming_now(synapses: Synapses) -> dict:
    """Return what programming has cost so far, a dict of dicts; {} each for ideal synapses."""
    return _copied(synapses.counts)


def programming_at_first(synapses: Synapses) -> dict:
    """Return what the initial programming has cost, a dict of dicts; {} each for ideal synapses."""
    return _copied(synapses.initial)


def _copied(counts: Any) -> dict:
    return {kind: dict(counter) for kind, counter in vars(counts).items()}


def counts_text(counts: dict[str, Counts]) -> dict:
    """Return a dict from phase to Counts as a value that JSON can hold, from which `counts_from` makes its equal."""
    return {phase: vars(one) for phase, one in counts.items()}


def counts_from(value: Any, learning: Phases) -> dict:
    """Return the dict from phase to Counts that `counts_text` turned into JSON, of phases that were run.

    learning : Phases of the configuration; raises : ValueError where it is something else
    """
    if not isinstance(value, dict) or not set(value) <= set(known_phases(learning)):
        raise ValueError("its phases are not those of training")
    found = {phase: Counts(**_fields(value[phase])) for phase in value}
    return {phase: counts for phase, counts in found.items() if counts.samples}


def is_count(number: Any, real: bool = False) -> bool:
    """Return whether a value that came from JSON is a number of events, or a sum of real numbers."""
    return type(number) in ((int, float) if real else (int,)) and 0 <= number <= (LARGEST if real else MOST)


def _fields(kept: Any) -> Any:
    """Check the values of a Counts that came from JSON: numbers, and dicts of them, of the depth that Counts has."""
    fresh = vars(Counts())
    if not isinstance(kept, dict) or set(kept) != set(fresh):
        raise ValueError("counts lack a kind")
    for name, own in fresh.items():
        depth = 0 if own == 0 else 2 if name == "reads" else 1
        if not all(is_count(number, name == "siemens") for number in _leaves(kept[name], depth)):
            raise ValueError(f"{name} are not counted")
    return kept


def _leaves(value: Any, depth: int) -> Iterator[Any]:
    if not depth:
        yield value
    elif isinstance(value, dict):
        for part in value.values():
            yield from _leaves(part, depth - 1)
    else:
        yield None
