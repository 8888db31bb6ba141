"""Cost of the physics of the array: wires, converters, read noise and the ledger, beside ideal reads in the same run.

    python benchmarks/physics.py [--quick] [--rounds N] [--threads N] [--json]

The preset mnist-whole-feedback on pairs of EpiRAM devices (32-64 channels, tiles of 128, batch 20, 40 + 20 + 20 time
steps) is trained several times side by side, once for each variant of the array:

ideal                 sums of a column as they are; what it costs is the unit of all ratios
without ledger        the same, but events are not counted and conductances not summed
wires                 1 ohm from cell to cell in both directions, solved again when devices have moved by 1 %
ADC                   6 bits, calibrated, offset and gain errors
integrate and fire    6 bits, calibrated, leak
frozen noise          thermal, shot, relative, telegraph and 1/f noise, the same in every read
fresh noise           the same noise, drawn for every read
ADC, fresh noise      both, and comparator noise
all                   the same behind the wires

loop: a free phase of one batch as an evaluation runs it, in microseconds per time step and sample. learning: one batch
with all phases, gradient, pulses and reads of the changed array, in samples per second. Rounds alternate between the
variants; a ratio is the median over rounds of the time of a variant over that of the ideal array in the same round.
With --threads 1 everything is timed in processor time. Every variant learns with its own array, so that their spikes
drift apart, and time follows spikes: those of the loop stand in the table.

Limits, of learning: wires <= 2 x ideal, converters and noise <= 4 x ideal; ideal <= 1.05 x the same without ledger.
"""

import argparse
import json
import os
import statistics
import tempfile
import time

from neurosim._jit import thread_count
from neurosim.counts import Counts
from neurosim.datasets import prepare
from neurosim.experiment.config import load_config
from neurosim.experiment.evaluation import sample_names
from neurosim.experiment.training import Training
from neurosim.learning.phases import free_phase

PAIRS = ("synapses.device=choi-2018-epiram", "synapses.ranges=[2.0, 4.0, 4.0]")
IMAGES = ("data.train_samples=2000", "data.validation_samples=20", "data.test_samples=20")
WIRES = ("array.word_line=1.0", "array.bit_line=1.0")
ADC = ("readout.kind=adc", "readout.bits=6", "readout.offset=0.5", "readout.gain=0.02")
NOISE = ("device.read_noise=0.02", "device.rtn_amplitude=0.05", "device.flicker=1e-5")
VARIANTS = {
    "ideal": (),
    "without ledger": (),
    "wires": WIRES,
    "ADC": ADC,
    "integrate and fire": ("readout.kind=integrate-and-fire", "readout.bits=6", "readout.leak=0.05"),
    "frozen noise": (*NOISE, "readout.noise=frozen"),
    "fresh noise": (*NOISE, "readout.noise=fresh"),
    "ADC, fresh noise": (*ADC, *NOISE, "readout.comparator=0.3", "readout.noise=fresh"),
    "all": (*WIRES, *ADC, *NOISE, "readout.comparator=0.3", "readout.noise=fresh"),
}
#: Largest time of learning over the ideal array's; for the ledger, ideal over the array without.
LIMITS = {"wires": 2.0, **dict.fromkeys(("ADC", "integrate and fire", "frozen noise", "fresh noise",
                                         "ADC, fresh noise"), 4.0)}
LEDGER_LIMIT = 1.05


class Stopwatch:
    """Observer that notes the time of one batch and stops behind it."""

    def __init__(self, clock):
        self.clock, self.now = clock, 0.0

    def batch(self, training, samples):
        self.now = self.clock()

    def epoch(self, training):
        """No epoch ends here."""

    def saved(self, training):
        """Saving is not timed."""

    def stop(self):
        return True


