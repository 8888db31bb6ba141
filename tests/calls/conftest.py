"""Trainings through Python on pictures of four patterns, which learn in a second."""

import tempfile

import numpy as np
import pytest

import neurosim
from digits import TEXT, write_digits

SMALL = {"learning": {"free_steps": 12, "nudge_steps": 6, "window": 4}, "training": {"batch": 10}}


@pytest.fixture(scope="session", autouse=True)
def temporary(tmp_path_factory):
    """Runs without a name of their own go with the tests."""
    before, tempfile.tempdir = tempfile.tempdir, str(tmp_path_factory.mktemp("temporary"))
    yield
    tempfile.tempdir = before


@pytest.fixture(scope="session")
def patterns():
    """Images (200, 8, 8) in [0, 1] and their labels: four patterns with noise."""
    random = np.random.default_rng(0)
    pictures, labels = random.random((4, 8, 8)) < 0.4, np.arange(200) % 4
    return np.clip(0.8 * pictures[labels] + random.normal(0, 0.1, (200, 8, 8)), 0, 1), labels


@pytest.fixture
def quiet():
    """Arguments of a call that make it small and silent."""
    return {"progress": False, "threads": 1, **SMALL}


@pytest.fixture(scope="session")
def preset(tmp_path_factory):
    """A configuration file on small digits in MNIST's format, with devices and records."""
    folder = tmp_path_factory.mktemp("digits")
    write_digits(folder)
    path = folder / "small.toml"
    data = f'[data]\npath = "{folder}"'
    path.write_text(TEXT.replace("[data]", data) + '\n[record]\nlayers = ["conv1", "output"]\nsamples = 2\n')
    return path


@pytest.fixture(scope="session")
def trained(preset, tmp_path_factory):
    """A finished Run on devices; nobody changes its file."""
    out = tmp_path_factory.mktemp("trained") / "run.h5"
    return neurosim.train(preset, device="choi-2018-epiram", out=out, progress=False, threads=1)
