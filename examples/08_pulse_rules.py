"""Which pulse rule suits equilibrium propagation? Eight rules on one spiking network, with and without asymmetry.

Physics: the update of EP is a difference of two phases. A rule that pulses one phase up and the other down pays for
both, adds the noise of both, and turns a difference between set and reset steps into a bias; rules that pulse the
difference, or keep it in a register, do not. bias = |mean change - wanted| / |wanted| and noise = deviation of single
changes / |wanted|, both of one batch on several chips with the same weights.

Run time: 8 min. Expected: see the table of the README. Writes 08_pulse_rules.png here.
"""

import matplotlib.pyplot as plt
import numpy as np

from neurosim import Model, Training, load_config, run_phases
from neurosim.crossbar.wear import wear
from neurosim.datasets import load
from neurosim.experiment.chip import make_synapses
from neurosim.learning.phases import one_hot

# Parameters
CARD, CHIPS, BATCH, ASYMMETRIES = "gokmen-2016-rpu", 6, 20, (0.0, 0.05)
RULES = ("accumulate", "stochastic", "nearest", "sign", "trains", "tiki-taka", "write-verify", "two-phase")


# Problem
def configure(rule, asymmetry, seed=0):
    return load_config("mnist-small", [f"synapses.device={CARD}", f"synapses.pulses={rule}", f"seed={seed}",
                                       f"device.asymmetry={asymmetry}"])


def flat(weights):
    return np.concatenate([values.ravel() for values in weights.values()]).astype(float)


data, config = load("mnist"), load_config("mnist-small")
images, targets = data.train_images[:BATCH] / 255, one_hot(data.train_labels[:BATCH], 10)
model = Model(config, (28, 28, 1), 10)
weights = {name: values.copy() for name, values in model.synapses.weights.items()}
step = model.learn(run_phases(model.simulator, images, targets, config.learning), 1.0)
wanted = flat(step.changes)


# Solver
def single_updates(rule, asymmetry):
    """Bias and noise of the first update, relative to what was wanted."""
    changes = []
    for chip in range(CHIPS):
        synapses, update = make_synapses(configure(rule, asymmetry, seed=chip), model.network, weights)
        before = flat(synapses.weights)
        update.apply(synapses, step)
        changes.append(flat(synapses.weights) - before)
    noise = np.sqrt(np.sum(np.var(changes, axis=0, ddof=1)))
    excess = np.sum((np.mean(changes, axis=0) - wanted) ** 2) - noise ** 2 / CHIPS
    return np.sqrt(max(excess, 0)) / np.linalg.norm(wanted), noise / np.linalg.norm(wanted)


def learnt(rule, asymmetry):
    """Validation error after training, and pulses per weight and update."""
    training = Training(configure(rule, asymmetry), f"08_{rule}_{asymmetry}.h5")
    start = wear(training.model.synapses)["pulses_per_weight"]
    training.run()
    updates = training.batches * training.config.training.epochs
    return (training.progress.history[-1]["validation_error"],
            (wear(training.model.synapses)["pulses_per_weight"] - start) / updates)


# Main
table = {asymmetry: np.array([(*learnt(rule, asymmetry), *single_updates(rule, asymmetry)) for rule in RULES])
         for asymmetry in ASYMMETRIES}
figure, axes = plt.subplots(1, 4, figsize=(12, 4), sharey=True, layout="constrained")
titles = ("validation error", "pulses per weight and update", "bias of a single update", "noise of a single update")
for column, (axis, title) in enumerate(zip(axes, titles)):
    for place, (asymmetry, values) in enumerate(table.items()):
        axis.barh(np.arange(len(RULES)) + 0.4 * place, values[:, column], 0.38, color=("C0", "C1")[place],
                  label=f"asymmetry {asymmetry:.0%}")
    axis.set(title=title, xscale="log", yticks=np.arange(len(RULES)) + 0.2, yticklabels=RULES)
axes[0].legend()
axes[0].invert_yaxis()
figure.suptitle(f"Pulse rules of equilibrium propagation, 784-100-10 on {CARD}")
figure.savefig("08_pulse_rules.png", dpi=100)
for asymmetry, values in table.items():
    for rule, row in zip(RULES, values):
        print(f"asymmetry {asymmetry:4.0%}  {rule:<13} error {row[0]:6.2%}  pulses {row[1]:7.3f}  "
              f"bias {row[2]:6.2f}  noise {row[3]:6.2f}")
