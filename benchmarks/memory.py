"""Peak memory of training: the whole process, and that it does not grow with the number of time steps.

    python benchmarks/memory.py [--batches N] [--json]

Trains 2C2FC (128-256 channels, 512 hidden units) on MNIST with equilibrium propagation, batch 10, phases of 100, 25
and 25 steps (free, +beta, -beta), gradient, optimiser and a checkpoint included, and then the same with ten times the
steps. Each run is a fresh process; the figure is its largest resident memory: interpreter, libraries, compiler, the
images of MNIST and the network. A first run that may have to compile the kernels comes before and is shown apart.
Expected: below 600 MB, and within 2 % at ten times the steps.

Lin et al. (Table II) give 321 MB for EP and 2171 MB for BPTT on this network and data set. That is memory of a GPU,
without the process around it, so it stands beside these figures and cannot be compared digit by digit; BPTT grows
with the number of steps, EP does not.
"""

import argparse
import json
import os
import subprocess
import sys
import tempfile

FREE, NUDGED, BATCH = 100, 25, 10
PAPER = {"EP": 321, "BPTT": 2171}
LIMIT_MB, TOLERANCE = 600, 0.02


def train(factor, batches):
    """Learn `batches` batches at `factor` times the steps; returns the peak memory of the process [2^20 bytes]."""
    from neurosim.experiment.config import Config, TrainingOptions
    from neurosim.experiment.memory import peak_memory
    from neurosim.experiment.training import Training
    from neurosim.learning.optimiser import OptimiserOptions
    from neurosim.learning.phases import Phases
    from neurosim.network.graph import NetworkSpec, conv, dense

    class FewBatches:
        """Observer that stops after `batches`."""

        done = 0

        def batch(self, training, samples):
            self.done += 1

        def epoch(self, training):
            """No epoch ends here."""

        def saved(self, training):
            """Nothing to tell."""

        def stop(self):
            return self.done == batches

    layers = conv(128, pool="average"), conv(256, pool="average"), dense(512), dense(10)
    config = Config(network=NetworkSpec(layers=layers), training=TrainingOptions(batch=BATCH),
                    learning=Phases(free_steps=factor * FREE, nudge_steps=factor * NUDGED),
                    optimiser=OptimiserOptions(rates=0.1))
    with tempfile.TemporaryDirectory() as folder:
        Training(config, os.path.join(folder, "run.h5")).run(FewBatches())
    return peak_memory()


def measure(factor, batches):
    """The same in a fresh process [MB]; raises SystemExit with its last words when it fails."""
    call = [sys.executable, __file__, "--factor", str(factor), "--batches", str(batches)]
    done = subprocess.run(call, capture_output=True, text=True)
    if done.returncode:
        raise SystemExit(f"benchmarks: training at {factor} x the steps failed: {done.stderr.strip().splitlines()[-1]}")
    return float(done.stdout)


def summary(first, once, ten):
    """The result as a dict; growth is the relative difference between ten times and once the steps [1]."""
    growth = ten / once - 1
    return {"first_mb": first, "mb": once, "ten_times_mb": ten, "growth": growth, "paper_mb": PAPER,
            "within_limits": max(once, ten) <= LIMIT_MB and abs(growth) <= TOLERANCE}


def main():
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--batches", type=int, default=3)
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--factor", type=int, help="train in this process at FACTOR times the steps and print its peak")
    args = parser.parse_args()
    if args.factor:
        print(train(args.factor, args.batches))
        return
    result = summary(measure(1, 1), measure(1, args.batches), measure(10, args.batches))
    if args.json:
        print(json.dumps(result))
        return
    rows = {"first process, compiles where no cache holds the kernels": f"{result['first_mb']:.0f} MB",
            f"{FREE}/{NUDGED}/{NUDGED} steps, whole process": f"{result['mb']:.0f} MB",
            "ten times the steps": f"{result['ten_times_mb']:.0f} MB, {result['growth']:+.1%}",
            "Lin et al., Table II, memory of a GPU only": f"EP {PAPER['EP']} MB, BPTT {PAPER['BPTT']} MB"}
    for name, value in rows.items():
        print(f"{name:<60}{value}")


if __name__ == "__main__":
    main()
