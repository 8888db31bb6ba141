"""Fits of known devices: how often 95 % intervals hold the truth, and how often the right law is chosen.

    python benchmarks/fitting.py [--seeds 200] [--first 0] [--law LAW ...] [--noise NOISE ...] [--jobs N]
                                   [--no-choice] [--add FILE]
    python benchmarks/fitting.py --table FILE

With --add, the counts of each cell are appended to a file when it is done, so that a table can grow, eight seeds at a
time; --table prints what a file holds.

A device of each law is measured with each kind of noise, 300 set pulses and then 300 reset pulses, by as many devices
as there are seeds, and fitted.

* Coverage: of the 95 % intervals of its own law, the share that holds the number of the card; and how many of them have
  both ends, and how often a kind of noise was distinguished.
* Choice: how often the fit of all laws chooses the law that made the trains, or the same curve under another name; how
  often it says that this ties with what it chooses; and how often it chooses something else.
* False alarms: how often residuals of the right law are said to be correlated, which should be 1 % of the fits.

Of 200 intervals of 95 %, 181 to 198 hold the truth in 99.8 % of such tables (binomial), that is 90.5 to 99 %.
"""

import argparse
import json
import time
from collections import Counter
from concurrent.futures import ProcessPoolExecutor
from contextlib import nullcontext
from pathlib import Path

import numpy as np

from neurosim.memristor.array import DeviceArray
from neurosim.memristor.device import IMPERFECTIONS, Device
from neurosim.memristor.fitting import FITTED, fit, tied
from neurosim.measurements.csv import PulseTrains

LOW, HIGH, PULSES = 1e-5, 1e-4, 300
SPAN = HIGH - LOW
STEP = SPAN / 250    #: typical step [S]
#: Numbers of a device of each law; all travel over most of their range.
DEVICES = {
    "linear": {"step_up": SPAN / 150, "step_down": SPAN / 100, "slope_up": 0.7, "slope_down": 0.9},
    "soft-bounds": {"step_up": SPAN / 100, "step_down": SPAN / 70},
    "exponential": {"step_up": SPAN / 400, "step_down": SPAN / 500, "amplitude_up": 3.0, "amplitude_down": 5.0,
                    "rate_up": 5.0, "rate_down": 6.0},
    "power": {"step_up": SPAN / 80, "step_down": SPAN / 100, "power_up": 1.6, "power_down": 0.8},
    "neurosim": {"pulses_up": 250, "pulses_down": 280, "nonlinearity_up": 2.4, "nonlinearity_down": -3.5},
    "piecewise": {"nodes_up": tuple(STEP * np.array([3, 2, 1.2, 0.8, 0.5])),
                  "nodes_down": tuple(STEP * np.array([4, 2, 1.2, 1, 0.6]))},
}
NOISE = {
    "read": {"write_noise": 0.001 * SPAN},
    "write": {"write_noise": 0.01 * SPAN},
    "c2c": {"c2c": 0.3},
    "additive": {"c2c_additive": 0.3 * STEP},
    "range": {"c2c_range": 0.002},
    "both": {"c2c": 0.3, "write_noise": 0.005 * SPAN},
}
_COUNTS = ("fitted", "held", "closed", "chosen")
#: Laws that are the same curve.
EQUAL = {"linear": ("neurosim",), "neurosim": ("linear",)}


def device(law, noise):
    """The made-up device of a law with a kind of noise."""
    values = {**dict.fromkeys(IMPERFECTIONS, 0.0), "g_min": LOW, "g_max": HIGH, "drift_start": 1.0,
              "temperature": 300.0, "set_voltage": 1.0, "reset_voltage": -1.0, **DEVICES[law], **NOISE[noise]}
    return Device(stem="made-up", name="made up", law=law, citation="-", values=values, sources={})


def measured(made, seeds, pulses=PULSES, cycles=1, seed=1):
    """Trains of as many devices as there are seeds, set from the lowest conductance and then reset: PulseTrains."""
    array, sides = DeviceArray(made, (seeds,), seed=seed, threads=1), {1: [], -1: []}
    for sign in (1, -1) * cycles:
        reads = []
        for _ in range(pulses):
            array.pulse(np.full(seeds, sign))
            reads.append(array.conductances().astype(float))
        sides[sign].append(np.array(reads))
    return [PulseTrains(up=[train[:, k] for train in sides[1]], down=[train[:, k] for train in sides[-1]],
                        source="made-up.csv") for k in range(seeds)]


def truth(made):
    """What a fit should find, dict from key to number or tuple; noise over the range is additive noise."""
    values = {key: made[key] for key in ("g_min", "g_max", *DEVICES[made.law], "c2c", "write_noise")}
    return {**values, "c2c_additive": made["c2c_additive"] + made["c2c_range"] * made.span}


def verdicts(found, wanted):
    """For each number of a fit: (name, whether its interval holds the truth, whether it has both ends)."""
    for key, value in found.values.items():
        trios = zip(wanted[key], found.intervals[key]) if isinstance(value, tuple) else [
            (wanted[key], found.intervals[key])]
        for index, (number, (low, high)) in enumerate(trios):
            name = f"{key}[{index}]" if isinstance(value, tuple) else key
            holds = (low is None or low <= number) and (high is None or number <= high)
            yield name, bool(holds), None not in (low, high)


