"""A law with its parameters as numbers that an optimiser moves, and the likelihood of trains under it."""

import math
from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from neurosim.cards import Entry
from neurosim.memristor.device import IMPERFECTIONS, RANGE
from neurosim.memristor.fitting.charts import on_card, on_chart
from neurosim.memristor.fitting.differences import noise_guess
from neurosim.memristor.fitting._filtering import FAR, Hypothesis, Trains, filter_loop
from neurosim.memristor.fitting.parameters import Parameter, coordinates_of, on_its_chart
from neurosim.memristor.laws import LAWS
from neurosim.memristor.response import Response

SIGNS = {"up": 1, "down": -1}
#: Noise that a card may hold, and how much of the write noise is remembered how long.
NOISE = {**{key: IMPERFECTIONS[key] for key in ("c2c", "c2c_additive", "write_noise")},
         "memory_share": Entry("1", 0, 1, "part of the variance of the write noise that outlasts a pulse"),
         "memory": Entry("1", 0.5, 1000, "pulses after which that part has fallen to 1/e")}
#: How the coordinates of noise become its numbers; those of a law are `Law.coordinates`.
_SCALES = {**dict.fromkeys(("c2c", "c2c_additive", "write_noise", "memory"), "exp"), "memory_share": "logistic"}
_LEAST_NOISE = 3e-6    #: least write noise over the range, without which the likelihood of exact data has no maximum
_TIE = 1.0       #: width of the prior of either end of the range about where trains end, over what they visit
_INSIDE, _OUTSIDE = 0.15, 4.0    #: how far an end of the range may lie within and beyond what trains visit
_OUTLAST = 10    #: length of a train over the memory of its noise, at least; longer memory is not noise of a read
_NEAR = 1e-3     #: of a limit, in coordinates
_REMEMBERED = 16    #: walks along the trains of a direction, more than a direction has numbers
_DIFFERENCE = 1e-7    #: of coordinates


