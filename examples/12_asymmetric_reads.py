"""What does it cost to read an array back through other terminals than forwards?

Physics: the output array of a rate network 784-100-10 has wires. Equilibrium propagation is compared with the exact
gradient of the loss of the very network that these reads make, by its linear fixed point
x = (1 - W' D W)^-1 ..., with D the hidden units inside their clip. Equal terminals: the way back is the transpose.

Run time: 5 s, and 30 s once to compile. Expected cosine and ratio of lengths at 100 ohm: 1.000, 1.00 with equal
terminals; 1.000, 0.90 without the sense resistance; 0.53, 1.01 when lines are sensed at their far ends.
Writes 12_asymmetric_reads.png here.
"""

import matplotlib.pyplot as plt
import numpy as np

from neurosim import Model, gradient, load_config, run_phases
from neurosim.crossbar import EffectiveWeights
from neurosim.crossbar.wires import Wires, effective_conductances
from neurosim.datasets import load
from neurosim.learning.phases import one_hot
from neurosim.plots.style import COLOURS, finish, save

# Parameters
SAMPLES, RESISTANCES, NAMES = 16, np.logspace(-2, 2, 5), ("equal terminals", "no sense resistance", "far ends")
SETTINGS = ["neurons.kind=rate", "neurons.epsilon=0.5", "network.input=analog", "synapses.device=choi-2018-epiram",
            "learning.beta=0.01", "learning.free_steps=100", "learning.nudge_steps=100", "learning.state=final"]
data, model = load("mnist"), Model.build(load_config("mnist-small", SETTINGS), (28, 28, 1), 10)
images, targets = data.train_images[:SAMPLES] / np.float32(255), one_hot(data.train_labels[:SAMPLES], 10)
low, high = (connection.name for connection in model.network.connections)
mapping, floorplan = model.synapses.mappings[high], model.synapses.electrics.floorplans[high]
weights, pairs = model.synapses.weights[low], mapping.lines(mapping.conductances(), floorplan)


# Solver
def reads(wires, far=False):
    """Weights of forward and of backward reads; the latter at the same terminals, or at the far ends of the lines."""
    end = slice(None) if far else slice(None, None, -1)
    back = effective_conductances(pairs[end, end].T, wires)[end, end].T
    return (mapping.from_lines(t, floorplan) for t in (effective_conductances(pairs, wires), back))


def compare(ahead, back):
    """Gradient of the hidden layer by EP and of the loss, for a network that reads so: cosine and ratio of lengths."""
    model.engine.load(EffectiveWeights({low: weights, high: ahead}, {low: weights, high: back}), model.biases)
    records = run_phases(model.engine, images, targets, model.config.learning)
    _, x, y = (records.free.mean[:, own] for own in model.engine.slices.values())
    inside = (x > 0) & (x < 1)
    loop = np.eye(10) - np.einsum("oh,sh,ph->sop", back, inside, ahead)
    errors = np.linalg.solve(loop, (y - targets)[:, :, None])[:, :, 0]
    true = (errors @ ahead * inside).T @ images.reshape(SAMPLES, -1) / SAMPLES
    found = gradient(model.engine, records).weights[low]
    lengths = np.linalg.norm(found), np.linalg.norm(true)
    return (found * true).sum() / np.prod(lengths), lengths[0] / lengths[1]


# Main
rows = []
for r in RESISTANCES:
    equal, other = (Wires(word_line=r, bit_line=r, driver=10 * r, sense=sense) for sense in (10 * r, 0.0))
    rows.append([compare(*reads(*how)) for how in ((equal,), (other,), (equal, True))])
    print(f"{r:6g} ohm", *(f"  {name}: {c:.4f}, {q:.3f}" for name, (c, q) in zip(NAMES, rows[-1])), sep="")
figure, axes = plt.subplots(1, 2, figsize=(9, 4), layout="constrained")
for axis, values, label in zip(axes, np.array(rows).T, ("cosine of EP and true gradient, hidden layer [1]",
                                                        "length of EP's by that of the true gradient [1]")):
    for line, name, colour, marker in zip(values, NAMES, COLOURS, "os^"):
        axis.semilogx(RESISTANCES, line, color=colour, marker=marker, label=name)
    finish(axis)
    axis.set(xlabel="wire resistance from cell to cell [ohm]", ylabel=label, ylim=(0, 1.05))
axes[0].legend(loc="lower left")
save(figure, "12_asymmetric_reads.png")
