"""Which way does the bar move? A network learns from events in time what no picture of them could tell it.

Physics: a bar circles through the picture to the left or to the right, from anywhere, and comes by everywhere as often,
so that the mean of the frames is the same for both. The input sends frame t in time step t since rest and starts again
behind the last one; the decoders of the layer above keep a trail behind the bar, x = (1 - lam) x + lam s, and trails to
the left and to the right are different pictures for its kernels. The phases share the clock of the frames.

Run time: 15 s, and 30 s once to compile.   Expected: test error below 0.01 with the events, near 0.5 with their mean as
an image, above 0.99 with the frames in the opposite order: what is played backwards is taken for the other way.
Writes bars.npz here, which the command line takes: neurosim train with data.name = "events", data.path = "bars.npz".
"""

import numpy as np

from neurosim import (EventsEngine, IdealSynapses, Network, Neurons, OptimiserOptions, Phases, conv, dense, gradient,
                      make_optimiser, run_phases)
from neurosim.learning.phases import free_phase, one_hot
from neurosim.network.graph import NetworkSpec

# Parameters
SAMPLES, TESTED, EPOCHS, BATCH, SEED = 1000, 300, 6, 10, 0
ROWS, COLUMNS, STAY, NOISE = 3, 12, 2, 0.02      # STAY: frames at each position
LAYERS, GAINS, RATES = (conv(32, kernel=3), dense(2)), (3.0, 1.0), {"conv1": 0.08, "output": 0.08}
FRAMES = STAY * COLUMNS
PHASES = Phases(beta=0.3, free_steps=2 * FRAMES, nudge_steps=FRAMES, window=FRAMES, targets=(0.25, 0.75))


# Problem
def moving_bars(samples, seed):
    """Events 0 and 1, uint8 (samples, T, rows, columns, 1), and directions, 0 = to the left, 1 = to the right."""
    random = np.random.default_rng(seed)
    labels, start = random.integers(2, size=samples), random.integers(COLUMNS, size=(samples, 1))
    column = (start + np.where(labels, 1, -1)[:, None] * (np.arange(FRAMES) // STAY)) % COLUMNS
    bar = (column[:, :, None] == np.arange(COLUMNS))[:, :, None, :, None]
    return (bar ^ (random.random((samples, FRAMES, ROWS, COLUMNS, 1)) < NOISE)).astype(np.uint8), labels


# Solver
class Learner:
    """A network with this kind of input, learning."""

    def __init__(self, input):
        spec = NetworkSpec(input=input, layers=LAYERS, gains=GAINS)
        self.network = Network(spec, (ROWS, COLUMNS, 1), Neurons(epsilon=0.9, lam=0.3))
        self.engine, self.biases = EventsEngine(self.network), self.network.initial_biases()
        self.biases["output"][:] = np.mean(PHASES.targets)
        self.synapses = IdealSynapses(self.network.initial_weights(SEED))
        rates = RATES | {connection.name: RATES[connection.upper] for connection in self.network.connections}
        self.optimiser = make_optimiser(OptimiserOptions(momentum=0.5), rates, self.synapses.weights, self.biases)

    def learn(self, values, labels, scale):
        """Make one weight change from a batch, at `scale` times the rates."""
        self.engine.load(self.synapses.effective(), self.biases)
        slope = gradient(self.engine, run_phases(self.engine, values, one_hot(labels, 2, PHASES.targets), PHASES))
        changes = self.optimiser.step(slope.weights | slope.biases, self.synapses.weights | self.biases, scale)
        self.synapses.program({name: changes[name] for name in slope.weights})
        for name in slope.biases:
            self.biases[name] += changes[name]

    def error(self, values, labels):
        """Fraction of wrong answers."""
        self.engine.load(self.synapses.effective(), self.biases)
        record = free_phase(self.engine, self.engine.rest(len(values)), values, PHASES)
        return np.mean(record.mean[:, self.engine.slices["output"]].argmax(axis=1) != labels)


# Main
(events, labels), (tests, answers) = moving_bars(SAMPLES, 1), moving_bars(TESTED, 2)
np.savez_compressed("bars.npz", train_events=events, train_labels=labels, test_events=tests, test_labels=answers)
moving, still = Learner("events"), Learner("spikes")
for epoch in range(EPOCHS):
    order = np.random.default_rng([SEED, epoch]).permutation(SAMPLES)
    for start in range(0, SAMPLES, BATCH):
        batch = order[start:start + BATCH]
        moving.learn(events[batch], labels[batch], 1 - epoch / EPOCHS)
        still.learn(events[batch].mean(axis=1), labels[batch], 1 - epoch / EPOCHS)
    print(f"epoch {epoch + 1}: test error with events {moving.error(tests, answers):.3f}, with their mean "
          f"{still.error(tests.mean(axis=1), answers):.3f}", flush=True)
print(f"played backwards {moving.error(tests[:, ::-1], answers):.3f}")
