"""Where things stand in the run file of a training: every path is made here, and nowhere else.

    run[paths.evaluation("test", "error")], run[paths.history("train_error")]

What stands there, with its type, shape, unit and bounds, says `neurosim.results.schema`.
"""

INPUT_SHAPE = "input_shape"
PEAK_MEMORY, WARNINGS = "results/peak_memory", "results/warnings"
#: Groups at the root; LEDGER is also the group of the counts of an evaluation.
MODEL, HISTORY, SPIKES, RESULTS, STATES, RECORDS = "model", "history", "spikes", "results", "states", "records"
LEDGER, PROGRAMMING = "ledger", "programming"


def _joined(*parts: str) -> str:
    return "/".join(filter(None, parts))


def model(group: str, name: str = "") -> str:
    """What learning has changed: group "weights", "biases", "velocity", "square", "devices", "update", "ranges" ..."""
    return _joined(MODEL, group, name)


def history(name: str) -> str:
    """Return a column with one number for each epoch, such as "train_error"."""
    return _joined(HISTORY, name)


def spikes(group: str) -> str:
    """Return signals by epoch and layer: group "free" or "nudged"."""
    return _joined(SPIKES, group)


def states(name: str) -> str:
    """Return where free phases begin: what a Start keeps."""
    return _joined(STATES, name)


def ledger(phase: str, name: str = "") -> str:
    """Return Counts of a phase, by epoch."""
    return _joined(LEDGER, phase, name)


def programming(name: str = "") -> str:
    """Return what programming has cost in all, after the initial one and after each epoch."""
    return ledger(PROGRAMMING, name)


def evaluation(split: str, name: str = "") -> str:
    """Return an evaluation on "test" or "validation", or one data set of it; LEDGER is the group of its counts."""
    return _joined(RESULTS, split, name)


def mistakes(name: str = "") -> str:
    """Return the wrong answers with the largest margin on the test images."""
    return evaluation("test", _joined("mistakes", name))


def wear(name: str = "") -> str:
    """Return the histograms of the pulses that devices have received: "edges", or the name of a connection."""
    return _joined(RESULTS, "wear", name)


def records(phase: str = "", layer: str = "", kind: str = "") -> str:
    """Return single time steps: "samples", "labels", "steps"; or a phase, a layer and a kind, "spikes" or "states"."""
    return _joined(RECORDS, phase, layer, kind)