def cell(law, noise, seeds, choice=True, begin=0):
    """One row of the table: counts over the seeds from number `begin` on, a dict."""
    made = device(law, noise)
    wanted, held, closed = truth(made), Counter(), Counter()
    fitted, chosen, alarms = Counter(), Counter(), 0
    clock = time.process_time()
    for trains in measured(made, begin + seeds, seed=1 + 10 * FITTED.index(law) + list(NOISE).index(noise))[begin:]:
        fits = fit(trains, laws=FITTED) if choice else fit(trains, laws=(law,), folds=2)
        own = next(found for found in fits if found.law == law)
        alarms += own.correlation[1] < 0.01
        chosen.update([_outcome(fits, law)] if choice else [])
        for name, holds, both in verdicts(own, wanted):
            if wanted.get(name, 1) != 0:
                fitted[name] += 1
                held[name] += holds
                closed[name] += both
    return {"law": law, "noise": noise, "seeds": seeds, "fitted": dict(fitted), "held": dict(held),
            "closed": dict(closed), "chosen": dict(chosen), "alarms": int(alarms),
            "seconds": (time.process_time() - clock) / seeds}


def _outcome(fits, law):
    if fits[0].law in (law, *EQUAL.get(law, ())):
        return "right"
    ties = tied(fits)
    return "tied" if {law, *EQUAL.get(law, ())} & set(ties) else fits[0].law


def merged(cells):
    """Cells of the same law and noise, measured with other seeds, as one, in the order of their first."""
    found = {}
    for one in cells:
        total = found.setdefault((one["law"], one["noise"]), {
            **one, **{key: Counter() for key in _COUNTS}, "seeds": 0, "alarms": 0, "seconds": 0.0})
        for key in _COUNTS:
            total[key].update(one[key])
        both = total["seeds"] + one["seeds"]
        total["seconds"] = (total["seconds"] * total["seeds"] + one["seconds"] * one["seeds"]) / both
        total["seeds"], total["alarms"] = both, total["alarms"] + one["alarms"]
    return list(found.values())


def report(cells):
    """The tables, as text."""
    rows = ["Share of 95 % intervals that hold the truth; both ends: share of the intervals that have them.\n",
            "| law | noise | seeds | all intervals | both ends | the worst number | false alarms | s per fit |",
            "|---|---|---|---|---|---|---|---|"]
    for one in cells:
        fitted, held = one["fitted"], one["held"]
        worst, total = min(fitted, key=lambda name: held[name] / fitted[name]), sum(fitted.values())
        rows.append(f"| {one['law']} | {one['noise']} | {one['seeds']} | "
                    f"{100 * sum(held.values()) / total:.0f} % of {total} | "
                    f"{100 * sum(one['closed'].values()) / total:.0f} % | "
                    f"{worst} {100 * held[worst] / fitted[worst]:.0f} % of {fitted[worst]} | {one['alarms']} | "
                    f"{one['seconds']:.2f} |")
    choices = [one for one in cells if one["chosen"]]
    if choices:
        rows += ["", "| law | noise | right or equal | tied with it | another |", "|---|---|---|---|---|"]
    for one in choices:
        others = [f"{law} {count}" for law, count in one["chosen"].items() if law not in ("right", "tied")]
        rows.append(f"| {one['law']} | {one['noise']} | {one['chosen'].get('right', 0)} | "
                    f"{one['chosen'].get('tied', 0)} | {', '.join(others) or '0'} |")
    return "\n".join(rows)


def main():
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--seeds", type=int, default=200)
    parser.add_argument("--first", type=int, default=0, help="number of the first seed, to continue a table")
    parser.add_argument("--law", nargs="+", choices=FITTED, default=FITTED)
    parser.add_argument("--noise", nargs="+", choices=list(NOISE), default=list(NOISE))
    parser.add_argument("--jobs", type=int, default=1, help="processes side by side")
    parser.add_argument("--no-choice", action="store_true", help="fit the right law alone")
    parser.add_argument("--add", metavar="FILE", type=Path, help="append the counts of each cell, a line of JSON each")
    parser.add_argument("--table", metavar="FILE", type=Path, help="print what a file holds, and measure nothing")
    args = parser.parse_args()
    if args.table:
        print(report(merged(map(json.loads, args.table.read_text(encoding="utf-8").splitlines()))))
        return
    tasks = [(law, noise, args.seeds, not args.no_choice, args.first) for law in args.law for noise in args.noise]
    with ProcessPoolExecutor(args.jobs) if args.jobs > 1 else nullcontext() as pool:
        cells = []
        for one in (pool.map if pool else map)(cell, *zip(*tasks)):
            cells.append(one)
            if args.add:
                with args.add.open("a", encoding="utf-8") as file:
                    file.write(f"{json.dumps(one)}\n")
    print(report(cells))


if __name__ == "__main__":
    main()
