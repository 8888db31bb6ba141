"""How steps grow with the voltage of a pulse, and with its width, from pulses of different sizes.

    dG_k = c_s f_s(G_k-1) exp((|V_k| - V_s) / V0) (t_k / t_s)^m

with the noise-free step f_s, the voltage V_s and the width t_s of a card for set and reset pulses s, and a factor c_s
of every device. Errors are normal with the variance a^2 + (r dG_k)^2. Steps that reach the end ahead do not count.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from neurosim.confidence import UPPER
from neurosim.memristor.device import IMPERFECTIONS, Device
from neurosim.memristor.fitting.measured import Course, Frame, Measured, judged, to_halve
from neurosim.memristor.fitting.population import mean
from neurosim.memristor.response import DOWN, UP, Response
from neurosim.whole import counted

_FEWEST = 20        #: pulses of a device
_END = 0.02         #: part of the range from its end within which a step may have been cut off
_APART = 1.05       #: ratio of the largest and the smallest voltage, or width, from which on it tells anything
_INSIDE = 0.8       #: part of the reads that must lie in the range of the card
_SEVERAL = 3        #: devices from which on their differences tell the interval
_STEP = 1e-4        #: of differences of the likelihood
_LEAST = -12.0      #: logarithm of noise over the steps that nothing shows
_REACH = 20.0       #: most e-folds between the largest and the smallest pulse


@dataclass(frozen=True, eq=False)
class Pulses:
    """Pulses of one device. volts [V], siemens [S], widths [s] or None : float (pulses), reads after the pulses."""

    volts: np.ndarray
    siemens: np.ndarray
    widths: np.ndarray | None


@dataclass(frozen=True, eq=False)
class _Steps:
    """Steps of one device: what was measured, what the card expects of its own pulses, and how these are larger.

    sides : 0 of set and 1 of reset pulses; over : |V| - V_s [V]; longer : ln(t / t_s), zeros without widths
    """

    measured: np.ndarray
    expected: np.ndarray
    sides: np.ndarray
    over: np.ndarray
    longer: np.ndarray

    def loss(self, parameters: np.ndarray) -> float:
        """Negative log-likelihood of 1 / V0, m, ln of both parts of the noise, and both factors [nat]."""
        rate, power = parameters[:2]
        step = self.course(rate, power) * parameters[4:][self.sides]
        deviation = self.deviation(step, parameters)
        return float(np.sum(0.5 * np.square((self.measured - step) / deviation) + np.log(deviation)))

    def deviation(self, step: np.ndarray, parameters: np.ndarray) -> np.ndarray:
        """Standard deviation of steps, of their own size, float (pulses)."""
        return np.hypot(math.exp(parameters[2]), math.exp(parameters[3]) * step)

    def course(self, rate: float, power: float) -> np.ndarray:
        """Steps without the factors of the device."""
        return self.expected * np.exp(np.clip(rate * self.over + power * self.longer, -_REACH, _REACH))


def step_voltage(devices: Sequence[Pulses], card: Device, owner: str) -> Measured:
    """Voltage by which a pulse must rise for steps e times as large, with its interval, and the power of the width.

    The power stands in a remark: the pulses of a card have one width. Maximum likelihood; with three devices or more
    the interval is that of the mean of 1 / V0 over them, else that of the likelihood.

    devices : list of Pulses, one for each; card : Device with the law that they follow
    raises : ValueError for too few or equal pulses, reads beyond the range of the card, and steps that do not grow
    """
    from scipy.stats import t
    found = [_fitted(_steps(pulses, card, owner)) for pulses in devices]
    rates, errors = np.array([best[0] for _, best, _ in found]), np.array([error[0] for *_, error in found])
    many = len(devices) >= _SEVERAL
    if many:
        rate, (low, high) = mean(rates)
    else:
        weight = 1 / np.square(errors)
        rate, count = float(weight @ rates / weight.sum()), sum(len(own.measured) for own, *_ in found)
        half = float(t.ppf(UPPER, count - 6 * len(found))) / math.sqrt(weight.sum())
        low, high = rate - half, rate + half
    entry = IMPERFECTIONS["step_voltage"]
    if low <= 1 / entry.high:
        raise ValueError(f"{owner}: steps do not grow with the voltage, as far as these pulses tell; a card has that "
                         "switched off, measure over more voltages")
    courses, rests = [], []
    for own, best, _ in found:
        line = own.course(best[0], best[1]) * best[4:][own.sides]
        kept = own.expected != 0
        courses.append(Course(own.over[kept], np.abs(own.measured / own.expected)[kept],
                              np.abs(line / own.expected)[kept]))
        rests.append((own.measured - line) / own.deviation(line, best) * math.exp(best[3]))
    pulses = sum(len(own.measured) for own, *_ in found)
    return Measured({"step_voltage": 1 / rate}, {"step_voltage": (1 / high, 1 / low)},
                    f"{counted(pulses, 'pulse')} of {counted(devices, 'device')}, {owner}",
                    judged(rests, "the exponential"),
                    to_halve(len(devices) if many else pulses, "devices" if many else "pulses", "step_voltage"),
                    _remarks(found, many), courses,
                    Frame("voltage beyond that of the card [V]", "step over that of the card", log_y=True))


def _remarks(found: Sequence[tuple[_Steps, np.ndarray, np.ndarray]], many: bool) -> list[str]:
    remarks = [] if many else [f"fewer than {_SEVERAL} devices do not tell how they differ; measure more"]
    powers = [(best[1], error[1]) for own, best, error in found if np.ptp(own.longer)]
    if powers:
        power, error = np.mean(powers, axis=0) / (1, math.sqrt(len(powers)))
        remarks.append(f"steps grow with the power {power:.2f} +- {error:.2f} of the width of a pulse, which a card "
                       "does not hold")
    return remarks


def _steps(pulses: Pulses, card: Device, owner: str) -> _Steps:
    """Steps of a device beside those of the card; raises ValueError."""
    set_volts, reset_volts = card["set_voltage"], card["reset_voltage"]
    if set_volts * reset_volts > 0:
        raise ValueError(f"{owner}: set and reset pulses of the card have the same sign, so that a voltage does not "
                         "tell which is which; this is for devices of pulses of both signs")
    if len(pulses.volts) < _FEWEST + 1:
        raise ValueError(f"{owner}: a device has {len(pulses.volts)} pulses; give {_FEWEST + 1} or more")
    inside = (pulses.siemens >= card["g_min"]) & (pulses.siemens <= card["g_max"])
    if inside.mean() < _INSIDE:
        raise ValueError(f"{owner}: {100 * (1 - inside.mean()):.0f} % of the reads lie beyond the range of the card, "
                         f"{card['g_min']:.3g} to {card['g_max']:.3g} S; fit the card to this device first")
    volts, before = pulses.volts[1:], np.clip(pulses.siemens[:-1], card["g_min"], card["g_max"])
    sides = (np.sign(volts) != np.sign(set_volts)).astype(int)
    ahead = np.where(sides == 0, card["g_max"], card["g_min"])
    kept = (volts != 0) & (np.abs(ahead - pulses.siemens[1:]) > _END * card.span)    # the others may have hit the end
    response = Response(card)
    expected = np.array([response.step((UP, DOWN)[side], g) for side, g in zip(sides, before)])
    over = np.abs(volts) - np.array([abs(set_volts), abs(reset_volts)])[sides]
    longer = np.zeros(len(volts)) if pulses.widths is None else np.log(
        pulses.widths[1:] / np.array([card["set_width"], card["reset_width"]])[sides])
    if not np.isfinite(longer).all():
        raise ValueError(f"{owner}: a pulse has no positive width; correct the column, or leave it out with --columns")
    if kept.sum() < _FEWEST:
        raise ValueError(f"{owner}: {int(kept.sum())} pulses of a device end within its range; give {_FEWEST} or more, "
                         "smaller ones")
    if np.abs(volts[kept]).max() < _APART * np.abs(volts[kept]).min():
        raise ValueError(f"{owner}: all pulses of a device have about the same voltage; give pulses of several")
    if not np.diff(pulses.siemens)[kept].any():
        raise ValueError(f"{owner}: the conductance is the same after every pulse; nothing can be fitted to a device "
                         "that does not move")
    return _Steps(np.diff(pulses.siemens)[kept], expected[kept], sides[kept], over[kept], longer[kept])


def _fitted(steps: _Steps) -> tuple[_Steps, np.ndarray, np.ndarray]:
    """The steps, the likeliest parameters, and their standard errors."""
    from scipy.optimize import minimize
    scale = float(np.sqrt(np.mean(np.square(steps.measured))))
    unit = _Steps(steps.measured / scale, steps.expected / scale, steps.sides, steps.over, steps.longer)
    reach = max(float(np.ptp(steps.over)), 1e-6)
    free = [0, *([1] if np.ptp(steps.longer) else []), 2, 3, *(4 + side for side in np.unique(steps.sides))]
    whole = np.array([0.0, 0.0, -2.0, -1.0, 1.0, 1.0])

    def loss(chosen: np.ndarray) -> float:
        parameters = whole.copy()
        parameters[free] = chosen
        parameters[2:4] = np.maximum(parameters[2:4], _LEAST)
        return unit.loss(parameters)

    def begun(rate: float) -> np.ndarray:
        """Parameters at a rate, with the factors of least squares."""
        found, course = whole.copy(), unit.course(rate, 0.0)
        found[0] = rate
        for side in np.unique(steps.sides):
            own = steps.sides == side
            found[4 + side] = float(course[own] @ unit.measured[own]) / max(float(course[own] @ course[own]), 1e-300)
        return found[free]
    starts = [begun(folds / reach) for folds in (0.3, 1.0, 2.0, 4.0, 8.0)]
    first = min(starts, key=loss)
    found = minimize(loss, first, method="Nelder-Mead", options={"maxiter": 4000, "xatol": 1e-6, "fatol": 1e-8,
                                                                 "adaptive": True})
    found = minimize(loss, found.x, method="BFGS")
    covariance = np.linalg.pinv(_curvature(loss, found.x))
    best, errors = whole.copy(), np.zeros(6)
    best[free], errors[free] = found.x, np.sqrt(np.maximum(np.diag(covariance), 1e-300))
    best[2] += math.log(scale)
    return steps, best, errors


def _curvature(loss: Callable[[np.ndarray], float], place: np.ndarray) -> np.ndarray:
    """Second derivatives by differences."""
    step = _STEP * np.maximum(np.abs(place), 1.0)
    found = np.empty((place.size, place.size))
    for row in range(place.size):
        for column in range(row + 1):
            ends = [one * other * loss(place + one * step * (np.arange(place.size) == row)
                                       + other * step * (np.arange(place.size) == column))
                    for one in (1, -1) for other in (1, -1)]
            found[row, column] = found[column, row] = sum(ends) / (4 * step[row] * step[column])
    return found
