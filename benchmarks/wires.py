"""Speed of arrays with resistive wires: neurosim beside badcrossbar and sparse LU, in turn in one run.

    python benchmarks/wires.py [--quick] [--rounds N] [--no-badcrossbar] [--json]

What is timed is the whole answer for all input vectors at once: the currents of every bit line at 1 V on each word line
in turn, of n x n devices of 1 to 100 uS with 1 ohm per segment of either line.

* neurosim: `effective_conductances`, block elimination.
* badcrossbar (Joksas, Mehonic, SoftwareX 12, 100617 (2020)): `compute` with a unit matrix of inputs, output currents
  only. Install it with `pip install --no-deps badcrossbar && pip install pathvalidate`, for its plots need cairo. Where
  it cannot be imported the benchmark says so and continues.
* sparse LU: the same equations as scipy would have them solved: one factorisation, one solution per input.

All three run on one thread (of linear algebra, too) and are timed in processor time, the best of several rounds that
alternate. Their answers are compared as well: the last column is the largest relative difference to neurosim.
"""

import os

os.environ |= {"OPENBLAS_NUM_THREADS": "1", "OMP_NUM_THREADS": "1", "MKL_NUM_THREADS": "1"}

import argparse  # noqa: E402
import contextlib  # noqa: E402
import io  # noqa: E402
import json  # noqa: E402
import logging  # noqa: E402
import time  # noqa: E402
import warnings  # noqa: E402

import numpy as np  # noqa: E402
from scipy import sparse  # noqa: E402
from scipy.sparse.linalg import splu  # noqa: E402

from neurosim.crossbar.wires import Wires, effective_conductances  # noqa: E402

SIZES = (64, 128, 256)
SEGMENT = 1.0


def array(n, seed=0):
    """Conductances of n x n devices [S]."""
    return np.random.default_rng(seed).uniform(1e-6, 1e-4, (n, n))


def by_elimination(conductances):
    """Currents of the bit lines at 1 V on each word line in turn, float64 (n, n) [S]; the same holds below."""
    return effective_conductances(conductances, Wires(word_line=SEGMENT, bit_line=SEGMENT))


def by_sparse_lu(conductances):
    m, n = conductances.shape
    along = sparse.diags([2.0] * (n - 1) + [1.0]) - sparse.eye(n, k=1) - sparse.eye(n, k=-1)
    down = sparse.diags([1.0] + [2.0] * (m - 1)) - sparse.eye(m, k=1) - sparse.eye(m, k=-1)
    devices = sparse.diags(conductances.ravel())
    matrix = sparse.bmat([[sparse.kron(sparse.eye(m), along) / SEGMENT + devices, -devices],
                          [-devices, sparse.kron(down, sparse.eye(n)) / SEGMENT + devices]])
    sources = np.zeros((2 * m * n, m))
    sources[np.arange(m) * n, np.arange(m)] = 1 / SEGMENT
    return splu(matrix.tocsc()).solve(sources)[-n:].T / SEGMENT


def by_badcrossbar(conductances):
    import badcrossbar
    return badcrossbar.compute(np.eye(len(conductances)), 1 / conductances, SEGMENT, node_voltages=False,
                               all_currents=False).currents.output


def has_badcrossbar():
    """Whether badcrossbar can be imported; keeps its warning that it cannot draw, and its log, off the terminal."""
    try:
        with warnings.catch_warnings(), contextlib.redirect_stderr(io.StringIO()):
            import badcrossbar
    except ImportError:
        return False
    logging.getLogger().setLevel(logging.WARNING)
    return hasattr(badcrossbar, "compute")


def compare(n, methods, rounds):
    """Time every method on one array, in turn; returns a dict with seconds, ratios and largest differences."""
    conductances = array(n)
    own, seconds, found = next(iter(methods)), {name: [] for name in methods}, {}
    for _ in range(rounds):
        for name, method in methods.items():
            begin = time.process_time()
            found[name] = method(conductances)
            seconds[name].append(time.process_time() - begin)
    shortest = {name: min(times) for name, times in seconds.items()}
    peers = [name for name in methods if name != own]
    return {"n": n, "seconds": shortest, "ratios": {name: shortest[name] / shortest[own] for name in peers},
            "differences": {name: float(np.abs(found[name] / found[own] - 1).max()) for name in peers}}


def row(case):
    """One line of the table."""
    milliseconds = [f"{seconds * 1e3:.4g}" for seconds in case["seconds"].values()]
    ratios = [f"{ratio:.1f} x" for ratio in case["ratios"].values()]
    difference = max(case["differences"].values())
    return f"| {case['n']} x {case['n']} | {' | '.join(milliseconds + ratios)} | {difference:.0e} |"


def main():
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--quick", action="store_true", help="64 x 64 only")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--no-badcrossbar", action="store_true")
    parser.add_argument("--json", action="store_true")
    args = parser.parse_args()
    methods = {"neurosim": by_elimination, "sparse LU": by_sparse_lu}
    if not args.no_badcrossbar and has_badcrossbar():
        methods["badcrossbar"] = by_badcrossbar
    by_elimination(array(4))
    result = {"badcrossbar": "badcrossbar" in methods, "load_before": os.getloadavg()[0], "cases": []}
    if not args.json:
        peers = [name for name in methods if name != "neurosim"]
        columns = ["array", *(f"{name} ms" for name in methods), *(f"ratio to {name}" for name in peers), "difference"]
        peer = "" if result["badcrossbar"] else "badcrossbar is not in this run; "
        print(f"{peer}load {result['load_before']:.1f} before\n\n| {' | '.join(columns)} |\n{'|---' * len(columns)}|",
              flush=True)
    for n in SIZES[:1] if args.quick else SIZES:
        result["cases"].append(compare(n, methods, args.rounds))
        if not args.json:
            print(row(result["cases"][-1]), flush=True)
    if args.json:
        print(json.dumps(result))


if __name__ == "__main__":
    main()
