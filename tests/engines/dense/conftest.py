"""Tests of what computes in PyTorch; without PyTorch there are none."""

import importlib.util

import pytest

collect_ignore_glob = [] if importlib.util.find_spec("torch") else ["test_*.py"]


@pytest.fixture(autouse=True)
def one_thread():
    """PyTorch on one thread: the machine may have other work."""
    import torch
    torch.set_num_threads(1)
