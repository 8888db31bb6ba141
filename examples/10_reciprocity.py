"""Do the weights of an array stay symmetric when its wires resist? They do; this is what breaks it.

Physics: resistors are reciprocal. An array with IR drop is one matrix T, read either way, so a network on it keeps an
energy, and equilibrium propagation finds the gradient of what the array became.

Run time: 7 s, and 30 s once to compile. Expected asymmetry at 10 ohm: 1e-14 with equal terminals, 1 % without the sense
resistance, 53 % when lines are sensed at their far ends, 5 % behind 8-bit converters, 3 % with 1 % read noise.
Writes 10_reciprocity.png here.
"""

import matplotlib.pyplot as plt
import numpy as np
from scipy.linalg import hadamard

from neurosim import load_device
from neurosim.crossbar.wires import Sinh, Wires, effective_conductances, solve
from neurosim.plots.style import COLOURS, finish, save

# Parameters
SIZE, SMALL, RESISTANCES = 128, 16, np.logspace(-2, 2, 5)
device, random, patterns = load_device("choi-2018-epiram"), np.random.default_rng(0), hadamard(SIZE)
array = random.uniform(device["g_min"], device["g_max"], (SIZE, SIZE))
NAMES = ("equal terminals", "no sense resistance", "far ends", "8-bit converters", "1 % read noise",
         "sinh cells, 16 x 16")


# Solver: matrices of forward and of backward reads [S]
def linear(g, wires, far=False):
    """A backward read is a forward one of the array turned so that bit lines drive, at their own or the far ends."""
    end = slice(None) if far else slice(None, None, -1)
    return effective_conductances(g, wires), effective_conductances(g[end, end].T, wires)[end, end].T


def nonlinear(g, wires):
    """Sinh cells, one line at a time at the read voltage V, I = G V_0 sinh(V / V_0) with V_0 = V / 2."""
    drives, cells = device["read_voltage"] * np.eye(len(g)), Sinh(v_0=device["read_voltage"] / 2)
    back = [solve(g, wires, 0, drive, direction="backward", cells=cells).row_currents for drive in drives]
    return np.array([solve(g, wires, drive, cells=cells).column_currents for drive in drives]), -np.array(back).T


def measured(t, bits=52, spread=0.0):
    """What reads of patterns of +-1 on all lines tell of a matrix, through converters and noise of the devices."""
    currents = patterns @ t + spread * np.sqrt((t ** 2).sum(axis=0)) * random.standard_normal(t.shape)
    step = np.abs(currents).max() / 2 ** (bits - 1)
    return patterns.T @ (step * np.round(currents / step)) / SIZE


# Main
rows = []
for r in RESISTANCES:
    equal, other = (Wires(word_line=r, bit_line=r, driver=10 * r, sense=sense) for sense in (10 * r, 0.0))
    there, back = linear(array, equal)
    pairs = ((there, back), linear(array, other), linear(array, equal, far=True),
             (measured(there, bits=8), measured(back.T, bits=8).T),
             (measured(there, spread=0.01), measured(back.T, spread=0.01).T), nonlinear(array[:SMALL, :SMALL], equal))
    rows.append([np.abs(a - b).max() / np.abs(a).max() for a, b in pairs])
    print(f"{r:6g} ohm", *(f"  {name}: {value:.1e}" for name, value in zip(NAMES, rows[-1])), sep="")
figure, axis = plt.subplots(figsize=(6, 4), layout="constrained")
for values, name, colour, marker in zip(np.array(rows).T, NAMES, COLOURS, "os^vDP"):
    axis.loglog(RESISTANCES, values, color=colour, marker=marker, label=name)
finish(axis)
axis.set(xlabel="wire resistance from cell to cell [ohm]", ylabel="asymmetry max |T - T'| / max |T| [1]",
         ylim=(1e-16, 1e3))
axis.legend(fontsize="small", ncols=2)
save(figure, "10_reciprocity.png")
