"""Baselines: operations counted once, prices as published, bits of the equivalent network."""

import dataclasses
import functools

import pytest

from neurosim.counts import Counts
from neurosim.energy import Workload, baselines, load_prices, spikes_per_synapse
from neurosim.energy.baselines import equivalent_bits
from neurosim.energy.prices import BASELINES
from neurosim.whole import counted

approx = functools.partial(pytest.approx, rel=1e-9, abs=0)    # joules are far below its usual tolerance


@pytest.fixture
def others():
    return load_prices(BASELINES)


def named(workload, others):
    return {one.name: one for one in baselines(workload, others)}


@pytest.mark.parametrize("steps, bits", [(1, 1), (3, 2), (4, 3), (50, 6), (250, 8), (255, 8), (256, 9)])
def test_bits_that_tell_apart_as_much_as_the_steps(steps, bits, chip, others):
    workload = Workload(chip=chip, phases={"inference": Counts(2, 2 * steps)}, samples=2)
    assert equivalent_bits(workload) == bits
    quantised = named(workload, others)[f"quantised network of {counted(bits, 'bit')}"]
    assert quantised.unit_price == approx(0.2e-12 * (bits / 8) ** 2 + 0.03e-12 * bits / 8)


def test_nudged_phases_do_not_add_bits(training, others):
    assert equivalent_bits(training) == 1


def test_one_pass_does_not_grow_with_the_steps(inference, counts, others):
    double = dataclasses.replace(inference, phases={"inference": counts + counts})
    one, two = named(inference, others), named(double, others)
    assert one["dense int8 network"].count == two["dense int8 network"].count == 4
    assert two["dense int8, every step"].count == 2 * one["dense int8, every step"].count == 8
    assert two["event-driven fp32 additions"].count == 8
    assert two["Loihi-like synaptic events"].neurons == approx(8 * 52e-12)


def test_learning_takes_three_dense_passes(inference, training, others):
    once, learning = (named(workload, others)["dense fp32 network"].count for workload in (inference, training))
    assert learning == 3 * once


def test_spikes_per_synapse(inference, chip, counts):
    assert spikes_per_synapse(inference) == 1.0    # both inputs sent once
    wide = dataclasses.replace(chip, arrays=(dataclasses.replace(chip.arrays[0], positions=10),))
    assert spikes_per_synapse(dataclasses.replace(inference, chip=wide)) == approx(0.1)
