"""Weights in conductances: what is written is read, and pulses are shared out without losing any."""

import hypothesis
import numpy as np
import pytest
from hypothesis import strategies as st
from numpy.testing import assert_allclose, assert_array_equal

from neurosim.crossbar._kernels import divide_among_pairs
from neurosim.crossbar.mapping import MAPPINGS, Mapping
from plain_devices import HIGH, LOW, SPAN, linear

SHAPE = (4, 3, 2, 2)


def mapping_of(kind, shape=SHAPE, largest=0.8, device=None):
    return Mapping(kind, device or linear(), shape, largest, 1, "conv1", threads=1)


def weights_of(largest=0.8, shape=SHAPE):
    return np.random.default_rng(2).uniform(-largest, largest, shape)


def assign(mapping, targets):
    """Put the stored conductances where the targets are, past all pulses."""
    for role, values in targets.items():
        mapping.arrays[role].cells.g[:] = values.ravel()


@pytest.mark.parametrize("kind, one_sided", [(kind, False) for kind in MAPPINGS] + [("pair", True)])
def test_targets_stand_for_the_weights(kind, one_sided):
    mapping, weights = mapping_of(kind), weights_of()
    assign(mapping, mapping.targets(weights, one_sided))
    assert mapping.weights().dtype == np.float32
    assert_allclose(mapping.weights(), weights, atol=1e-6)


@pytest.mark.parametrize("kind, one_sided", [(kind, False) for kind in MAPPINGS] + [("pair", True)])
def test_weights_beyond_the_largest_are_clipped_to_it(kind, one_sided):
    mapping = mapping_of(kind)
    assign(mapping, mapping.targets(np.resize([3.0, -3.0], SHAPE), one_sided))
    assert_allclose(mapping.weights(), np.resize([0.8, -0.8], SHAPE), rtol=1e-6)


def test_a_pair_reaches_twice_as_far_as_a_single_device():
    """The scale: the same device, the same largest weight, twice the conductance for a weight of 1."""
    assert mapping_of("pair").scale.unit == pytest.approx(SPAN / 0.8)
    assert mapping_of("reference").scale.unit == mapping_of("offset").scale.unit == pytest.approx(SPAN / 1.6)


def test_one_sided_weights_use_one_device_of_the_pair():
    targets = mapping_of("pair").targets(weights_of(), one_sided=True)
    assert_array_equal(np.minimum(targets["plus"], targets["minus"]), np.full(SHAPE, LOW))
    assert np.maximum(targets["plus"], targets["minus"]).max() <= HIGH


def test_a_reference_device_serves_one_row():
    """Row i is an input line: moving its reference device moves the weights of that input in every output."""
    mapping = mapping_of("reference")
    assign(mapping, mapping.targets(np.zeros(SHAPE)))
    counts = np.zeros((1, *SHAPE[1:]))
    counts[0, 1, 0, 1] = 10
    before = mapping.weights()
    mapping.arrays["reference"].pulse(counts)
    change = np.zeros(SHAPE)
    change[:, 1, 0, 1] = -10 * SPAN / 100 / mapping.scale.unit
    assert_allclose(mapping.weights() - before, change, atol=1e-6)


@hypothesis.given(st.lists(st.lists(st.integers(-9, 9), min_size=4, max_size=4), min_size=1, max_size=8))
def test_shares_of_a_pair_add_up_and_take_turns(history):
    """Each pulse moves the weight by one step; neither device nor direction gets ahead by more than one pulse."""
    mapping = mapping_of("pair", (4,))
    assign(mapping, mapping.targets(np.zeros(4)))
    start, total = mapping.weights(), np.zeros(4)
    ups, downs = np.zeros((2, 4)), np.zeros((2, 4))
    for counts in map(np.array, history):
        shares = mapping.shares(counts)
        assert_array_equal(shares["plus"] - shares["minus"], counts)
        assert_array_equal(np.abs(shares["plus"]) + np.abs(shares["minus"]), np.abs(counts))
        for role, share in shares.items():
            mapping.arrays[role].pulse(share)
        rising, falling = np.maximum(counts, 0), np.maximum(-counts, 0)
        ups += [np.abs(shares[role]) * (rising > 0) for role in ("plus", "minus")]
        downs += [np.abs(shares[role]) * (falling > 0) for role in ("plus", "minus")]
        total += counts
        assert np.abs(ups[0] - ups[1]).max() <= 1 and np.abs(downs[0] - downs[1]).max() <= 1
    step = SPAN / 100 / mapping.scale.unit
    assert_allclose(mapping.weights() - start, total * step, atol=1e-5)


def test_alternating_pulses_leave_a_pair_where_it_is():
    """Set and reset pulses in turn reach both devices as set and reset pulses, so that no device fills up."""
    mapping = mapping_of("pair", (1,))
    assign(mapping, mapping.targets(np.zeros(1)))
    for pulse in range(80):
        for role, share in mapping.shares(np.array([1 - 2 * (pulse % 2)])).items():
            mapping.arrays[role].pulse(share)
    for array in mapping.arrays.values():
        assert_array_equal(array.pulses, [[20], [20]])
        assert_allclose(array.conductances(), (LOW + HIGH) / 2, rtol=1e-6)


def test_one_sided_shares_are_set_pulses_only():
    counts = np.array([5, -3, 0, 1])
    shares = mapping_of("pair", (4,)).shares(counts, one_sided=True)
    assert_array_equal(shares["plus"], [5, 0, 0, 1])
    assert_array_equal(shares["minus"], [0, 3, 0, 0])


@pytest.mark.parametrize("kind", ["reference", "offset"])
def test_a_single_device_gets_all_pulses(kind):
    counts = np.arange(-24, 24).reshape(SHAPE)
    shares = mapping_of(kind).shares(counts)
    assert list(shares) == ["plus"]
    assert_array_equal(shares["plus"], counts)


def test_a_pair_takes_half_of_the_pulses_each_and_odd_ones_in_turn():
    counts = np.random.default_rng(1).integers(-9, 10, 500)
    received, opposite = np.zeros((2, 2, 500), np.int64)
    plus, minus = np.empty((2, 500), np.int64)
    for _ in range(2):
        divide_among_pairs(counts, received, opposite, plus, minus)
        assert_array_equal(plus - minus, counts)
        assert np.abs(np.abs(plus) - np.abs(minus)).max() <= 1 and (plus * minus <= 0).all()
        received, opposite = (side + [np.maximum(sent, 0), np.maximum(-sent, 0)]
                              for side, sent in ((received, plus), (opposite, minus)))
    assert_array_equal(received.sum(axis=0), np.abs(counts))
    assert_array_equal(opposite.sum(axis=0), np.abs(counts))
