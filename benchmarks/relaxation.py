"""Speed of the time loop: neurosim against dense PyTorch, in turn in one run, and against the roof of this machine.

    python benchmarks/relaxation.py [--quick] [--no-torch] [--threads N] [--json]

Two networks of Lin et al. (2C2FC: conv 3x3 - pool - conv 3x3 - pool - dense - dense, 28 x 28 pixels), batch 20, 40
time steps, constant eps = 0.9 and lam = 0.2, at spike densities from 2 to 40 %. What is compared is one time step of
one sample, all layers, forwards and backwards:

* neurosim: `EventsEngine.relax`, as training and evaluation call it, with weights of 32 and of 16 bits
  (`engine.weights`). Cost follows the spikes.
* peer_dense_torch.py: every synapse in every step, as one would write it in PyTorch. Cost does not depend on the
  spikes.

Density is set without touching either code: weights 10,000 times too small let every state rest at its bias, and
every bias and pixel is the wanted density. Residues start anywhere in (-1/2, 1/2), so neurons fire out of step, each
once in about 1/density steps. The densities in the table are counted, not assumed.

Rounds alternate, neurosim twice and then the peer; the table holds medians. On a machine that does other work the peer,
which joins its threads many times per step, loses far more than neurosim, which joins them once per batch, and the
ratio flatters neurosim: run it on an idle machine, or with --threads 1, where both are timed in processor time.

synaptic operations: one per spike and synapse of the network as declared, before pooling is folded into the kernels
and with the rows that pooling drops (NeuroBench counts them, the loop does not compute them), forwards and backwards
row additions: one per spike and weight that the loop adds up, after folding
of peak: row additions per second in units of the best that peak.py measures, weights in the first cache
"""

import argparse
import json
import os
import statistics
import time

import numpy as np
import peak
import peer_dense_torch

from neurosim._jit import simd_bytes, thread_count
from neurosim.crossbar import IdealSynapses
from neurosim.network.graph import Network, Neurons, conv, dense
from neurosim.engines.events.engine import EventsEngine

NETWORKS = {"32-64": ((32, 64), 128), "128-256": ((128, 256), 512)}
DENSITIES = (0.02, 0.05, 0.1, 0.2, 0.4)
BATCH, STEPS = 20, 40
WEAK = 1e-4
PAUSE = 0.05


class Workload:
    """One network whose neurons all spike at `density`, ready to be timed."""

    def __init__(self, channels, hidden, density, threads, batch=BATCH, seed=0, weights="float32"):
        layers = [conv(channels[0], pool="average"), conv(channels[1], pool="average"), dense(hidden), dense(10)]
        neurons = Neurons(epsilon=peer_dense_torch.EPS, lam=peer_dense_torch.LAM)
        self.network = Network(layers, shape=(28, 28, 1), neurons=neurons)
        self.engine = EventsEngine(self.network, threads, weights=weights)
        self.clock = time.process_time if threads == 1 else time.perf_counter
        biases = {layer.name: np.full(layer.biases, density, np.float32) for layer in self.network.layers[1:]}
        self.engine.load(IdealSynapses(self.network.initial_weights(seed, gains=WEAK)).effective(), biases)
        self.images = np.full((batch, 28, 28, 1), density, np.float32)
        self.state = self.engine.rest(batch)
        self.state.x[:] = density
        self.state.v[:] = np.random.default_rng(seed).uniform(-0.5, 0.5, self.state.v.shape)
        self.relax(2)

    def relax(self, steps):
        """Relax on from where the last call ended; returns (seconds, Record)."""
        begin = self.clock()
        record = self.engine.relax(self.state, self.images, steps)
        return self.clock() - begin, record


def densities(engine, record):
    """Spikes per neuron and time step, by layer [1]."""
    steps = int(record.steps.sum())
    return [float(record.sent[:, own].sum()) / steps / (own.stop - own.start) for own in engine.slices.values()]


def row_additions(engine, record):
    """Weights that the spikes of a record selected, summed over reads: spikes of a position x its taps x columns."""
    total, owns = 0, list(engine.slices.values())
    for read in engine.layout.reads:
        sent = record.sent[:, owns[read.source]].sum(axis=0, dtype=np.int64).reshape(-1, read.block_rows).sum(axis=1)
        taps = np.bincount(read.taps[1], minlength=len(sent))
        total += int(sent @ taps) * read.length
    return total


def spread(workload, steps=20):
    """How alike the spikes of one step and the next are, and how unevenly channels take part.

    returns : share of the spikes of a step whose neuron had spiked in the step before [1]; largest over smallest spike
        count of the channels of the first hidden layer [1]
    """
    units = workload.engine.slices[workload.network.layers[1].name]
    channels = workload.network.layers[1].biases
    before, repeated, fired, counts = workload.state.s > 0, 0, 0, np.zeros(channels)
    for _ in range(steps):
        workload.relax(1)
        now = workload.state.s > 0
        repeated, fired, before = repeated + int((now & before).sum()), fired + int(now.sum()), now
        counts += now[:, units].reshape(-1, channels).sum(axis=0)
    return repeated / max(1, fired), float(counts.max() / max(1, counts.min()))


