"""Devices: the cards that ship say what their sources say; a card that cannot be right is one sentence."""

import re

import numpy as np
import pytest
from numpy.testing import assert_allclose

from neurosim.cards import card_names, card_path
from neurosim.memristor.device import IMPERFECTIONS, RANGE, load_device
from neurosim.memristor.laws import LAWS
from neurosim.memristor.response import DOWN, UP, Response

# MLP NeuroSim V3.0, user manual, Tables I and II: R_on [ohm], on/off ratio, pulses, labels, cycle-to-cycle noise of
# the range, set and reset pulses [V, s].
NEUROSIM = {
    "jo-2010-ag-asi": (26e6, 12.5, 97, 100, 2.4, -4.88, 0.035, 3.2, 300e-6, -2.8, 300e-6),
    "gao-2015-taox-tio2": (5e6, 2, 102, 102, 1.85, -1.79, 0.01, 3, 40e-3, -3, 10e-3),
    "wu-2018-taox-hfox": (100e3, 10, 128, 128, 0.04, -0.63, 0.037, 1.6, 50e-9, -1.6, 50e-9),
    "park-2013-pcmo": (23e6, 6.84, 50, 50, 3.68, -6.76, 0.01, -2, 1e-3, 2, 1e-3),
    "woo-2016-alox-hfo2": (16.9e3, 4.43, 40, 40, 1.94, -0.61, 0.05, 0.9, 100e-6, -1, 100e-6),
    "kuzum-2011-gst": (4.71e3, 19.8, 100, 120, 0.105, 2.4, 0.015, 0.7, 6e-6, 3, 125e-9),
    "choi-2018-epiram": (81e3, 50.2, 64, 64, 0.5, -0.5, 0.02, 5, 5e-6, -3, 5e-6),
    "jerry-2017-hzo-fefet": (559.28e3, 45, 32, 32, 1.75, 1.46, 0.005, 3.65, 75e-9, -2.95, 75e-9),
    "chen-2018-target": (200e3, 50, 64, 64, 1, -1, 0.02, 2, 10e-9, -2, 10e-9),
}
AIHWKIT = {"gong-2018-reram-es", "gong-2018-reram-sb", "li-2018-capacitor", "tang-2018-ecram", "kim-2019-ecram-mo",
           "gokmen-2016-idealized", "gokmen-2016-rpu", "nandakumar-2020-pcm", "gong-2022-reram-om",
           "gong-2022-reram-hfo2"}
TABLES = {"sandia-enode", "sandia-taox-20"}
EPIRAM = card_path("choi-2018-epiram").read_text(encoding="utf-8")
SOFT_BOUNDS = card_path("gong-2018-reram-sb").read_text(encoding="utf-8")


def test_all_promised_cards_ship():
    assert set(NEUROSIM) | AIHWKIT | TABLES | {"ideal-device"} <= set(card_names())


@pytest.mark.parametrize("stem", card_names())
def test_every_number_of_a_shipped_card_has_its_source(stem):
    device = load_device(stem)
    assert set(RANGE) | set(LAWS[device.law].keys) <= set(device.sources)
    assert all(re.search(r"\d{4}|assumed|aihwkit|NeuroSim|CrossSim", source) for source in device.sources.values())
    assert re.search(r"doi:10\.\d{4,}/\S+|https://|assumed", device.citation)
    assert card_path(stem).read_text(encoding="utf-8").startswith("# ")


@pytest.mark.parametrize("stem", sorted(set(card_names()) - TABLES))
def test_a_shipped_device_crosses_its_range_in_a_plausible_number_of_pulses(stem):
    device = load_device(stem)
    response = Response(device)
    middle = device["g_min"] + device.span / 2
    for direction, sign in ((UP, 1), (DOWN, -1)):
        start = device["g_min"] if direction == UP else device["g_max"]
        for g in (start, middle):
            assert 1e-5 * device.span < sign * response.step(direction, g) < 4 * device.span
    assert 1.5 < device["g_max"] / device["g_min"] < 200
    assert device["set_voltage"] != 0 != device["reset_voltage"]


@pytest.mark.parametrize("stem", NEUROSIM)
def test_benchmark_devices_are_those_of_neurosims_manual(stem):
    device, (r_on, ratio, *rest) = load_device(stem), NEUROSIM[stem]
    assert_allclose([1 / device["g_max"], device["g_max"] / device["g_min"]], [r_on, ratio], rtol=1e-4)
    keys = ("pulses_up", "pulses_down", "nonlinearity_up", "nonlinearity_down", "c2c_range", "set_voltage", "set_width",
            "reset_voltage", "reset_width")
    assert_allclose([device[key] for key in keys], rest, rtol=1e-12)


