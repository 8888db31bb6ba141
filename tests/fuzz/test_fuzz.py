"""Mutated inputs of every kind end in a result or in one sentence: no traceback, warning, hang, or file left behind."""

import pytest

from fuzz import kinds
from fuzz.harness import attempt, clear_matplotlib
from fuzz.kinds import KINDS, Base

INPUTS = 300


@pytest.fixture(scope="module")
def base(tmp_path_factory):
    return Base(tmp_path_factory.mktemp("fuzz") / "base")


@pytest.mark.slow
@pytest.mark.parametrize("name", KINDS)
def test_mutated_inputs_do_no_harm(name, base, tmp_path):
    problems = []
    for seed in range(INPUTS):
        tried = attempt(KINDS[name], seed, base, tmp_path / "input")
        clear_matplotlib()
        if tried.problem:
            problems.append(f"{name} {seed}: {tried.problem}")
    assert not problems, "\n".join(problems[:20])


#: Mutators by name, and what stands in for them so that nothing changes; inputs of these kinds are then sound.
UNCHANGED = {"mutate": lambda table, random: table, "mutate_bytes": lambda data, random: data,
             "mutate_lines": lambda text, random: text.encode(), "_mutate_idx": lambda path, random: None,
             "_mutate_npz": lambda path, random: None,
             "damage": lambda folder, draw: None, "mutated": lambda tree, attributes, random: (tree, attributes)}


@pytest.mark.slow
@pytest.mark.parametrize("name", [name for name in KINDS if name != "overrides"])
def test_sound_inputs_are_accepted(name, base, tmp_path, monkeypatch):
    """Without this the mutated ones could all be refused for what is wrong with every one."""
    for mutator, idle in UNCHANGED.items():
        monkeypatch.setattr(kinds, mutator, idle)
    tried = [attempt(KINDS[name], seed, base, tmp_path / "input") for seed in range(6)]
    assert [(one.code, one.problem, one.said if one.code else "") for one in tried] == [(0, "", "")] * len(tried)
