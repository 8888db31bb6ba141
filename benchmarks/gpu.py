"""ResNet13 at full width on a GPU: the engine "dense" beside a plain PyTorch loop of the same equations.

    python benchmarks/gpu.py [--batch 128] [--steps 120 50 50] [--precision float32|tf32|bfloat16] [--json]

The Hopfield-Resnet of 13 edges (128 to 512 channels, random images of the shape of CIFAR-10), the free phase
and both nudged ones of one batch. Prints samples/s of the phases with their Hebbian products, TFLOP/s (two operations
per multiplication, of what the engine computes: the input is read once), peak memory of the tensors, the ratio to the
plain loop, and how far the states after the free phase are from those of the processor for the first images, relative
to the largest. Without a CUDA device it says so.
"""

import argparse
import json
import time

import numpy as np
import torch
from dense import PlainLoop, resnet13

from neurosim.crossbar import IdealSynapses
from neurosim.engines import EngineOptions, Nudge, make_engine

WIDTHS = 128, 128, 256, 256, 512, 512, 512, 512
BETA, FEW = 0.1, 4


def operations(network):
    """Floating-point operations of one time step of one sample, forwards and back, without the steady input."""
    products = sum(int(np.prod(c.weight_shape)) * int(np.prod(c.map_shape[:2])) for c in network.connections
                   if c.lower != "input")
    return 2 * 2 * products


def phases(engine, images, targets, steps):
    """The three phases and their products; returns (seconds, states after the free phase)."""
    torch.cuda.synchronize()
    begin = time.perf_counter()
    state, (free, *nudged) = engine.rest(len(images)), steps
    mean, ends = engine.relax(state, images, free).mean, []
    for beta, count in zip((-BETA, BETA), nudged):
        ends.append(engine.relax(state.copy(), images, count, nudge=Nudge(beta, targets)).mean)
    engine.correlate(ends[1], ends[0])
    torch.cuda.synchronize()
    return time.perf_counter() - begin, mean


def plain(loop, images, steps):
    """Seconds of as many steps of the plain loop, without nudges and products."""
    with torch.inference_mode():
        states = loop.start(images)
        torch.cuda.synchronize()
        begin = time.perf_counter()
        for _ in range(sum(steps)):
            loop.step(states)
        torch.cuda.synchronize()
    return time.perf_counter() - begin


def measure(batch, steps, precision):
    """The figures as a dict."""
    network = resnet13(WIDTHS, channels=3)
    weights, biases = network.initial_weights(0), network.initial_biases()
    random = np.random.default_rng(0)
    images = random.random((batch, 32, 32, 3), np.float32)
    targets = np.eye(10, dtype=np.float32)[random.integers(10, size=batch)]
    engines = [make_engine(network, EngineOptions(kind="dense", device=device, precision=kind))
               for device, kind in (("cuda", precision), ("cpu", "float32"))]
    for engine in engines:
        engine.load(IdealSynapses(weights).effective(), biases)
    gpu, processor = engines
    phases(gpu, images, targets, (3, 2, 2))
    torch.cuda.reset_peak_memory_stats()
    seconds, states = phases(gpu, images, targets, steps)
    memory = torch.cuda.max_memory_allocated()
    few = processor.relax(processor.rest(FEW), images[:FEW], steps[0]).mean
    loop = PlainLoop(network, weights, biases, "cuda")
    plain(loop, images, (3,))
    return {"card": torch.cuda.get_device_name(), "precision": precision, "batch": batch, "steps": steps,
            "samples_per_second": batch / seconds,
            "tflops": operations(network) * sum(steps) * batch / seconds / 1e12, "memory_mib": memory / 2 ** 20,
            "ratio_to_plain_loop": plain(loop, images, steps) / seconds,
            "difference_from_processor": float(np.abs(states[:FEW] - few).max() / np.abs(few).max())}


def main():
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--batch", type=int, default=128)
    parser.add_argument("--steps", type=int, nargs=3, default=(120, 50, 50))
    parser.add_argument("--precision", choices=("float32", "tf32", "bfloat16"), default="float32")
    parser.add_argument("--json", action="store_true")
    args = parser.parse_args()
    if not torch.cuda.is_available():
        raise SystemExit("benchmarks: PyTorch finds no CUDA device here, so that there is nothing to measure")
    found = measure(args.batch, tuple(args.steps), args.precision)
    print(json.dumps(found) if args.json else "\n".join(f"{key}: {value}" for key, value in found.items()))


if __name__ == "__main__":
    main()
