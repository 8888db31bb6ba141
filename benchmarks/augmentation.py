"""What augmentation costs, and that a training does not wait for it.

    python benchmarks/augmentation.py [--threads N] [--json]

* Operations: one of RandAugment on all images of a batch of 128 of 32 x 32 x 3 bytes, at magnitude 9, in processor
  time; "whole batch" is all that the Hopfield-Resnet does to images of CIFAR-10: mirror, three operations, crop with
  the pixels of the edge, normalisation.
* Training: one epoch of a small rate network on such images, without augmentation, with it in the thread that learns,
  and with a thread that makes batches ahead. "waited" is how long the loop was without a batch, "made" the processor
  time of what made them, both as shares of the epoch.

Images are random, smooth and written as CIFAR-10 is published. With --threads 1 and two processors that are idle the
last line is the claim; on a busy machine only processor times mean something.
"""

import argparse
import json
import tempfile
import time
from pathlib import Path

import numpy as np

from neurosim._jit import thread_count
from neurosim.datasets import DataOptions, Dataset, TrainingBatches, made_ahead, split, statistics
from neurosim.datasets.randaugment import OPERATIONS
from neurosim.experiment import training as module
from neurosim.experiment.config import parse_config

BATCH, MAGNITUDE, ROUNDS = 128, 9, 15
OPTIONS = {"crop": 4, "crop_fill": "edge", "flip": True, "randaugment": 3, "magnitude": MAGNITUDE}
CONFIG = """
[data]
name = "cifar10"
validation_samples = 50
normalise = "standard"

[network]
input = "analog"
layers = [
    {kind = "conv", channels = 16, kernel = 3, stride = 2, padding = 1},
    {kind = "conv", channels = 32, kernel = 3, stride = 2, padding = 1},
    {kind = "dense", units = 10},
]
gains = 0.6

[neurons]
kind = "rate"

[learning]
free_steps = 20
nudge_steps = 10
state = "final"

[optimiser]
rates = 0.02

[training]
epochs = 1
batch = 128
"""


def images(count, seed=0):
    """Smooth random images, uint8 (count, 32, 32, 3)."""
    coarse = np.random.default_rng(seed).integers(0, 256, (count, 9, 9, 3))
    return (coarse.repeat(4, 1).repeat(4, 2)[:, 2:34, 2:34] // 2 + 40).astype(np.uint8)


def write_cifar(folder, train=1280, test=50):
    """Write random images as the binary version of CIFAR-10: five training batches and one to test with."""
    for name, count in [(f"data_batch_{k}", train // 5) for k in range(1, 6)] + [("test_batch", test)]:
        planes = images(count, seed=len(name)).transpose(0, 3, 1, 2).reshape(count, -1)
        labels = (np.arange(count) % 10).astype(np.uint8)[:, None]
        np.hstack([labels, planes]).tofile(Path(folder) / f"{name}.bin")


def processor_seconds(work, rounds=ROUNDS):
    """Smallest processor time of this thread over some rounds [s]."""
    found = []
    for _ in range(rounds + 1):
        begin = time.thread_time()
        work()
        found.append(time.thread_time() - begin)
    return min(found[1:])


def measure_operations():
    """Processor time of a batch by operation, and of all that is done to one; dict of seconds."""
    planes = np.ascontiguousarray(images(BATCH).transpose(0, 3, 1, 2))
    found = {name: processor_seconds(lambda: operation.apply(planes, np.full(BATCH, operation.strength(MAGNITUDE, 32))))
             for name, operation in OPERATIONS.items()}
    pixels, labels = images(8 * BATCH + 1), np.zeros(8 * BATCH + 1, int)
    options = DataOptions(name="cifar10", validation_samples=1, normalise="standard", **OPTIONS)
    data = split(Dataset(name="random", train_images=pixels, train_labels=labels, test_images=pixels[:1],
                         test_labels=labels[:1], classes=10), options, seed=0)
    source = TrainingBatches(data, options, statistics(data.train_images, options), BATCH, seed=0)
    numbers = iter(range(10 ** 6))
    found["whole batch"] = processor_seconds(lambda: source.make(0, next(numbers) % 8))
    return found


class Watched:
    """Stands between a training and its batches: notes how long the one waits, and what the others cost."""

    def __init__(self):
        self.waited = self.made = 0.0

    def ahead(self, make, places, depth):
        def timed(*place):
            begin = time.thread_time()
            batch = make(*place)
            self.made += time.thread_time() - begin
            return batch

        self.inner = made_ahead(timed, places, depth)
        return self

    def __enter__(self):
        self.batches = self.inner.__enter__()
        return self

    def __exit__(self, *error):
        return self.inner.__exit__(*error)

    def __next__(self):
        begin = time.perf_counter()
        batch = next(self.batches)
        self.waited += time.perf_counter() - begin
        return batch


def measure_training(folder, prefetch, augmented, threads):
    """One epoch; returns dict: its seconds, the shares waited and made."""
    settings = [f"data.{key}={json.dumps(value)}" for key, value in (OPTIONS if augmented else {}).items()]
    config = parse_config(CONFIG, "benchmark", [f"data.path={folder}", f"training.prefetch={prefetch}", *settings])
    training, watched = module.Training(config, threads=threads), Watched()
    module.made_ahead = watched.ahead
    try:
        training.run(module.Unwatched())
    finally:
        module.made_ahead = made_ahead
    seconds = training.progress.history[0]["seconds"]
    return {"seconds": seconds, "waited": watched.waited / seconds, "made": watched.made / seconds}


def main():
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--threads", type=int, default=thread_count())
    parser.add_argument("--json", action="store_true")
    args = parser.parse_args()
    operations = measure_operations()
    cases = {"no augmentation": (0, False), "in the same thread": (0, True), "two batches ahead": (2, True)}
    with tempfile.TemporaryDirectory() as folder:
        write_cifar(folder)
        measure_training(folder, 0, True, args.threads)    # kernels are compiled
        trainings = {name: measure_training(folder, *case, args.threads) for name, case in cases.items()}
    if args.json:
        print(json.dumps({"threads": args.threads, "seconds_per_batch": operations, "trainings": trainings}))
        return
    for name, seconds in operations.items():
        print(f"{name:<14} {1e3 * seconds:7.2f} ms per {BATCH} images  {1e6 * seconds / BATCH:7.1f} us per image")
    print(f"one epoch of ten batches, {args.threads} threads:")
    for name, found in trainings.items():
        print(f"{name:<20} {found['seconds']:6.2f} s, waited {found['waited']:.2%}, made {found['made']:.2%}")


if __name__ == "__main__":
    main()
