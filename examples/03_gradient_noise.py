"""Why the gradient is made of mean states: spikes leave noise on every state, and EP contrasts small differences.

Physics: the spiking network has the fixed point of the rate network, but its states hop around it. The cosine between
the gradients of both, for the same weights and images, says how much of the gradient is left.

Run time: 20 s. Expected for conv1, mean of four networks, K = 1, 10, 50: -0.46, 0.51, 0.97 with lam = 0.6; 0.16, 0.84,
0.99 with lam = 0.2; 0.98, 0.99, 1.00 with annealed lam. Writes 03_gradient_noise.png here.
"""

import matplotlib.pyplot as plt
import numpy as np

from neurosim import IdealSynapses, Network, Neurons, Phases, Schedule, EventsEngine, conv, dense, gradient, run_phases
from neurosim.datasets import load
from neurosim.learning.phases import one_hot

# Parameters
SAMPLES, SEEDS, BETA, FREE, NUDGED, WINDOWS = 16, 4, 0.1, 250, 50, (1, 2, 5, 10, 25, 50)
NEURONS = {"lam = 0.6": Neurons(lam=0.6), "lam = 0.2": Neurons(lam=0.2),
           "lam = 0.83 / t^0.58": Neurons(lam=Schedule(a=0.832, b=0.584), epsilon=Schedule(a=0.843, b=0.092))}

# Problem
LAYERS = [conv(8, pool="average", name="conv1"), conv(16, pool="average", name="conv2"), dense(10, name="output")]
data = load("mnist")
images, targets = data.train_images[:SAMPLES] / 255, one_hot(data.train_labels[:SAMPLES], 10)


# Solver
def slopes(neurons, seed, window, input="spikes", free=FREE, nudged=NUDGED):
    """Centred EP gradient, one flat array per connection, of random weights and outputs near 0.3, inside their clip."""
    engine = EventsEngine(network := Network(LAYERS, (28, 28, 1), neurons, input=input))
    biases = network.initial_biases() | {"output": np.full(10, 0.3)}
    engine.load(IdealSynapses(network.initial_weights(seed)).effective(), biases)
    phases = Phases(beta=BETA, free_steps=free, nudge_steps=nudged, window=window)
    weights = gradient(engine, run_phases(engine, images, targets, phases)).weights
    return [values.ravel().astype(float) for values in weights.values()]


def cosine(a, b):
    return a @ b / np.sqrt((a @ a) * (b @ b))


# Main
figure, axes = plt.subplots(1, 3, figsize=(10, 4), sharey=True, layout="constrained")
truth = [slopes(Neurons(kind="rate", epsilon=0.5), seed, 1, "analog", 400, 400) for seed in range(SEEDS)]
for (name, neurons), style in zip(NEURONS.items(), ("C1o-", "C0s-", "kd-")):
    cosines = np.array([[[*map(cosine, slopes(neurons, seed, window), truth[seed])] for window in WINDOWS]
                        for seed in range(SEEDS)])
    print(name, *(f"\n  K = {k}: {row.round(2)}" for k, row in zip(WINDOWS, cosines.mean(axis=0))))
    for axis, values in zip(axes, cosines.transpose(2, 1, 0)):
        axis.plot(WINDOWS, values.mean(axis=1), style, label=name)
        axis.fill_between(WINDOWS, values.min(axis=1), values.max(axis=1), color=style[:-2], alpha=0.15)
for axis, layer in zip(axes, LAYERS):
    axis.set(title=f"weights into {layer.name}", xlabel="time steps averaged over, K", xscale="log")
    axis.set_xticks(WINDOWS, WINDOWS)
    axis.minorticks_off()
axes[0].set_ylabel("cosine with the rate network's gradient")
axes[2].legend(loc="lower right")
figure.suptitle("The last state hides the gradient of the first layer; a mean over steps, or annealed lam, recovers it")
figure.savefig("03_gradient_noise.png", dpi=100)
