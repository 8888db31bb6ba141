"""What reads meet beside weights: conductances of lines for the ledger, and variances for read noise."""

import numpy as np
import pytest
from numpy.testing import assert_allclose

from neurosim.crossbar.devices import DeviceSynapses, Electrics, Placement
from neurosim.crossbar.options import ArrayOptions, ReadoutOptions
from neurosim.crossbar.read_noise import driven_variance, thermal_variance
from neurosim.crossbar.tiling import Floorplan, Tiling
from plain_devices import linear
from tiled import cut

SHAPE, SIZE, CHANNELS = (10, 3, 2, 2), 8, 3
MAPPINGS = ("pair", "reference", "offset")


def chip(mapping, noise="fresh", device=None):
    tiling = Tiling(size=SIZE, devices=2 if mapping == "pair" else 1, reference=mapping == "reference")
    weights = {"conv": np.random.default_rng(1).uniform(-0.8, 0.8, SHAPE).astype(np.float32)}
    placement = Placement(mapping=mapping, programming="bidirectional", ranges={"conv": 1.0}, tile=SIZE)
    electrics = Electrics(floorplans={"conv": Floorplan(tiling=tiling, taps=4, lower=CHANNELS, upper=10)},
                          array=ArrayOptions(tile=SIZE), readout=ReadoutOptions(noise=noise))
    return DeviceSynapses(device or linear(read_noise=0.01), weights, placement, threads=1, electrics=electrics)


def matrices(synapses):
    """Conductances by role, rows (tap, lower channel) and columns [S]."""
    return {role: values.astype(float).transpose(2, 3, 1, 0).reshape(12, -1)
            for role, values in synapses.mappings["conv"].conductances().items()}


def tiles(mapping):
    """Slices of rows and of weight columns."""
    lines = SIZE // (2 if mapping == "pair" else 1)
    return cut(4, CHANNELS, SIZE, lines), cut(1, 10, lines, lines)


@pytest.mark.parametrize("mapping", MAPPINGS)
def test_conductances_of_rows_and_columns(mapping):
    """A driven row meets all its devices, a reference device in every tile; a driven column its own ones."""
    synapses = chip(mapping)
    g, (_, columns) = matrices(synapses), tiles(mapping)
    rows_of, columns_of = synapses.effective().siemens["conv"]
    weights = sum(g[role] for role in ("plus", "minus") if role in g)
    references = len(columns) * g["reference"][:, 0] if mapping == "reference" else 0
    assert_allclose(rows_of, weights.sum(axis=1) + references, rtol=1e-6)
    assert_allclose(columns_of, weights.sum(axis=0), rtol=1e-6)


@pytest.mark.parametrize("mapping", MAPPINGS)
def test_thermal_noise_is_that_of_the_devices_on_a_sensed_line(mapping):
    """Forwards the two lines whose difference a weight is; backwards one row of one tile."""
    synapses = chip(mapping)
    g, (row_tiles, column_tiles) = matrices(synapses), tiles(mapping)
    floors, unit = synapses.effective().floors, synapses.mappings["conv"].scale.unit
    forward = np.array([sum(values[own].sum(axis=0) for values in g.values()) for own in row_tiles])
    single = {"reference": g.get("reference", np.zeros((12, 1)))[:, 0]}.get(mapping, 0)
    backward = np.array([sum(g[role][:, own].sum(axis=1) for role in ("plus", "minus") if role in g) + single
                         for own in column_tiles])
    for direction, sums in ((True, forward), (False, backward)):
        assert_allclose(floors["conv", direction], thermal_variance(synapses.device, sums, unit, 10e-9), rtol=1e-6,
                        err_msg=f"forward: {direction}")


@pytest.mark.parametrize("mapping", MAPPINGS)
def test_a_driven_weight_brings_the_noise_of_its_devices(mapping):
    synapses = chip(mapping)
    unit = synapses.mappings["conv"].scale.unit
    expected = sum(driven_variance(synapses.device, values.astype(float), unit, 10e-9)
                   for values in synapses.mappings["conv"].conductances().values())
    assert_allclose(synapses.effective().variances["conv"], expected, rtol=1e-6)


def test_without_noise_there_are_no_variances():
    found = chip("pair", noise="off").effective()
    assert not found.variances and not found.floors and "conv" in found.siemens
