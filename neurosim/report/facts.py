"""What a report is made from next to the run file itself."""

from __future__ import annotations

import shlex
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from neurosim.memristor.si_format import quantity
from neurosim.results import RunFileError, paths

if TYPE_CHECKING:
    from neurosim.energy.prices import PriceCard
    from neurosim.results import Quantity
    from neurosim.results.checking import RunOfTraining


@dataclass(frozen=True, kw_only=True)
class Facts:
    """What the packages above know of a run, handed to the report.

    name : file name of the run; title : of the page, any text
    interval : 95 % interval of the test error, two fractions
    device : Device of the synapses, None for ideal ones
    initial_weights : dict from connection to the weights as they were drawn
    initial_devices : dict of arrays as model/devices of the run file has them, as programming these weights left them;
        {} for ideal synapses, and where they are not known
    devices_unknown : why they are not known, a sentence without its end; "" otherwise
    workloads : dict from "inference" and "training" to Workload, or None
    prices, elsewhere : PriceCards of the chip and of the baselines
    """

    name: str
    title: str
    interval: tuple
    device: Any
    initial_weights: dict
    initial_devices: dict
    devices_unknown: str
    workloads: dict
    prices: PriceCard
    elsewhere: PriceCard


def refuse_unevaluated(run: RunOfTraining) -> None:
    """Raise RunFileError unless an open RunFile holds the evaluation of a finished training."""
    for name in (paths.evaluation("test", "confusion"), paths.programming(), paths.HISTORY):
        if name not in run:
            raise RunFileError(f"run file {run.path}: its network was not evaluated on the test images yet; finish it "
                               f"with neurosim train --resume {shlex.quote(str(run.path))}")


def amount(value: float, unit: str, digits: int = 4) -> str:
    """Return a number with its unit for readers: "12.35 µS"; a dash for nothing."""
    return quantity(value, unit, digits).replace(" u", " µ") if value else "-"


def texts(quantity: Quantity) -> list[str]:
    """Return a data set of texts as a list of str."""
    return [str(text) for text in quantity.data]
