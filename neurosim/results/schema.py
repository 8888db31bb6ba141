"""The run file of a training: every name that it may hold, with type, shape, unit, meaning and bounds.

    entry = SCHEMA["history/train_error"]

A name in braces stands for any name, `model/weights/{connection}`. In a shape, a number is itself; a text stands for a
number that is the same wherever it occurs ("epochs" is the attribute `epoch`), "1+epochs" for one more. A shape that is
one text alone stands for a whole shape. What reads a run file believes no more of it than `checking` has checked by
this table; what writes one takes units and descriptions from here.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, cast

from neurosim.counts import READ_EVENTS
from neurosim.results.quantity import Quantity

if TYPE_CHECKING:
    import numpy as np

SPLITS = ("validation", "test")
PHASES = ("free", "continued", "nudge+", "nudge-")    #: of the built-in estimators, in their order
RECORDED = ("plus", "minus")    #: what nudge+ and nudge- were called among recorded time steps before version 0.3

LARGEST = 1e30    #: of any real number
MOST = 2 ** 53    #: of any whole number, so that it is exact as a real one


@dataclass(frozen=True, kw_only=True)
class Entry:
    """A data set of a run file.

    kind : "real", "whole", "flag", "spike", a flag or a whole number of 8 bits, "text", or "number", real or whole
    shape : tuple of numbers and texts, or one text for a whole shape
    part : group that is incomplete without it, with the braces of its name; "" = every run file holds it; None = it may
        be missing
    ranks : numbers of axes that a whole shape may have; () = any
    low, high : bounds of its values, included; high may be a text of a shape, which is then excluded
    gaps : whether values may be NaN
    choices : texts that it may hold, or none for any; longest : characters of a text at most
    distinct : whether no text, or no number, comes twice
    bulk : whether its values are as many as anybody wants, and are believed; it is read by rows
    """

    kind: str
    shape: tuple | str
    unit: str
    text: str
    part: str | None
    ranks: tuple = ()
    low: float = -LARGEST
    high: float | str = LARGEST
    gaps: bool = False
    choices: tuple = ()
    longest: int = 100
    distinct: bool = False
    bulk: bool = False


def _count(shape: Any, text: str, part: Any, **bounds: Any) -> Any:
    return Entry(kind="whole", shape=shape, unit="1", text=text, part=part, **{"low": 0, "high": MOST} | bounds)


def _names(shape: Any, text: str, part: Any, **more: Any) -> Any:
    return Entry(kind="text", shape=shape, unit="1", text=text, part=part, **more)


def _real(shape: Any, text: str, part: Any, unit: str = "1", **bounds: Any) -> Any:
    return Entry(kind="real", shape=shape, unit=unit, text=text, part=part, **bounds)


def _fraction(shape: Any, text: str, part: Any, **more: Any) -> Any:
    return _real(shape, text, part, low=0, high=1, **more)


def _ledger(group: Any, rows: Any, part: Any, least: int = 1) -> Any:
    """Return Counts of one phase, one row for each epoch or evaluation; least : samples of a row."""
    layers, reads, kinds = (f"{name} of {group}" for name in ("layers", "reads", "kinds"))
    found = {
        "samples": _count((rows,), "images", part, low=least),
        "steps": _count((rows,), "time steps, summed over images", part),
        "layers": _names((layers,), "names of the layers", part, distinct=True),
        "reads": _names((reads,), "names of the reads: connection and direction", part, distinct=True),
        "kinds": _names((kinds,), "; ".join(f"{kind}: {text}" for kind, text in READ_EVENTS.items()), part,
                        distinct=True),
        "signals": _count((rows, layers), "spikes, or non-zero states where those are sent: (rows, layers)", part),
        "operations": _count((rows, reads), "effective synaptic operations: (rows, reads)", part),
        "dense": _count((rows, reads), "operations of a dense computation: (rows, reads)", part),
        "events": _count((rows, reads, kinds), "events of the tiles: (rows, reads, kinds)", part),
        "siemens": _real((rows, reads), "conductances of all cells read: (rows, reads)", None, "S", low=0),
    }
    return {f"{group}/{name}": entry for name, entry in found.items()}


def _programming(group: Any) -> Any:
    when = "in all, after the initial programming and after each epoch: (1 + epochs, connections)"
    shape = ("1+epochs", "programmed connections")
    pulses = {"set": "pulses that raise a conductance", "reset": "pulses that lower a conductance",
              "verify": "reads of single devices during write-verify",
              "exposures": "half-selected devices, summed over pulses",
              "refreshes": "pairs that were reset and rewritten"}
    siemens = {f"{way}_siemens": f"conductances of devices that were {way}, summed over pulses"
               for way in ("set", "reset")}
    return {
        f"{group}/connections": _names(shape[1:], "names of the connections", "", distinct=True),
        **{f"{group}/{kind}": _count(shape, f"{text}, {when}", "") for kind, text in pulses.items()},
        **{f"{group}/{kind}": _real(shape, f"{text}, {when}", "", "S", low=0) for kind, text in siemens.items()},
    }


def _evaluation(split: Any) -> Any:
    """Return what is kept of an evaluation."""
    group = f"results/{split}"
    samples, classes, layers = f"images of {split}", "classes", "layers"
    return {
        f"{group}/{name}": entry for name, entry in {
            "error": _fraction((), "fraction of wrong answers", group),
            "answers": _count((samples,), "class answered, one per image", group, high=classes),
            "labels": _count((samples,), "class of the image", group, high=classes),
            "outputs": _real((samples, classes), "mean output states: (images, classes)", group),
            "confusion": _count((classes, classes), "images of class (row) answered with class (column)", group),
            "steps": _count((), "time steps of the free phases, summed over images", group, low=1),
            "layers": _names((layers,), "names of the layers", group, distinct=True),
            "units": _count((layers,), "neurons of each layer", group, low=1),
            "sends": _names((layers,), "what each layer sends: spikes, or its states as they are", group,
                            choices=("spikes", "states")),
            "signals": _count((layers,), "spikes, or non-zero states where those are sent, of each layer, summed over "
                              "images", group),
            "silent": _fraction((layers,), "fraction of units whose mean state is 0, by layer", group, gaps=True),
            "saturated": _fraction((layers,), "fraction of units at the upper clip, by layer", group, gaps=True),
        }.items()} | _ledger(f"{group}/ledger", 1, group)


def _mistakes(group: Any) -> Any:
    shape = ("mistakes",)
    return {f"{group}/{name}": entry for name, entry in {
        "index": _count(shape, "index in the test set of the wrong answers with the largest margin", group),
        "images": _count((*shape, "rows of an image", "columns of an image", "channels of an image"),
                         "their images, bytes as published, or where events were: (n, rows, columns, "
                         "channels)", group, high=255),
        "labels": _count(shape, "their classes", group, high="classes"),
        "answers": _count(shape, "what was answered", group, high="classes"),
        "margin": _real(shape, "output of the answer minus output of the class", group),
    }.items()}


def _records(group: Any) -> Any:
    shape: tuple[str, ...] = ("recorded images",)
    found = {
        f"{group}/samples": _count(shape, "index among the test images of the run", group),
        f"{group}/labels": _count(shape, "class of each sample", group),
        f"{group}/steps": _count(shape, "time steps that the free phase of a sample made", group),
    }
    shape = "recorded images", "time steps of the phase {phase}", "units of {layer}"
    return found | {
        f"{group}/{{phase}}/{{layer}}/spikes": Entry(
            kind="spike", shape=shape, unit="1", part=None, bulk=True,
            text="whether units sent a spike in a time step, or which: whole numbers where spikes have signs or sizes"),
        f"{group}/{{phase}}/{{layer}}/states": Entry(
            kind="real", shape=shape, unit="1", part=None, bulk=True,
            text="states after each time step; NaN where the sample had stopped")}


SCHEMA = {
    "input_shape": _count((3,), "shape of the prepared images", "", low=1),
    "model/weights/{connection}": _real("shape of {connection}", "weights of a connection: (C_out, C_in, k, k) or "
                                        "(out, in)", "", ranks=(2, 4)),
    "model/biases/{layer}": _real("shape of {layer}", "biases of a layer, one per channel or unit", "", ranks=(1,)),
    "model/velocity/{name}": _real("shape of {name}", "momentum of the optimiser", ""),
    "model/square/{name}": _real("shape of {name}", "mean square of the gradient, of the optimiser", None, low=0),
    "model/updates/{name}": _count((), "updates that the optimiser has made", None),
    "model/average/{name}": _real("shape of {name}", "mean over updates, of weights and biases", None),
    "model/averaged/{name}": _count((), "updates that the means are of", None),
    "states/{variable}": _real(("samples kept", "units kept"), "where free phases begin: states, decoded currents, "
                               "residues and signals, (samples, units)", None),
    "model/devices/{array}.g": _real("shape of {array}", "conductances as they were written", None, "S", low=0,
                                     high=1.0),
    "model/devices/{array}.pulses": _count("shape of the pulses of {array}", "set and reset pulses received", None),
    "model/devices/{array}.touched": _real("shape of {array}", "time of the last pulse", None, "s", low=0),
    "model/devices/time": _real((), "clock of the chip", None, "s", low=0),
    "model/devices/missed.{connection}": _real((14,), "how far programming missed its targets: "
                                               "devices, weights, clipped weights, rms of weights and of their error, "
                                               "devices by reason", None, low=0),
    "model/devices/{name}": Entry(kind="number", shape="shape of the devices' {name}", unit="1", part=None,
                                  text="state of the devices: what programming cost, and wires as they were solved"),
    "model/update/{name}": Entry(kind="number", shape="shape of the registers {name}", unit="1", part=None,
                                 text="registers of the pulse rule, in pulses"),
    "model/ranges/{read}": _real(("slices of {read}",), "full scale of the converters: one number per slice of tiles, "
                                 "in units of weights", None, low=1e-30),
    "history/train_error": _fraction(("epochs",), "fraction of wrong answers in the free phases of training", ""),
    "history/validation_error": _fraction(("epochs",), "fraction of wrong answers on the validation set after the "
                                          "epoch", ""),
    "history/rate_scale": _real(("epochs",), "factor on the learning rates at the end of the epoch", ""),
    "history/seconds": _real(("epochs",), "duration of the epoch, validation included", "", "s", low=0, high=1e12),
    "history/samples_per_second": _real(("epochs",), "training samples per second", "", "1/s", low=0),
    "history/free_steps": _real(("epochs",), "mean time steps of the free phase, training", "", low=0),
    "spikes/free": _count(("epochs", "layers"), "signals sent during free phases of an epoch, one column per layer",
                          None),
    "spikes/nudged": _count(("epochs", "layers"), "signals sent during the other phases of an epoch, one column per "
                            "layer", None),
    **_ledger("ledger/free", "epochs", ""),
    **_ledger("ledger/{phase}", "epochs", "ledger/{phase}", least=0),
    **_programming("ledger/programming"),
    **{name: entry for split in SPLITS for name, entry in _evaluation(split).items()},
    **_mistakes("results/test/mistakes"),
    "results/peak_memory": _real((), "largest resident memory of the process, in 2^20 bytes", None, "MB", low=0),
    "results/warnings": _names(("warnings",), "what kept the network from learning or a part of it from taking part",
                               None, longest=10_000),
    "results/wear/edges": _count(("edges of the wear",), "lower edges of the histograms: pulses that a device has "
                                 "received", "results/wear", distinct=True),
    "results/wear/{connection}": _count(("edges of the wear",), "devices of this connection with so many pulses",
                                        None),
    **_records("records"),
}
#: Numbers of a shape that are never 0.
POSITIVE = frozenset({"classes", "layers", *(f"images of {split}" for split in SPLITS), "edges of the wear",
                      "rows of an image", "columns of an image", "channels of an image", "recorded images"})

#: Attributes at the root that readers use: type, and whether a run file is none without it.
ATTRIBUTES: dict[str, tuple[Any, bool]] = {
    "config": (str, True), "epoch": (int, True), "batch": (int, True), "finished": (bool, True),
    "partial": (str, True), "weights_from": (str, False), "card": (str, False), "neurons": (str, False),
    "version": (str, False), "seed": (int, False), "data": (str, False)}
COUNTED = frozenset({"epoch", "batch"})    #: those that are never negative

_PATTERNS = {name: re.compile("".join(f"(?P<{part[1:-1]}>[^/]+)" if part.startswith("{") else re.escape(part)
                                      for part in re.split(r"(\{\w+\})", name)))
             for name in SCHEMA if "{" in name}


def described(name: str, data: float | np.ndarray, more: str = "") -> Quantity:
    """Return the quantity of a data set with its unit and its meaning; more : text behind the meaning."""
    entry = cast(Entry, entry_of(name)[0])
    return Quantity(data, entry.unit, f"{entry.text}{more}")


def entry_of(name: str) -> tuple[Entry | None, dict[str, str]]:
    """Return the Entry of a data set and what its braces stand for, a dict; (None, {}) for a name that is in no schema.
    """
    if name in SCHEMA:
        return SCHEMA[name], {}
    for pattern, expression in _PATTERNS.items():
        match = expression.fullmatch(name)
        if match:
            return SCHEMA[pattern], match.groupdict()
    return None, {}
