"""Counts add up."""

from hypothesis import given
from hypothesis import strategies as st

from neurosim.counts import Counts

numbers = st.integers(0, 10 ** 12)
tables = st.dictionaries(st.sampled_from(["input", "conv1", "output"]), numbers)
counts = st.builds(Counts, samples=numbers, steps=numbers, signals=tables, operations=tables, dense=tables)


@given(a=counts, b=counts, c=counts)
def test_sums(a, b, c):
    assert a + b == b + a and (a + b) + c == a + (b + c) and a + Counts() == a
    assert sum((a + b).signals.values()) == sum(a.signals.values()) + sum(b.signals.values())


@given(a=counts, b=counts)
def test_a_sum_leaves_its_terms_alone(a, b):
    before = Counts(**{name: dict(value) if isinstance(value, dict) else value for name, value in vars(a).items()})
    assert a + b is not a and a == before


def test_per_sample():
    counts = Counts(4, 100, {"input": 8}, {"a forward": 6}, {"a forward": 40})
    assert counts.per_sample() == {"steps": 25, "signals": {"input": 2}, "operations": {"a forward": 1.5},
                                   "dense": {"a forward": 10}}
    assert Counts().per_sample()["steps"] == 0
