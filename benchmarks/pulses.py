"""Speed of programming: pulses on arrays of devices, and rank-1 updates by stochastic trains.

    python benchmarks/pulses.py [--threads N] [--no-aihwkit] [--json]

* Device pulses: `DeviceArray.pulse` on 1024 x 1024 devices, three pulses for each, or -3 ... 3 at random, which
  also pays for devices that get none; with the noise of the card and without. The law of the card is what differs.
* Rank-1 updates: the outer product of two random vectors on 512 x 512 weights, by trains of at most 31 slots; both
  trains that fill all slots, and the short ones of an update as small as they are in training. "counted" is
  `Lines.update`, the coincidences alone. "programmed" is 20 such updates whose counts then go to the devices, a pair
  for each weight, as `TrainRule` does it with as many positions of one sample.
* aihwkit (Rasch et al., AICAS 2021), where it can be imported: the same updates of an analogue tile, each applied at
  once. Elsewhere only the number that was measured on another machine is printed, and no ratio.

Numbers are the best of several rounds. With --threads 1 processor time is taken, which is fair on a machine that does
other work; otherwise run it on an idle one. An array of this size does not fit into the caches, and a device costs
about as much as three pulses.
"""

import argparse
import json
import os
import time

import numpy as np

from neurosim._jit import thread_count
from neurosim.crossbar.devices import DeviceSynapses, Placement
from neurosim.learning.stochastic_pulses import LONGEST, Lines
from neurosim.memristor.array import DeviceArray
from neurosim.memristor.device import load_device

CARDS = {"linear": "choi-2018-epiram", "soft-bounds": "gong-2022-reram-om", "exponential": "gong-2018-reram-es"}
STEP_NOISE = ("c2c", "c2c_additive", "c2c_scaled", "c2c_range", "c2c_slope")
SIDE, LINES, BATCH = 1024, 512, 20
#: Largest number of net pulses of an update, those of the cell on the strongest lines.
STRENGTHS = {"full trains": float(LONGEST), "short trains": 1.6}
#: Cells updated per second by aihwkit in rank-1 updates of 512 x 512, measured on another machine.
AIHWKIT_ELSEWHERE = 0.14e9
KEY = np.uint64(0x9E3779B97F4A7C15)


def best(task, threads, rounds=5, repeats=1):
    """Shortest time of one call of `task` [s], after one call that is not timed."""
    clock = time.process_time if threads == 1 else time.perf_counter
    task()
    shortest = np.inf
    for _ in range(rounds):
        begin = clock()
        for _ in range(repeats):
            task()
        shortest = min(shortest, (clock() - begin) / repeats)
    return shortest


def pulse_rate(device, counts, threads):
    """Device pulses per second of one array."""
    array = DeviceArray(device, counts.shape, seed=1, threads=threads)
    return float(np.abs(counts).sum() / best(lambda: array.pulse(counts), threads))


def devices(threads, side=SIDE):
    """Device pulses per second, dict from law to dict from (noise, counts) in words."""
    counts = {"3": np.full((side, side), 3), "-3..3": np.random.default_rng(1).integers(-3, 4, (side, side))}
    rates = {}
    for law, stem in CARDS.items():
        noisy = load_device(stem)
        silent = noisy.with_values(dict.fromkeys(STEP_NOISE, 0.0))
        rates[law] = {f"{label}, {name} pulses": pulse_rate(device, values, threads)
                      for label, device in (("noise", noisy), ("no noise", silent)) for name, values in counts.items()}
    return rates


