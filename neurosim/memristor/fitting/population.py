"""From fits of several devices to one card: means of their numbers, and the spreads between them, with intervals.

What is seen to spread is the devices and the errors of their fits together. With estimates x_i of N devices, whose
standard errors are e_i, the spread s of normally distributed devices follows from

    s^2 = v - mean(e_i^2),   v = sum (x_i - mean)^2 / (N - 1),   (N - 1) v / (s^2 + mean(e_i^2)) ~ chi^2 of N - 1
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from neurosim.confidence import UPPER, Z
from neurosim.memristor.device import IMPERFECTIONS, RANGE, Device, with_defaults
from neurosim.memristor.fitting import Fit, Programming
from neurosim.memristor.fitting.card import card_text
from neurosim.memristor.laws import LAWS
from neurosim.memristor.response import Response

#: Number of a law that shape_spread is the spread of.
SHAPES = {"linear": "slope", "exponential": "rate", "power": "power", "neurosim": "nonlinearity"}
#: Numbers from which the size of a step follows, by law; "step" for the others.
_SIZES = {"neurosim": "pulses", "piecewise": "nodes"}
_KNOWN = 0.5    #: part of the devices whose fits must determine a number, for its spread to mean something


@dataclass(frozen=True, kw_only=True)
class Population:
    """Devices that were fitted one by one.

    law : of all of them; fits : dict from label to Fit
    values : dict from key of a card to its number (tuple for nodes), means and spreads; what is not seen is absent
    intervals : dict from the same keys to (low, high) of 95 % confidence, a tuple of these for nodes
    remarks : sentences in a list
    """

    law: str
    fits: dict[str, Fit]
    values: dict[str, Any]
    intervals: dict[str, Any]
    remarks: list[str]

    def card_text(self, name: str, citation: str, programming: Programming) -> str:
        """Return TOML text of the card, see `Fit.card_text`."""
        count, source = len(self.fits), next(iter(self.fits.values())).source.split(", device ")[0]
        told = {key: f"{'spread' if key.endswith('spread') else 'mean'} of fits to {count} devices, {source}, 95 % "
                     f"interval {_said(self.intervals[key])}" for key in self.values}
        return card_text(self.law, self.values, told, name, citation, programming)


def _said(found: Any) -> str:
    pairs = found if isinstance(found[0], tuple) else (found,)
    return ", ".join(f"{low:.4g} ... {high:.4g}" for low, high in pairs)


def mean(values: np.ndarray) -> tuple[float, tuple[float, float]]:
    """Mean of the devices that estimates stand for, and its 95 % interval; values : float (devices), two or more."""
    from scipy.stats import t
    middle, half = float(values.mean()), float(values.std(ddof=1)) / math.sqrt(len(values))
    half *= float(t.ppf(UPPER, len(values) - 1))
    return middle, (middle - half, middle + half)


def spread(values: np.ndarray, errors: np.ndarray) -> tuple[float, tuple[float, float]]:
    """Return standard deviation between devices, and its 95 % interval.

    values : float (devices) or (kinds, devices), estimates whose spread is the same in every kind
    errors : their standard errors, of the same shape
    """
    from scipy.stats import chi2
    values, errors = np.atleast_2d(values), np.atleast_2d(errors)
    degrees = values.shape[0] * (values.shape[1] - 1)
    seen = float(np.square(values - values.mean(axis=1, keepdims=True)).sum()) / degrees
    fits = float(np.square(errors).mean())
    high, low = (degrees / chi2.ppf(part, degrees) for part in (1 - UPPER, UPPER))
    ends = [math.sqrt(max(seen * factor - fits, 0.0)) for factor in (1.0, low, high)]
    return ends[0], (ends[1], ends[2])


def population(fits: Mapping[str, Fit]) -> Population:
    """Make one device with spreads of fits of one law to several devices; returns Population.

    raises : ValueError for fewer than two devices, or fits of different laws
    """
    laws = {fit.law for fit in fits.values()}
    if len(fits) < 2 or len(laws) != 1:
        raise ValueError(f"{len(fits)} devices fitted by {', '.join(sorted(laws))}: give two or more devices and one "
                         "law")
    law = laws.pop()
    found: dict[str, tuple[Any, Any]] = {}
    for key in _keys(fits, law):
        found[key] = _mean_of(key, fits)
    remarks: list[str] = []
    for key, pair in _spreads(fits, law, remarks).items():
        if pair[0] > 0:
            found[key] = pair
        else:
            remarks.append(f"{key} cannot be resolved, since fits of single devices are as uncertain as the devices "
                           f"differ; it is below {pair[1][1]:.2g}")
    return Population(law=law, fits=dict(fits), values={key: value for key, (value, _) in found.items()},
                      intervals={key: interval for key, (_, interval) in found.items()}, remarks=remarks)


def _keys(fits: Mapping[str, Fit], law: str) -> list[str]:
    """Return the keys of numbers of the card, in its order: of the range, of the law, and noise that any fit shows."""
    return [key for key in (*RANGE, *LAWS[law].keys, *IMPERFECTIONS)
            if any(key in fit.values for fit in fits.values())]


def _mean_of(key: str, fits: Mapping[str, Fit]) -> tuple[Any, Any]:
    values = np.array([fit.values.get(key, 0.0) for fit in fits.values()], float)
    if values.ndim == 2:
        pairs = [mean(node) for node in values.T]
        return tuple(value for value, _ in pairs), tuple(interval for _, interval in pairs)
    if key in IMPERFECTIONS:    # variances add up, not deviations
        square, (low, high) = mean(np.square(values))
        return math.sqrt(square), (math.sqrt(max(low, 0.0)), math.sqrt(high))
    return mean(values)


def _spreads(fits: Mapping[str, Fit], law: str, remarks: list[str]) -> dict[str, tuple[float, tuple[float, float]]]:
    """Return spreads between devices with their intervals; `remarks` is MUTATED where one cannot be told."""
    found = {}
    scales = np.array([_scales(fit) for fit in fits.values()]).T
    relative = scales / scales.mean(axis=1, keepdims=True)
    errors = np.array([_relative_errors(fits, f"{_SIZES.get(law, 'step')}_{side}") for side in ("up", "down")])
    error = np.hypot(*errors) / 2
    found["step_spread"] = spread(relative.mean(axis=0), error)
    found["asymmetry_spread"] = spread((relative[0] - relative[1]) / 2, error)
    span = np.mean([fit.values["g_max"] - fit.values["g_min"] for fit in fits.values()])
    for key in ("g_min", "g_max"):
        _add(found, f"{key}_spread", [key], fits, remarks, 1 / span)
    if law in SHAPES:
        _add(found, "shape_spread", [f"{SHAPES[law]}_up", f"{SHAPES[law]}_down"], fits, remarks)
    return found


def _add(found: dict[str, tuple[float, tuple[float, float]]], name: str, keys: list[str], fits: Mapping[str, Fit],
         remarks: list[str], factor: float = 1.0) -> None:
    """Add the spread of numbers to `found`, MUTATED, unless most fits leave one of them open."""
    open_ones = [key for key in keys
                 if np.mean([key in fit.undetermined for fit in fits.values()]) > _KNOWN]
    if open_ones:
        remarks.append(f"{name} is left out, for most trains do not determine {', '.join(open_ones)}; let trains run "
                       "over more of the range")
        return
    values = np.array([[fit.values[key] for fit in fits.values()] for key in keys])
    errors = np.array([[_error(fit, key) for fit in fits.values()] for key in keys])
    found[name] = spread(factor * values, factor * _filled(errors))


def _scales(fit: Fit) -> tuple[float, float]:
    """Return the size of set and of reset steps of a fitted device [S]."""
    if fit.law == "piecewise":
        return float(np.mean(fit.values["nodes_up"])), float(np.mean(fit.values["nodes_down"]))
    device = Device(stem="", name="", law=fit.law, citation="", sources={},
                    values=with_defaults({**dict.fromkeys(RANGE, 1.0), **fit.values}))
    up, down = (float(np.ravel(scale)[0]) for scale in Response(device).scales)
    return up, down


def _relative_errors(fits: Mapping[str, Fit], key: str) -> np.ndarray:
    """Return the standard errors of a number of every fit over the number itself, (devices)."""
    return _filled(np.array([_error(fit, key) / float(np.mean(fit.values[key])) for fit in fits.values()]))


def _error(fit: Fit, key: str) -> float:
    """Return standard error of a number of a fit, from its interval; of nodes that of their mean; NaN where it is open.
    """
    interval = fit.intervals[key]
    pairs = interval if isinstance(fit.values[key], tuple) else (interval,)
    halves = [(high - low) / (2 * Z) for low, high in pairs if low is not None and high is not None]
    return math.sqrt(sum(half ** 2 for half in halves)) / len(pairs) if len(halves) == len(pairs) else math.nan


def _filled(errors: np.ndarray) -> np.ndarray:
    """Replace unknown errors by the root mean square of the known ones."""
    known = errors[np.isfinite(errors)]
    return np.where(np.isfinite(errors), errors, math.sqrt(np.mean(known ** 2)) if known.size else 0.0)
