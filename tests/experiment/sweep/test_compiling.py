"""Of the points that begin on a computer, one compiles; the others wait for it, and for nothing else."""

import tempfile
from contextlib import ExitStack

import pytest

from neurosim.experiment.sweep.compiling import Turn


@pytest.fixture
def turn(tmp_path, monkeypatch):
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    with ExitStack() as stack:
        yield lambda folder="/sweep": stack.enter_context(Turn(folder))


def test_one_compiles_while_the_others_wait(turn):
    first, second = turn(), turn()
    assert first.come() and not second.come()
    first.over()
    assert second.come() and turn().come()
    first.over()
    assert second.come(), "it may be said twice"


def test_one_that_ended_without_having_compiled_holds_nobody_up(turn):
    second = turn()
    with Turn("/sweep") as first:
        assert first.come() and not second.come()
    assert second.come() and not turn().come(), "now it is the turn of that one"


def test_another_sweep_has_other_kernels(turn):
    first, second, other = turn(), turn(), turn("/another")
    assert first.come()
    first.over()
    assert other.come() and not turn("/another").come()
    assert second.come(), "what is compiled stays so while another sweep compiles"
