"""Train a small spiking network by equilibrium propagation, from Python.

Physics: a free phase relaxes the network to the minimum of its energy; two nudged phases pull its outputs towards the
label, with strength +beta and -beta, and away from it. The contrast of local products of states is the gradient.

Run time: 10 s on two cores, and 15 s once to compile.   Expected: test error 0.867 before, 0.12 after 4 epochs.
"""

import numpy as np

from neurosim import (EventsEngine, IdealSynapses, Network, Neurons, OptimiserOptions, Phases, conv, dense, gradient,
                      make_optimiser, run_phases)
from neurosim.datasets import load
from neurosim.learning.phases import free_phase, one_hot

# Parameters
SAMPLES, TESTED, EPOCHS, BATCH, SEED = 1000, 1000, 4, 20, 0
RATES = {"conv1": 0.5, "conv2": 0.3, "output": 0.2}
PHASES = Phases(beta=0.2, free_steps=30, nudge_steps=12, window=8)

# Problem
layers = [conv(16, kernel=5, pool="average", name="conv1"), conv(32, kernel=5, pool="average", name="conv2"),
          dense(10, name="output")]
network = Network(layers, shape=(28, 28, 1), neurons=Neurons(epsilon=0.9, lam=0.2))
data = load("mnist")
images, labels = data.train_images[:SAMPLES] / 255, data.train_labels[:SAMPLES]
test_images, test_labels = data.test_images[:TESTED] / 255, data.test_labels[:TESTED]

# Solver
engine = EventsEngine(network)
synapses, biases = IdealSynapses(network.initial_weights(SEED)), network.initial_biases()
rates = RATES | {connection.name: RATES[connection.upper] for connection in network.connections}
optimiser = make_optimiser(OptimiserOptions(momentum=0.5), rates, synapses.weights, biases)


def test_error():
    engine.load(synapses.effective(), biases)
    record = free_phase(engine, engine.rest(TESTED), test_images, PHASES)
    return np.mean(record.mean[:, engine.slices["output"]].argmax(axis=1) != test_labels)


def learn(batch):
    engine.load(synapses.effective(), biases)
    slope = gradient(engine, run_phases(engine, images[batch], one_hot(labels[batch], 10), PHASES))
    changes = optimiser.step(slope.weights | slope.biases, synapses.weights | biases)
    synapses.program({name: changes[name] for name in slope.weights})
    for name in slope.biases:
        biases[name] += changes[name]


# Main
print(f"before: test error {test_error():.3f}")
for epoch in range(EPOCHS):
    order = np.random.default_rng([SEED, epoch]).permutation(SAMPLES)
    for start in range(0, SAMPLES, BATCH):
        learn(order[start:start + BATCH])
    print(f"epoch {epoch + 1}: test error {test_error():.3f}", flush=True)
