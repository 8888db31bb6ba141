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


def faced_by_weights(g, columns):
    """The same, where a reference device stands in every column of its tile."""
    widths = [own.stop - own.start for own in columns]
    return {role: values.repeat(widths, axis=1) if role == "reference" else values for role, values in g.items()}


@pytest.mark.parametrize("mapping", MAPPINGS)
def test_conductances_of_rows_and_columns(mapping):
    """A driven row meets all its devices, the reference device of every tile; a driven column its own ones."""
    synapses = chip(mapping)
    g = matrices(synapses)
    rows_of, columns_of = synapses.effective().siemens["conv"]
    weights = sum(g[role] for role in ("plus", "minus") if role in g)
    references = g["reference"].sum(axis=1) if mapping == "reference" else 0
    assert_allclose(rows_of, weights.sum(axis=1) + references, rtol=1e-6)
    assert_allclose(columns_of, weights.sum(axis=0), rtol=1e-6)


@pytest.mark.parametrize("mapping", MAPPINGS)
def test_thermal_noise_is_that_of_the_devices_on_a_sensed_line(mapping):
    """Forwards the two lines whose difference a weight is; backwards one row of one tile."""
    synapses = chip(mapping)
    g, (row_tiles, column_tiles) = matrices(synapses), tiles(mapping)
    floors, unit = synapses.effective().variance_floors, synapses.mappings["conv"].scale.unit
    faced = faced_by_weights(g, column_tiles)
    forward = np.array([sum(values[own].sum(axis=0) for values in faced.values()) for own in row_tiles])
    single = g.get("reference", np.zeros((12, len(column_tiles)))).T
    backward = np.array([sum(g[role][:, own].sum(axis=1) for role in ("plus", "minus") if role in g) + reference
                         for own, reference in zip(column_tiles, single)])
    for direction, sums in ((True, forward), (False, backward)):
        assert_allclose(floors["conv", direction], thermal_variance(synapses.device, sums, unit, 10e-9), rtol=1e-6,
                        err_msg=f"forward: {direction}")


@pytest.mark.parametrize("mapping", MAPPINGS)
def test_a_driven_weight_brings_the_noise_of_its_devices(mapping):
    synapses = chip(mapping)
    unit = synapses.mappings["conv"].scale.unit
    faced = faced_by_weights(matrices(synapses), tiles(mapping)[1])
    expected = sum(driven_variance(synapses.device, values, unit, 10e-9) for values in faced.values())
    found = synapses.effective().variances["conv"].transpose(2, 3, 1, 0).reshape(12, -1)
    assert_allclose(found, expected, rtol=1e-6)


def test_every_column_tile_has_reference_devices_of_its_own():
    """As many as are counted, fabricated and written apart, and what a weight is read against."""
    synapses = chip("reference", device=linear(g_min_spread=0.05, step_spread=0.2, c2c=0.3))
    g, columns = matrices(synapses), tiles("reference")[1]
    assert g["reference"].shape == (12, len(columns)) == (12, 2)
    assert np.unique(g["reference"]).size == g["reference"].size
    bit_lines = synapses.electrics.floorplans["conv"].bit_lines
    assert sum(array.stuck.size for array in synapses.arrays()) == 12 * bit_lines == 12 * (10 + 2)
    expected = (g["plus"] - faced_by_weights(g, columns)["reference"]) / synapses.mappings["conv"].scale.unit
    assert_allclose(synapses.weights["conv"].transpose(2, 3, 1, 0).reshape(12, -1), expected, atol=1e-6)


def test_without_noise_there_are_no_variances():
    found = chip("pair", noise="off").effective()
    assert not found.variances and not found.variance_floors and "conv" in found.siemens
