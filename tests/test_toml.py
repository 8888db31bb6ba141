"""TOML text: readable when written, one sentence when it cannot be read."""

import os
import re
import time
import tomllib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from neurosim.toml import parse_toml, read_toml, to_toml

TABLE = {
    "seed": 1,
    "learning": {"beta": 0.2, "rates": [0.5, 0.3], "eps": {"a": 0.843, "b": 0.092}},
    "network": {"name": "2C1FC", "layers": [{"name": "conv1", "kernel": [5, 5]}, {"name": "output", "from": "conv1"}]},
}

TEXT = """\
seed = 1

[learning]
beta = 0.2
rates = [0.5, 0.3]
eps = { a = 0.843, b = 0.092 }

[network]
name = "2C1FC"

[[network.layers]]
name = "conv1"
kernel = [5, 5]

[[network.layers]]
name = "output"
from = "conv1"
"""


def test_text_is_what_a_person_would_write():
    assert to_toml(TABLE) == TEXT


SCALARS = st.booleans() | st.integers(-2**63, 2**63 - 1) | st.floats(allow_nan=False) | \
    st.text(st.characters(exclude_categories=["Cs"]), max_size=10)
KEYS = st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=6)
VALUES = st.recursive(SCALARS, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(KEYS, inner, max_size=3),
                      max_leaves=12)


@given(table=st.dictionaries(KEYS, VALUES, max_size=4))
def test_any_table_reads_back(table):
    assert tomllib.loads(to_toml(table)) == table


def test_tables_of_tables_get_sections():
    table = {"a": {"b": {"c": [{"d": 1}], "e": 2}}}
    assert to_toml(table) == "[a]\n\n[a.b]\ne = 2\n\n[[a.b.c]]\nd = 1\n"
    assert tomllib.loads(to_toml(table)) == table


def test_long_tables_get_a_section():
    table = {"data": {"files": {"images": "x" * 60, "labels": "y" * 60}}}
    assert "[data.files]\n" in to_toml(table)
    assert tomllib.loads(to_toml(table)) == table


def test_a_file_is_read_with_or_without_a_byte_order_mark(tmp_path):
    (tmp_path / "a.toml").write_text(TEXT, encoding="utf-8-sig")
    assert read_toml(tmp_path / "a.toml") == TABLE


@pytest.mark.parametrize("content, message", [
    (b"seed = 1\nbeta = = 2\n", r"not valid TOML: Invalid value \(at line 2, column 8\); correct it"),
    (b"seed = 1\nseed = 2\n", r"not valid TOML: .* \(at line 2, column \d+\); correct it"),
    (b"seed = 1\n# caf\xe9\n", "line 2 is not UTF-8; save the file as UTF-8"),
])
def test_a_bad_file_is_named_with_the_line(tmp_path, content, message):
    path = tmp_path / "a.toml"
    path.write_bytes(content)
    with pytest.raises(ValueError, match=f"^{re.escape(str(path))}: {message}$"):
        read_toml(path)


@pytest.mark.parametrize("text, reason", [
    ("x = " + "[" * 100_000, "nested more than 32 deep"), ("x = " + "[" * 40 + "]" * 40, "nested more than 32 deep"),
    (".".join(["a"] * 500) + " = 1", "nested more than 32 deep"), (" . ".join(["a"] * 200_000), "nested more than 32"),
    ("[" + ".".join(['""'] * 300_000) + "]", "nested more than 32 deep"),
    ("x = {" + ".".join(["a"] * 100_000) + " = 1}", "nested more than 32 deep"),
    ("x = " + "1" * 10_000, "an integer exceeds 64 bits"), ("x = 0x" + "f" * 10_000, "an integer exceeds 64 bits"),
    ("a.b = [[9223372036854775808]]", "a.b: an integer exceeds 64 bits"),
    ("x = 1\n" * 200_000, "1,200,000 characters exceed"),
])
def test_hostile_text_is_refused_at_once(text, reason):
    start = time.process_time()
    with pytest.raises(ValueError, match=f"^run.h5: .*{reason}[^\n]*$"):
        parse_toml(text, "run.h5")
    assert time.process_time() - start < 2


def test_what_looks_hostile_inside_a_string_is_text():
    text = ".".join("abcdefgh" * 10)
    assert parse_toml(f'note = "{text}"\nlist = ["{text}", 1]', "a")["list"] == [text, 1]
    assert parse_toml("x = " + "[" * 32 + "]" * 32, "a") and parse_toml("x = -9223372036854775808", "a")


def test_only_regular_files_of_some_length_are_read(tmp_path):
    (tmp_path / "long.toml").write_bytes(b"#" * 2**20 + b"\n")
    os.mkfifo(tmp_path / "pipe.toml")
    for name, reason in (("long.toml", "is longer than 1,048,576 bytes"), ("pipe.toml", "it is not a regular file"),
                         ("/dev/zero", "it is not a regular file"), ("a\0b", "embedded null byte")):
        with pytest.raises(ValueError, match=f"{reason}.* give the path of a TOML file$"):
            read_toml(tmp_path / name)


@pytest.mark.parametrize("name, reason", [("none.toml", "No such file or directory"), (".", "Is a directory")])
def test_a_missing_file(tmp_path, name, reason):
    with pytest.raises(ValueError) as caught:
        read_toml(tmp_path / name)
    assert str(caught.value) == f"{tmp_path / name}: cannot be read: {reason}; give the path of a TOML file"
