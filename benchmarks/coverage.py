"""How often the 95 % intervals of `neurosim device add` hold the truth, quantity by quantity.

    python benchmarks/coverage.py [--experiments N] [--case WORD ...] [--json]

Each experiment fabricates measurements of devices whose numbers are known and finds these numbers again; counted is how
often the interval holds them. 90 to 98 % is what every number should reach in 200 experiments, which take two minutes
on one core; the deviation of a part p of n experiments is sqrt(p (1 - p) / n). The intervals of whole cards, whose
experiments are fits, are those of benchmarks/spreads.py and benchmarks/fitting.py.
"""

import argparse
import json
import math
import time

import numpy as np

from neurosim.crossbar.wires import Cubic, PooleFrenkel, Sinh
from neurosim.memristor.fitting.ageing import drift, read_noise, stuck
from neurosim.memristor.fitting.current_voltage import Curve, current_voltage
from neurosim.memristor.fitting.endurance import Window, endurance
from neurosim.memristor.fitting.telegraph import telegraph

CHECKPOINTS = np.unique(np.geomspace(10, 1e7, 60).round())
TIMES, VOLTS = np.geomspace(1, 1e4, 20), np.linspace(-1, 1, 41)


def reads(rng, states, each):
    return read_noise([1e-5 * (1 + 0.03 * rng.standard_normal(each)) for _ in range(states)], "made")


def decays(rng, devices, spread, noise):
    return drift([(TIMES, 1e-5 * TIMES ** -nu * (1 + noise * rng.standard_normal(TIMES.size)))
                  for nu in 0.05 + spread * rng.standard_normal(devices)], "made")


def array(rng, devices, part):
    course = np.linspace(0.1, 0.9, 40)
    return stuck([1e-6 + 1e-5 * ((1.0 if still else course) + 0.01 * rng.standard_normal(40))
                  for still in rng.random(devices) < part], 1e-6, 1.1e-5, "made")


def failing(rng, devices, last=1e7):
    """Lognormal lives of a median of 1e5 pulses and a spread of 0.6, watched at 10 checkpoints a decade."""
    pulses = CHECKPOINTS[CHECKPOINTS <= last]
    return endurance([Window(pulses, 1e-5 * np.where(pulses < life, 1, 0.05) * (1 + 0.03 * rng.standard_normal(
        pulses.size))) for life in 1e5 * np.exp(0.6 * rng.standard_normal(devices))], "made")


def closing(rng, devices, spread):
    """Windows that close until 1e6 pulses in the median, watched over 6e5 of them."""
    pulses = np.linspace(1e4, 6e5, 40)
    return endurance([Window(pulses, 1e-5 * (np.maximum(1 - pulses / life, 0) + 0.03 * rng.standard_normal(40)))
                      for life in 1e6 * np.exp(spread * rng.standard_normal(devices))], "made")


def trace(rng, count, apart, upper, lag, noise):
    """A Markov chain of two states and white noise; runs of the states are geometric."""
    rise, fall = upper * (1 - lag), (1 - upper) * (1 - lag)
    pairs = int(6 * count * rise * fall / (rise + fall)) + 50
    runs = np.stack([rng.geometric(fall, pairs), rng.geometric(rise, pairs)], axis=1).ravel()
    high = np.repeat(np.arange(runs.size) % 2 == 0, runs)[runs[0] if rng.random() > upper else 0:][:count]
    return 1e-5 * (1 + apart * (high - upper) + noise * rng.standard_normal(count))


def jumping(rng, *numbers):
    return telegraph([trace(rng, *numbers)], [None], "made")


def several_jumping(rng):
    return telegraph([trace(rng, 2000, 0.1 + 0.02 * rng.standard_normal(), 0.4, 0.9, 0.02) for _ in range(6)],
                     [None] * 6, "made")


def curves(rng, law, devices, spread):
    return current_voltage([Curve(VOLTS, (1 + 0.02 * rng.standard_normal(VOLTS.size)) * law(
        np.exp(spread * rng.standard_normal())).current(np.full(VOLTS.size, 10 ** rng.uniform(-6, -4)), VOLTS))
        for _ in range(devices)], "made")


