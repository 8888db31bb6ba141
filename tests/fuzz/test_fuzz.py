"""Mutated inputs of every kind end in a result or in one sentence: no traceback, warning, hang, or file left behind."""

import pytest

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
