"""Rate networks: the engine "dense" beside the engine "events" and a plain PyTorch loop, in turn in one run.

    python benchmarks/dense.py [--quick] [--threads N] [--json] [--only NAME ...]

All three do the same time steps of the same network from the same weights, all layers, forwards and backwards, and end
in the same states (the largest difference is printed). The networks have rate neurons and an analog input:

* 784-512-10 and 784-512-512-10: dense layers
* 32-64: conv 3x3 - average pool - conv 3x3 - average pool - dense 10, on 28 x 28 pixels
* vgg5-small: four times conv 3x3 - max pool, 16-32-64-64 channels, on 32 x 32 pixels
* resnet13-small: the Hopfield-Resnet at an eighth of its width, ReLU_6, alternating order, on 32 x 32 pixels

The plain loop is what one would write by the textbook: maps (samples, C, H, W), `conv2d` forwards, `conv_transpose2d`
backwards, one addition after the other, and a clamp. It knows nothing of what stays the same from step to step.

Rounds alternate between the three; the table holds the fastest of each, since other work on the machine only adds. With
--threads 1 they are timed in processor time: the plain loop joins its threads in every operation, and waits for them on
a machine that does other work, while the engines join theirs once in a batch.
"""

import argparse
import json
import time

import numpy as np
import torch
from torch.nn import functional

from neurosim._jit import thread_count
from neurosim.crossbar import IdealSynapses
from neurosim.engines import EngineOptions, make_engine
from neurosim.network.graph import ConnectionSpec, Network, NetworkSpec, Neurons, conv, dense

BATCH, STEPS = 64, 20
MAPS = 16, 16, 32, 32, 64, 64, 64, 64


def resnet13(widths=MAPS, skips=True, channels=1, classes=10, **neurons):
    """The Hopfield-Resnet of 13 edges with these channels per layer, on 32 x 32 pixels."""
    strides = (1, 2, 1, 2, 1, 2, 1, 2)
    gains = [.6] * 8 + [.8] + [.7] * 4 * skips
    layers = [conv(width, kernel=3, padding=1, stride=stride) for width, stride in zip(widths, strides)]
    beside = [ConnectionSpec(kind="conv", kernel=1, stride=2, source=f"conv{i}" if i else "input",
                             target=f"conv{i + 2}")
              for i in (0, 2, 4, 6)] if skips else []
    spec = NetworkSpec(input="analog", layers=(*layers, dense(classes)), connections=tuple(beside), gains=tuple(gains))
    own = {"kind": "rate", "epsilon": 1.0, "bound": 6.0, "order": "alternating", "output_range": (-100.0, 100.0)}
    return Network(spec, (32, 32, channels), Neurons(**{**own, **neurons}))


def simple(layers, shape, **neurons):
    """A network whose layers follow one another."""
    return Network(layers, shape, Neurons(**{"kind": "rate", "epsilon": 0.5, **neurons}), "analog")


NETWORKS = {
    "784-512-10": lambda: simple([dense(512), dense(10)], (28, 28, 1)),
    "784-512-512-10": lambda: simple([dense(512), dense(512), dense(10)], (28, 28, 1)),
    "32-64": lambda: simple([conv(32, pool="average"), conv(64, pool="average"), dense(10)], (28, 28, 1)),
    "vgg5-small": lambda: simple([*(conv(width, padding=1, pool="max") for width in (16, 32, 64, 64)), dense(10)],
                                 (32, 32, 1), bound=6.0, epsilon=1.0, order="alternating"),
    "resnet13-small": resnet13,
}


class PlainLoop:
    """Rate neurons in plain PyTorch, by the textbook.

    network : Network; weights, biases : dicts of arrays; device : of PyTorch
    """

    def __init__(self, network, weights, biases, device="cpu"):
        self.network, self._device = network, device
        self._edges = [(c, network.index(c.lower), network.index(c.upper),
                        torch.as_tensor(weights[c.name], device=device)) for c in network.connections]
        self._biases = [torch.as_tensor(biases[layer.name], device=device) for layer in network.layers[1:]]

    def start(self, images):
        """States of a batch, images first; maps (samples, C, H, W)."""
        states = [torch.zeros((len(images), *_turned(layer.shape)), device=self._device)
                  for layer in self.network.layers]
        states[0] = torch.as_tensor(np.moveaxis(images, -1, 1).copy() if images.ndim == 4 else images,
                                    device=self._device)
        return states

    def step(self, states):
        """Advance all layers by one time step; states are replaced."""
        eps = float(self.network.neurons.epsilon)
        for moving in self.network.sweeps:
            drives = {index: self._drive(states, index) for index in moving}
            for index, drive in drives.items():
                layer = self.network.layers[index]
                states[index] = ((1 - eps) * states[index] + eps * drive).clamp(layer.low, layer.high)

    def _drive(self, states, index):
        bias = self._biases[index - 1]
        total = bias.view(-1, 1, 1) if states[index].ndim == 4 else bias
        for connection, lower, upper, weights in self._edges:
            if upper == index:
                total = total + _forward(connection, weights, states[lower])
            if lower == index:
                total = total + _backward(connection, weights, states[lower], states[upper])
        return total

    def flat(self, states):
        """States as neurosim has them, (samples, units)."""
        return np.concatenate([one.cpu().numpy().transpose(0, 2, 3, 1).reshape(len(one), -1) if one.ndim == 4 else
                               one.cpu().numpy() for one in states], axis=1)


