"""Average or max pooling? Max pooling of raw spikes breaks the gradient of EP; pooling what is decoded does not.

Physics: the spikes of one time step say little of a state, so their largest current sits at a chance position, and the
way back follows chance (Lin, Bal, Sengupta, Fig. 2 and 3). Averages choose nothing; decoded currents choose well once
they are smooth, with annealed lam. The yardstick is the rate network with the same weights, images and pooling.

Run time: 30 s. Expected for conv1, conv2, output, mean of four networks, annealed lam: max of spikes 0.27, 0.51, 0.98;
average 1.00, 1.00, 1.00; max of decoded currents 0.96, 0.96, 1.00. Writes 04_average_or_max_pooling.png here.
"""

import matplotlib.pyplot as plt
import numpy as np

from neurosim import IdealSynapses, Network, Neurons, Phases, Schedule, EventsEngine, conv, dense, gradient, run_phases
from neurosim.datasets import load
from neurosim.learning.phases import one_hot

# Parameters
SAMPLES, SEEDS, BETA, FREE, NUDGED, WINDOW = 16, 4, 0.1, 250, 50, 25
POOLS = {"max of spikes": {"pool": "max"}, "average": {"pool": "average"},
         "max of decoded currents": {"pool": "max", "pool_on": "decoded"}}
NEURONS = {"constant lam = 0.6": Neurons(lam=0.6),
           "annealed lam = 0.83 / t^0.58": Neurons(lam=Schedule(a=0.832, b=0.584), epsilon=Schedule(a=0.843, b=0.092))}

# Problem
data = load("mnist")
images, targets = data.train_images[:SAMPLES] / 255, one_hot(data.train_labels[:SAMPLES], 10)


# Solver
def slopes(pool, neurons, seed, input="spikes", free=FREE, nudged=NUDGED, window=WINDOW):
    """Centred EP gradient, one flat array per connection, of random weights and outputs near 0.3, inside their clip."""
    layers = [conv(8, name="conv1", **pool), conv(16, name="conv2", **pool), dense(10, name="output")]
    engine = EventsEngine(network := Network(layers, (28, 28, 1), neurons, input=input))
    biases = network.initial_biases() | {"output": np.full(10, 0.3)}
    engine.load(IdealSynapses(network.initial_weights(seed)).effective(), biases)
    phases = Phases(beta=BETA, free_steps=free, nudge_steps=nudged, window=window)
    weights = gradient(engine, run_phases(engine, images, targets, phases)).weights
    return [values.ravel().astype(float) for values in weights.values()]


# Main
figure, axes = plt.subplots(1, 2, figsize=(10, 4.3), sharey=True, layout="constrained")
for index, (name, pool) in enumerate(POOLS.items()):
    truth = [slopes(pool, Neurons(kind="rate", epsilon=0.5), seed, "analog", 400, 400, 1) for seed in range(SEEDS)]
    for axis, (title, neurons) in zip(axes, NEURONS.items()):
        pairs = [zip(slopes(pool, neurons, seed), truth[seed]) for seed in range(SEEDS)]
        cosines = np.array([[a @ b / np.sqrt((a @ a) * (b @ b)) for a, b in pair] for pair in pairs])
        print(f"{title}, {name}: {cosines.mean(axis=0).round(2)}", flush=True)
        where = np.arange(3) + 0.27 * (index - 1)
        axis.bar(where, cosines.mean(axis=0), 0.25, label=name, color=("C1", "C0", "0.3")[index])
        axis.plot(where, cosines.T, "k.", markersize=4)
        axis.set(title=f"{title}; dots: four networks", xlabel="weights into")
        axis.set_xticks(range(3), ("conv1", "conv2", "output"))
axes[0].set_ylabel("cosine with the rate network's gradient")
figure.legend(*axes[0].get_legend_handles_labels(), loc="outside lower center", ncols=3)
figure.suptitle("Max pooling of spikes breaks the gradient; averages, or decoded currents with annealed lam, keep it")
figure.savefig("04_average_or_max_pooling.png", dpi=100)
