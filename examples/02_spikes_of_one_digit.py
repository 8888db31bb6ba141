"""Rasters of one digit: what every layer sends while the network relaxes and while it is nudged.

Physics: the spikes of a sigma-delta neuron with predictive encoder, averaged over T steps, are its mean state up to
((1 - lam) / lam + 1/2) / T. The sum over the encoder telescopes; one state and one residue are left over.

Run time: 3 s. Expected: no unit above that line; the largest difference after 60 steps is 0.031. Writes a .png here.
"""

import matplotlib.pyplot as plt
import numpy as np

from neurosim import IdealSynapses, Network, EventsEngine, Neurons, Nudge, conv, dense
from neurosim.datasets import load
from neurosim.learning.phases import one_hot

# Parameters
FREE, NUDGED, BETA, LAM, SAMPLE, SHOWN = 60, 40, 0.5, 0.4, 0, 40

# Problem
network = Network([conv(8, pool="average", name="conv1"), conv(16, pool="average", name="conv2"), dense(10)],
                  shape=(28, 28, 1), neurons=Neurons(lam=LAM))
data = load("mnist")
image, label = data.train_images[SAMPLE:SAMPLE + 1] / 255, data.train_labels[SAMPLE]
biases = network.initial_biases() | {"output": np.full(10, 0.3)}

# Solver
engine = EventsEngine(network)
engine.load(IdealSynapses(network.initial_weights(seed=0, gains=1.5)).effective(), biases)


def follow(state, steps, beta=0.0):
    """Relax step by step, MUTATING the state; returns spikes and states, both (steps, units)."""
    trace = []
    for _ in engine.follow(state, image, steps, nudge=Nudge(beta, one_hot(np.array([label]), 10))):
        trace.append((state.s[0].copy(), state.x[0].copy()))
    return np.array(trace).swapaxes(0, 1)


# Main
spikes, states = follow(state := engine.rest(1), FREE)
raster = np.concatenate([spikes, *(follow(state.copy(), NUDGED, beta)[0] for beta in (BETA, -BETA))])
steps = np.arange(1, FREE + 1)
worst = np.abs(np.cumsum(spikes - states.clip(0, 1), axis=0)).max(axis=1) / steps
figure, axes = plt.subplots(5, figsize=(8, 10), height_ratios=[3, 3, 3, 2, 4], layout="constrained")
for axis, layer in zip(axes, network.layers):
    part = raster[:, engine.slices[layer.name]]
    busy = np.flatnonzero(part.any(axis=0) | (layer.units == 10))
    time, unit = part[:, busy[::max(1, len(busy) // SHOWN)]].nonzero()
    axis.scatter(time + 1, unit, s=9, c=np.where((unit == label) & (layer.units == 10), "C1", "black"), marker="|")
    axis.set(ylabel=f"{layer.name}\nunit", xlim=(0, len(raster) + 1))
    axis.vlines([FREE + 0.5, FREE + NUDGED + 0.5], *axis.get_ylim(), color="C0")
axes[0].set_title(f"A {label}: free phase | nudged towards its label (orange) | nudged away from it")
axes[3].set(xlabel="time step", yticks=range(0, 10, 3))
axes[4].loglog(steps, worst, "o", color="black", label="largest |mean spikes - mean state| of all units")
axes[4].loglog(steps, ((1 - LAM) / LAM + 0.5) / steps, color="C1", label="((1 - lam) / lam + 1/2) / T")
axes[4].set(title="Spike rates converge to states as 1 / T", xlabel="time steps averaged over, T", ylabel="difference")
axes[4].legend()
figure.savefig("02_spikes_of_one_digit.png", dpi=100)
print(f"largest difference after {FREE} steps: {worst[-1]:.4f}")
