"""What was counted, kept in a run file: one row per epoch or evaluation, and read back as it was."""

import numpy as np

from neurosim.counts import READ_EVENTS, Counts
from neurosim.crossbar.devices import ArrayCounts
from neurosim.results import Quantity

#: Phases of training, in their order; "inference" is a free phase of an evaluation.
PHASES = ("free", "continued", "nudge+", "nudge-")

_PROGRAMMING = {
    "set": "pulses that raise a conductance", "reset": "pulses that lower a conductance",
    "verify": "reads of single devices during write-verify", "exposures": "half-selected devices, summed over pulses",
    "refreshes": "pairs that were reset and written anew",
    "set_siemens": "conductances of devices that were set, summed over pulses",
    "reset_siemens": "conductances of devices that were reset, summed over pulses",
}


def counts_tree(rows):
    """A list of Counts as a tree of Quantity with one row each.

        samples, steps (n); layers, reads, kinds: names; signals (n, layers); operations, dense (n, reads);
        events (n, reads, kinds); siemens (n, reads) where there are devices

    A kind of event that some row does not know, since an earlier version counted it, is left out of all.
    """
    layers, reads = (list(dict.fromkeys(key for row in rows for key in getattr(row, name)))
                     for name in ("signals", "operations"))

    def table(name, keys, unit, text, kind=np.int64):
        values = [[getattr(row, name).get(key, 0) for key in keys] for row in rows]
        return Quantity(np.array(values, kind).reshape(len(rows), len(keys)), unit, text)

    kinds = [kind for kind in READ_EVENTS if all(kind in found for row in rows for found in row.reads.values())]
    events = [[[row.reads.get(read, {}).get(kind, 0) for kind in kinds] for read in reads] for row in rows]
    tree = {
        "samples": Quantity(np.array([row.samples for row in rows], np.int64), "1", "images"),
        "steps": Quantity(np.array([row.steps for row in rows], np.int64), "1", "time steps, summed over images"),
        "layers": Quantity(np.array(layers, str), "1", "names of the layers"),
        "reads": Quantity(np.array(reads, str), "1", "names of the reads: connection and direction"),
        "kinds": Quantity(np.array(kinds, str), "1", "; ".join(f"{kind}: {READ_EVENTS[kind]}" for kind in kinds)),
        "signals": table("signals", layers, "1", "spikes, or non-zero states where those are sent: (rows, layers)"),
        "operations": table("operations", reads, "1", "effective synaptic operations: (rows, reads)"),
        "dense": table("dense", reads, "1", "operations of a dense computation: (rows, reads)"),
        "events": Quantity(np.array(events, np.int64).reshape(len(rows), len(reads), len(kinds)), "1",
                           "events of the tiles: (rows, reads, kinds)"),
    }
    if any(row.siemens for row in rows):
        tree["siemens"] = table("siemens", reads, "S", "conductances of all cells read: (rows, reads)", float)
    return tree


def read_counts(run, group):
    """The list of Counts that `counts_tree` kept in a group of an open RunFile."""
    kept = {name: run[f"{group}/{name}"].data for name in run.names(group)}
    layers, reads, kinds = ([str(name) for name in kept[key]] for key in ("layers", "reads", "kinds"))
    found = []
    for i, (samples, steps) in enumerate(zip(kept["samples"].tolist(), kept["steps"].tolist())):
        if not samples:
            found.append(Counts())
            continue
        events = {read: dict(zip(kinds, row)) for read, row in zip(reads, kept["events"][i].tolist())}
        found.append(Counts(samples, steps, dict(zip(layers, kept["signals"][i].tolist())),
                            *(dict(zip(reads, kept[name][i].tolist())) for name in ("operations", "dense")), events,
                            dict(zip(reads, kept["siemens"][i].tolist())) if "siemens" in kept else {}))
    return found


def programming_tree(rows):
    """What programming had cost in all, after the initial programming and after each epoch, as a tree of Quantity.

    rows : list of dicts as `vars(ArrayCounts)` gives them
    """
    names = list(dict.fromkeys(name for row in rows for counter in row.values() for name in counter))
    tree = {"connections": Quantity(np.array(names, str), "1", "names of the connections")}
    for kind, text in _PROGRAMMING.items():
        siemens = kind.endswith("siemens")
        values = [[row.get(kind, {}).get(name, 0) for name in names] for row in rows]
        tree[kind] = Quantity(np.array(values, float if siemens else np.int64).reshape(len(rows), len(names)),
                              "S" if siemens else "1", f"{text}, in all, after the initial programming and after each "
                              "epoch: (1 + epochs, connections)")
    return tree


def read_programming(run, group):
    """The list that `programming_tree` kept in a group of an open RunFile."""
    names = [str(name) for name in run[f"{group}/connections"].data]
    tables = {kind: run[f"{group}/{kind}"].data.tolist() for kind in _PROGRAMMING}
    return [{kind: dict(zip(names, table[i])) for kind, table in tables.items()}
            for i in range(len(tables["set"]))]


def programming_now(synapses):
    """What programming has cost so far, a dict of dicts; {} each for ideal synapses."""
    return _copied(getattr(synapses, "counts", ArrayCounts()))


def programming_at_first(synapses):
    """What the initial programming has cost, a dict of dicts; {} each for ideal synapses."""
    return _copied(getattr(synapses, "initial", ArrayCounts()))


def _copied(counts):
    return {kind: dict(counter) for kind, counter in vars(counts).items()}
