"""Tables <-> dataclasses: what is written is read back as its equal, and what is wrong is named by its path."""

import tomllib
import unicodedata
from dataclasses import dataclass, field
from typing import Literal, Optional

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from neurosim.tables import from_table, nearest, printable, to_table
from neurosim.toml import to_toml


@dataclass(frozen=True, kw_only=True)
class Schedule:
    a: float
    b: float = 0.5


@dataclass(frozen=True, kw_only=True)
class Edge:
    source: str = field(default="input", metadata={"key": "from"})
    kernel: tuple[int, int] = (3, 3)
    gain: float | Schedule = 1.0


@dataclass(frozen=True, kw_only=True)
class Layer:
    name: str
    units: int | tuple[int, int, int] = 10
    edges: tuple[Edge, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Learning:
    beta: float = 0.2
    estimator: Literal["centred", "one-sided", "random-sign"] = "centred"
    rates: float | tuple[float, ...] = 0.1
    steps: int | Literal["auto"] = "auto"
    clip: Optional[float] = None
    nesterov: bool = False

    def __post_init__(self):
        if self.beta == 0:
            raise ValueError("beta: 0 gives no nudge; choose 0.2")
        if self.clip == 0:
            raise ValueError("clip of 0 lets nothing pass")
        if self.rates == 0:
            raise ValueError("learning.rates: 0 learns nothing")


@dataclass(frozen=True, kw_only=True)
class Config:
    seed: int
    note: str | None
    learning: Learning = Learning()
    layers: tuple[Layer, ...] = ()
    extra: tuple[float | Schedule, ...] = ()
    eps: Schedule = Schedule(a=0.8)


def refusal(table, cls=Config):
    with pytest.raises(ValueError) as caught:
        from_table(cls, table)
    return str(caught.value)


def test_a_nested_table_becomes_dataclasses():
    text = """
        seed = 3
        eps = { a = 1 }
        [learning]
        rates = [1, 0.5]
        [[layers]]
        name = "hidden"
        [[layers.edges]]
        from = "input"
        kernel = [5, 3]
        gain = { a = 0.5 }
    """
    edges = (Edge(source="input", kernel=(5, 3), gain=Schedule(a=0.5)),)
    expected = Config(seed=3, note=None, eps=Schedule(a=1.0), learning=Learning(rates=(1.0, 0.5)),
                      layers=(Layer(name="hidden", edges=edges),))
    read = from_table(Config, tomllib.loads(text))
    assert read == expected
    assert type(read.eps.a) is float and type(read.learning.rates[0]) is float and type(read.seed) is int


FLOATS = st.floats(allow_nan=False, allow_infinity=False)
SCHEDULES = st.builds(Schedule, a=FLOATS, b=FLOATS)
TEXTS = st.text(st.characters(exclude_categories=["Cs"]), max_size=12)
INTEGERS = st.integers(-2**63, 2**63 - 1)
EDGES = st.builds(Edge, source=TEXTS, kernel=st.tuples(INTEGERS, INTEGERS), gain=FLOATS | SCHEDULES)
LAYERS = st.builds(Layer, name=TEXTS, units=INTEGERS | st.tuples(INTEGERS, INTEGERS, INTEGERS),
                   edges=st.lists(EDGES, max_size=2).map(tuple))
LEARNING = st.builds(Learning, beta=FLOATS.filter(bool), estimator=st.sampled_from(["centred", "one-sided"]),
                     rates=FLOATS.filter(bool) | st.lists(FLOATS, max_size=3).map(tuple), nesterov=st.booleans(),
                     steps=INTEGERS | st.just("auto"), clip=st.none() | FLOATS.filter(bool))
CONFIGS = st.builds(Config, seed=INTEGERS, note=st.none() | TEXTS, learning=LEARNING, eps=SCHEDULES,
                    layers=st.lists(LAYERS, max_size=3).map(tuple),
                    extra=st.lists(FLOATS | SCHEDULES, max_size=3).map(tuple))


@settings(max_examples=150, deadline=None)
@given(config=CONFIGS)
def test_what_is_written_reads_back_as_its_equal(config):
    read = from_table(Config, tomllib.loads(to_toml(config)))
    assert read == config
    assert repr(read) == repr(config)    # tells 1 from 1.0 and -0.0 from 0.0


def test_defaults_are_written():
    table = {"beta": 0.2, "estimator": "centred", "rates": 0.1, "steps": "auto", "nesterov": False}
    assert to_table(Learning()) == table


def test_numbers_of_numpy_are_written_as_numbers():
    text = to_toml(Schedule(a=np.float64(0.1), b=np.int64(3)))
    assert text == "a = 0.1\nb = 3\n"


@pytest.mark.parametrize("table, message", [
    ({"learning": {"bta": 1}}, "learning.bta: unknown key; did you mean 'beta'?"),
    ({"learning": {"qqq": 1}}, "learning.qqq: unknown key; choose from beta, clip, estimator, nesterov, rates, steps"),
    ({"Seed": 1}, "Seed: unknown key; did you mean 'seed'?"),
    ({"layers": [{"name": "a", "edges": [{"source": "b"}]}]},
     "layers.0.edges.0.source: unknown key; choose from from, gain, kernel"),
    ({}, "seed: missing; give an integer"),
    ({"seed": "ten"}, "seed: expected an integer, got 'ten'"),
    ({"seed": 1.0}, "seed: expected an integer, got 1.0"),
    ({"seed": True}, "seed: expected an integer, got True"),
    ({"seed": 1, "note": 3}, "note: expected a string, got 3"),
    ({"seed": 1, "learning": 3}, "learning: expected a table, got 3"),
    ({"seed": 1, "learning": {"beta": True}}, "learning.beta: expected a number, got True"),
    ({"seed": 1, "learning": {"beta": float("nan")}}, "learning.beta: nan is not a finite number; give a finite one"),
    ({"seed": 1, "learning": {"rates": [0.1, float("inf")]}},
     "learning.rates.1: inf is not a finite number; give a finite one"),
    ({"seed": 1, "learning": {"beta": 10**400}}, "learning.beta: inf is not a finite number; give a finite one"),
    ({"seed": 1, "learning": {"nesterov": 1}}, "learning.nesterov: expected true or false, got 1"),
    ({"seed": 1, "learning": {"estimator": "centered"}}, "learning.estimator: expected 'centred' or 'one-sided' or "
     "'random-sign', got 'centered'; did you mean 'centred'?"),
    ({"seed": 1, "learning": {"steps": "aut"}},
     "learning.steps: expected an integer or 'auto', got 'aut'; did you mean 'auto'?"),
    ({"seed": 1, "learning": {"steps": 2.5}}, "learning.steps: expected an integer or 'auto', got 2.5"),
    ({"seed": 1, "learning": {"rates": "fast"}}, "learning.rates: expected a number or a list of numbers, got 'fast'"),
    ({"seed": 1, "learning": {"rates": [1, "x"]}}, "learning.rates.1: expected a number, got 'x'"),
    ({"seed": 1, "layers": {"name": "a"}}, "layers: expected a list, got a table"),
    ({"seed": 1, "layers": ["a"]}, "layers.0: expected a table, got 'a'"),
    ({"seed": 1, "layers": [{}]}, "layers.0.name: missing; give a string"),
    ({"seed": 1, "layers": [{"name": "a", "units": [1, 2]}]}, "layers.0.units: expected 3 values, got 2"),
    ({"seed": 1, "layers": [{"name": "a", "edges": [{"gain": {"c": 1}}]}]},
     "layers.0.edges.0.gain.c: unknown key; choose from a, b"),
    ({"seed": 1, "note": "x", "eps": {"a": [["y" * 70]]}},
     "eps.a: expected a number, got [['" + "y" * 54 + "..."),
    ({"seed": 1, "learning": {"beta": 0}}, "learning.beta: 0 gives no nudge; choose 0.2"),
    ({"seed": 1, "learning": {"clip": 0}}, "learning: clip of 0 lets nothing pass"),
    ({"seed": 1, "learning": {"rates": 0}}, "learning.rates: 0 learns nothing"),
    (3, "configuration: expected a table, got 3"),
])
def test_what_is_wrong_is_named_by_its_path(table, message):
    assert refusal(table) == message


def test_a_table_without_an_owner_keeps_its_own_words():
    assert refusal({"beta": 0}, Learning) == "beta: 0 gives no nudge; choose 0.2"


@pytest.mark.parametrize("value, message", [
    (float("nan"), "a: nan is not a finite number; give a finite one"),
    (1j, "a: a complex cannot be written as TOML; use numbers, text, lists and tables"),
])
def test_what_toml_cannot_hold_is_refused(value, message):
    with pytest.raises(ValueError) as caught:
        to_table(Schedule(a=value))
    assert str(caught.value) == message


def test_a_none_that_would_read_back_as_something_else_is_refused():
    with pytest.raises(ValueError, match="beta: None cannot be written as TOML; give a value"):
        to_table(Learning(beta=None))


def test_the_nearest_names_come_first_and_all_names_otherwise():
    assert nearest("mnits", ["mnist", "cifar10"]) == "; did you mean 'mnist'?"
    assert nearest("svhn", ["mnist", "cifar10"]) == "; choose from cifar10, mnist"
    assert nearest("svhn", []) == "; there is nothing to choose from"


@dataclass(frozen=True, kw_only=True)
class Free:
    values: dict[str, float] = field(default_factory=dict)


def test_a_table_of_free_keys_is_read_and_written():
    assert from_table(Free, {"values": {"a": 1, "b": 0.5}}).values == {"a": 1.0, "b": 0.5}
    assert to_table(Free(values={"a": 1.0})) == {"values": {"a": 1.0}}
    with pytest.raises(ValueError, match="values.a: expected a number, got 'x'"):
        from_table(Free, {"values": {"a": "x"}})
    with pytest.raises(ValueError, match="values: expected a table, got 3"):
        from_table(Free, {"values": 3})


@given(text=st.text() | st.text("\x00\x1b\x7f\x85\x9b\r\n\t\u2028\u202e\u2066\ud800\udcff\U000e0041a$\\"))
def test_printable_text_holds_nothing_that_moves_a_terminal(text):
    shown = printable(text, "\n")
    assert not [c for c in shown if unicodedata.category(c) in ("Cc", "Cs", "Zl", "Zp") and c != "\n"]
    assert not [c for c in shown if unicodedata.bidirectional(c) in ("LRE", "RLE", "LRO", "RLO", "PDF", "LRI", "RLI",
                                                                     "FSI", "PDI")]
    assert printable("".join(c for c in text if c.isprintable()), "\n") == "".join(c for c in text if c.isprintable())


def test_what_is_escaped_can_be_told_from_its_escape():
    assert printable("a\x1b[2Jb\u202e\n\udcff") == "a\\x1b[2Jb\\u202e\\n\\udcff" and printable("é中🙂\n", "\n") == "é中🙂\n"
