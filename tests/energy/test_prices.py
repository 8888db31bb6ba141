"""Price cards, and what scaling and the model of converters make of them."""

import functools
import re

import pytest

from neurosim.cards import card_names
from neurosim.energy import load_prices
from neurosim.energy.adc import conversion_energy, converter_area
from neurosim.energy.prices import FOLDER, KEYS, KINDS
from neurosim.energy.scaling import area_factor, energy_factor, usual_supply

approx = functools.partial(pytest.approx, rel=1e-9, abs=0)    # joules are far below its usual tolerance


@pytest.mark.parametrize("stem", card_names(FOLDER))
def test_every_shipped_price_has_unit_source_and_kind(stem):
    card = load_prices(stem)
    assert card.citation and card.prices
    for key, price in card.prices.items():
        assert price.unit == KEYS[key].entry.unit and price.source and price.kind in KINDS
        assert price.node is not None or not KEYS[key].scales


def test_the_cards_that_ship():
    assert card_names(FOLDER) == ["digital-baselines", "isaac-32nm", "neurram-130nm"]
    chips = [set(load_prices(stem).prices) for stem in ("isaac-32nm", "neurram-130nm")]
    assert chips[0] == chips[1]    # either prices whatever the other prices


@pytest.mark.parametrize("bits, picojoules", [(4, 0.92), (5, 0.94), (6, 1.07), (7, 1.31), (8, 1.71)])
def test_converters_of_32_nm(bits, picojoules):
    assert conversion_energy(bits, 32, 1e8) == approx(picojoules * 1e-12, rel=0.01)


def test_converters_of_other_nodes_and_isaacs_own():
    assert conversion_energy(8, 65, 1e8) == approx(6.49e-12, rel=0.01)
    assert conversion_energy(8, 130, 1e8) == approx(23.9e-12, rel=0.01)
    assert conversion_energy(8, 32, 1e9) == approx(1.67e-12, rel=0.05)    # ISAAC: 1.67 pJ
    assert converter_area(8, 32, 1e9) == approx(5972e-12, rel=1e-3)    # ISAAC: 1200 um2
    assert converter_area(5, 32, 1e9) == approx(4984e-12, rel=1e-3)


def test_fewer_than_four_bits_are_charged_as_four():
    assert conversion_energy(1, 32, 1e8) == conversion_energy(4, 32, 1e8)


def test_energy_between_nodes_is_a_ratio_of_polynomials():
    expected = (0.9559 * 0.81 - 0.7823 * 0.9 + 0.471) / (1.103 * 0.81 - 0.362 * 0.9 + 0.2767)
    assert energy_factor(45, 0.9, 32, 0.9) == approx(expected, rel=1e-12)
    there, back = energy_factor(65, 1.1, 14, 0.8), energy_factor(14, 0.8, 65, 1.1)
    assert there * back == approx(1, rel=1e-12) and there < 1
    middle = energy_factor(45, 0.9, 38.5, 0.9)
    assert middle == approx((1 + expected) / 2, rel=1e-12)


def test_area_shrinks_with_the_node():
    assert area_factor(130, 65) == approx(0.23) and area_factor(32, 32) == 1
    nodes = (130, 90, 65, 45, 32, 20, 16, 14, 10, 7)
    assert all(area_factor(node, smaller) < 1 for node, smaller in zip(nodes, nodes[1:]))
    assert all(usual_supply(node) >= usual_supply(smaller) for node, smaller in zip(nodes, nodes[1:]))


def test_scaling_is_written_into_the_source():
    card = load_prices("isaac-32nm")
    neuron = card.price("neuron_update", "x")
    assert neuron.value == approx(5.25e-12 * energy_factor(45, 0.9, 32, 0.9))
    assert "45 nm, 0.9 V -> 32 nm, 0.9 V: x 0.641, Stillmaker & Baas 2017" in neuron.text
    assert card.price("accumulate", "x").text.endswith("[simulated, 2016]")    # is of 32 nm
    assert load_prices("digital-baselines").price("int8_mac", "x").value == 0.23e-12


def test_times_and_leakage_are_not_scaled():
    far = load_prices("isaac-32nm", 7)
    for key in ("barrier_seconds", "leakage", "cell_squares"):
        assert far.value(key, "x") == load_prices("isaac-32nm").value(key, "x")


@pytest.mark.parametrize("node", [5, 180, -1])
def test_nodes_outside_the_table_are_refused(node):
    with pytest.raises(ValueError, match=f"node: {node} nm is outside the range of the scaling; give 7 to 130 nm"):
        load_prices("isaac-32nm", node)


@pytest.mark.parametrize("entry, sentence", [
    ('{ value = 1e-12, unit = "J", node = 32, kind = "chosen" }',
     "its source is missing; every number has a value, a unit and a source"),
    ('{ value = 1e-12, node = 32, source = "test", kind = "chosen" }', "its unit is missing"),
    ('{ value = 1e-12, unit = "J", node = 32, source = "test" }',
     "its kind is missing; choose from assumed, chosen, derived, measured, simulated"),
    ('{ value = 1e-12, unit = "J", source = "test", kind = "chosen" }', "its node is missing"),
    ('{ value = 1e-12, unit = "J", node = 32, source = "test", kind = "guessed" }', "kind = 'guessed' is unknown"),
    ('{ value = 1e-12, unit = "J", node = "32", source = "test", kind = "chosen" }',
     "node = '32' is not a finite number"),
    ('{ value = -1e-12, unit = "J", node = 32, source = "test", kind = "chosen" }', "sample = -1e-12 J is negative"),
    ('{ value = 1.2, unit = "pJ", node = 32, source = "test", kind = "chosen" }', 'write 1.2e-12 with unit = "J"'),
    ('{ value = 1.2, unit = "J", node = 32, source = "test", kind = "chosen" }', "write 1.2 pJ as 1.2e-12"),
    ('{ value = 1e-12, unit = "J", nod = 32, source = "test", kind = "chosen" }', "nod: unknown key"),
])
def test_a_wrong_price_is_one_sentence(entry, sentence, write_card):
    with pytest.raises(ValueError, match=r"^price card two.toml: sample") as caught:
        load_prices(write_card(changed={"sample": entry}))
    assert sentence in str(caught.value) and "\n" not in str(caught.value)


def test_areas_are_squares_of_prefixes(write_card):
    entry = '{ value = 350, unit = "um2", node = 32, source = "test", kind = "chosen" }'
    with pytest.raises(ValueError, match=re.escape('write 3.5e-10 with unit = "m2"')):
        load_prices(write_card(changed={"driver_area": entry}))


def test_an_unknown_card_is_refused():
    with pytest.raises(ValueError, match="price card 'isaac': unknown; did you mean 'isaac-32nm'"):
        load_prices("isaac")
