"""Units of what a sweep varies and of what it measures."""

from __future__ import annotations

from neurosim.energy.prices import KEYS
from neurosim.experiment.sweep.axes import keys_of
from neurosim.memristor.device import ANCHOR, IMPERFECTIONS, RANGE
from neurosim.memristor.laws import LAWS

_OF_CARDS = {
    "device": {key: entry.unit for entries in (RANGE, *(law.keys for law in LAWS.values()), ANCHOR, IMPERFECTIONS)
               for key, entry in entries.items()},
    "price": {name: key.entry.unit for name, key in KEYS.items()}}
#: Keys of the configuration that are neither fractions nor factors.
_OF_KEYS = {**{f"array.{key}": "ohm" for key in ("word_line", "bit_line", "driver", "sense")},
            **{f"readout.{key}": "steps" for key in ("offset", "comparator")},
            **{f"readout.{key}": "bits" for key in ("bits", "dac_bits")}, "readout.seconds": "s",
            **{f"synapses.{key}": "s" for key in ("step_seconds", "shelf_seconds")}, "synapses.tolerance": "steps",
            **{f"learning.{key}": "time steps" for key in ("free_steps", "free_limit", "nudge_steps", "window")},
            "array.tile": "lines", "array.mux": "lines", "energy.node": "nm", "training.batch": "images",
            "training.epochs": "epochs", "data.train_samples": "images", "data.validation_samples": "images"}
_OF_MEASURES = {"steps_per_inference": "time steps", "chip_area": "m2",
                **{f"{name}_per_{one}": unit for name, unit in (("joules", "J"), ("chip_seconds", "s"))
                   for one in ("inference", "training_sample")}}


def unit_of(name: str) -> str:
    """Unit of a dotted key of the configuration, or of a measure of a point; "1" for fractions, factors and counts."""
    name, *_ = keys_of(name)
    section, _, key = name.partition(".")
    if section in _OF_CARDS:
        return _OF_CARDS[section].get(key, "1")
    return _OF_KEYS.get(name) or _OF_MEASURES.get(name, "1")
