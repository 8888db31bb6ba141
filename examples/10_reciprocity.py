"""Do the weights of an array stay symmetric when its wires resist? They do; this is what breaks it.

Physics: resistors are reciprocal. An array with IR drop is one matrix T, read either way, so a network on it keeps an
energy, and equilibrium propagation finds the gradient of what the array became. Below, the output array of a rate
network 784-100-10 has wires. Its exact gradient, by the linear fixed point, tells what a wrong way back costs.

Run time: 20 s, and 30 s once to compile. Expected asymmetry at 10 ohm: EXPECTED
Writes 10_reciprocity.png here.
"""

import matplotlib.pyplot as plt
import numpy as np
from scipy.linalg import hadamard

from neurosim import Model, gradient, load_config, load_device, run_phases
from neurosim.crossbar import EffectiveWeights
from neurosim.crossbar.wires import Sinh, Wires, effective_conductances, solve
from neurosim.datasets import load
from neurosim.learning.phases import one_hot
from neurosim.plots.style import COLOURS, finish, save

# Parameters
SIZE, SMALL, SAMPLES, RESISTANCES = 128, 16, 16, np.logspace(-2, 2, 5)
SETTINGS = ["neurons.kind=rate", "neurons.epsilon=0.5", "network.input=analog", "synapses.device=choi-2018-epiram",
            "learning.beta=0.01", "learning.free_steps=100", "learning.nudge_steps=100", "learning.state=final"]
device, random, patterns, data = load_device("choi-2018-epiram"), np.random.default_rng(0), hadamard(SIZE), load("mnist")
array = random.uniform(device["g_min"], device["g_max"], (SIZE, SIZE))
images, targets = data.train_images[:SAMPLES] / np.float32(255), one_hot(data.train_labels[:SAMPLES], 10)
model = Model(load_config("mnist-small", SETTINGS), (28, 28, 1), 10)
low, high = (connection.name for connection in model.network.connections)
mapping, floorplan = model.synapses.mappings[high], model.synapses.electrics.floorplans[high]
weights, pairs = model.synapses.weights[low], mapping.lines(mapping.conductances(), floorplan)


# Solver: matrices of forward and of backward reads [S]
def linear(g, wires, far=False):
    """A backward read is a forward one of the array turned so that bit lines drive, at their own or the far ends."""
    end = slice(None) if far else slice(None, None, -1)
    return effective_conductances(g, wires), effective_conductances(g[end, end].T, wires)[end, end].T


def nonlinear(g, wires):
    """Sinh cells, one line at a time at the read voltage V, I = G V_0 sinh(V / V_0) with V_0 = V / 2."""
    drives, cells = device["read_voltage"] * np.eye(len(g)), Sinh(v_0=device["read_voltage"] / 2)
    return (np.array([solve(g, wires, drive, cells=cells).column_currents for drive in drives]),
            -np.array([solve(g, wires, 0, drive, direction="backward", cells=cells).row_currents for drive in drives]).T)


def measured(t, bits=52, spread=0.0):
    """What reads of patterns of +-1 on all lines tell of a matrix, through converters and noise of the devices."""
    currents = patterns @ t + spread * np.sqrt((t ** 2).sum(axis=0)) * random.standard_normal(t.shape)
    step = np.abs(currents).max() / 2 ** (bits - 1)
    return patterns.T @ (step * np.round(currents / step)) / SIZE


def learnt(forward, backward):
    """Gradient of the hidden layer by EP and of the loss, for a network that reads so: cosine and ratio of lengths."""
    ahead, back = (mapping.from_lines(t, floorplan) for t in (forward, backward))
    model.simulator.load(EffectiveWeights({low: weights, high: ahead}, {low: weights, high: back}), model.biases)
    records = run_phases(model.simulator, images, targets, model.config.learning)
    _, x, y = (records.free.mean[:, own] for own in model.simulator.slices.values())
    inside = (x > 0) & (x < 1)
    loop = np.eye(10) - np.einsum("oh,sh,ph->sop", back, inside, ahead)
    errors = np.linalg.solve(loop, (y - targets)[:, :, None])[:, :, 0]
    true = (errors @ ahead * inside).T @ images.reshape(SAMPLES, -1) / SAMPLES
    found = gradient(model.simulator, records).weights[low]
    lengths = np.linalg.norm(found), np.linalg.norm(true)
    return (found * true).sum() / np.prod(lengths), lengths[0] / lengths[1]


# Main
names = "equal terminals", "no sense resistance", "far ends", "8-bit converters", "1 % read noise", "sinh cells, 16 x 16"
rows = []
for r in RESISTANCES:
    equal, other = (Wires(word_line=r, bit_line=r, driver=10 * r, sense=sense) for sense in (10 * r, 0.0))
    there, back = linear(array, equal)
    pairings = ((there, back), linear(array, other), linear(array, equal, far=True),
                (measured(there, bits=8), measured(back.T, bits=8).T),
                (measured(there, spread=0.01), measured(back.T, spread=0.01).T), nonlinear(array[:SMALL, :SMALL], equal))
    networks = [learnt(*linear(pairs, *how)) for how in ((equal,), (other,), (equal, True))]
    rows.append([np.abs(a - b).max() / np.abs(a).max() for a, b in pairings] + [v for pair in networks for v in pair])
    print(f"{r:6g} ohm", *(f"  {name}: {value:.1e}" for name, value in zip(names, rows[-1])), sep="")
    print(*(f"           {name}: cosine {c:.4f}, length {q:.3f}" for name, (c, q) in zip(names, networks)), sep="\n")
values = np.array(rows).T
figure, axes = plt.subplots(1, 3, figsize=(12, 4), layout="constrained")
for index, (name, colour, marker) in enumerate(zip(names, COLOURS, "os^vDP")):
    axes[0].loglog(RESISTANCES, values[index], color=colour, marker=marker, label=name)
    for axis, line in zip(axes[1:], values[6 + 2 * index:8 + 2 * index]):
        axis.semilogx(RESISTANCES, line, color=colour, marker=marker, label=name)
for axis, label in zip(axes, ("asymmetry max |T - T'| / max |T| [1]", "cosine of EP and true gradient, hidden layer [1]",
                              "length of EP's by that of the true gradient [1]")):
    finish(axis)
    axis.set(xlabel="wire resistance from cell to cell [ohm]", ylabel=label)
axes[0].set_ylim(1e-16, 1e3)
axes[0].legend(fontsize="small", ncols=2)
axes[1].set_ylim(0, 1.03)
axes[1].legend(loc="lower left")
save(figure, "10_reciprocity.png")
