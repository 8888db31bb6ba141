"""Counts add up."""

from copy import deepcopy

from hypothesis import given
from hypothesis import strategies as st

from neurosim.counts import READ_EVENTS, Counts

numbers = st.integers(0, 10 ** 12)
tables = st.dictionaries(st.sampled_from(["input", "conv1", "output"]), numbers)
events = st.dictionaries(st.sampled_from(["a forward", "a backward"]),
                         st.dictionaries(st.sampled_from(list(READ_EVENTS)), numbers))
counts = st.builds(Counts, samples=numbers, steps=numbers, signals=tables, operations=tables, dense=tables,
                   reads=events)


@given(a=counts, b=counts, c=counts)
def test_sums(a, b, c):
    assert a + b == b + a and (a + b) + c == a + (b + c) and a + Counts() == a
    assert sum((a + b).signals.values()) == sum(a.signals.values()) + sum(b.signals.values())


@given(a=counts, b=counts)
def test_events_add_up_kind_by_kind(a, b):
    total = (a + b).reads
    assert set(total) == set(a.reads) | set(b.reads)
    for read, own in total.items():
        parts = a.reads.get(read, {}), b.reads.get(read, {})
        assert own == {kind: sum(part.get(kind, 0) for part in parts) for kind in {**parts[0], **parts[1]}}


@given(a=counts, b=counts)
def test_a_sum_leaves_its_terms_alone(a, b):
    before = deepcopy(a)
    assert a + b is not a and a == before


def test_per_sample():
    counts = Counts(4, 100, {"input": 8}, {"a forward": 6}, {"a forward": 40}, {"a forward": {"firings": 2}},
                    {"a forward": 4e-6})
    assert counts.per_sample() == {"steps": 25, "signals": {"input": 2}, "operations": {"a forward": 1.5},
                                   "dense": {"a forward": 10}, "reads": {"a forward": {"firings": 0.5}},
                                   "siemens": {"a forward": 1e-6}}
    assert Counts().per_sample()["steps"] == 0
