"""`neurosim doctor` passes here, and fails when the arithmetic or the installation is broken."""

import dataclasses
import json

import numpy as np
import pytest

from neurosim.engines.events.engine import EventsEngine
from neurosim.cli import main
from neurosim.experiment.checks import selftest
from neurosim.datasets import locations

pytestmark = pytest.mark.slow    # kernels in float64


def test_all_is_well_here(capsys):
    assert main(["doctor"]) == 0
    text = capsys.readouterr().out
    assert "agree bit for bit" in text and text.endswith("all is well\n")


def test_json(capsys):
    assert main(["doctor", "--json"]) == 0
    report = json.loads(capsys.readouterr().out)
    assert report["problems"] == []
    assert set(report["versions"]) > {"python", "neurosim", "numpy", "numba", "llvmlite", "scipy", "h5py", "matplotlib"}
    assert report["machine"]["threads"] >= 1 and report["machine"]["simd_bits"] in (128, 256, 512)
    assert report["folders"]["kernel_cache"]["writable"]
    assert 0 < report["selftest"]["gradient_relative_error"] < 1e-5


def test_a_gradient_that_is_off_by_a_thousandth_is_found(monkeypatch, capsys):
    right = selftest.gradient

    def wrong(*arguments):
        products = right(*arguments)
        weights = {name: 1.001 * values for name, values in products.weights.items()}
        return dataclasses.replace(products, weights=weights)
    monkeypatch.setattr(selftest, "gradient", wrong)
    assert main(["doctor"]) == 1
    assert "problem: self-test: the gradient is wrong by 1.0e-03" in capsys.readouterr().out


def test_a_difference_in_the_last_bit_is_found(monkeypatch, capsys):
    right, densities = EventsEngine.relax, []

    def relax(engine, *arguments, **options):
        record = right(engine, *arguments, **options)
        densities.append(set(engine.layout.plan.read_dense))
        if len(densities) == 2:
            record.mean[-1, -1] = np.nextafter(record.mean[-1, -1], np.float32(9))
        return record
    monkeypatch.setattr(EventsEngine, "relax", relax)
    monkeypatch.setattr(selftest, "gradient_error", lambda: 0.0)
    assert main(["doctor"]) == 1
    assert "differ in their bits" in capsys.readouterr().out
    assert densities == [{np.inf}, {-1.0}], "events alone, then dense products alone"


def test_a_missing_data_set_is_a_problem(monkeypatch, capsys):
    monkeypatch.setattr(locations, "shipped_folder", lambda card: None)
    assert main(["doctor", "--json"]) == 1
    assert json.loads(capsys.readouterr().out)["problems"] == [
        "the MNIST files that ship with neurosim are missing; install neurosim again"]