class Workload:
    """One variant, calibrated and compiled, ready to be timed."""

    def __init__(self, name, folder, threads):
        config = load_config("mnist-whole-feedback", [*PAIRS, *IMAGES, *VARIANTS[name]])
        self.training = Training(config, os.path.join(folder, f"{name}.h5"), threads)
        self.clock = time.process_time if threads == 1 else time.perf_counter
        self.images = prepare(self.training.data.train_images[:config.training.batch], config.data,
                              self.training.measured)
        if name == "without ledger":
            self.training.model.count = lambda record: Counts()
            self.training.model.synapses.electrics = None
        self.spikes = 0.0
        self.learn()
        self.loop()

    def loop(self):
        """Duration of a free phase, counted [s per time step and sample]; notes its spikes [per step and sample]."""
        model, names = self.training.model, sample_names(self.training.config, len(self.images))
        begin = self.clock()
        record = free_phase(model.engine, model.engine.rest(len(self.images), names), self.images,
                            model.config.learning)
        model.count(record)
        seconds, steps = self.clock() - begin, int(record.steps.sum())
        self.spikes = float(record.sent.sum(dtype=int)) / steps
        return seconds / steps

    def learn(self):
        """Duration of the next batch [s per sample]."""
        watch, begin = Stopwatch(self.clock), self.clock()
        self.training.run(watch)
        return (watch.now - begin) / len(self.images)


def measure(threads, rounds):
    """Time all variants in turn.

    returns : two dicts from variant to seconds, one per round, of the loop and of learning; spikes of the last loops
    """
    with tempfile.TemporaryDirectory() as folder:
        workloads = {name: Workload(name, folder, threads) for name in VARIANTS}
        loop, learning = ({name: [] for name in VARIANTS} for _ in range(2))
        for number in range(rounds):
            for name in list(VARIANTS)[::1 if number % 2 else -1]:
                loop[name].append(workloads[name].loop())
                learning[name].append(workloads[name].learn())
    return loop, learning, {name: workload.spikes for name, workload in workloads.items()}


def ratio(seconds, name, base="ideal"):
    """Median over rounds of the time of one variant over another's in the same round [1]."""
    return statistics.median(own / other for own, other in zip(seconds[name], seconds[base]))


def summary(loop, learning, spikes):
    """The result as a dict; `limit` and `within_limit` are None where nothing is promised."""
    cases = []
    for name in VARIANTS:
        slower, limit = ratio(learning, name), LIMITS.get(name)
        cases.append({"variant": name, "spikes": spikes[name], "loop_us": 1e6 * statistics.median(loop[name]),
                      "loop_ratio": ratio(loop, name),
                      "samples_per_second": 1 / statistics.median(learning[name]), "learning_ratio": slower,
                      "limit": limit, "within_limit": limit and slower <= limit})
    ledger = ratio(learning, "ideal", "without ledger")
    return {"cases": cases, "ledger": {"learning_ratio": ledger, "loop_ratio": ratio(loop, "ideal", "without ledger"),
                                       "limit": LEDGER_LIMIT, "within_limit": ledger <= LEDGER_LIMIT}}


def lines(result):
    """The table as text."""
    yield ("| array | spikes per step | loop, us per step and sample | x ideal | learning, samples/s | time x ideal | "
           "limit |")
    yield "|---|---|---|---|---|---|---|"
    for case in result["cases"]:
        yield (f"| {case['variant']} | {case['spikes']:.0f} | {case['loop_us']:.0f} | {case['loop_ratio']:.2f} | "
               f"{case['samples_per_second']:.1f} | {case['learning_ratio']:.2f} | {verdict(case)} |")
    ledger = result["ledger"]
    yield (f"\nideal over without ledger: learning {ledger['learning_ratio']:.3f} ({verdict(ledger)}), "
           f"loop {ledger['loop_ratio']:.3f}")


def verdict(case):
    """"<= 4, kept" or "<= 4, EXCEEDED"; a dash where nothing is promised."""
    return "-" if case["limit"] is None else f"<= {case['limit']:g}, {'kept' if case['within_limit'] else 'EXCEEDED'}"


def main():
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--quick", action="store_true", help="3 rounds instead of 9")
    parser.add_argument("--rounds", type=int)
    parser.add_argument("--threads", type=int, default=thread_count())
    parser.add_argument("--json", action="store_true")
    args = parser.parse_args()
    before = os.getloadavg()[0]
    result = summary(*measure(args.threads, args.rounds or (3 if args.quick else 9)))
    result |= {"threads": args.threads, "load_before": before, "load_after": os.getloadavg()[0]}
    if args.json:
        print(json.dumps(result))
        return
    print(f"{args.threads} threads, load {before:.1f} before, {result['load_after']:.1f} afterwards\n")
    print("\n".join(lines(result)))


if __name__ == "__main__":
    main()