def test_the_ideal_device_is_straight_and_free_of_imperfections():
    device = load_device("ideal-device")
    assert not any(device[key] for key in IMPERFECTIONS if key not in ("drift_start", "temperature", "rtn_probability"))
    path = Response(device).walk(UP, 10000)
    assert_allclose(path, np.linspace(device["g_min"], device["g_max"], 10001), rtol=1e-9)


def refusal(path, content):
    path.write_text(content, encoding="utf-8")
    with pytest.raises(ValueError) as caught:
        load_device(path)
    message = str(caught.value)
    assert "\n" not in message and message.startswith("device card own.toml: ")
    return message


def changed(content, key, value):
    """Content of a card with the number of a key replaced, or added where the card has no such key."""
    line = f'{key} = {{ value = {value}, unit = "{_unit(key)}", source = "manual" }}'
    replaced, count = re.subn(rf"^{key} = .*$", line, content, flags=re.MULTILINE)
    return replaced if count else f"{content}{line}\n"


def _unit(key):
    tables = RANGE, IMPERFECTIONS, *(law.keys for law in LAWS.values())
    return next(entries[key].unit for entries in tables if key in entries)


@pytest.mark.parametrize("key, value, sentence", [
    ("g_max", 225, "g_max = 225 S exceeds 0.01 S; numbers are in SI units: write 225 uS as 0.000225"),
    ("g_max", 1e-7, "g_min = 2.4593e-07 S is not below g_max = 1e-07 S; give the lower one as g_min"),
    ("g_max", 2.4593e-7, "g_min = 2.4593e-07 S is not below g_max = 2.4593e-07 S; give the lower one as g_min"),
    ("g_min", -1e-7, "g_min = -1e-07 S is negative; give 0 to 0.01 S"),
    ("set_width", 50, "set_width = 50 s exceeds 10 s; numbers are in SI units: write 50 ns as 5e-08"),
    ("set_voltage", 5000, "set_voltage = 5000 V exceeds 20 V; give -20 to 20 V"),
    ("g_max_spread", -0.1, "g_max_spread = -0.1 is negative; give 0 to 1"),
    ("step_spread", -0.1, "step_spread = -0.1 is negative; give 0 to 2"),
    ("c2c", "nan", "c2c = nan is not a finite number; write one"),
    ("c2c", "true", "c2c = True is not a finite number; write one"),
    ("c2c", '"large"', "c2c = 'large' is not a finite number; write one"),
    ("stuck_on", 1.5, "stuck_on = 1.5 exceeds 1; give 0 to 1"),
    ("levels", 1, "levels = 1 is below 2; give 2 to 1e+06"),
    ("nonlinearity_up", 9.5, "nonlinearity_up = 9.5 exceeds 9; give -9 to 9"),
    ("slope_up", 0.5, "slope_up: belongs to the law linear, and this card has law = 'neurosim'; remove it"),
    ("step_up", 1e-7, "step_up: belongs to the law exponential or linear or power or soft-bounds, and this card has "
                      "law = 'neurosim'; remove it"),
    ("nodes_up", 3e-9, "nodes_up: belongs to the law piecewise, and this card has law = 'neurosim'; remove it"),
])
def test_an_impossible_number_is_refused(tmp_path, key, value, sentence):
    assert sentence in refusal(tmp_path / "own.toml", changed(EPIRAM, key, value))


@pytest.mark.parametrize("old, new, sentence", [
    ('g_max = { value = 1.23457e-5, unit = "S"', 'g_max = { value = 12.3457, unit = "uS"',
     'g_max = 12.3457 has the unit \'uS\'; cards are in SI units, write 1.23457e-05 with unit = "S"'),
    ('law = "neurosim"', 'law = "neurosims"', "law = 'neurosims' is unknown; did you mean 'neurosim'?"),
    ('law = "neurosim"', 'law = "table"',
     'the key table names a folder of measured steps and belongs to law = "table" alone'),
    ('law = "neurosim"', 'law = "neurosim"\ntable = "enode"',
     'the key table names a folder of measured steps and belongs to law = "table" alone'),
    ('law = "neurosim"', 'law = "neurosim"\nworn = "melts"', "worn = 'melts'; write one of sticks, shrinks"),
    ("citation", "quotation", "quotation: unknown key; did you mean 'citation'?"),
    ("pulses_up", "pulse_up", "pulse_up: unknown key; did you mean 'pulses_up'"),
])
def test_an_impossible_card_is_refused(tmp_path, old, new, sentence):
    assert sentence in refusal(tmp_path / "own.toml", EPIRAM.replace(old, new))


