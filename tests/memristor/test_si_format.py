"""Physical quantities as text."""

import pytest

from neurosim.memristor.si_format import prefix, quantity


@pytest.mark.parametrize("value, unit, text", [
    (1.23457e-5, "S", "12.35 uS"), (2.4593e-7, "S", "245.9 nS"), (-3.0, "V", "-3 V"), (0.5, "V", "500 mV"),
    (1e-6, "s", "1 us"), (0.0, "S", "0 S"), (64.0, "1", "64"), (0.02, "1", "0.02"), (300.0, "K", "300 K"),
    (9.99999e-7, "S", "1 uS"), (0.001, "eV", "0.001 eV"), (1e15, "1", "1e+15"),
])
def test_quantities_are_written_with_their_prefix(value, unit, text):
    assert quantity(value, unit) == text


@pytest.mark.parametrize("power", range(-15, 13))
def test_a_prefix_leaves_one_to_three_digits_before_the_point(power):
    factor, _ = prefix(10.0 ** power)
    assert 1 <= round(10.0 ** power / factor, 9) < 1000
