"""Which pulse rule suits equilibrium propagation? Eight rules on one spiking network, with and without asymmetry.

Physics: the update of EP is a difference of two phases. A rule that pulses one phase up and the other down pays for
both, adds the noise of both, and turns a difference between set and reset steps into a bias; rules that pulse the
difference, or keep it in a register, do not. Noise and bias are those of the same single update of one sample, made 100
times on 64 x 64 weights, relative to what it should be.

Run time: 6 min. Expected: 8.2 to 8.7 % for register, rounding, trains and write-verify, 10.8 and 12.3 % for two-phase,
with 28 and 15 times the pulses of the register; pairs that are pulsed in turn cancel the asymmetry of single updates.
Writes 08_pulse_rules.png here.
"""

import matplotlib.pyplot as plt
import numpy as np

from neurosim import DeviceSynapses, Placement, Training, load_config, load_device
from neurosim.crossbar.wear import wear
from neurosim.experiment.chip import make_update
from neurosim.learning.single_updates import one_sample_step, update_statistics

# Parameters
CARD, ASYMMETRIES, RATE, REPEATS = "gokmen-2016-rpu", (0.0, 0.05), 0.01, 100
RULES = ("accumulate", "stochastic", "nearest", "sign", "trains", "tiki-taka", "write-verify", "two-phase")


# Solver
def single_update(rule, asymmetry):
    """Bias and noise of one update, relative to what was wanted."""
    device, step = load_device(CARD, {"asymmetry": asymmetry}), one_sample_step(rate=RATE)
    zeros = {name: np.zeros_like(change) for name, change in step.changes.items()}
    placement = Placement(mapping="pair", programming="bidirectional", ranges=dict.fromkeys(zeros, 2.0))
    synapses = DeviceSynapses(device, zeros, placement)
    found = update_statistics(synapses, make_update(configure(rule, asymmetry), zeros, synapses), step, REPEATS)
    return found.bias, found.noise


def configure(rule, asymmetry):
    return load_config("mnist-small", [f"synapses.device={CARD}", f"synapses.pulses={rule}",
                                       f"device.asymmetry={asymmetry}"])


def learnt(rule, asymmetry):
    """Validation error after training, and pulses per weight and update."""
    training = Training(configure(rule, asymmetry))
    start = wear(training.model.synapses)["pulses_per_weight"]
    training.run()
    sent = wear(training.model.synapses)["pulses_per_weight"] - start
    return training.progress.history[-1]["validation_error"], sent / training.batches / training.config.training.epochs


# Main
figure, axes = plt.subplots(1, 4, figsize=(12, 4), sharey=True, layout="constrained")
titles = "validation error [1]", "pulses per weight and update", "bias of a single update", "noise of a single update"
for index, asymmetry in enumerate(ASYMMETRIES):
    values = np.array([(*learnt(rule, asymmetry), *single_update(rule, asymmetry)) for rule in RULES])
    for rule, row in zip(RULES, values):
        print(f"asymmetry {asymmetry:3.0%}  {rule:<13} error {row[0]:6.2%}  pulses {row[1]:7.3f}  "
              f"bias {row[2]:5.2f}  noise {row[3]:6.2f}", flush=True)
    for axis, title, column in zip(axes, titles, values.T):
        axis.barh(np.arange(len(RULES)) + 0.4 * index, column, 0.38, color=f"C{index}",
                  label=f"asymmetry {asymmetry:.0%}")
        axis.set(title=title, yticks=np.arange(len(RULES)) + 0.2, yticklabels=RULES)
axes[1].set_xscale("log")
axes[0].legend()
axes[0].invert_yaxis()
figure.suptitle(f"Pulse rules of equilibrium propagation: 784-100-10 on {CARD}, and single updates")
figure.savefig("08_pulse_rules.png", dpi=100)
