"""Units of keys are those of keys that exist."""

import pytest

from neurosim.experiment.sweep import units
from neurosim.experiment.sweep.axes import types_of_key


@pytest.mark.parametrize("key", sorted(units._OF_KEYS))
def test_every_key_with_a_unit_is_one_of_the_configuration(key):
    assert types_of_key(key)


@pytest.mark.parametrize("name, unit", [
    ("device.g_max", "S"), ("device.read_voltage", "V"), ("device.c2c", "1"), ("device.temperature", "K"),
    ("array.word_line", "ohm"), ("learning.beta", "1"), ("joules_per_inference", "J"), ("device", "1"),
    ("price.adc_rate", "Hz"), ("price.no_such", "1"), ("energy.node", "nm"),
    ("no.such", "1")])
def test_units(name, unit):
    assert units.unit_of(name) == unit
