"""A card from measured pulse trains: laws are fitted one by one, and the simplest that predicts as well is chosen."""

from __future__ import annotations

import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from neurosim.memristor.device import Device, load_device
from neurosim.memristor.fitting import FITTED, Fit, FitError, Programming, fit, ranked, tied
from neurosim.memristor.fitting.verdict import advice, goodness
from neurosim.results.atomic_write import atomic_write
from neurosim.tables import nearest

if TYPE_CHECKING:
    from neurosim.experiment.pipeline.display import Silence
    from neurosim.measurements.types import PulseTrains
    from neurosim.plots.style import Axes, Figure

#: Pulses [V, s] and read voltage [V] where nobody says them.
_CHOSEN = {"set_voltage": 1.0, "set_width": 1e-6, "reset_voltage": -1.0, "reset_width": 1e-6, "read_voltage": 0.1}


def stated_programming(set_pulse: Sequence[float] | None = None, reset_pulse: Sequence[float] | None = None,
                       read_voltage: float | None = None, of_file: Mapping[str, float] | None = None) -> Programming:
    """Return the pulses of a measurement as its card states them: voltages [V], durations [s].

    of_file : what the files say, dict by key of a card; what is neither given nor there is assumed
    """
    given = {key: float(value) for side, pulse in (("set", set_pulse), ("reset", reset_pulse)) if pulse is not None
             for key, value in zip((f"{side}_voltage", f"{side}_width"), pulse)}
    given |= {"read_voltage": read_voltage} if read_voltage is not None else {}
    found = {key: value for key, value in (of_file or {}).items() if key not in given}
    sources = {**dict.fromkeys(given, "stated when the card was fitted"), **dict.fromkeys(found, "stated in the file")}
    value = {**_CHOSEN, **found, **given}
    return Programming(set_voltage=value["set_voltage"], set_width=value["set_width"],
                       reset_voltage=value["reset_voltage"], reset_width=value["reset_width"],
                       read_voltage=value["read_voltage"], sources=sources)


def chosen_laws(names: Sequence[str], option: str) -> Sequence[str]:
    """Return laws to fit, all by default; raises ValueError, which begins with `option`, for unknown ones."""
    for name in names:
        if name not in FITTED:
            raise ValueError(f"{option} {name}: unknown{nearest(name, FITTED)}")
    return list(dict.fromkeys(names)) or FITTED


def fitted(trains: PulseTrains, laws: Sequence[str], folds: int, display: Silence) -> CardFit:
    """Fit one law after the other under the eyes of a display.

    folds : parts of the pulses that are held out, one after the other
    returns : CardFit; raises : FitError where no law could be fitted
    """
    fits: list[Fit] = []
    failed: list[str] = []
    reason = None
    for done, law in enumerate(laws):
        display.advance("fitting", done, len(laws), law)
        try:
            fits += fit(trains, laws=[law], folds=folds)
        except FitError as error:
            failed.append(law)
            reason = error
    display.close()
    if not fits and reason is not None:
        raise reason
    return CardFit(trains, tuple(ranked(fits)), tuple(failed))


@dataclass(frozen=True)
class CardFit:
    """What trains say about a device.

    trains : PulseTrains; fits : Fits, the chosen one first; failed : names of laws that could not be fitted
    """

    trains: PulseTrains
    fits: tuple[Fit, ...]
    failed: tuple[str, ...]

    @property
    def best(self) -> Fit:
        """The simplest Fit that predicts held-out pulses as well as the best one does."""
        return self.fits[0]

    @property
    def values(self) -> dict[str, Any]:
        """Numbers of the card by key, SI units; tuples for nodes."""
        return self.best.values

    @property
    def intervals(self) -> dict[str, Any]:
        """Their 95 % intervals (low, high), tuples of these for nodes; None for an end that is not determined."""
        return self.best.intervals

    @property
    def ties(self) -> list[str]:
        """Laws that the trains do not tell from the chosen one."""
        return tied(list(self.fits))

    @property
    def goodness(self) -> str:
        """How well the chosen law describes the trains; "good", "fair" or "poor" comes first."""
        return goodness(self.best)

    @property
    def advice(self) -> str:
        """Which further measurement would make the least certain number surer."""
        return advice(self.best)

    def remarks(self) -> list[str]:
        """Return sentences on what the trains do not tell."""
        found = [_tie_sentence(self.best.law, self.ties)] if self.ties else []
        found += self.best.remarks()
        return found + ([f"{', '.join(self.failed)} could not be fitted to these trains"] if self.failed else [])

    def report(self) -> dict[str, Any]:
        """Return all of it as plain values, SI units."""
        trains, best = self.trains, self.best
        laws = [{"law": found.law, "held_out": found.held_out, "fitted": found.log_likelihood,
                 "numbers": found.numbers, "residual_up": found.residual("up"),
                 "residual_down": found.residual("down")} for found in self.fits]
        numbers = {key: {"value": value, "interval": self.intervals[key], "determined": key not in best.undetermined}
                   for key, value in self.values.items()}
        return {"source": trains.source, "understood": trains.understood, "trains": len(trains.up) + len(trains.down),
                "pulses": sum(map(len, (*trains.up, *trains.down))), "laws": laws, "best": best.law,
                "ties": self.ties, "failed": list(self.failed), "values": numbers, "limited": list(best.limited),
                "correlation": dict(zip(("lag_1", "probability"), best.correlation)),
                "goodness": self.goodness, "advice": self.advice, "remarks": self.remarks()}

    def card(self, stem: str, name: str, citation: str, programming: Programming) -> tuple[str, Device]:
        """Return the text of the card stem.toml, and the Device that it reads back as.

        Raises ValueError where it cannot be.
        """
        text = self.best.card_text(name, citation, programming)
        with tempfile.TemporaryDirectory() as folder:
            draft = Path(folder) / f"{stem}.toml"
            draft.write_text(text, encoding="utf-8")
            return text, load_device(draft)

    def figure(self, device: Device, panel: str | None = None, ax: Axes | None = None,
               width: float | None = None) -> Figure:
        """Draw data and fit; device : of `card`; panel, ax, width : see `fit_panel`; returns the Figure."""
        from neurosim.plots import fit_figure, fit_panel
        scores, best = {found.law: found.held_out for found in self.fits}, self.best
        if panel is None and ax is None:
            return fit_figure(device, best.trains, best.curves, scores, self.ties,
                              [self.goodness, self.advice, *self.remarks()], width)
        return fit_panel(device, best.trains, best.curves, scores, panel or "response", ax, width, self.ties).figure


def write_card(found: CardFit, output: Path, figure: Path | None, name: str, citation: str,
               programming: Programming, panel: str | None = None, width: float | None = None) -> Device:
    """Write card and figure of a CardFit, neither unless the card can be read back and drawn; returns Device.

    panel, width : of the figure, see `CardFit.figure`
    """
    from neurosim.plots import rendered
    text, device = found.card(output.stem, name, citation, programming)
    drawn = rendered(found.figure(device, panel, width=width), figure.suffix) if figure else b""
    atomic_write(output, text.encode())
    if figure:
        atomic_write(figure, drawn)
    return device


def _tie_sentence(chosen: str, ties: Sequence[str]) -> str:
    others = ties[0] if len(ties) == 1 else f"{', '.join(ties[:-1])} and {ties[-1]}"
    return (f"the trains do not distinguish {chosen} from {others}: within one standard error they predict held-out "
            f"pulses alike, and {chosen} has no more numbers than any of them")
