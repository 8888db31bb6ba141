"""Price cards: what one event costs, with node, voltage, source and kind; scaled to the node of the chip."""

from dataclasses import dataclass, replace
from typing import NamedTuple

from neurosim.cards import Entry, card_names, card_path, read_card
from neurosim.energy.scaling import HIGHEST, LOWEST, SOURCE, area_factor, energy_factor, usual_supply
from neurosim.tables import nearest

FOLDER = "prices"    #: of the cards, below devices/
DEFAULT = "isaac-32nm"
BASELINES = "digital-baselines"
KINDS = ("measured", "simulated", "derived", "chosen")


class Key(NamedTuple):
    """One key of a price card: its Entry, and what scales it between nodes, "energy", "area" or "" for nothing."""

    entry: Entry
    scales: str = ""


def _joules(text):
    return Key(Entry("J", 0, 1e-3, text), "energy")


#: Everything that has a price.
KEYS = {
    "node": Key(Entry("nm", LOWEST, HIGHEST, "node of the chip, to which circuits of other nodes are scaled")),
    "supply": Key(Entry("V", 0.2, 5, "core supply of the chip")),
    "driver_power": Key(Entry("W", 0, 1, "driver of one line while the line is driven"), "energy"),
    "driver_capacitance": Key(Entry("F", 0, 1e-9, "capacitance of the driver of one line"), "energy"),
    "line_capacitance": Key(Entry("F", 0, 1e-12, "capacitance of a line, for each cell on it"), "energy"),
    "dac_8bit": _joules("conversion of an 8-bit number into the signal on a line; 2^(b - 8) of it for b bits"),
    "sample": _joules("integrate-and-fire: sampling the current of a line"),
    "integrate": _joules("integrate-and-fire: one step of integration"),
    "comparator": _joules("one decision of a comparator; integrate-and-fire: one charge given off"),
    "counter_cycle": _joules("ramp converter: one step of the counter of a column"),
    "adc_rate": Key(Entry("Hz", 1, 1e12, "conversions of one ADC per second")),
    "accumulate": _joules("adding a converted number to a 16-bit register"),
    "neuron_update": _joules("arithmetic of one neuron update, without its memory"),
    "sram_bit": _joules("one bit read from or written to a local SRAM"),
    "spike_hop": _joules("one signal carried from one tile to the next"),
    "gradient_mac": _joules("multiplying two 16-bit states and adding the product to a gradient"),
    "leakage": Key(Entry("W/m2", 0, 1e9, "leakage of an area of CMOS circuits")),
    "state_bits": Key(Entry("1", 1, 4096, "bits of a neuron's state that an update reads and writes, both together")),
    "stored_bits": Key(Entry("1", 1, 64, "bits of the state that is kept of each neuron between the phases")),
    "gradient_bits": Key(Entry("1", 1, 64, "bits of the gradient of one weight")),
    "drive_seconds": Key(Entry("s", 0, 1, "driving a line until its voltage stands")),
    "cycle_seconds": Key(Entry("s", 0, 1, "one step of a ramp converter or of an integrate-and-fire readout")),
    "neuron_seconds": Key(Entry("s", 0, 1, "one neuron update")),
    "barrier_seconds": Key(Entry("s", 0, 1, "making all tiles begin a time step together")),
    "cell_squares": Key(Entry("1", 1, 1e4, "area of a cell in squares of the node, F2")),
    "sram_squares": Key(Entry("1", 1, 1e5, "area of a bit of SRAM in squares of the node, F2")),
    "driver_area": Key(Entry("m2", 0, 1e-6, "area of the driver of one line"), "area"),
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
_TEXTS = {"citation": True, "note": False}
_MARKS = {"node": Entry("nm", LOWEST, 1000, "node"), "voltage": Entry("V", 0, 20, "supply"), "kind": KINDS}


@dataclass(frozen=True, kw_only=True)
class Price:
    """One price.

    value : in `unit`; source : text; kind : one of KINDS; node [nm], voltage [V] : None where it has none
    factor : by which scaling changed the value; scaled : what was scaled, as text
    """

    key: str
    value: float
    unit: str
    source: str
    kind: str
    node: float | None = None
    voltage: float | None = None
    factor: float = 1.0
    scaled: str = ""

    @property
    def text(self):
        """Source, kind and scaling in one line."""
        return f"{self.source} [{self.kind}{self.scaled}]"


@dataclass(frozen=True, kw_only=True)
class PriceCard:
    """A price card in use.

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

    def __contains__(self, key):
        return key in self.prices

    def price(self, key, what):
        """Price of a key at the node of the chip; `what` needs it, for the error. Raises ValueError."""
        if key not in self.prices:
            raise ValueError(f"price card {self.stem}: {key}: missing, and {what} cannot be priced without it; "
                             f"give {KEYS[key].entry.text} [{KEYS[key].entry.unit}]")
        found = self.prices[key]
        if self.node in (None, found.node) or found.node is None or not KEYS[key].scales:
            return found
        factor, text = self._factor(found)
        return replace(found, value=found.value * factor, factor=factor, scaled=text)

    def value(self, key, what):
        """The number of `price`."""
        return self.price(key, what).value

    def at_node(self, node, supply=None):
        """The same prices for a chip of another node [nm] and supply [V], by default the usual one; ValueError.

        A price of that node stays as it is, at its own voltage.
        """
        wanted = usual_supply(node) if supply is None else supply
        return replace(self, node=KEYS["node"].entry.check(node, "node"),
                       supply=KEYS["supply"].entry.check(wanted, "supply"))

    def _factor(self, found):
        if KEYS[found.key].scales == "area":
            factor = area_factor(found.node, self.node)
            ends = f"{found.node:g} -> {self.node:g} nm"
        else:
            voltage = usual_supply(found.node) if found.voltage is None else found.voltage
            factor = energy_factor(found.node, voltage, self.node, self.supply)
            ends = f"{found.node:g} nm, {voltage:g} V -> {self.node:g} nm, {self.supply:g} V"
        return factor, f"; {ends}: x {factor:.3g}, {SOURCE}"


def price_card_names():
    """Stems of all price cards that ship, sorted."""
    return card_names(FOLDER)


def load_prices(name_or_path=DEFAULT, node=None, changes=None):
    """Read a price card that ships, by its stem, or a .toml file; `node` [nm] replaces that of the card.

    changes : dict from keys to numbers that replace those of the card; they are prices at the node of the chip
    returns : PriceCard; raises : ValueError of one sentence
    """
    card = read_card(card_path(name_or_path, "price card", FOLDER), _TEXTS, _vocabulary, "price card", marks=_MARKS)
    prices = {key: _price(card, key, value) for key, value in card.values.items()}
    prices |= {key: _changed(key, value) for key, value in (changes or {}).items()}
    loaded = PriceCard(stem=card.stem, name=card.name, citation=card.text["citation"], note=card.text.get("note", ""),
                       prices=prices)
    if node is not None:
        return loaded.at_node(node, prices["supply"].value if "supply" in (changes or {}) else None)
    own = {key: prices[key].value for key in ("node", "supply") if key in prices}
    return loaded.at_node(**own) if "node" in own else loaded


def check_changes(changes, owner):
    """Raise ValueError, a sentence that begins with `owner`, unless all keys are those of prices, within bounds."""
    for key, value in changes.items():
        if key not in KEYS:
            raise ValueError(f"{owner}.{key}: unknown price{nearest(key, KEYS)}")
        KEYS[key].entry.check(value, f"{owner}.{key}")


def _changed(key, value):
    return Price(key=key, value=value, unit=KEYS[key].entry.unit, source="the configuration", kind="chosen")


def _vocabulary(text):
    del text    # every card may hold every key
    return {key: one.entry for key, one in KEYS.items()}, set()


def _price(card, key, value):
    owner, marks = f"price card {card.stem}.toml: {key}", card.marks[key]
    if "kind" not in marks:
        raise ValueError(f"{owner}: its kind is missing{nearest('', KINDS)}")
    if KEYS[key].scales and "node" not in marks:
        raise ValueError(f"{owner}: its node is missing, and circuits are scaled between nodes; write node = 32 for "
                         "32 nm")
    return Price(key=key, value=value, unit=KEYS[key].entry.unit, source=card.sources[key], **marks)
