"""Tables of converters: between their rows, below and beyond them, and tables that are none."""

import math
import re

import pytest

from neurosim.energy import load_prices
from neurosim.energy.adc import range_text, tabulated


def test_a_table_between_and_beyond_its_rows():
    listed, values = (4, 6, 8), (1.0, 2.0, 6.0)
    assert [tabulated(bits, listed, values) for bits in (1, 4, 6, 8)] == [1.0, 1.0, 2.0, 6.0]
    assert tabulated(5, listed, values) == pytest.approx(math.sqrt(2))
    assert tabulated(10, listed, values) == pytest.approx(18.0)    # the ratio of the last two rows continues
    assert tabulated(7, listed, (1.0, 0.0, 6.0)) == 3.0 and tabulated(9, listed, (0.0, 0.0, 0.0)) == 0.0
    assert tabulated(12, (8,), (5.0,)) == 5.0


def test_bits_outside_the_table_are_said():
    assert range_text(5, 4, 10) == "" == range_text(10, 4, 10)
    assert "so that 2 are charged as 4" in range_text(2, 4, 10) and "ends at 10 bits" in range_text(12, 4, 10)


def entry(unit, *values):
    return f'{{ value = [{", ".join(values)}], unit = "{unit}", source = "test", kind = "chosen", node = 32 }}'


@pytest.mark.parametrize("changed, sentence", [
    ({"adc_bits": entry("1", "4", "8")}, "adc_energy: missing beside adc_bits"),
    ({"adc_bits": entry("1", "4", "8"), "adc_energy": entry("J", "1e-12", "2e-12", "3e-12"),
      "adc_area": entry("m2", "1e-10", "2e-10")}, "have different lengths"),
    ({"adc_bits": entry("1", "8", "4"), "adc_energy": entry("J", "1e-12", "2e-12"),
      "adc_area": entry("m2", "1e-10", "2e-10")}, "adc_bits = [8.0, 4.0] are not ascending whole numbers"),
    ({"adc_bits": entry("1", "4", "8.5"), "adc_energy": entry("J", "1e-12", "2e-12"),
      "adc_area": entry("m2", "1e-10", "2e-10")}, "are not ascending whole numbers"),
])
def test_a_table_that_is_none_is_refused(changed, sentence, write_card):
    with pytest.raises(ValueError, match=re.escape(sentence)):
        load_prices(write_card(changed=changed))


def test_no_single_number_replaces_a_table():
    with pytest.raises(ValueError, match="price.adc_energy: a table, and no single number replaces it"):
        from neurosim.experiment.config import parse_config
        parse_config("", "run.toml", ["price.adc_energy=1e-12"])


def test_a_key_of_old_cards_says_what_it_is_now(write_card):
    old = '{ value = 1e-6, unit = "W", source = "test", kind = "chosen", node = 32 }'
    with pytest.raises(ValueError, match="driver_power: no longer a key; write driver_energy"):
        load_prices(write_card(changed={"driver_power": old}))
    with pytest.raises(ValueError, match="cell = '2T2R' is unknown"):
        load_prices(write_card(cell="2T2R"))
