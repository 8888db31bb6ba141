"""Cards: every shipped one loads with its sources; whatever is wrong is one sentence with file, key, value and fix."""

import re

import numpy as np
import pytest

from neurosim.cards import Entry, card_names, card_path, read_card

LENGTH, NODES, SHARE = (Entry("m", 1e-9, 1.0, "length"), Entry("m", 0, 1.0, "nodes", many=True),
                        Entry("1", 0, 1, "share"))
ENTRIES = {"length": LENGTH, "nodes": NODES, "share": SHARE}
GOOD = """\
name = "a card"
kind = "plain"

[sources]
paper = "Someone, A Journal 1, 2 (2003), Table 4"
guess = "chosen: to try"

[values]
length = { value = 0.25, unit = "m", source = "paper" }
nodes = { value = [0.0, 0.5, 1], unit = "m", source = "guess" }
"""
LENGTH_LINE = 'length = { value = 0.25, unit = "m", source = "paper" }'


def vocabulary(text):
    if text["kind"] != "plain":
        raise ValueError(f"kind = {text['kind']!r} is unknown; write plain")
    return ENTRIES, {"length"}


def stranger(key, text):
    return f"belongs to wood, not to {text['kind']}; remove it" if key == "age" else ""


def read(path, content):
    path.write_text(content, encoding="utf-8")
    return read_card(path, {"kind": True, "note": False}, vocabulary, "test card", stranger)


def refusal(path, content):
    """The one sentence with which a card is refused; it begins with the kind and the file."""
    with pytest.raises(ValueError) as caught:
        read(path, content)
    message = str(caught.value)
    assert "\n" not in message and path.name in message
    return message


@pytest.fixture
def path(tmp_path):
    return tmp_path / "oak.toml"


def test_a_card_is_read(path):
    card = read(path, GOOD)
    assert (card.stem, card.name, card.text) == ("oak", "a card", {"kind": "plain"})
    assert card.values == {"length": 0.25, "nodes": (0.0, 0.5, 1.0)}
    assert card.sources == {"length": "Someone, A Journal 1, 2 (2003), Table 4", "nodes": "chosen: to try"}


@pytest.mark.parametrize("wrong, sentence", [
    ('{ value = 250, unit = "mm", source = "paper" }',
     'length = 250 has the unit \'mm\'; cards are in SI units, write 0.25 with unit = "m"'),
    ('{ value = 250, unit = "km", source = "paper" }',
     'length = 250 has the unit \'km\'; write the value in m, with unit = "m"'),
    ('{ value = 2.5, unit = "dm", source = "paper" }',
     'length = 2.5 has the unit \'dm\'; write the value in m, with unit = "m"'),
    ('{ value = true, unit = "mm", source = "paper" }',
     'length = True has the unit \'mm\'; write the value in m, with unit = "m"'),
    ('{ value = 3, unit = ["m"], source = "paper" }', 'length = 3 has the unit ["m"]; write the value in m'),
    ('{ value = 2.0, unit = "m", source = "paper" }', "length = 2 m exceeds 1 m; give 1e-09 to 1 m"),
    ('{ value = -1.0, unit = "m", source = "paper" }', "length = -1 m is negative; give 1e-09 to 1 m"),
    ('{ value = 0, unit = "m", source = "paper" }', "length = 0 m is below 1e-09 m; give 1e-09 to 1 m"),
    ('{ value = nan, unit = "m", source = "paper" }', "length = nan is not a finite number; write one in m"),
    ('{ value = -inf, unit = "m", source = "paper" }', "length = -inf is not a finite number; write one in m"),
    ('{ value = true, unit = "m", source = "paper" }', "length = True is not a finite number; write one in m"),
    ('{ value = "long", unit = "m", source = "paper" }', "length = 'long' is not a finite number; write one in m"),
    ('{ value = [1, 2], unit = "m", source = "paper" }', "length = [1, 2] is not a finite number; write one in m"),
    ('{ value = 0.25, unit = "m" }', "length: its source is missing; every number has a value, a unit and a source"),
    ('{ value = 0.25, source = "paper" }',
     "length: its unit is missing; every number has a value, a unit and a source"),
    ('{ value = 0.25, unit = "m", sorce = "paper", source = "paper" }',
     "length: sorce: unknown key; did you mean 'source'?"),
    ('0.25', 'length = 0.25 has no unit and no source; write { value = 0.25, unit = "m", source = "..." }'),
    ('{ value = 0.25, unit = "m", source = "papers" }',
     "length: source 'papers' is not listed in [sources]; did you mean 'paper'?"),
    ('{ value = 0.25, unit = "m", source = ["paper"] }', "length: source ['paper'] is not listed in [sources]"),
])
def test_a_wrong_number_is_refused(path, wrong, sentence):
    message = refusal(path, GOOD.replace(LENGTH_LINE, f"length = {wrong}"))
    assert message.startswith("test card oak.toml: length")
    assert sentence.replace('["m"]', "['m']") in message


