"""Fit the laws of response to measured pulse trains, and write the card of the one that predicts best.

    trains = read_pulses("measured.csv")
    best, *others = fit(trains)
    Path("mine.toml").write_text(best.card_text("My device", "measured by me", Programming(...)), encoding="utf-8")
"""

import math
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from neurosim._jit import side_by_side, thread_count
from neurosim.memristor.device import IMPERFECTIONS, LAWS, RANGE
from neurosim.memristor.fitting.model import SIGNS
from neurosim.memristor.fitting.profile import intervals
from neurosim.memristor.fitting.search import best, held_out
from neurosim.memristor.fitting.starts import smoothed
from neurosim.tables import nearest
from neurosim.toml import to_toml

#: Laws that can be fitted.
FITTED = tuple(law for law in LAWS if law != "table")
_FEWEST = 50    #: pulses in each direction


@dataclass(frozen=True, kw_only=True)
class Programming:
    """Pulses with which trains were measured: voltages [V], durations [s], and where these numbers come from."""

    set_voltage: float
    set_width: float
    reset_voltage: float
    reset_width: float
    read_voltage: float
    source: str = "chosen"


@dataclass(frozen=True, kw_only=True, eq=False)
class Fit:
    """A law fitted to pulse trains.

    law : one of FITTED; source : name of the file of the trains
    values : dict from key of a card to number (tuple of numbers for the nodes of the piecewise law), SI units; noise
        that the trains do not show is absent
    intervals : dict from the same keys to the 95 % interval (low, high), or None where the trains do not determine the
        number or it lies at the limit of a card; a tuple of these for nodes
    memory : pulses over which write noise is remembered, and the part of its variance that is; 0, 0 where none is. A
        card has no such number: its write noise is that of both parts
    log_likelihood, held_out : per pulse, of one conductance given those before, of all pulses by the fit to all, and
        of blocks of pulses by fits to the others [nat, conductance over the range of the trains]
    curves : dict from "up" and "down" to the noise-free curves through the trains, list of (pulses) [S]
    trains : PulseTrains
    """

    law: str
    source: str
    values: dict
    intervals: dict
    memory: tuple
    log_likelihood: float
    held_out: float
    curves: dict
    trains: object

    def residual(self, direction, window=1):
        """Root mean square distance of the noise-free curves from the trains of "up" or "down" [S].

        window : pulses over which the trains are smoothed first, by a moving average
        """
        pairs = zip(getattr(self.trains, direction), self.curves[direction])
        distances = [smoothed(train, window) - curve[window // 2:][:len(train) - window + 1]
                     for train, curve in pairs if len(train) >= window]
        if not distances:
            raise ValueError(f"{self.source}: no {direction} train has {window} pulses; smooth over fewer")
        return math.sqrt(np.mean(np.concatenate(distances) ** 2))

    def card_text(self, name, citation, programming):
        """TOML text of a card that `neurosim.memristor.device.load_device` reads.

        name, citation : of the device; programming : Programming. Each fitted number has its 95 % interval as source.
        """
        entries = {**RANGE, **LAWS[self.law], **IMPERFECTIONS}
        sources, values = {"programming": programming.source}, {}
        for key, value in self.values.items():
            sources[f"fit_{key}"] = f"fitted to {self.source}, {self._confidence(key)}"
            plain = [float(item) for item in value] if isinstance(value, tuple) else float(value)
            values[key] = {"value": plain, "unit": entries[key].unit, "source": f"fit_{key}"}
        for key in RANGE:
            if key not in values:
                number = float(getattr(programming, key))
                values[key] = {"value": number, "unit": RANGE[key].unit, "source": "programming"}
        return to_toml({"name": name, "law": self.law, "citation": citation, "sources": sources, "values": values})

    def _confidence(self, key):
        unit = {**RANGE, **LAWS[self.law], **IMPERFECTIONS}[key].unit
        found = self.intervals[key] if isinstance(self.values[key], tuple) else (self.intervals[key],)
        unit = "" if unit == "1" else f" {unit}"
        texts = [f"{pair[0]:.4g} ... {pair[1]:.4g}" if pair else "not determined" for pair in found]
        text = f"95 % interval {', '.join(texts)}{unit}"
        if key == "write_noise" and self.memory[0]:
            text += f"; {self.memory[1]:.0%} of its variance is remembered over {self.memory[0]:.3g} pulses"
        return text


def fit(trains, laws=FITTED, folds=5):
    """Fit laws to pulse trains; returns a list of Fit, best first.

    Law, noise of steps and noise of reads are found together by maximum likelihood, see `fitting.filtering`; the order
    is that of the likelihood of blocks of pulses that took no part in a fit.

    trains : PulseTrains; laws : of FITTED; folds : parts in which pulses are held out, 2 or more
    raises : ValueError for unknown laws, and trains that are too short or do not move
    """
    for law in laws:
        if law not in FITTED:
            raise ValueError(f"law {law!r} cannot be fitted{nearest(law, FITTED)}")
    if not laws or folds < 2:
        raise ValueError(f"{len(laws)} laws and {folds} folds: name at least one law, and 2 folds or more")
    for side in SIGNS:
        count = sum(map(len, getattr(trains, side)))
        if count < _FEWEST:
            raise ValueError(f"{trains.source}: {side}: {count} pulses are too few for a fit; "
                             f"measure {_FEWEST} or more in each direction")
    found = side_by_side(lambda law: _fit(law, trains, folds), list(laws), thread_count())
    return sorted(found, key=lambda fitted: -fitted.held_out)


def _fit(law, trains, folds):
    optimum = best(law, trains)
    card, memory = _on_card(optimum.values)
    known, limits = intervals(optimum), {}
    for key, value in card.items():
        limits[key] = tuple(known[key, place] for place in range(len(value))) if isinstance(value, tuple) else \
            known[key, None]
    in_ranges = math.log(np.ptp(np.concatenate([*trains.up, *trains.down])))
    log_likelihood = optimum.model.log_likelihood(optimum.values)[0] / optimum.model.pulses
    return Fit(law=law, source=Path(trains.source).name, values=card, intervals=limits, memory=memory,
               log_likelihood=log_likelihood + in_ranges, held_out=held_out(optimum, folds) + in_ranges,
               curves=optimum.model.noise_free(optimum.values), trains=trains)


def _on_card(values):
    """Values that a card holds, and (memory, part of the variance of the write noise that is remembered)."""
    card = {key: value for key, value in values.items() if key not in ("memory_share", "memory")}
    return card, (values.get("memory", 0.0), values.get("memory_share", 0.0))
