"""A neuron of your own in the compiled loop: ternary spikes that wait until more than a threshold is left to say.

Physics: a ternary neuron sends +-1 whenever its state and what its spikes have said so far differ by more than 1/2, and
sends much that the next step takes back. With a higher threshold it keeps still while little changes. What is not yet
said stays below the threshold, so that rates tend to states all the same.

Run time: 8 s at first, while the loop is compiled, then 2 s. Expected, for thresholds 0.5, 1 and 1.5: 448, 387 and 362
spikes of the hidden layer an image; outputs 0.0071, 0.0068 and 0.0059 from the fixed point of the rate network.
"""

import numpy as np

from neurosim import EventsEngine, IdealSynapses, Network, Neurons, dense
from neurosim.cards import Entry
from neurosim.datasets import load
from neurosim.neurons import Law, kernel, register

# Parameters
SAMPLES, STEPS, WINDOW, THRESHOLDS = 50, 60, 10, (0.5, 1.0, 1.5)

# Problem
images = load("mnist").train_images[:SAMPLES] / 255


@kernel
def advance_patient(x, d, v, s, phi, direct, eps, lam, bounds, parameters):
    """Decode, move and encode as ternary neurons do; s = +-1 where |V + e| > threshold, else 0."""
    low, high = bounds
    one, threshold = x.dtype.type(1), parameters[0]
    for j in range(x.size):
        before = min(max(x[j], -one), one)
        d[j] += lam * (phi[j] - d[j])
        x[j] = min(max(x[j] + eps * (d[j] + direct[j] - x[j]), low), high)
        v[j] += (min(max(x[j], -one), one) - (one - lam) * before) / lam
        s[j] = np.copysign(one, v[j]) if abs(v[j]) > threshold else 0
        v[j] -= s[j]


register(Law(name="patient", advance=advance_patient, range=(-1, 1), parameters={"threshold": Entry("1", 0.5, 5)}))


# Solver
def relaxed(neurons, input, steps, window):
    """The Record of free phases of a network of random weights, and its engine."""
    engine = EventsEngine(network := Network([dense(100, name="hidden"), dense(10)], (28, 28, 1), neurons, input=input))
    engine.load(IdealSynapses(network.initial_weights(seed=1)).effective(), network.initial_biases())
    return engine.relax(engine.rest(SAMPLES), images, steps, window=window), engine


# Main
truth, engine = relaxed(Neurons(kind="rate", epsilon=0.5), "analog", 200, 1)
for threshold in THRESHOLDS:
    record, _ = relaxed(Neurons(kind="patient", parameters={"threshold": threshold}), "spikes", STEPS, WINDOW)
    error = np.abs(record.mean - truth.mean)[:, engine.slices["output"]].mean()
    spikes = record.sent[:, engine.slices["hidden"]].sum(axis=1).mean()
    print(f"threshold {threshold}: {spikes:.0f} spikes of the hidden layer an image, error of the outputs {error:.4f}")
