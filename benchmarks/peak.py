"""The roof of event-driven reads: how many additions of weights per second this machine can do at best.

    python benchmarks/peak.py [--threads N] [--json]

A read adds up weight rows that spikes select. Here the same instructions add rows of 256 float32 weights to
accumulators that stay in registers, every row in turn, on all threads at once: no spikes to list, nothing skipped,
each thread in its own weights. What is left is how fast weights arrive, so the result depends on where they lie: 16
KiB fit into the first cache of most processors, 512 KiB into the second, 8 MiB into the third, 32 MiB often into none.
Expected: each size is slower than the one before; a few to some tens of G additions/s per core.
"""

import argparse
import json
import time

import numpy as np

from neurosim._jit import add_rows, kernel, side_by_side, thread_count
from neurosim._memory import aligned_zeros

COLUMNS = 256
SIZES = {"16 KiB": 1 << 14, "512 KiB": 1 << 19, "8 MiB": 1 << 23, "32 MiB": 1 << 25}
SECONDS = 0.03


@kernel
def add_all(out, columns, weights, signal, events, repeats):
    """Add all listed rows to `out` (columns), `repeats` times over; out is mutated."""
    for _ in range(repeats):
        add_rows(out, 0, columns, weights, 0, columns, signal, 0, events, (0, events.size))


class Reader:
    """One thread's weights and the list of their rows, in order."""

    def __init__(self, size):
        self.rows = size // (4 * COLUMNS)
        self.weights = aligned_zeros(self.rows * COLUMNS, np.float32)
        self.weights += 1
        self.signal = np.ones(self.rows, np.float32)
        self.events = np.tile(np.arange(self.rows, dtype=np.int32), max(1, 4096 // self.rows))
        self.out = aligned_zeros(COLUMNS, np.float32)

    @property
    def additions(self):
        """Additions of one pass over the list."""
        return self.events.size * COLUMNS

    def run(self, passes):
        add_all(self.out, COLUMNS, self.weights, self.signal, self.events, passes)


def measure(size, threads, seconds=SECONDS, rounds=7):
    """Best rate of `rounds` for weights of `size` bytes per thread [additions/s], all threads together."""
    readers = [Reader(size) for _ in range(threads)]
    passes, duration = 1, 0.0
    while duration < seconds:
        passes *= 2
        duration = _timed(readers, passes)
    return max(passes * readers[0].additions * threads / _timed(readers, passes) for _ in range(rounds))


def _timed(readers, passes):
    clock = time.process_time if len(readers) == 1 else time.perf_counter
    begin = clock()
    side_by_side(lambda reader: reader.run(passes), readers, len(readers))
    return clock() - begin


def main():
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--threads", type=int, default=thread_count())
    parser.add_argument("--json", action="store_true")
    args = parser.parse_args()
    rates = {name: measure(size, args.threads) for name, size in SIZES.items()}
    if args.json:
        print(json.dumps({"threads": args.threads, "additions_per_second": rates}))
        return
    for name, rate in rates.items():
        print(f"weights of {name:>7} per thread: {rate / 1e9:6.1f} G additions/s on {args.threads} threads")


if __name__ == "__main__":
    main()
