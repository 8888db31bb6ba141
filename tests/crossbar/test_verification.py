"""Reads of write-verify and of transfers have the noise of the device, and all of them are counted."""

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal
from scipy.stats import norm

from neurosim.crossbar.devices import DeviceSynapses, Electrics, Placement
from neurosim.crossbar.options import ReadoutOptions
from neurosim.crossbar.tiling import Floorplan, Tiling
from plain_devices import LOW, SPAN, assert_follows, linear

SHAPE, SIZE, SECONDS = (40, 90), 64, 1e-6
BOLTZMANN, CHARGE, VOLTAGE = 1.380649e-23, 1.602176634e-19, 0.5


def chip(noise="fresh", mapping="offset", device=None, seconds=SECONDS, weights=0.3, seed=2, **options):
    tiling = Tiling(size=SIZE, devices=2 if mapping == "pair" else 1, reference=mapping == "reference")
    placement = Placement(mapping=mapping, programming=options.pop("programming", "bidirectional"),
                          ranges={"a": 1.0}, tile=SIZE, **options)
    electrics = Electrics(floorplans={"a": Floorplan(tiling=tiling, taps=1, lower=SHAPE[1], upper=SHAPE[0])},
                          readout=ReadoutOptions(noise=noise, seconds=seconds))
    return DeviceSynapses(device or linear(read_noise=0.005), {"a": np.full(SHAPE, weights, np.float32)}, placement,
                          seed, threads=1, electrics=electrics)


def deviation(g):
    """Shot noise and relative noise of each device, thermal noise of all on its bit line; g (columns, rows) [S]."""
    line = np.concatenate([np.broadcast_to(g[:, a:b].sum(axis=1, keepdims=True), (len(g), b - a))
                           for a, b in ((0, SIZE), (SIZE, SHAPE[1]))], axis=1)
    band = 0.5 / SECONDS
    current = 2 * CHARGE * VOLTAGE * g * band + (VOLTAGE * 0.005 * g) ** 2 + 4 * BOLTZMANN * 300 * band * line
    return np.sqrt(current) / VOLTAGE


def test_a_read_of_every_device_has_the_noise_of_its_physics():
    synapses = chip()
    true = synapses.arrays()[0].conductances().astype(float)
    reads = np.array([synapses.read()["a"] for _ in range(3)]) * synapses.mappings["a"].scale.unit + LOW + SPAN / 2
    for read in reads:
        assert_follows((read - true) / deviation(true), norm)
    assert abs(np.corrcoef(*(reads[:2] - true).reshape(2, -1))[0, 1]) < 4 / np.sqrt(true.size)
    assert deviation(true).mean() > 0.2 * SPAN / 100


def test_frozen_noise_is_the_same_in_every_read():
    synapses = chip("frozen")
    assert_array_equal(synapses.read()["a"], synapses.read()["a"])
    assert (synapses.read()["a"] != synapses.weights["a"]).mean() > 0.99


def test_write_verify_ends_where_a_noisy_read_is_near_enough():
    """A device is left alone once a read comes within half a step: what it then really holds scatters by the noise."""
    exact, noisy, worse = (chip(noise, device=linear(1000, read_noise=share), seconds=1e-3)
                           for noise, share in (("off", 0.01), ("fresh", 0.01), ("fresh", 0.02)))
    errors = [(synapses.weights["a"] - 0.3) / synapses.granularity["a"] for synapses in (exact, noisy, worse)]
    sigma = 0.01 * (LOW + 0.65 * SPAN) / (SPAN / 1000)      # in steps
    assert np.abs(errors[0]).max() <= 0.5 * (1 + 1e-3)
    assert 0.5 * sigma < errors[1].std() < 1.5 * sigma
    assert 1.4 < errors[2].std() / errors[1].std() < 2.6


def test_noise_that_hides_the_steps_is_the_reason_why_devices_miss():
    """And no reason to give up devices that move: what is left is the noise of the read that was near enough."""
    synapses = chip(device=linear(1000, read_noise=0.02), seconds=1e-3)
    reasons = synapses.missed["a"].reasons
    assert reasons["unread"] > 0.8 * np.prod(SHAPE) and not sum(reasons.values()) - reasons["unread"]
    true = synapses.arrays()[0].conductances().astype(float)
    wanted = LOW + 0.65 * SPAN
    assert (true - wanted).std() < 1.2 * 0.02 * wanted
    assert not sum(chip("off", device=linear(1000)).missed["a"].reasons.values())


def test_a_stuck_device_is_given_up_although_its_reads_differ():
    synapses = chip(device=linear(read_noise=0.005, stuck_off=1.0), rounds=200)
    assert synapses.counts.verify["a"] < 12 * np.prod(SHAPE)


@pytest.mark.parametrize("noise", ["off", "fresh"])
def test_every_read_is_counted(noise):
    """The reads of a device: once before its first burst of pulses and once after each; a transfer reads all."""
    synapses = chip(noise, mapping="pair", rounds=1)
    pulsed = sum((array.pulses.sum(axis=0) > 0).sum() for array in synapses.arrays())
    assert synapses.counts.verify["a"] == 2 * np.prod(SHAPE) + pulsed
    synapses.read()
    assert synapses.counts.verify["a"] == 4 * np.prod(SHAPE) + pulsed


def test_reads_are_a_function_of_the_seed_and_of_the_reads_before():
    """So a chip that was stored continues as if never interrupted."""
    whole, other, stranger = chip(), chip(), chip(seed=3)
    assert_array_equal(whole.weights["a"], other.weights["a"])
    whole.read()
    other.load({key: np.array(values) for key, values in whole.stored().items()})
    assert_array_equal(whole.read()["a"], other.read()["a"])
    wanted = {"a": np.full(SHAPE, -0.2, np.float32)}
    for synapses in (whole, other):
        synapses.write(wanted)
    assert_array_equal(whole.weights["a"], other.weights["a"])
    assert (stranger.weights["a"] != chip().weights["a"]).any()


@pytest.mark.parametrize("mapping, programming", [("pair", "bidirectional"), ("reference", "bidirectional"),
                                                  ("pair", "one-sided")])
def test_noise_leaves_the_weights_right_on_average(mapping, programming):
    synapses = chip(mapping=mapping, programming=programming)
    assert_allclose(synapses.weights["a"].mean(), 0.3, atol=synapses.granularity["a"])
