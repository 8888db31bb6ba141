"""Price cards: what one event costs, with node, voltage, source and kind; scaled to the node of the chip."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple, cast

import numpy as np

from neurosim.cards import Entry, card_path, read_card
from neurosim.energy.scaling import HIGHEST, LOWEST, SOURCE, SRAM_SOURCE, area_factor, energy_factor, sram_factor, \
    usual_supply
from neurosim.summaries import Summarised, Summary
from neurosim.tables import nearest

if TYPE_CHECKING:
    from neurosim.cards import Card

FOLDER = "prices"    #: of the cards, below devices/
DEFAULT = "isaac-32nm"
BASELINES = "digital-baselines"
KINDS = ("measured", "simulated", "derived", "assumed", "chosen")    #: chosen: a decision about the chip, no claim
CELLS = {"1T1R": 0.0, "crossbar": 0.5}    #: part of a pulse's voltage across a half-selected cell, by kind of cell


class Key(NamedTuple):
    """One key of a price card: its Entry, and what scales it between nodes: "energy", "area", "sram" or "", nothing."""

    entry: Entry
    scales: str = ""


def _joules(text: str) -> Any:
    return Key(Entry("J", 0, 1e-3, text), "energy")


#: Everything that has a price.
KEYS = {
    "node": Key(Entry("nm", LOWEST, HIGHEST, "node of the chip, to which circuits of other nodes are scaled")),
    "supply": Key(Entry("V", 0.2, 5, "core supply of the chip")),
    "driver_energy": _joules("driver of one line, each time that the line is driven; the line itself is not in it"),
    "driver_capacitance": Key(Entry("F", 0, 1e-9, "capacitance of the driver of one line"), "energy"),
    "line_capacitance": Key(Entry("F", 0, 1e-12, "capacitance of a line, for each cell on it"), "energy"),
    "dac_8bit": _joules("conversion of an 8-bit number into the voltage of a line; 2^(b - 8) of it for b bits"),
    "sample": _joules("integrate-and-fire: sampling the current of a line"),
    "integrate": _joules("integrate-and-fire: one step of integration"),
    "comparator": _joules("one decision of a comparator; integrate-and-fire: one charge given off"),
    "counter_cycle": _joules("ramp converter: one step of the counter of a column"),
    "adc_rate": Key(Entry("Hz", 1, 1e12, "conversions of one ADC per second")),
    "adc_bits": Key(Entry("1", 1, 16, "bits of the ADCs that the table lists, ascending", many=True)),
    "adc_energy": Key(Entry("J", 0, 1e-3, "one conversion of each ADC of the table", many=True), "energy"),
    "adc_area": Key(Entry("m2", 0, 1e-6, "area of each ADC of the table", many=True), "area"),
    "accumulate": _joules("adding a converted number to a 16-bit register"),
    "neuron_update": _joules("arithmetic of one neuron update, without its memory"),
    "sram_bit": _joules("one bit read from or written to a local SRAM"),
    "spike_hop": _joules("one signal carried from one tile to the next"),
    "gradient_mac": _joules("multiplying two 16-bit states and adding the product to a gradient"),
    "leakage": Key(Entry("W/m2", 0, 1e9, "leakage of an area of CMOS circuits")),
    "state_bits": Key(Entry("1", 1, 4096, "bits of a neuron's state that an update reads and writes, both together")),
    "stored_bits": Key(Entry("1", 1, 64, "bits of a state kept of each neuron for each product of a gradient")),
    "gradient_bits": Key(Entry("1", 1, 64, "bits of the gradient of one weight")),
    "drive_seconds": Key(Entry("s", 0, 1, "driving a line until its voltage stands")),
    "cycle_seconds": Key(Entry("s", 0, 1, "one step of a ramp converter or of an integrate-and-fire readout")),
    "neuron_seconds": Key(Entry("s", 0, 1, "one neuron update")),
    "barrier_seconds": Key(Entry("s", 0, 1, "making all tiles begin a time step together")),
    "cell_squares": Key(Entry("1", 1, 1e4, "area of a cell in squares of the node, F2")),
    "sram_squares": Key(Entry("1", 1, 1e5, "area of a bit of SRAM in squares of the node, F2"), "sram"),
    "driver_area": Key(Entry("m2", 0, 1e-6, "area of the driver of one line"), "area"),
    "dac_area": Key(Entry("m2", 0, 1e-6, "area of an 8-bit converter in front of a line; 2^(b - 8) of it for b bits"),
                    "area"),
    "integrator_area": Key(Entry("m2", 0, 1e-6, "area of one integrate-and-fire readout"), "area"),
    "ramp_area": Key(Entry("m2", 0, 1e-6, "area of comparator and counter of one ramp converter"), "area"),
    "int8_mac": _joules("multiplying and adding 8-bit integers"),
    "int8_multiply": _joules("multiplying 8-bit integers"),
    "int8_add": _joules("adding 8-bit integers"),
    "fp32_mac": _joules("multiplying and adding 32-bit floats"),
    "fp32_add": _joules("adding 32-bit floats"),
    "synaptic_event": _joules("one synaptic event of a digital neuromorphic chip"),
    "neuron_event": _joules("one neuron update of a digital neuromorphic chip"),
}
#: Keys that cards once had, and what to write instead.
_FORMER = {"driver_power": "no longer a key; write driver_energy, the energy of driving a line once [J]"}
_TABLES = tuple(key for key, one in KEYS.items() if one.entry.many)
_TEXTS = {"citation": True, "note": False, "cell": False}
_MARKS = {"node": Entry("nm", LOWEST, 1000, "node"), "voltage": Entry("V", 0, 20, "supply"), "kind": KINDS,
          "year": Entry("1", 1900, 2200, "year of the source, or of the assumption")}


@dataclass(frozen=True, kw_only=True)
class Price:
    """One price.

    value : in `unit`, a tuple where the key is a table; source : text; kind : one of KINDS; year : of the source
    node [nm], voltage [V] : None where it has none
    factor : by which scaling changed the value; scaled : what was scaled, as text
    """

    key: str
    value: Any
    unit: str
    source: str
    kind: str
    year: float | None = None
    node: float | None = None
    voltage: float | None = None
    factor: float = 1.0
    scaled: str = ""

    @property
    def text(self) -> str:
        """Source, kind, year and scaling in one line."""
        return f"{self.source} [{self.kind}{f', {self.year:.0f}' if self.year else ''}{self.scaled}]"


@dataclass(frozen=True, kw_only=True, repr=False)
class PriceCard(Summarised):
    """A price card in use.

    cell : kind of memory cell, one of CELLS, or "" where the card does not say
    prices : dict from key to Price as the card gives it
    node [nm], supply [V] : those of the chip, to which prices of circuits are scaled; None leaves every price at its
        own node
    """

    stem: str
    name: str
    citation: str
    note: str
    prices: dict
    node: float | None = None
    supply: float | None = None
    cell: str = ""

    def summary(self) -> Summary:
        """Return the Summary: every number as the card gives it, with its unit, its kind and its source."""
        rows = [("key", "value", "unit", "kind", "source"),
                *((key, ", ".join(f"{one:.4g}" for one in np.atleast_1d(found.value)), found.unit, found.kind,
                   found.source) for key, found in self.prices.items())]
        chip = "" if self.node is None else f"; scaled to {self.node:g} nm"
        return Summary(heading=f"Energy per event, card {self.stem}: {self.name}{chip}", rows=rows,
                       remarks=[*filter(None, (self.citation, self.note))])

    def __contains__(self, key: str) -> bool:
        return key in self.prices

    def price(self, key: str, what: str) -> Price:
        """Price of a key at the node of the chip; `what` needs it, for the error. Raises ValueError."""
        if key not in self.prices:
            raise ValueError(f"price card {self.stem}: {key}: missing, and {what} cannot be priced without it; "
                             f"give {KEYS[key].entry.text} [{KEYS[key].entry.unit}]")
        found = self.prices[key]
        if self.node in (None, found.node) or found.node is None or not KEYS[key].scales:
            return found
        factor, text = self._factor(found)
        value = tuple(one * factor for one in found.value) if KEYS[key].entry.many else found.value * factor
        return replace(found, value=value, factor=factor, scaled=text)

    def value(self, key: str, what: str) -> Any:
        """Return the number of `price`, float, or the tuple of a key that has many."""
        return self.price(key, what).value

    def at_node(self, node: float, supply: Any = None) -> PriceCard:
        """Return the same prices for a chip of another node [nm] and supply [V], by default the usual one; ValueError.

        A price of that node stays as it is, at its own voltage.
        """
        wanted = usual_supply(node) if supply is None else supply
        return replace(self, node=KEYS["node"].entry.check(node, "node"),
                       supply=KEYS["supply"].entry.check(wanted, "supply"))

    def _factor(self, found: Price) -> tuple[float, str]:
        assert found.node is not None and self.node is not None
        ends, source, scales = f"{found.node:g} -> {self.node:g} nm", SOURCE, KEYS[found.key].scales
        if scales == "area":
            factor = area_factor(found.node, self.node)
        elif scales == "sram":
            factor, source = sram_factor(found.node, self.node), SRAM_SOURCE
        else:
            voltage = usual_supply(found.node) if found.voltage is None else found.voltage
            factor = energy_factor(found.node, voltage, self.node, cast(float, self.supply))
            ends = f"{found.node:g} nm, {voltage:g} V -> {self.node:g} nm, {self.supply:g} V"
        return factor, f"; {ends}: x {factor:.3g}, {source}"


def load_prices(name_or_path: Path | str = DEFAULT, node: Any = None, changes: Any = None) -> PriceCard:
    """Read a price card that ships, by its stem, or a .toml file; `node` [nm] replaces that of the card.

    changes : dict from keys to numbers that replace those of the card; they are prices at the node of the chip
    returns : PriceCard; raises : ValueError
    """
    card = read_card(card_path(name_or_path, "price card", FOLDER), _TEXTS, _vocabulary, "price card",
                     stranger=lambda key, text: _FORMER.get(key, ""), marks=_MARKS)
    _check_tables(card)
    prices = {key: _price(card, key, value) for key, value in card.values.items()}
    prices |= {key: _changed(key, value) for key, value in (changes or {}).items()}
    loaded = PriceCard(stem=card.stem, name=card.name, citation=card.text["citation"], note=card.text.get("note", ""),
                       cell=card.text.get("cell", ""), prices=prices)
    if node is not None:
        return loaded.at_node(node, prices["supply"].value if "supply" in (changes or {}) else None)
    own = {key: prices[key].value for key in ("node", "supply") if key in prices}
    return loaded.at_node(**own) if "node" in own else loaded


def check_changes(changes: dict[str, float], owner: str) -> None:
    """Raise ValueError, a sentence that begins with `owner`, unless all keys are those of prices, within bounds."""
    for key, value in changes.items():
        if key not in KEYS:
            raise ValueError(f"{owner}.{key}: unknown price{nearest(key, KEYS)}")
        if key in _TABLES:
            raise ValueError(f"{owner}.{key}: a table, and no single number replaces it; copy the price card, change "
                             "the table there and name the copy with energy.prices")
        KEYS[key].entry.check(value, f"{owner}.{key}")


def _changed(key: str, value: float) -> Price:
    return Price(key=key, value=value, unit=KEYS[key].entry.unit, source="the configuration", kind="chosen")


def _vocabulary(text: dict[str, str]) -> tuple[dict[str, Entry], set]:
    """Allow every key on every card."""
    if text.get("cell", "1T1R") not in CELLS:
        raise ValueError(f"cell = {text['cell']!r} is unknown{nearest(text['cell'], CELLS)}")
    return {key: one.entry for key, one in KEYS.items()}, set()


def _check_tables(card: Card) -> None:
    """Raise ValueError unless the columns of the table of ADCs are of one length and its bits ascend."""
    owner, held = f"price card {card.stem}.toml", [key for key in _TABLES if key in card.values]
    if held and len(held) < len(_TABLES):
        raise ValueError(f"{owner}: {next(key for key in _TABLES if key not in held)}: missing beside {held[0]}; give "
                         f"{', '.join(_TABLES)} together, or none of them")
    if len({len(card.values[key]) for key in held}) > 1:
        raise ValueError(f"{owner}: {', '.join(held)} have different lengths; give each of them one number per ADC")
    bits = card.values.get("adc_bits", ())
    if any(low >= high or low % 1 or high % 1 for low, high in zip(bits, bits[1:])):
        raise ValueError(f"{owner}: adc_bits = {[float(f'{number:g}') for number in bits]} are not ascending whole "
                         "numbers; sort the table")


def _price(card: Card, key: str, value: float) -> Price:
    owner, marks = f"price card {card.stem}.toml: {key}", card.marks[key]
    if "kind" not in marks:
        raise ValueError(f"{owner}: its kind is missing{nearest('', KINDS)}")
    if KEYS[key].scales in ("energy", "area") and "node" not in marks:
        raise ValueError(f"{owner}: its node is missing, and circuits are scaled between nodes; write node = 32 for "
                         "32 nm")
    return Price(key=key, value=value, unit=KEYS[key].entry.unit, source=card.sources[key], **marks)