@pytest.mark.parametrize("old, new, sentence", [
    (LENGTH_LINE, "", "length: missing; give length [m]"),
    ("[0.0, 0.5, 1]", "0.5", "nodes = 0.5 is not a list; write two or more numbers in brackets"),
    ("[0.0, 0.5, 1]", "[0.5]", "nodes = [0.5] is not a list; write two or more numbers in brackets"),
    ("[0.0, 0.5, 1]", '[0.5, "a"]', "nodes = 'a' is not a finite number; write one in m"),
    ("[0.0, 0.5, 1]", "[0.5, -1]", "nodes = -1 m is negative; give 0 to 1 m"),
    ("nodes", "notes", "notes: unknown key; did you mean 'nodes'?"),
    ("nodes", "age", "age: belongs to wood, not to plain; remove it"),
    ('"chosen: to try"', '" "', "source 'guess' is empty; name a paper"),
    ('"chosen: to try"', "3", "source 'guess' is empty; name a paper"),
    ("[values]", 'other = "a book"\n[values]', "source 'other' is used by no value; remove it or cite it"),
    ('kind = "plain"', 'kind = "fancy"', "kind = 'fancy' is unknown; write plain"),
    ('kind = "plain"', 'knd = "plain"', "knd: unknown key; did you mean 'kind'?"),
    ('kind = "plain"', "", "kind: missing; give text"),
    ('kind = "plain"', "kind = 3", "kind = 3 is not text; write it in quotes"),
    ('name = "a card"', 'name = ""', "name = '' is not text; write it in quotes"),
    ("[values]", "[numbers]", "the section [values] is missing; add it"),
    ("[sources]", "[origins]", "the section [sources] is missing; add it"),
])
def test_a_wrong_card_is_refused(path, old, new, sentence):
    message = refusal(path, GOOD.replace(old, new))
    assert message.startswith("test card oak.toml: ") and sentence in message


def test_invalid_toml_is_refused_with_its_line(path):
    assert "line 2" in refusal(path, GOOD.replace('kind = "plain"', "kind = plain"))


def test_a_card_twice_in_one_key_is_refused(path):
    assert "not valid TOML" in refusal(path, GOOD + LENGTH_LINE)


def test_a_fraction_has_no_unit_in_its_error():
    with pytest.raises(ValueError, match=r"^share = -0.5 is negative; give 0 to 1$"):
        SHARE.check(-0.5, "share")


@pytest.mark.parametrize("unit, value, advice", [("S", 225, "write 225 uS as 0.000225"),
                                                 ("s", 50, "write 50 ns as 5e-08")])
def test_a_number_far_too_large_was_meant_with_a_prefix(unit, value, advice):
    with pytest.raises(ValueError, match=re.escape(advice)):
        Entry(unit, 0, 1, "").check(value, "g_max")


def test_the_nearest_shipped_card_is_named():
    with pytest.raises(ValueError, match=r"device card 'choi-2018-epirm': unknown; did you mean 'choi-2018-epiram'"):
        card_path("choi-2018-epirm")
    with pytest.raises(ValueError, match="no such file; check the path or name a card that ships"):
        card_path("nowhere/own.toml")


def test_cards_are_named_after_author_year_and_material():
    targets = {"ideal-device", "sandia-enode", "sandia-taox-20"}
    assert all(re.fullmatch(r"[a-z]+-(19|20)\d\d-[a-z0-9-]+", stem) for stem in set(card_names()) - targets)


def test_a_resistance_in_place_of_a_conductance_is_named(path):
    def conductances(text):
        return {"g": Entry("S", 1e-12, 0.01, "conductance")}, {"g"}
    path.write_text('name = "x"\n[sources]\np = "paper"\n[values]\ng = { value = 5, unit = "kohm", source = "p" }\n')
    with pytest.raises(ValueError, match='has the unit .kohm.; conductances are in siemens, write 1/R with unit = "S"'):
        read_card(path, {}, conductances)


def test_texts_of_a_card_are_single_lines(path):
    card = read(path, GOOD.replace('"a card"', '"""a\\rb\n  c\\u2028d"""').replace("Table 4", "Table\\n4"))
    assert card.name == "a b c d" and card.sources["length"].endswith("(2003), Table 4")


@pytest.mark.parametrize("value, sentence", [
    (-1, "x = -1 S is negative; give 0 or 1e-06 to 1 S"),
    (25, "x = 25 S exceeds 1 S, all there is; numbers are in SI units: write 25 uS as 2.5e-05"),
    (1e-9, "x = 1e-09 S is below 1e-06 S, nothing; give 0 or 1e-06 to 1 S"),
    (1e300, "x = 1e+300 S exceeds 1 S, all there is; give 0 or 1e-06 to 1 S"),
    (True, "x = True is not a finite number; write one in S"),
    (10 ** 400, f"x = {str(10 ** 400)[:57]}... is not a finite number; write one in S")])
def test_bounds_say_what_lies_beyond(value, sentence):
    entry = Entry("S", 1e-6, 1, least="nothing", most="all there is", off=True)
    with pytest.raises(ValueError) as caught:
        entry.check(value, "x")
    assert str(caught.value) == sentence
    assert [entry.check(good, "x") for good in (0, 1, np.float32(0.5), np.int64(1))] == [0, 1, 0.5, 1]