def compare(name, density, threads, rounds, with_peer):
    """Time one network at one density, in turn with the peer; returns a dict with medians over the rounds."""
    channels, hidden = NETWORKS[name]
    workload = Workload(channels, hidden, density, threads)
    short = Workload(channels, hidden, density, threads, weights="int16")
    repeated, unevenness = spread(workload)
    own, shorter, peer, additions, operations = [], [], [], 0, 0
    counted = np.zeros(len(workload.network.layers))
    for _ in range(rounds):
        time.sleep(PAUSE)
        seconds, record = workload.relax(STEPS)
        own.append(seconds / STEPS / BATCH * 1e6)
        additions += row_additions(workload.engine, record)
        operations += sum(workload.engine.count(record).operations.values())
        counted += densities(workload.engine, record)
        shorter.append(short.relax(STEPS)[0] / STEPS / BATCH * 1e6)
        if with_peer:
            peer.append(peer_dense_torch.measure(channels, hidden, BATCH, STEPS, density, threads)[0])
    made = rounds * STEPS * BATCH
    case = {"network": name, "density": density, "densities": [float(d) / rounds for d in counted],
            "us": statistics.median(own), "us_best": min(own),
            "int16_us": statistics.median(shorter), "int16_us_best": min(shorter),
            "operations_per_step": operations / made, "additions_per_step": additions / made,
            "repeated_spikes": repeated, "channel_unevenness": unevenness}
    case["operations_per_second"] = case["operations_per_step"] / case["us"] * 1e6
    case["additions_per_second"] = case["additions_per_step"] / case["us"] * 1e6
    if with_peer:
        ratios = [there / here for there, here in zip(peer, own)]
        case |= {"peer_us": statistics.median(peer), "peer_us_best": min(peer), "ratios": ratios,
                 "ratio": statistics.median(peer) / case["us"], "ratio_best": min(peer) / min(own),
                 "int16_ratio": statistics.median(peer) / case["int16_us"]}
    return case


def row(case):
    """One line of the table."""
    peer = (f"{case['peer_us']:.0f} | {case['ratio']:.1f} x | {case['int16_ratio']:.1f} x" if "ratio" in case else
            "- | - | -")
    counted = f"{min(case['densities']):.1%}-{max(case['densities']):.1%}"
    operations, additions = (case[name] / 1e9 for name in ("operations_per_second", "additions_per_second"))
    own = f"{case['us']:.1f} | {case['int16_us']:.1f}"
    return (f"| {case['network']} | {case['density']:.0%} ({counted}) | {own} | {peer} | {operations:.1f} | "
            f"{additions:.1f} | {case['share_of_peak']:.0%} |")


def header(result):
    """The lines above the table."""
    peaks = ", ".join(f"{rate / 1e9:.1f} ({size} of weights)" for size, rate in result["peak"].items())
    columns = ("network", "spikes (counted)", "neurosim us", "16 bits us", "dense us", "ratio", "16 bits",
               "G synaptic operations/s", "G row additions/s", "of peak")
    return (f"{result['threads']} threads, {8 * simd_bytes()} bit vectors, load {result['load_before']:.1f} before. "
            f"Peak of additions, G/s: {peaks}.\n\n| {' | '.join(columns)} |\n{'|---' * len(columns)}|")


def main():
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--quick", action="store_true", help="10 %% spikes only, 3 rounds instead of 5")
    parser.add_argument("--no-torch", action="store_true", help="leave out the peer")
    parser.add_argument("--threads", type=int, default=thread_count())
    parser.add_argument("--json", action="store_true")
    args = parser.parse_args()
    if not args.no_torch:
        peer_dense_torch.require_torch()
    result = {"threads": args.threads, "load_before": os.getloadavg()[0], "cases": [],
              "peak": {size: peak.measure(count, args.threads) for size, count in peak.SIZES.items()}}
    if not args.json:
        print(header(result), flush=True)
    for name in NETWORKS:
        for density in DENSITIES[2:3] if args.quick else DENSITIES:
            case = compare(name, density, args.threads, 3 if args.quick else 5, not args.no_torch)
            case["share_of_peak"] = case["additions_per_second"] / max(result["peak"].values())
            result["cases"].append(case)
            if not args.json:
                print(row(case), flush=True)
    result["load_after"] = os.getloadavg()[0]
    print(json.dumps(result) if args.json else f"\nload {result['load_after']:.1f} afterwards")


if __name__ == "__main__":
    main()
