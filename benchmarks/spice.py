"""Arrays with resistive wires: neurosim's whole solution beside ngspice, which solves the netlist that it exports.

    python benchmarks/spice.py [--quick] [--large] [--json]

One read of n x n devices of 1 to 100 uS at 0.1 V on every driven line, with 1 ohm per segment of either line and 50 ohm
at every terminal, forward and backward. neurosim: `crossbar.wires.solve`, every voltage and current. ngspice: the
operating point of the exported netlist in batch mode, its start included. The last column is the largest difference of
terminal currents over the largest of them. --large adds 128 x 128, which takes ngspice minutes. Where ngspice is not
installed (`apt-get install ngspice`) the benchmark says so.
"""

import os

os.environ |= {"OPENBLAS_NUM_THREADS": "1", "OMP_NUM_THREADS": "1", "MKL_NUM_THREADS": "1"}

import argparse  # noqa: E402
import json  # noqa: E402
import time  # noqa: E402

import numpy as np  # noqa: E402

from neurosim.crossbar.wires import Wires, solve  # noqa: E402
from neurosim.exchange.spice import difference, has_ngspice, netlist  # noqa: E402

SIZES, LARGE, LIMIT = (16, 32, 64), 128, 1e-6
WIRES = Wires(word_line=1.0, bit_line=1.0, driver=50.0, sense=50.0)


def compare(n, direction):
    """Seconds of both for one array, and how far they are apart, as a dict."""
    conductances = np.random.default_rng(0).uniform(1e-6, 1e-4, (n, n))
    rows, columns = (0.1, 0.0) if direction == "forward" else (0.0, 0.1)
    begin = time.perf_counter()
    solution = solve(conductances, WIRES, rows, columns, direction=direction)
    own = time.perf_counter() - begin
    text = netlist(conductances, WIRES, rows, columns, direction=direction)
    begin = time.perf_counter()
    apart = difference(text, solution)
    return {"n": n, "direction": direction, "neurosim": own, "ngspice": time.perf_counter() - begin,
            "difference": apart, "reached": apart <= LIMIT}


def main():
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--quick", action="store_true", help="16 x 16 only")
    parser.add_argument("--large", action="store_true", help=f"{LARGE} x {LARGE}, too")
    parser.add_argument("--json", action="store_true")
    args = parser.parse_args()
    if not has_ngspice():
        print(json.dumps({"ngspice": False}) if args.json else "ngspice is not installed here: apt-get install ngspice")
        return
    solve(np.full((2, 2), 1e-6), WIRES, 0.1)
    sizes = SIZES[:1] if args.quick else SIZES + ((LARGE,) if args.large else ())
    cases = [compare(n, direction) for n in sizes for direction in ("forward", "backward")]
    if args.json:
        print(json.dumps({"ngspice": True, "cases": cases}))
        return
    print("| array | direction | neurosim ms | ngspice ms | ratio | difference |\n|---|---|---|---|---|---|")
    for case in cases:
        own, peer = 1e3 * case["neurosim"], 1e3 * case["ngspice"]
        print(f"| {case['n']} x {case['n']} | {case['direction']} | {own:.4g} | {peer:.4g} | {peer / own:.0f} x "
              f"| {case['difference']:.0e} |")


if __name__ == "__main__":
    main()