class Model:
    """A law and its noise, to be fitted to trains.

    law : one of LAWS but "table"; trains : PulseTrains
    values : dict from key to number (or tuple of numbers) from which the fit starts; what is not named is not fitted:
        noise that is absent is 0
    visited : lowest and highest conductance that the trains visit, as far as it is not noise [S]; by default the range
    tied : weight of the prior, which holds an end of the range near where trains end as long as nothing speaks for
        another point
    restriction : what is added to the loss because noise is told from what a law leaves, see `restriction`; or None
    parameters : list of Parameter, numbers of the card
    first : starting coordinates, float array: of numbers that trains fix directly, one for each parameter, see `charts`
    limits : (2, parameters), the least and the greatest coordinates
    joined : dict direction -> Trains; pulses : of all trains
    """

    def __init__(self, law: str, trains: Any, values: dict, visited: tuple[float, float] | None = None,
                 tied: float = 1.0, restriction: Any = None) -> None:
        self.law, self.tied, self.restriction = law, tied, restriction
        self.visited = visited or (values["g_min"], values["g_max"])
        self.unit = self.visited[1] - self.visited[0]
        self.joined = {side: _joined(getattr(trains, side)) for side in SIGNS}
        self.parameters = [parameter for key in values for parameter in self._parameters(key, values[key])]
        self._moved = [on_its_chart(law, parameter) for parameter in self.parameters]
        self.first = coordinates_of(self._moved, on_chart(law, values, self.visited))
        self.limits = np.array([parameter.limits for parameter in self._moved]).T
        of_law = LAWS[law]
        self._bounded = of_law.keys_of(*of_law.bounded)
        charted = of_law.keys_of(*of_law.chart.names) if of_law.chart else ()
        self._charted = [parameter for parameter in self.parameters if parameter.key in charted]
        self._loop = filter_loop(of_law.step)
        self._walks: OrderedDict = OrderedDict()
        self.trains, self._typical = trains, noise_guess(trains)[0]
        self.pulses = sum(joined.values.size for joined in self.joined.values())

    @property
    def measured_ends(self) -> dict[str, float]:
        """Least and greatest conductance that was read [S], by the keys of the ends of the range."""
        return {key: float(end(end(joined.values) for joined in self.joined.values()))
                for key, end in (("g_min", min), ("g_max", max))}

    def variant(self, values: dict, tied: float | None = None, restriction: Any = None) -> "Model":
        """Return the same law with other values or other noise, without a restriction unless there is a new one."""
        return Model(self.law, self.trains, values, self.visited, self.tied if tied is None else tied, restriction)

    def values(self, coordinates: np.ndarray) -> dict:
        """Return the values of a card, SI units: numbers, and tuples of numbers for the piecewise law."""
        numbers: dict = {}
        for parameter, coordinate in zip(self._moved, coordinates):
            value = parameter.value(coordinate)
            numbers[parameter.key] = value if parameter.index is None else (*numbers.get(parameter.key, ()), value)
        values = on_card(self.law, numbers, self.visited)
        for parameter in self._charted:
            values[parameter.key] = parameter.allowed(values[parameter.key])
        for key in self._bounded:
            values[key] = min(values[key], values["g_max"] - values["g_min"])
        return values

    def on_card(self, coordinates: np.ndarray, number: int) -> float:
        """Return a number of the card, on the scale on which its parameter is moved; number : of the parameter."""
        return self.parameters[number].coordinate(self.values(coordinates))

    def log_likelihood(self, values: dict, masks: dict | None = None) -> tuple[float, dict[str, np.ndarray]]:
        """Return the log-likelihood of the trains [nat], and expected conductances before each read by direction [S].

        values : of a card; masks : dict from direction to (seen, counted), bool (pulses) each, see `filtering.Trains`
        """
        total, *_, walks = self._filtered(values, masks)
        return total, {side: walk[0] for side, walk in walks.items()}

    def scores(self, values: dict, masks: dict | None = None) -> dict[str, np.ndarray]:
        """Return the log-likelihood of each pulse given those before, by direction (pulses) [nat].

        0 where it is not counted.
        """
        return {side: walk[1] for side, walk in self._filtered(values, masks)[-1].items()}

    def surprises(self, values: dict) -> dict[str, np.ndarray]:
        """Return innovations over their deviations, by direction (pulses) [1]: white where law and noise are right.

        NaN where an end of the range may have cut the conductance off.
        """
        walks = self._filtered(values, None)[-1]
        return {side: np.where(walk[4] == FAR, walk[2] / np.sqrt(walk[3]), np.nan) for side, walk in walks.items()}

    def distances(self, values: dict) -> dict[str, np.ndarray]:
        """Return as `surprises`, but also where an end may have cut off: from the likeliest of the three cases."""
        return {side: walk[2] / np.sqrt(walk[3]) for side, walk in self._filtered(values, None)[-1].items()}

    def known_of_first(self, coordinates: np.ndarray) -> float:
        """Return half the logarithm of the determinant of the information about where trains begin [nat]."""
        return self._filtered(self.values(coordinates), None)[1]

    def loss(self, coordinates: np.ndarray, masks: dict | None = None) -> float:
        """Return what a fit minimises [nat]: minus the restricted log-likelihood, and half the squares of the ties.

        The ties are a prior, which decides where trains do not tell how wide the range is.
        """
        values = self.values(coordinates)
        likelihood, _, drawn, _ = self._filtered(values, masks)
        loss = 0.5 * np.sum(self._ties(values) ** 2) - likelihood + drawn + self._restriction(values)
        return loss if math.isfinite(loss) else 1e12

    def slopes(self, coordinates: np.ndarray, masks: dict | None = None) -> tuple[np.ndarray, np.ndarray]:
        """Return the gradient of the loss (parameters), and Fisher's information (parameters, parameters) [nat].

            information = sum over pulses of  v' v' / S + S' S' / (2 S^2) + r' r'

        with the derivatives ' of innovations v, their variances S (Durbin, Koopman, 2nd ed., 7.3.3), and what is left
        of the log-density, r, where the range may have cut the conductance off.
        """
        here = self._parts(self.values(coordinates), masks)
        _, _, _, innovations, variances, branches = here
        gradient, rows, same = np.empty(coordinates.size), [], np.ones(branches.size, bool)
        for number in range(coordinates.size):
            moved = coordinates.copy()
            step = _DIFFERENCE if moved[number] + _DIFFERENCE < self.limits[1][number] else -_DIFFERENCE
            moved[number] += step
            there = self._parts(self.values(moved), masks)
            same &= there[5] == branches
            rows.append([(after - before) / step for after, before in zip(there[:5], here)])
            ties, restriction, densities = rows[-1][:3]
            gradient[number] = here[0] @ ties + restriction - np.sum(densities)
        columns: Any = []
        for ties, _, densities, innovation, variance in rows:
            surprise = innovations / variances
            rest = densities + surprise * innovation + 0.5 * (1 - surprise * innovations) * variance / variances
            columns.append(np.concatenate([ties, *(part[same] for part in (
                innovation / np.sqrt(variances), variance / (math.sqrt(2) * variances), rest))]))
        columns = np.array(columns)
        return gradient, columns @ columns.T

    def noise_free(self, values: dict) -> dict[str, list[np.ndarray]]:
        """Curve without any noise through each train, started where it is closest: direction -> list of arrays [S]."""
        quiet = {key: value for key, value in values.items() if key not in NOISE}
        predicted = self.log_likelihood({**quiet, "write_noise": self.unit})[1]
        return {side: np.split(predicted[side], self.joined[side].ends[1:-1]) for side in SIGNS}

    def blocks(self, folds: int, length: int) -> dict[str, np.ndarray]:
        """Return the number of the block of `length` pulses to which each belongs: dict direction -> (pulses).

        The first block of every train has a multiple of `folds` as its number.
        """
        numbers, first = {}, 0
        for side, trains in self.joined.items():
            found = []
            for size in np.diff(trains.ends):
                found.append(first + np.arange(size) // length)
                first = folds * (int(found[-1][-1]) // folds + 1)
            numbers[side] = np.concatenate(found)
        return numbers

    def at_limits(self, coordinates: np.ndarray) -> list[str]:
        """Return the keys of numbers that lie at the end of what a card or the search allows."""
        card = coordinates_of(self.parameters, self.values(coordinates))
        keys = [parameter.key for parameter, coordinate in zip(self.parameters, card)
                if not parameter.limits[0] + _NEAR < coordinate < parameter.limits[1] - _NEAR]
        return list(dict.fromkeys(keys))

    def _filtered(self, values: dict, masks: dict | None) -> tuple:
        """Return sums of what the filter returns [nat], three, and by direction rows of what it writes (5, pulses)."""
        sums, walks = np.zeros(3), {}
        numbers: Any = _Values(self.law, values)
        response = Response(numbers)
        phi, share = (math.exp(-1 / values["memory"]), values["memory_share"]) if "memory" in values else (0.0, 0.0)
        noise, least = values.get("write_noise", 0.0), _LEAST_NOISE * self.unit
        for row, (side, sign) in enumerate(SIGNS.items()):
            hypothesis = Hypothesis(
                float(sign), values["g_min"], values["g_max"], float(np.ravel(response.scales[row])[0]),
                np.ascontiguousarray(response.shapes[row], float), values.get("c2c", 0.0),
                values.get("c2c_additive", 0.0), max(noise * math.sqrt(1 - share), least),
                noise * math.sqrt(share), phi, self._typical)
            *found, walks[side] = self._walk(side, hypothesis, masks)
            sums += found
        return *map(float, sums), walks

    def _walk(self, side: str, hypothesis: Hypothesis, masks: dict | None) -> tuple:
        """Return what the filter returns and writes for one direction; of the last few hypotheses that is remembered.

        Most numbers of a card belong to one direction, so that the other one need not be walked again when they move.
        """
        key = (side, *hypothesis._replace(shape=hypothesis.shape.tobytes()))    # type: ignore[arg-type]
        if masks is None and key in self._walks:
            self._walks.move_to_end(key)
            return self._walks[key]
        trains = self.joined[side]
        if masks is not None:
            trains = trains._replace(seen=masks[side][0], counted=masks[side][1])
        rows = np.empty((5, trains.values.size))
        found = (*self._loop(trains, hypothesis, *rows), rows)
        if masks is None:
            self._walks[key] = found
            if len(self._walks) > _REMEMBERED:
                self._walks.popitem(last=False)
        return found

    def _parts(self, values: dict, masks: dict | None) -> tuple:
        """Return parts of the loss: ties of the range, restrictions, log-densities, innovations, variances and cases.
        """
        _, _, drawn, walks = self._filtered(values, masks)
        columns = (np.concatenate([walk[row] for walk in walks.values()]) for row in (1, 2, 3, 4))
        return self._ties(values), self._restriction(values) + drawn, *columns

    def _restriction(self, values: dict) -> float:
        return self.restriction.loss(values) if self.restriction else 0.0

    def _ties(self, values: dict) -> np.ndarray:
        """Return the distances of the ends of the range from those of what is visited, over the width of the prior."""
        ends = np.array([values["g_min"], values["g_max"]])
        return math.sqrt(self.tied) * (ends - self.visited) / (_TIE * self.unit)

    def _parameters(self, key: str, value: Any) -> list[Parameter]:
        entry = {**RANGE, **LAWS[self.law].keys, **NOISE}[key]
        if key in RANGE:
            below, above = (_OUTSIDE, _INSIDE) if key == "g_min" else (_INSIDE, _OUTSIDE)
            end = self.visited[key == "g_max"]
            entry = replace(entry, low=max(end - below * self.unit, entry.low),
                            high=min(end + above * self.unit, entry.high))
        if key == "memory":
            longest = max(np.diff(joined.ends).max() for joined in self.joined.values())
            entry = replace(entry, high=max(longest / _OUTLAST, 10 * entry.low))
        name = key if key in NOISE else key.removesuffix("_up").removesuffix("_down")
        scale = self.unit if key in RANGE else {**_SCALES, **LAWS[self.law].coordinates}.get(name, 1.0)
        return [Parameter(key, index, entry, scale) for index in (range(len(value)) if entry.many else [None])]


@dataclass(frozen=True)
class _Values:
    """Numbers of a card in the form in which `Response` reads a Device."""

    law: str
    values: dict

    def __getitem__(self, key: str) -> Any:
        return self.values[key]

    @property
    def span(self) -> float:
        return self.values["g_max"] - self.values["g_min"]


def _joined(trains: Sequence[np.ndarray]) -> Trains:
    size = sum(map(len, trains))
    return Trains(np.concatenate(trains), np.cumsum([0, *map(len, trains)]), np.ones(size, bool), np.ones(size, bool))
