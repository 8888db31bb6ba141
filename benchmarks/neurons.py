"""What kinds of spikes cost, and how much of the gradient they say.

    python benchmarks/neurons.py [--images 16]

The network of the preset mnist-small at its first weights, constant epsilon and lam. For each kind of neurons: spikes
of an image above the input in the free phase; root mean square distance of the mean of the last ten steps from the
fixed point of the rate network, by layer; cosine of the gradient that the phases of the preset estimate with that of
the rate network, by connection. "ternary outputs" are spikes of 0 and 1 in the hidden layer and of -1, 0, 1 at the
output alone: what they gain over "spiking" is what outputs below 0 tell the hidden layer.
"""

import argparse

import numpy as np

from neurosim import EventsEngine, IdealSynapses, Network, Neurons, Phases, dense, gradient, run_phases
from neurosim.datasets import load
from neurosim.learning.phases import one_hot

STEPS, LAST, EPSILON, LAMS = 50, 10, 0.9, (0.2, 0.3)
PHASES = Phases(beta=0.4, free_steps=STEPS, nudge_steps=10, window=6)
#: Kinds of the hidden and of the output neurons.
KINDS = {"spiking (0, 1)": ("spiking", "spiking"), "ternary outputs": ("spiking", "ternary"),
         "ternary (-1, 0, 1)": ("ternary", "ternary"), "graded, 4 bits": ("graded", "graded")}


def made(kinds, neurons, source):
    """Engine and Network of 784-100-10 at its first weights."""
    network = Network([dense(100, neurons=kinds[0]), dense(10, neurons=kinds[1])], (28, 28, 1), neurons,
                      input=source)
    engine = EventsEngine(network)
    engine.load(IdealSynapses(network.initial_weights(0, gains=(2.0, 1.0))).effective(), network.initial_biases())
    return engine


def slopes(engine, images, targets, phases):
    """The gradient of each connection as a flat array."""
    return [values.ravel().astype(float) for values in
            gradient(engine, run_phases(engine, images, targets, phases)).weights.values()]


def main():
    """Print the table."""
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--images", type=int, default=16, help="training images, default 16")
    images = options.parse_args().images
    data = load("mnist")
    pictures, targets = data.train_images[:images] / 255, one_hot(data.train_labels[:images], 10)
    rate = made(("rate", "rate"), Neurons(kind="rate", epsilon=0.5), "analog")
    fixed = rate.relax(rate.rest(images), pictures, 400).mean
    truth = slopes(rate, pictures, targets, Phases(beta=0.4, free_steps=400, nudge_steps=400, window=1))
    print("| neurons | lam | spikes | hidden | output | cosine, input-dense1 | cosine, dense1-output |")
    print("|---|---|---|---|---|---|---|")
    for lam in LAMS:
        for name, kinds in KINDS.items():
            engine = made(kinds, Neurons(epsilon=EPSILON, lam=lam), "spikes")
            record = engine.relax(engine.rest(images), pictures, STEPS, window=LAST)
            layers = [engine.slices[layer.name] for layer in engine.network.layers[1:]]
            spikes = sum(record.sent[:, units].sum() for units in layers) / images
            apart = [np.sqrt(np.square(record.mean - fixed)[:, units].mean()) for units in layers]
            cosines = [a @ b / np.sqrt((a @ a) * (b @ b)) for a, b in
                       zip(slopes(engine, pictures, targets, PHASES), truth)]
            print(f"| {name} | {lam} | {spikes:.0f} | " + " | ".join(f"{value:.4f}" for value in apart) + " | "
                  + " | ".join(f"{value:.3f}" for value in cosines) + " |")


if __name__ == "__main__":
    main()
