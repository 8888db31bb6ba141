"""What the environment says about ranks, and how one process is all ranks."""

import importlib.util
import subprocess
import sys

import numpy as np
import pytest
from numpy.testing import assert_array_equal

from neurosim.engines.ranks import ALONE, declared, joined, local

THREE = {"RANK": "2", "WORLD_SIZE": "3", "MASTER_ADDR": "localhost", "MASTER_PORT": "29500"}


def test_the_environment_says_which_process_this_is():
    assert declared(THREE) == (2, 3) and declared({}) == (0, 1)
    assert declared({"WORLD_SIZE": "3"}) == (0, 1), "a size alone belongs to somebody else's launcher"
    assert declared({"RANK": "0", "WORLD_SIZE": "1"}) == (0, 1), "one process meets nobody"
    on_two_machines = THREE | {"LOCAL_RANK": "1", "LOCAL_WORLD_SIZE": "2"}
    assert local({}) == local(THREE) == (0, 1) and local(on_two_machines) == (1, 2)
    assert local({"LOCAL_RANK": "1", "LOCAL_WORLD_SIZE": "2"}) == (0, 1), "that of somebody else"


@pytest.mark.parametrize("change, told", [
    ({"RANK": "3"}, "RANK: there is no process 3 among 3 (WORLD_SIZE), which count from 0"),
    ({"RANK": "-1"}, "RANK: '-1' is not a whole number"),
    ({"RANK": ""}, "RANK: '' is not a whole number"),
    ({"WORLD_SIZE": "many"}, "WORLD_SIZE: 'many' is not a whole number"),
    ({"MASTER_ADDR": ""}, "MASTER_ADDR: is not set for one of 3 processes (WORLD_SIZE)"),
    ({"MASTER_PORT": "http"}, "MASTER_PORT: 'http' is not a whole number"),
])
def test_an_impossible_environment_is_refused_in_a_sentence(change, told):
    with pytest.raises(ValueError) as error:
        declared(THREE | change)
    assert str(error.value).startswith(told) and "torchrun" in str(error.value)


def test_one_process_is_all_ranks_and_changes_no_bit():
    values = np.array([1.5, 2.5])
    assert ALONE.gather(b"told") == [b"told"] and ALONE.add(values) is values and ALONE.fold([values]) is values
    parts = [np.array([2.0 ** 24, 1.0], np.float32), *[np.array([1.0, 2.0], np.float32)] * 2]
    assert_array_equal(ALONE.fold(parts), np.array([2.0 ** 24, 5.0], np.float32), "a 1 is lost: they come one by one")
    assert_array_equal(parts[0], [2.0 ** 24, 1.0])
    with joined() as ranks:
        assert ranks is ALONE


def test_without_pytorch_a_sentence_says_what_to_install(monkeypatch):
    for name, value in THREE.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None)
    with pytest.raises(ValueError, match="3 processes train together through PyTorch, which is not installed; run pip "
                                         "install 'neurosim-ep\\[torch\\]', or start one process"):
        with joined():
            raise AssertionError


@pytest.mark.slow
def test_one_process_imports_no_pytorch():
    text = ("import sys; from neurosim.engines.ranks import joined\nimport neurosim.experiment.training\n"
            "with joined() as ranks: assert ranks.size == 1\nassert 'torch' not in sys.modules")
    subprocess.run([sys.executable, "-c", text], check=True)