class RankOne:
    """An array of pairs and two random vectors whose outer product it gets, `strength` pulses where both are 1."""

    def __init__(self, strength, threads, lines=LINES):
        random = np.random.default_rng(2)
        self.lower, self.upper = random.uniform(-1, 1, lines), random.uniform(-1, 1, lines)
        placement = Placement(mapping="pair", programming="bidirectional", ranges={"w": 1.0})
        weights = {"w": random.uniform(-0.5, 0.5, (lines, lines))}
        self.synapses = DeviceSynapses(load_device(CARDS["linear"]), weights, placement, seed=1, threads=threads)
        self.strength, self.threads, self.cells = strength, threads, lines * lines
        self.lines = self._lines()

    def _lines(self):
        return Lines(len(self.lower), len(self.upper), LONGEST, KEY, self.threads)

    def count(self):
        """Count the coincidences of one update."""
        self.lines.update(self.lower, self.upper, self.strength, 1.0)

    def program(self, updates=BATCH):
        """Count the coincidences of a batch of updates and pulse the devices; returns the pulses of the batch."""
        self.lines = self._lines()
        for _ in range(updates):
            self.count()
        for counts, direction in ((self.lines.set_counts, 1), (self.lines.reset_counts, -1)):
            self.synapses.program({"w": direction * counts.astype(np.int64)})
        return int(self.lines.set_counts.sum() + self.lines.reset_counts.sum())

    def rates(self):
        """Cells updated per second, and device pulses per second of the whole batch."""
        counted = best(self.count, self.threads, repeats=20)
        programmed, pulses = best(self.program, self.threads), self.program()
        return {"counted": self.cells / counted, "programmed": BATCH * self.cells / programmed,
                "pulses_per_second": pulses / programmed, "pulses_per_update": pulses / BATCH / self.cells}


def aihwkit_rate(strength, threads, lines=LINES):
    """Cells updated per second by aihwkit, or None where it cannot be imported."""
    try:
        import torch
        from aihwkit.engine.configs import ConstantStepDevice, SingleRPUConfig
        from aihwkit.engine.tiles import AnalogTile
    except ImportError:
        return None
    torch.set_num_threads(threads)
    device = ConstantStepDevice()
    tile = AnalogTile(lines, lines, SingleRPUConfig(device=device))
    tile.set_learning_rate(strength * device.dw_min)
    lower, upper = (2 * torch.rand(1, lines) - 1 for _ in range(2))
    return lines * lines / best(lambda: tile.update(lower, upper), threads, repeats=5)


def report(result):
    """The tables, as text."""
    rows = [f"{result['threads']} threads, load {result['load_before']:.1f} before\n"]
    names = list(next(iter(result["devices"].values())))
    rows += [f"| M device pulses/s | {' | '.join(names)} |", "|---" * (len(names) + 1) + "|"]
    rows += [f"| {law} | {' | '.join(f'{rates[name] / 1e6:.0f}' for name in names)} |"
             for law, rates in result["devices"].items()]
    rows += ["", f"rank-1 updates, {LINES} x {LINES}, programmed in batches of {BATCH}\n",
             "| trains | pulses per cell, update | M cells/s counted | M cells/s programmed | M pulses/s | aihwkit |",
             "|---|---|---|---|---|---|"]
    for name, one in result["rank_one"].items():
        peer = "-" if one["aihwkit"] is None else f"{one['programmed'] / one['aihwkit']:.1f} x"
        rows.append(f"| {name} | {one['pulses_per_update']:.2f} | {one['counted'] / 1e6:.0f} | "
                    f"{one['programmed'] / 1e6:.0f} | {one['pulses_per_second'] / 1e6:.0f} | {peer} |")
    if any(one["aihwkit"] is None for one in result["rank_one"].values()):
        rows.append(f"\naihwkit is not in this run; {AIHWKIT_ELSEWHERE / 1e6:.0f} M cells/s were measured on another "
                    "machine")
    return "\n".join(rows)


def main():
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--threads", type=int, default=thread_count())
    parser.add_argument("--no-aihwkit", action="store_true", help="leave out the peer")
    parser.add_argument("--json", action="store_true")
    args = parser.parse_args()
    result = {"threads": args.threads, "load_before": os.getloadavg()[0], "devices": devices(args.threads),
              "rank_one": {}}
    for name, strength in STRENGTHS.items():
        result["rank_one"][name] = {**RankOne(strength, args.threads).rates(),
                                    "aihwkit": None if args.no_aihwkit else aihwkit_rate(strength, args.threads)}
    print(json.dumps(result) if args.json else report(result))


if __name__ == "__main__":
    main()