def cubic(factor):
    return Cubic(a=1.5 * factor)


def sinh(factor):
    return Sinh(v_0=0.3 * factor)


def poole_frenkel(factor):
    return PooleFrenkel(v_0=0.2 * factor)


LIVES = {"endurance": 1e5, "endurance_spread": 0.6}
#: What is measured, the function that does it, its arguments, and the truth.
CASES = [
    ("read-noise, 5 states of 30 reads", reads, (5, 30), {"read_noise": 0.03}),
    ("drift, 1 device", decays, (1, 0.0, 0.005), {"drift": 0.05}),
    ("drift, 8 devices", decays, (8, 0.01, 0.005), {"drift": 0.05, "drift_spread": 0.01}),
    ("stuck, 150 devices", array, (150, 0.1), {"stuck_on": 0.1}),
    ("endurance, 12 devices fail", failing, (12,), LIVES),
    ("endurance, 5 devices fail", failing, (5,), LIVES),
    ("endurance, a third of 20 devices outlives the test", failing, (20, 1.3e5), LIVES),
    ("endurance, 8 windows close", closing, (8, 0.4), {"endurance": 1e6, "endurance_spread": 0.4}),
    ("endurance, 1 window closes", closing, (1, 0.0), {"endurance": 1e6}),
    *((f"rtn, lag {lag}, levels {apart / noise:.2g} sigma apart", jumping, (count, apart, upper, lag, noise),
       {"rtn_amplitude": apart, "rtn_probability": upper, "read_noise": noise}) for count, apart, upper, lag, noise in (
        (3000, 0.1, 0.3, 0.9, 0.02), (3000, 0.1, 0.3, 0.0, 0.04), (5000, 0.1, 0.5, 0.98, 0.03))),
    ("rtn, 6 devices", several_jumping, (), {"rtn_amplitude": math.hypot(0.1, 0.02), "rtn_probability": 0.4,
                                             "read_noise": 0.02}),
    *((f"iv, {devices} curve{'s' * (devices > 1)}", curves, (law, devices, spread), {key: number})
      for law, key, number in ((cubic, "iv_cubic", 1.5), (sinh, "iv_sinh", 0.3),
                               (poole_frenkel, "iv_poole_frenkel", 0.2))
      for devices, spread in ((1, 0.0), (5, 0.1)))]


def measure(name, find, arguments, truth, experiments):
    """Rows of one case, a list of dict: intervals that were found and the part of them that holds the truth."""
    held, seen, begin = dict.fromkeys(truth, 0), dict.fromkeys(truth, 0), time.perf_counter()
    for seed in range(experiments):
        found = find(np.random.default_rng(seed), *arguments)
        for key in truth.keys() & found.intervals.keys():
            low, high = found.intervals[key]
            seen[key] += 1
            held[key] += bool(low <= truth[key] <= high)
    return [{"case": name, "key": key, "experiments": seen[key], "held": held[key] / max(seen[key], 1),
             "seconds": time.perf_counter() - begin} for key in truth]


def main():
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--experiments", type=int, default=200)
    parser.add_argument("--case", nargs="+", default=[""], help="only cases that begin so (default: all)")
    parser.add_argument("--json", action="store_true")
    args = parser.parse_args()
    rows = [row for case in CASES if case[0].startswith(tuple(args.case)) for row in measure(*case, args.experiments)]
    if args.json:
        print(json.dumps(rows))
        return
    print("| measurement | number | intervals | hold the truth |\n|---|---|---|---|")
    for row in rows:
        deviation = math.sqrt(row["held"] * (1 - row["held"]) / max(row["experiments"], 1))
        print(f"| {row['case']} | {row['key']} | {row['experiments']} | {100 * row['held']:.1f} +- "
              f"{100 * deviation:.1f} % |")


if __name__ == "__main__":
    main()
