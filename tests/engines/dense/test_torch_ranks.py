"""Ranks over torch.distributed, as processes of this machine: what all get is the same, and nobody waits for ever."""

import json
import os
import socket
import subprocess
import sys

import numpy as np
import pytest

pytest.importorskip("torch")
pytestmark = pytest.mark.slow

EXCHANGE = """
import json, sys
import numpy as np
from neurosim.engines.ranks import ALONE, joined
with joined(60) as ranks:
    told = ranks.gather(b"x" * ranks.rank), ranks.gather(bytes([ranks.rank, 0, 255]))
    lengths = (0, 2040, 5000)
    assert [len(one) for one in ranks.gather(bytes(lengths[ranks.rank]))] == list(lengths)
    assert ranks.gather(bytes(range(256)) * 8 * ranks.rank) == [bytes(range(256)) * 8 * rank for rank in range(3)]
    rows = np.random.default_rng(0).standard_normal((6, 1001)).astype(np.float32)
    own = rows[2 * ranks.rank:2 * ranks.rank + 2]
    before = own.copy()
    ordered, quick = ranks.fold(list(own)), ranks.add(own[0] + own[1])
    wide = ranks.add(np.arange(3.0) * ranks.rank)
    assert (own == before).all() and ordered.dtype == quick.dtype == np.float32 and wide.dtype == float
    print(json.dumps({"rank": ranks.rank, "told": [[part.hex() for part in one] for one in told],
                      "ordered": ordered.tobytes().hex(), "quick": quick.tobytes().hex(), "wide": wide.tolist(),
                      "speaks": ranks.speaks() if ranks.rank == 1 else None}))
"""
ALONE_AT_LAST = """
import os, sys, time
from neurosim.engines.ranks import RankLost, joined
with joined(float(sys.argv[1])) as ranks:
    ranks.gather(b"here")
    if ranks.rank == 1:
        exec(sys.argv[2])
    begin = time.monotonic()
    try:
        ranks.gather(b"where are you?")
    except RankLost as lost:
        print(f"{time.monotonic() - begin:.1f}", lost)
        print(ranks.speaks())
"""
NOBODY = """
from neurosim.engines.ranks import RankLost, joined
try:
    joined(2).__enter__()
except RankLost as lost:
    print(lost)
"""


def processes(count, *words, env=()):
    """Start a script as so many ranks, as a cluster would; returns their processes."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    own = {"WORLD_SIZE": str(count), "MASTER_ADDR": "127.0.0.1", "MASTER_PORT": str(port), "OMP_NUM_THREADS": "1"}
    return [subprocess.Popen([sys.executable, "-c", *words], text=True, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                             env={**os.environ, **own, "RANK": str(rank), **dict(env)}) for rank in range(count)]


def test_three_processes_get_the_same_sums_and_what_each_has_told():
    rows = np.random.default_rng(0).standard_normal((6, 1001)).astype(np.float32)
    total = rows[0]
    for row in rows[1:]:
        total = total + row
    found = []
    for process in processes(3, EXCHANGE):
        out, error = process.communicate(timeout=120)
        assert process.returncode == 0 and not error, error
        found.append(json.loads(out))
    for rank, one in enumerate(found):
        assert one["rank"] == rank and one["told"] == [["", "78", "7878"], ["0000ff", "0100ff", "0200ff"]]
        assert one["ordered"] == total.tobytes().hex() and one["quick"] == found[0]["quick"]
        assert one["wide"] == [0.0, 3.0, 6.0]
    np.testing.assert_allclose(np.frombuffer(bytes.fromhex(found[0]["quick"]), np.float32), total, rtol=1e-5, atol=1e-5)
    assert found[1]["speaks"]


@pytest.mark.parametrize("patience, end, least, most", [
    ("60", "os._exit(7)", 0, 20),         # the connection breaks
    ("3", "time.sleep(12)", 2.5, 10),     # it does not
])
def test_a_rank_that_is_gone_or_hangs_ends_the_wait_of_the_others(patience, end, least, most):
    survivor, other = processes(2, ALONE_AT_LAST, patience, end)
    out, error = survivor.communicate(timeout=120)
    other.communicate(timeout=120)
    seconds, lost, *_ = out.replace("\n", " ").split(" ", 1)
    assert least <= float(seconds) <= most and not error, error
    assert lost == ("WORLD_SIZE: one of the 2 processes that train together has ended or does not answer True ")


def test_ranks_that_never_come_are_not_waited_for_for_ever():
    lone, = processes(1, NOBODY, env={"WORLD_SIZE": "2"}.items())
    out, error = lone.communicate(timeout=120)
    assert out == "WORLD_SIZE: one of the 2 processes that train together has ended or does not answer\n" and not error
