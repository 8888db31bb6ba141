"""Keys in words."""

import pytest

from neurosim.experiment.config import Config
from neurosim.plots.sweeps import words
from neurosim.plots.sweeps.words import key_words
from neurosim.tables import to_table


@pytest.mark.parametrize("key, expected", [
    ("device.read_noise", "noise of a read over the conductance itself"), ("readout.bits", "resolution of converters"),
    ("array.word_line, array.bit_line", "resistance of a word line, cell to cell and resistance of a bit line, cell to "
     "cell"), ("neurons.order", "order (neurons)"), ("network.layers.0.units", "units (network)"), ("seed", "seed"),
    ("price.adc_rate", "conversions of one ADC per second"), ("device.unheard_of", "unheard of")])
def test_a_key_in_words(key, expected):
    assert key_words(key) == expected


def test_every_key_with_words_exists():
    table = to_table(Config())
    for key in words._WORDS:
        section, _, name = key.partition(".")
        assert not name or name in table[section] or hasattr(getattr(Config(), section), name)