@pytest.mark.parametrize("old, new, sentence", [
    ('steps_follow = "own end"', 'steps_follow = "own ends"',
     "steps_follow = 'own ends'; write one of own range, own end, own width, card range"),
    ('steps_follow = "own end"', '', 'anchor has no meaning where steps follow the "own range"; remove it, or write '
     'steps_follow = "own end", "own width" or "card range"'),
    ("anchor = { value = 0.375", "anchor = { value = 0.0", "anchor = 0 leaves no range ahead of it; give a number "
     'between 0 and 1, or write steps_follow = "own width"'),
    ("anchor = { value = 0.375", "anchor = { value = 1.5", "anchor = 1.5 exceeds 1; give 0 to 1"),
])
def test_an_anchor_without_a_meaning_is_refused(tmp_path, old, new, sentence):
    assert sentence in refusal(tmp_path / "own.toml", SOFT_BOUNDS.replace(old, new))


def test_a_range_that_shrinks_past_its_anchor_is_refused(tmp_path):
    message = refusal(tmp_path / "own.toml", 'worn = "shrinks"\n' + SOFT_BOUNDS)
    assert "write worn = \"sticks\" or another steps_follow" in message


def test_an_anchor_belongs_to_laws_that_go_on_on_both_sides_of_it(tmp_path):
    message = refusal(tmp_path / "own.toml", EPIRAM + 'anchor = { value = 0.5, unit = "1", source = "manual" }\n')
    assert ("anchor: belongs to the law exponential or linear or power or soft-bounds, and this card has law = "
            "'neurosim'; remove it") in message


def test_missing_keys_are_named_with_their_meaning(tmp_path):
    content = re.sub("^pulses_down.*\n", "", EPIRAM, flags=re.MULTILINE)
    assert ("pulses_down: missing; give reset pulses from one end of the range to the other [1]"
            in refusal(tmp_path / "own.toml", content))


def test_more_faults_than_devices_are_refused(tmp_path):
    content = changed(changed(EPIRAM, "stuck_on", 0.6), "stuck_anywhere", 0.6)
    message = refusal(tmp_path / "own.toml", content)
    assert "the fractions of stuck devices add up to 1.2; give 1 or less in all" in message


def test_a_step_larger_than_the_range_is_refused(tmp_path):
    content = SOFT_BOUNDS.replace("step_up = { value = ", "step_up = { value = 1000")
    message = refusal(tmp_path / "own.toml", content)
    assert re.search(r"step_up = \S+ S exceeds the range g_max - g_min = 3e-05 S", message)


def test_changes_replace_numbers_and_their_sources():
    device = load_device("choi-2018-epiram", {"c2c_range": 0, "g_max": 2e-5, "temperature": 350})
    assert (device["c2c_range"], device["g_max"], device["temperature"]) == (0.0, 2e-5, 350.0)
    assert device.sources["g_max"] == "set by the user" and "manual" in device.sources["pulses_up"]


@pytest.mark.parametrize("key", IMPERFECTIONS)
def test_every_imperfection_can_be_switched_off(key):
    off = {"drift_start": 1, "temperature": 300}.get(key, 0)
    assert load_device("choi-2018-epiram", {key: off})[key] == off


@pytest.mark.parametrize("changes, sentence", [
    ({"c2c_rnge": 0.1}, "device.c2c_rnge: the law 'neurosim' of choi-2018-epiram has no such value; did you mean"),
    ({"slope_up": 0.1}, "device.slope_up: the law 'neurosim' of choi-2018-epiram has no such value"),
    ({"c2c_range": -0.1}, "device.c2c_range = -0.1 is negative; give 0 to 1"),
    ({"c2c_range": False}, "device.c2c_range = False is not a finite number; write one"),
    ({"pulses_up": 0}, "device.pulses_up = 0 is below 2; give 2 to 100000"),
    ({"g_max": 1e-8}, "g_min = 2.4593e-07 S is not below g_max = 1e-08 S"),
    ({"stuck_on": 0.7, "stuck_off": 0.7}, "the fractions of stuck devices add up to 1.4"),
])
def test_impossible_changes_are_refused(changes, sentence):
    with pytest.raises(ValueError, match=re.escape(sentence)):
        load_device("choi-2018-epiram", changes)
