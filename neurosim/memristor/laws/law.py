"""A law of response as one object: how far one pulse moves a device, and all that cards, arrays and fits ask about it.

x is the part of the range already travelled, (g - low) / (high - low) for set and (high - g) / (high - low) for reset
pulses: it runs from 0 where a train of pulses begins to 1 at the other end of the range, so that one formula serves
both directions.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from neurosim.cards import Entry
from neurosim.memristor.laws.chart import Chart

#: Keys of laws whose steps have a scale of their own, and what it is.
STEPS = {
    "step_up": Entry("S", 1e-15, 0.01, "scale of the step of a set pulse"),
    "step_down": Entry("S", 1e-15, 0.01, "scale of the step of a reset pulse"),
}
SIDES = ("up", "down")


@dataclass(frozen=True, kw_only=True)
class Law:
    """Describe a law of response.

        g -> g + sign scale step(x, z, shape, i)

    name : on cards; keys : dict from key to Entry, all of them required on a card; NAME_up and NAME_down are the
        numbers NAME of set and of reset pulses
    step : function (x, z, shape, i) decorated with `scalar_law`, the step at x over its scale; z is a standard normal
        number, for laws whose noise is their own; shape (parameters, devices) of one direction, i the device
    parameters : function (device, deviation, table) that returns shapes, float (2, parameters, devices or 1), and the
        scales of set and of reset steps [S], each a number or (devices or 1); device : Device; deviation : (2, devices
        or 1), the spread of the shape of set and of reset steps; table : StepTable of tabular laws, else None
    anchored : the law has a meaning on both sides of x = 0, so that a card may name an anchor
    tabular : steps were measured: the card names their table, all devices share its parameters, and z chooses the step
    silent : numbers under which a law with noise of its own has none
    bounded : names of numbers that may not exceed the range g_max - g_min [S]
    equal : function (span, step) that returns the numbers by name under which all steps are `step` [S] in a range of
        `span` [S]; None where there are none

    Where the law can be fitted to pulse trains:
    guess : function (x, steps, span, sign) that returns first numbers of one direction by name, as on a card; steps
        over the range that lie at x, float (points) each; span : the range [S]; sign : 1 of set, -1 of reset pulses
    coordinates : dict from name to how an optimiser moves a number: "exp" or "sinh" of its coordinate, or a factor on
        it; 1 where a name is missing. The Entry bounds the number
    chart : Chart of numbers in which the likelihood of trains is nearly quadratic; None: those of the card
    """

    name: str
    keys: Mapping[str, Entry]
    step: Callable
    parameters: Callable
    anchored: bool = False
    tabular: bool = False
    silent: Mapping[str, float] = field(default_factory=dict)
    bounded: tuple[str, ...] = ()
    equal: Callable | None = None
    guess: Callable | None = None
    coordinates: Mapping[str, float | str] = field(default_factory=dict)
    chart: Chart | None = None

    def __post_init__(self) -> None:
        names = {key.removesuffix("_up").removesuffix("_down") for key in self.keys}
        charted = self.chart.names if self.chart else ()
        for word, told in (("bounded", self.bounded), ("coordinates", self.coordinates), ("chart", charted)):
            for name in told:
                if name not in names:
                    raise ValueError(f"law {self.name!r}: {word} names {name!r}, which is not a number of its keys "
                                     f"{', '.join(self.keys)}; correct one of the two")

    def keys_of(self, *names: str) -> list[str]:
        """Return the keys of numbers of set and of reset pulses."""
        return [f"{name}_{side}" for name in names for side in SIDES]


def by_side(device: Any, name: str) -> np.ndarray:
    """Return a number of set and of reset pulses of a Device, float (2, 1)."""
    return np.array([[device[f"{name}_{side}"]] for side in SIDES], float)


def stepping(device: Any, *rows: np.ndarray) -> tuple[np.ndarray, tuple]:
    """Return the parameters of a law with STEPS, see `Law.parameters`.

    rows : (2, devices or 1) each, one for each parameter
    """
    return np.stack(np.broadcast_arrays(*rows), axis=1), (device["step_up"], device["step_down"])
