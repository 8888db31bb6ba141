"""Does the verdict on a device name the fault that was planted in it? Five faults, two seeds each.

    python benchmarks/assess.py [--images 3000] [--samples 1000] [--jobs 2] [--folder FOLDER] [FAULT ...]

Each fault is the only one of a device with 50 pulses over its range and without noise; the network is mnist-small. For
each fault and seed: what can be distinguished from chance and costs something, the costliest first, with a register and
rounded to the nearest pulse, and the best place of the fault. An on/off ratio costs nothing without the noise of reads,
so that this is named next to it, and before it. Asymmetric steps are planted where one device and a reference hold a
weight: in pairs set steps 66 times as large as reset steps cost nothing that 2,000 images tell (17.0 and 17.2 % with a
register, 24.8 and 21.8 % rounded).
"""

import argparse
import json
import tempfile
import time
from pathlib import Path

from neurosim.experiment.assessment.assess import assess
from neurosim.experiment.assessment.questions import asked

CLEAN = ("device.c2c_range=0.0", "device.c2c=0.0", "device.nonlinearity_up=0.0", "device.nonlinearity_down=0.0")
#: Name of what is planted -> (what has to be named, changes to the device).
FAULTS = {
    "cycle-to-cycle": ("programming noise", ("device.c2c_range=0.1",)),
    "on-off": ("on/off ratio", ("device.g_min=6.17e-6", "device.read_noise=0.05")),
    "asymmetry": ("unequal steps", ("device.asymmetry=0.9", "synapses.mapping=reference")),
    "drift": ("drift", ("device.drift=0.1", "device.drift_spread=0.1")),
    "stuck": ("stuck devices", ("device.stuck_on=0.3",)),
}


def named(fault, seed, images, samples, jobs, folder):
    """Assess one device; returns the best place of the fault among what is named, 0 = nowhere, and the limits by rule.

    folder : where the points are kept, and continued
    """
    wanted, words = FAULTS[fault]
    question = asked("choi-2018-epiram", beside=[], images=images, samples=samples, budget=1e5,
                     assignments=(*CLEAN, *words, f"seed={seed}"))
    found = assess(question, folder / f"{fault}-{seed}", jobs=jobs)
    places = [limits.index(wanted) + 1 for limits in found.limits.values() if wanted in limits]
    return min(places, default=0), found.limits


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
            place, limits = named(fault, seed, arguments.images, arguments.samples, arguments.jobs, folder)
            seconds = time.perf_counter() - begin
            found.append({"fault": fault, "seed": seed, "place": place, "limits": limits, "seconds": seconds})
            told = "; ".join(f"{rule}: {', '.join(names) or 'nothing'}" for rule, names in limits.items())
            if not arguments.json:
                named_at = f"place {place}" if place else "NOT named"
                print(f"{fault:15} seed {seed:3}  {named_at}  {told}  ({seconds:.0f} s)", flush=True)
    right = sum(one["place"] > 0 for one in found)
    print(json.dumps({"faults": found, "named": right}) if arguments.json else f"{right} of {len(found)} named")


if __name__ == "__main__":
    main()
