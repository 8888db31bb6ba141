"""Numbers of a card as coordinates that an optimiser moves."""

import math
from dataclasses import dataclass, replace

import numpy as np

from neurosim.cards import Entry
from neurosim.memristor.laws import LAWS

_LEAST = 1e-15   #: least number of which a logarithm is taken
_STEEP = 12.0    #: largest logarithm of the odds of a share


@dataclass(frozen=True)
class Parameter:
    """One number of a card, or one of a list, and the coordinate that an optimiser moves for it.

    key : of the card; index : in the list, None where there is none; entry : what the card allows
    scale : how the coordinate becomes the value: times a number, "exp", "sinh" or "logistic"
    """

    key: str
    index: int | None
    entry: Entry
    scale: float | str

    def value(self, coordinate: float) -> float:
        """Return number on the card, within what the card allows."""
        if self.scale == "logistic":
            value = 1 / (1 + math.exp(-min(max(float(coordinate), -_STEEP), _STEEP)))
        elif isinstance(self.scale, str):
            value = getattr(math, self.scale)(min(float(coordinate), 50.0))
        else:
            value = float(coordinate) * self.scale
        return self.allowed(value)

    def allowed(self, value: float) -> float:
        """Return the number closest to a value that the card allows."""
        low, high = self.entry.low, self.entry.high
        return low if value < low else high if value > high else value

    def coordinate(self, values: dict) -> float:
        """Return coordinate at which the card has these values."""
        return self._coordinate(values[self.key] if self.index is None else values[self.key][self.index])

    @property
    def limits(self) -> tuple[float, float]:
        """Coordinates of the least and the greatest number that the card allows."""
        return self._coordinate(self.entry.low), self._coordinate(self.entry.high)

    def _coordinate(self, value: float) -> float:
        if self.scale == "exp":
            return math.log(max(value, _LEAST))
        if self.scale == "logistic":
            return _STEEP if value >= 1 else max(math.log(max(value, _LEAST) / (1 - value)), -_STEEP)
        return math.asinh(value) if isinstance(self.scale, str) else value / self.scale


def on_its_chart(law: str, parameter: Parameter) -> Parameter:
    """Return the parameter that moves instead of one of the card; law : name of its law."""
    chart = LAWS[law].chart
    limits = chart.limits if chart else {}
    name = parameter.key.removesuffix("_up").removesuffix("_down")
    if name not in limits:
        return parameter
    low, high = limits[name]
    return replace(parameter, entry=replace(parameter.entry, low=low, high=high))


def coordinates_of(parameters: list[Parameter], values: dict) -> np.ndarray:
    """Return coordinates at which parameters have these values, (parameters)."""
    return np.array([parameter.coordinate(values) for parameter in parameters])
