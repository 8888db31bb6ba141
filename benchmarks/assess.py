"""Does the verdict on a device name the fault that was planted in it? Five faults, two seeds each.

    python benchmarks/assess.py [--images 3000] [--samples 1000] [--jobs 2] [--folder FOLDER] [FAULT ...]

Each fault is the only one of a device with 50 pulses over its range and without noise; the network is mnist-small. For
each fault and seed, of five trainings each, as in `assess`: what can be distinguished from chance and costs something,
the costliest first, with a register and rounded to the nearest pulse, and the best place of the fault. An on/off ratio
moves no weight by itself, in pairs or beside a reference, so that it is planted with what it enlarges, reads of 5 %
noise: two numbers, either of which cures the device, so that both are named, and what they share is printed. Asymmetric
steps are planted where one device and a reference hold a weight: in pairs set steps 66 times as large as reset steps
cost nothing that 2,000 images tell (17.0 and 17.2 % with a register, 24.8 and 21.8 % rounded).
"""

import argparse
import json
import tempfile
import time
from pathlib import Path

from neurosim.experiment.assessment.questions import asked
from neurosim.experiment.assessment.studies import planned
from neurosim.experiment.improvement.computing import Computing
from neurosim.experiment.improvement.outcome import outcome
from neurosim.experiment.improvement.verdict import verdict

CLEAN = ("device.c2c_range=0.0", "device.c2c=0.0", "device.nonlinearity_up=0.0", "device.nonlinearity_down=0.0")
#: Name of what is planted -> (what has to be named, changes to the device).
FAULTS = {
    "cycle-to-cycle": ("programming noise", ("device.c2c_range=0.1",)),
    "on-off": ("on/off ratio", ("device.g_min=6.17e-6", "device.read_noise=0.05")),
    "asymmetry": ("unequal steps", ("device.asymmetry=0.9", "synapses.mapping=reference")),
    "drift": ("drift", ("device.drift=0.1", "device.drift_spread=0.1")),
    "stuck": ("stuck devices", ("device.stuck_on=0.3",)),
}


def compared(fault, seed, images, samples, jobs, folder):
    """Let the chips learn that name what limits a device; returns dict from rule to Improvement.

    folder : where the points are kept, and continued
    """
    question = asked("choi-2018-epiram", beside=[], images=images, samples=samples, budget=1e5,
                     assignments=(*CLEAN, *FAULTS[fault][1], f"seed={seed}"))
    plans = planned(question, folder / f"{fault}-{seed}", jobs, lambda text, seconds: None).plans
    computing = Computing(jobs, None, lambda tally: None, lambda: False)
    return {rule: outcome(plan, computing(plan.folder, plan.config, plan.rows)) for rule, plan in plans.items()}


def main():
    """Print one line for each fault and seed, and how many were named."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("faults", nargs="*", metavar="FAULT", help=f"any of {', '.join(FAULTS)} (default: all)")
    parser.add_argument("--images", type=int, default=3000)
    parser.add_argument("--samples", type=int, default=1000)
    parser.add_argument("--seeds", type=int, nargs="+", default=[0, 100])
    parser.add_argument("--jobs", type=int, default=2)
    parser.add_argument("--folder", type=Path, help="keep what is computed here, and continue with it")
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        run(arguments, arguments.folder or Path(folder))


def run(arguments, folder):
    """Assess every device, in a folder."""
    found = []
    for fault in arguments.faults or FAULTS:
        for seed in arguments.seeds:
            begin = time.perf_counter()
            rules = compared(fault, seed, arguments.images, arguments.samples, arguments.jobs, folder)
            seconds = time.perf_counter() - begin
            limits = {rule: [remedy.name for remedy in one.costly] for rule, one in rules.items()}
            place = min((names.index(FAULTS[fault][0]) + 1 for names in limits.values() if FAULTS[fault][0] in names),
                        default=0)
            shared = [sentence for one in rules.values() for sentence in verdict(one) if " share " in sentence]
            found.append({"fault": fault, "seed": seed, "place": place, "limits": limits, "shared": shared,
                          "seconds": seconds})
            told = "; ".join(f"{rule}: {', '.join(names) or 'nothing'}" for rule, names in limits.items())
            if not arguments.json:
                named_at = f"place {place}" if place else "NOT named"
                print(f"{fault:15} seed {seed:3}  {named_at}  {told}  ({seconds:.0f} s)", *shared, sep="\n    ",
                      flush=True)
    right = sum(one["place"] > 0 for one in found)
    print(json.dumps({"faults": found, "named": right}) if arguments.json else f"{right} of {len(found)} named")


if __name__ == "__main__":
    main()
