"""Who wins and by how much, and the break-even spike rate, against prices of scaled counts."""

import dataclasses
import functools

import pytest

from neurosim.counts import Counts
from neurosim.energy import Baseline, Workload, baselines, break_even, compared, load_prices, price, priced, verdict
from neurosim.energy.prices import BASELINES

approx = functools.partial(pytest.approx, rel=1e-9, abs=0)


@pytest.fixture
def others():
    return load_prices(BASELINES)


@pytest.fixture
def long(chip):
    """A hundred steps of the two-by-two chip, with a spike in every fourth unit and step, and leakage of nothing."""
    events = {"tile_reads": 40, "row_activations": 80, "cell_reads": 160, "conversions": 80, "firings": 120, "hops": 80}
    counts = Counts(1, 100, {"input": 80, "output": 20}, {"input-output forward": 160},
                    {"input-output forward": 400}, {"input-output forward": events},
                    {"input-output forward": 400 * 2.0 ** -20})
    return Workload(chip=chip, phases={"inference": counts}, samples=1)


def scaled(workload, factor):
    """The same workload with `factor` times the events."""
    counts = workload.phases["inference"]
    more = dataclasses.replace(
        counts, signals={key: factor * number for key, number in counts.signals.items()},
        reads={read: {key: factor * number for key, number in events.items()} for read, events in counts.reads.items()},
        siemens={read: factor * number for read, number in counts.siemens.items()})
    return dataclasses.replace(workload, phases={"inference": more})


def test_at_the_break_even_rate_both_take_the_same(long, prices, others):
    """One dense pass is made dear, so that there is a rate: 32-bit numbers at 2 nJ."""
    dear = dataclasses.replace(others, prices=others.prices | {
        "fp32_mac": dataclasses.replace(others.prices["fp32_mac"], value=2e-9)})
    found = baselines(long, dear, prices)
    equal = break_even(long, price(long, prices), found)
    assert equal.rate == approx(100 / 400)
    for rate, bound in zip(equal.rates["dense fp32 network"], next(
            one for one in found if one.name == "dense fp32 network").bounds):
        assert price(scaled(long, rate / equal.rate), prices).joules == approx(bound)
    assert price(scaled(long, 0), prices).joules == approx(equal.silent)


def test_no_break_even_where_silence_costs_more(long, prices, others):
    equal = break_even(long, price(long, prices), baselines(long, others, prices))
    assert equal.rates["dense int8 network"][0] is None
    told = " ".join(priced(long, prices, others).verdict())
    assert "no break-even with the quantised network of 7 bits" in told and "without a single spike" in told
    assert "5.7" not in told


def test_no_break_even_without_spikes(long, prices, others):
    assert break_even(scaled(long, 0), price(scaled(long, 0), prices), ()) is None


def test_memory_of_the_baselines_by_hand(long, prices, others):
    """Four weights, four units, 100 steps; a bit of SRAM takes 2^-43 J and nothing leaks."""
    found = {one.name: one for one in baselines(long, others, prices)}
    bit, int8, add = 2.0 ** -43, found["dense int8 network"], found["event-driven fp32 additions"]
    assert int8.count == 4 and int8.neurons == 0.0
    assert int8.memory == approx(((4 + 2 * 4) * 8 * bit, (2 * 4 + 4) * 8 * bit))
    assert add.memory == approx((160 * 32 * bit, 3 * 160 * 32 * bit))
    assert add.neurons == approx(100 * 4 * (2.0 ** -38 + 128 * bit))
    assert add.leak == 0.0
    assert add.bounds == approx(tuple(160 * 0.9e-12 + add.neurons + memory for memory in add.memory))
    bare = {one.name: one for one in baselines(long, others)}
    assert bare["dense int8 network"].bounds == (4 * 0.23e-12,) * 2


def test_the_memory_of_the_baselines_leaks_as_long_as_the_chip_takes(long, write_card, others):
    from neurosim.energy import latency
    leakage = '{ value = 1e6, unit = "W/m2", source = "test", kind = "chosen" }'
    card = load_prices(write_card(changed={"leakage": leakage}))
    int8 = next(one for one in baselines(long, others, card) if one.name == "dense int8 network")
    assert int8.bounds == approx((int8.joules + int8.memory[0], int8.joules + int8.memory[1] + int8.leak))
    assert int8.leak == approx(1e6 * (4 + 4) * 8 * 160 * (32e-9) ** 2 * latency(long, card).sample)


def test_baselines_are_of_the_node_of_the_chip():
    from neurosim.experiment.pricing import prices_elsewhere
    chip = load_prices("isaac-32nm")
    assert {found.node for found in map(prices_elsewhere(chip).price, ("int8_mac", "synaptic_event"), "xx")} == {45, 14}
    e45, e32 = 1.103 * 0.81 - 0.362 * 0.9 + 0.2767, 0.9559 * 0.81 - 0.7823 * 0.9 + 0.471
    e14 = 0.2363 * 0.5625 - 0.09675 * 0.75 + 0.02239
    assert prices_elsewhere(chip).value("int8_mac", "x") == approx(0.23e-12 * e32 / e45)
    assert prices_elsewhere(chip).value("synaptic_event", "x") == approx(23.6e-12 * e32 / e14)
    assert prices_elsewhere(load_prices("isaac-32nm", 65)).node == 65


def test_who_wins_and_by_how_much():
    def base(name, low, high):
        return Baseline(name=name, count=0, unit_price=0.0, source="x", memory=(low, high))
    found = [base("cheap", 1.0, 2.0), base("dear", 8.0, 40.0), base("either", 2.0, 8.0)]
    assert verdict(found, 4.0) == {"less": {"dear": (2.0, 10.0)}, "more": {"cheap": (0.25, 0.5)},
                                   "either": {"either": (0.5, 2.0)}}
    assert compared(found[0], 0.0) is None
