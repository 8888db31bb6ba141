"""Overrides by dotted path, and differences in the same words."""

import copy
from dataclasses import dataclass

import pytest
from hypothesis import given
from hypothesis import strategies as st

from neurosim.experiment.overrides import apply_overrides, differences
from neurosim.toml import value_text

TABLE = {"seed": 1, "learning": {"eps": 0.9}, "network": {"layers": [{"channels": 32}, {"channels": 64}]}}


@pytest.mark.parametrize("assignment, value", [
    ("x=3", 3), ("x = 3 ", 3), ("x=3.0", 3.0), ("x=1e-3", 1e-3), ("x=true", True), ("x=[0.1, 2]", [0.1, 2]),
    ("x='3'", "3"), ('x="a\\tb"', "a\tb"), ("x={a=1, b=2}", {"a": 1, "b": 2}),
    ("x=mnist", "mnist"), ("x=/tmp/x y", "/tmp/x y"), ("x=a=b", "a=b"), ("x=", ""), ("x=2024-01-01", "2024-01-01"),
    ("x=1\ny=2", "1\ny=2"), ("x=[1, 2", "[1, 2"), ("x=" + "[" * 100_000, "[" * 100_000), ("x=C:\\data", "C:\\data"),
])
def test_values_are_toml_and_bare_words_are_strings(assignment, value):
    found = apply_overrides({}, [assignment])["x"]
    assert found == value and type(found) is type(value)


def test_paths_lead_into_tables_and_lists():
    assignments = ["network.layers.1.channels=16", "learning.beta=0.1", "training.epochs=3", "seed=2"]
    assert apply_overrides(TABLE, assignments) == {
        "seed": 2, "learning": {"eps": 0.9, "beta": 0.1}, "training": {"epochs": 3},
        "network": {"layers": [{"channels": 32}, {"channels": 16}]}}


def test_the_last_assignment_wins_and_the_table_is_not_changed():
    before = copy.deepcopy(TABLE)
    assert apply_overrides(TABLE, ["learning.eps={a=1}", "learning.eps.a=2"])["learning"] == {"eps": {"a": 2}}
    apply_overrides(TABLE, ["network.layers.0.channels=1"])
    assert TABLE == before


@pytest.mark.parametrize("assignment", ["epochs", "", "=3", "a..b=3", ".a=3", "a b=3", "a.=3", "--epochs 3"])
def test_a_malformed_assignment_shows_the_form(assignment):
    with pytest.raises(ValueError) as caught:
        apply_overrides(TABLE, [assignment])
    form = "not an assignment; write key.path=value, as in training.epochs=3"
    assert str(caught.value) == f"--set {assignment!r}: {form}"


@pytest.mark.parametrize("assignment, message", [
    ("network.layers.2.channels=1", "network.layers is a list of 2; write an index, counted from 0"),
    ("network.layers.-1.channels=1", "network.layers is a list of 2; write an index, counted from 0"),
    ("network.layers.conv1=1", "network.layers is a list of 2; write an index, counted from 0"),
    ("learning.eps.a=1", "learning.eps is 0.9, not a table; set learning.eps itself"),
])
def test_a_path_into_nothing(assignment, message):
    with pytest.raises(ValueError) as caught:
        apply_overrides(TABLE, [assignment])
    assert str(caught.value) == f"--set {assignment.partition('=')[0].removesuffix('.channels')}: {message}"


INTEGERS = st.integers(-2**63, 2**63 - 1)
LEAVES = st.booleans() | INTEGERS | st.floats(allow_nan=False, allow_infinity=False) | \
    st.text(st.characters(exclude_categories=["Cs"]), max_size=8) | st.lists(INTEGERS, max_size=3)


@given(value=LEAVES)
def test_every_value_can_be_set_as_it_is_written(value):
    assert apply_overrides({}, [f"a.b={value_text(value)}"]) == {"a": {"b": value}}


@dataclass(frozen=True)
class Pair:
    a: float = 1.0
    b: tuple[int, ...] = (1, 2)


def test_equals_do_not_differ():
    assert differences(TABLE, copy.deepcopy(TABLE)) == []
    assert differences(Pair(), {"a": 1, "b": [1, 2]}) == []


def test_differences_name_path_and_both_values():
    other = apply_overrides(TABLE, ["network.layers.1.channels=16", "learning.eps={a=1}", "data.name=mnist"])
    assert differences(TABLE, other) == [
        "learning.eps: 0.9 -> absent",
        "network.layers.1.channels: 64 -> 16",
        "learning.eps.a: absent -> 1",
        'data.name: absent -> "mnist"',
    ]
    assert differences(Pair(), Pair(a=2.0, b=(1,))) == ["a: 1.0 -> 2.0", "b: [1, 2] -> [1]"]
    assert differences({"x": 1}, {"x": True}) == ["x: 1 -> true"]


def test_a_layer_more_is_a_difference():
    more = {**TABLE, "network": {"layers": [*TABLE["network"]["layers"], {"channels": 8}]}}
    assert differences(TABLE, more) == ["network.layers.2.channels: absent -> 8"]
