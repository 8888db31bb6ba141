"""How often intervals of what several devices tell hold the truth: whole experiments, from pulses to the card.

    python benchmarks/spreads.py [--experiments N] [--devices N] [--json]

In each experiment, devices of soft bounds with a spread of steps of 25 %, of the upper end of the range of 8 %, and
noise of a step of 30 % are fabricated; each gets two cycles of 80 set and 80 reset pulses; a fit to each makes a
Population. Counted is how often the 95 % interval of every number holds what the devices were made of. 90 to 98 % is
what it should reach in 200 experiments of 8 devices, which take ten minutes; the deviation of a part p of n experiments
is sqrt(p (1 - p) / n).
"""

import argparse
import json
import math
import time

import numpy as np

from neurosim.measurements.types import PulseTrains
from neurosim.memristor.array import DeviceArray
from neurosim.memristor.device import Device, with_defaults
from neurosim.memristor.fitting import fit
from neurosim.memristor.fitting.population import population

LAW, PULSES, CYCLES = "soft-bounds", 80, 2
TRUTH = {"g_min": 2e-6, "g_max": 12e-6, "step_up": 4e-7, "step_down": 6e-7, "set_voltage": 1.0, "set_width": 1e-6,
         "reset_voltage": -1.0, "reset_width": 1e-6, "read_voltage": 0.1, "step_spread": 0.25, "g_max_spread": 0.08,
         "c2c": 0.3}
KEYS = ("g_min", "g_max", "step_up", "step_down", "c2c", "step_spread", "g_max_spread")


def measured(devices, seed):
    """Trains of fabricated devices, a list of PulseTrains."""
    card = Device(stem="truth", name="truth", law=LAW, citation="-", values=with_defaults(TRUTH), sources={})
    array, reads = DeviceArray(card, (devices,), seed=seed), []
    for _ in range(CYCLES):
        for sign in (1, -1):
            train = []
            for _ in range(PULSES):
                array.pulse(np.full(devices, sign))
                train.append(array.conductances().astype(float))
            reads.append(np.array(train).T)
    return [PulseTrains(up=[train[k] for train in reads[::2]], down=[train[k] for train in reads[1::2]], source="made")
            for k in range(devices)]


def main():
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--experiments", type=int, default=200)
    parser.add_argument("--devices", type=int, default=8)
    parser.add_argument("--json", action="store_true")
    args = parser.parse_args()
    begin, held, seen = time.perf_counter(), dict.fromkeys(KEYS, 0), dict.fromkeys(KEYS, 0)
    for seed in range(args.experiments):
        found = population({str(k): fit(trains, laws=[LAW], folds=2)[0]
                            for k, trains in enumerate(measured(args.devices, seed))})
        for key in KEYS:
            if key in found.intervals:
                low, high = found.intervals[key]
                seen[key] += 1
                held[key] += low <= TRUTH[key] <= high
    cases = [{"key": key, "experiments": seen[key], "held": held[key] / max(seen[key], 1)} for key in KEYS]
    if args.json:
        print(json.dumps({"devices": args.devices, "seconds": time.perf_counter() - begin, "cases": cases}))
        return
    print(f"{args.experiments} experiments of {args.devices} devices, {time.perf_counter() - begin:.0f} s\n\n"
          "| number | intervals | hold the truth |\n|---|---|---|")
    for case in cases:
        deviation = math.sqrt(max(case["held"] * (1 - case["held"]), 0) / max(case["experiments"], 1))
        print(f"| {case['key']} | {case['experiments']} | {100 * case['held']:.0f} +- {100 * deviation:.0f} % |")


if __name__ == "__main__":
    main()
