"""The named runs have the bits that they had: the net under every change that must not change what is computed."""

import json

import pytest

from golden.runs import DIGESTS, FAST, SLOW, found, fused

STORED = json.loads(DIGESTS.read_text(encoding="utf-8"))
#: Sums of products have other last bits on processors from before 2013, and spikes carry them on.
pytestmark = pytest.mark.skipif(not fused(), reason="digests are those of fused products and sums, which numba does "
                                                    "not make for this processor")


def differing(name, folder, runs, threads):
    now, before = found(runs[name], folder, threads), STORED[name]
    return [quantity for quantity in {**before, **now} if before.get(quantity) != now.get(quantity)]


@pytest.mark.parametrize("name", FAST)
def test_bits_are_those_of_before(name, tmp_path):
    assert differing(name, tmp_path, FAST, threads=1) == []


@pytest.mark.slow
@pytest.mark.parametrize("name", SLOW)
def test_bits_of_presets_and_run_files_are_those_of_before(name, tmp_path):
    assert differing(name, tmp_path, SLOW, threads=2) == []


def test_every_digest_belongs_to_a_run():
    assert set(STORED) == {*FAST, *SLOW}