def _turned(shape):
    return (shape[2], *shape[:2]) if len(shape) == 3 else shape


def _forward(connection, weights, lower):
    if connection.kind == "dense":
        flat = lower.permute(0, 2, 3, 1).flatten(1) if lower.ndim == 4 else lower
        return flat @ weights.T
    found = functional.conv2d(lower, weights, stride=connection.stride, padding=connection.padding)
    pools = {"none": lambda x, _: x, "average": functional.avg_pool2d, "max": functional.max_pool2d}
    return pools[connection.pool](found, connection.pool_size)


def _backward(connection, weights, lower, upper):
    if connection.kind == "dense":
        back = upper @ weights
        channels, rows, columns = lower.shape[1:] if lower.ndim == 4 else (None,) * 3
        return back.view(-1, rows, columns, channels).permute(0, 3, 1, 2) if lower.ndim == 4 else back
    rows, columns, _ = connection.map_shape
    if connection.pool == "average":
        size = connection.pool_size
        upper = functional.interpolate(upper, scale_factor=size) / size ** 2
        upper = functional.pad(upper, (0, columns - upper.shape[3], 0, rows - upper.shape[2]))
    if connection.pool == "max":
        before = functional.conv2d(lower, weights, stride=connection.stride, padding=connection.padding)
        _, route = functional.max_pool2d(before, connection.pool_size, return_indices=True)
        upper = functional.max_unpool2d(upper, route, connection.pool_size, output_size=(rows, columns))
    beyond = [low + 2 * connection.padding - connection.kernel - (high - 1) * connection.stride
              for low, high in zip(connection.low_shape, connection.map_shape)][:2]
    return functional.conv_transpose2d(upper, weights, stride=connection.stride, padding=connection.padding,
                                       output_padding=beyond)


class Workload:
    """One network with weights, and its three contestants, each a function that makes STEPS steps from rest."""

    def __init__(self, name, threads, batch=BATCH):
        self.network, self.batch, self.threads = NETWORKS[name](), batch, threads
        weights, biases = self.network.initial_weights(0), self.network.initial_biases()
        for values in biases.values():
            values += np.random.default_rng(1).uniform(0, 0.2, values.shape).astype(np.float32)
        self.images = np.random.default_rng(0).random((batch, *self.network.layers[0].shape), np.float32)
        self._plain = PlainLoop(self.network, weights, biases)
        self._engines = {}
        for kind in ("dense", "events"):
            options = EngineOptions(kind=kind, device="cpu")
            self._engines[kind] = make_engine(self.network, options, threads=threads)
            self._engines[kind].load(IdealSynapses(weights).effective(), biases)

    def run(self, contestant, steps):
        """Make steps from rest; returns (seconds, states)."""
        clock = time.process_time if self.threads == 1 else time.perf_counter
        begin = clock()
        if contestant == "plain loop":
            torch.set_num_threads(self.threads)
            with torch.inference_mode():
                states = self._plain.start(self.images)
                for _ in range(steps):
                    self._plain.step(states)
            return clock() - begin, self._plain.flat(states)
        engine = self._engines[contestant]
        state = engine.rest(self.batch)
        mean = engine.relax(state, self.images, steps).mean
        return clock() - begin, mean


CONTESTANTS = "dense", "events", "plain loop"


def measure(name, threads, rounds, steps=STEPS, batch=BATCH):
    """Time all contestants in turn; returns a dict of microseconds per step and sample, and of differences."""
    workload = Workload(name, threads, batch)
    ends = {one: workload.run(one, steps)[1] for one in CONTESTANTS}
    times = {one: [] for one in CONTESTANTS}
    for _ in range(rounds):
        for one in CONTESTANTS:
            times[one].append(workload.run(one, steps)[0])
    scale = np.abs(ends["plain loop"]).max()
    return {"network": name, "us": {one: min(values) / steps / batch * 1e6
                                    for one, values in times.items()},
            "difference": {one: float(np.abs(ends[one] - ends["plain loop"]).max() / scale) for one in CONTESTANTS[:2]}}


def lines(results):
    """The table, list of str."""
    rows = ["| network | dense us | events us | plain loop us | against events | against the loop | difference |",
            "|---|---|---|---|---|---|---|"]
    for result in results:
        us = result["us"]
        rows.append(f"| {result['network']} | {us['dense']:.1f} | {us['events']:.1f} | {us['plain loop']:.1f} | "
                    f"{us['events'] / us['dense']:.2f} x | {us['plain loop'] / us['dense']:.2f} x | "
                    f"{max(result['difference'].values()):.0e} |")
    return rows


def main():
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--only", nargs="+", choices=NETWORKS, default=list(NETWORKS), metavar="NAME")
    parser.add_argument("--rounds", type=int, default=9)
    parser.add_argument("--batch", type=int, default=BATCH)
    parser.add_argument("--threads", type=int, default=thread_count())
    parser.add_argument("--quick", action="store_true", help="three rounds")
    parser.add_argument("--json", action="store_true")
    args = parser.parse_args()
    results = [measure(name, args.threads, 3 if args.quick else args.rounds, batch=args.batch) for name in args.only]
    if args.json:
        print(json.dumps({"threads": args.threads, "batch": args.batch, "steps": STEPS, "results": results}))
    else:
        print(f"microseconds per time step and sample, {args.threads} threads, batches of {args.batch}")
        print("\n".join(lines(results)))


if __name__ == "__main__":
    main()
