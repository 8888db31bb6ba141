"""Keys of a configuration in words, for axes of figures."""

from __future__ import annotations

from functools import cache

#: What keys of a configuration are called along an axis; those of cards are called what the card's own entries say.
_WORDS = {
    "seed": "seed", "learning.beta": "nudging factor β", "learning.free_steps": "length of the free phase",
    "learning.nudge_steps": "length of a nudged phase", "learning.window": "averaging window",
    "neurons.epsilon": "step size ε of the states", "neurons.lam": "prediction factor λ", "neurons.kind": "neurons",
    "network.gains": "gain of the first weights", "network.feedback": "gain of the feedback",
    "optimiser.rates": "learning rate", "optimiser.momentum": "momentum", "optimiser.kind": "optimiser",
    "training.batch": "batch", "training.epochs": "length of the training", "data.train_samples": "training set",
    "data.name": "data set", "synapses.device": "device", "synapses.pulses": "pulse rule",
    "synapses.mapping": "mapping of weights", "synapses.programming": "programming",
    "synapses.ranges": "range of the weights", "synapses.tolerance": "tolerance of write-verify",
    "synapses.shelf_seconds": "time on the shelf", "synapses.step_seconds": "duration of a time step",
    "array.tile": "size of a tile", "array.mux": "lines that share a converter",
    "array.word_line": "resistance of a word line, cell to cell",
    "array.bit_line": "resistance of a bit line, cell to cell", "array.driver": "resistance of a driver",
    "array.sense": "resistance of a sense amplifier", "readout.kind": "readout",
    "readout.bits": "resolution of converters", "readout.range": "range of converters",
    "readout.offset": "spread of the offsets of converters",
    "readout.gain": "spread of the gains of converters", "readout.leak": "leak of integrators",
    "readout.comparator": "noise of comparators", "readout.dac_bits": "resolution of drivers",
    "readout.noise": "read noise", "readout.seconds": "duration of a read", "energy.node": "technology node",
}


def key_words(key: str) -> str:
    """Return a key of an axis, or several with commas between, in words: "noise of a read" for device.read_noise.

    A key without words of its own is its last part, and the section in brackets.
    """
    parts = [part.strip() for part in key.split(",")]
    return " and ".join(dict.fromkeys(map(_words, parts)))


def _words(key: str) -> str:
    section, _, name = key.partition(".")
    if section in ("device", "price"):
        text = _of_cards(section).get(name, name.replace("_", " "))
        return text.replace(", standard deviation over", " over").replace(", standard deviation", "")
    if key in _WORDS or not name:
        return _WORDS.get(key, key)
    return f"{key.rpartition('.')[2].replace('_', ' ')} ({section})"


@cache
def _of_cards(section: str) -> dict[str, str]:
    """Return the meanings of the entries of device cards or of price cards, by key."""
    if section == "price":
        from neurosim.energy.prices import KEYS
        return {key: found.entry.text for key, found in KEYS.items()}
    from neurosim.memristor.device import ANCHOR, IMPERFECTIONS, RANGE
    from neurosim.memristor.laws import LAWS
    return {key: entry.text for entries in (*(law.keys for law in LAWS.values()), RANGE, ANCHOR, IMPERFECTIONS)
            for key, entry in entries.items()}
