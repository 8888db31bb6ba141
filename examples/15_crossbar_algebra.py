"""How far does an iterative solver get on an array of memristors? As far as wires, converters and noise let it.

Physics: least squares by gradient descent, x <- x - rate A^T (A x - b). Both products are reads of one array:
`array @ x` drives word lines, `r @ array` drives bit lines. The array holds A only as well as pulses write it, so that
the residual of ideal reads is that of write-verify; wires shrink products, converters round them, noise moves them.

Run time: 5 s, and 40 s once to compile. Expected relative error of x: 0.02 with ideal reads and behind 8-bit
converters, 0.08 through wires, 0.06 with 2 % read noise. Writes 15_crossbar_algebra.png here.
"""

import matplotlib.pyplot as plt
import numpy as np

from neurosim import ArrayOptions, Crossbar, ReadoutOptions, load_device
from neurosim.plots.style import COLOURS, finish, save

# Parameters
EQUATIONS, UNKNOWNS, STEPS, RATE = 96, 32, 60, 0.8
random, device = np.random.default_rng(0), load_device("choi-2018-epiram", {"c2c": 0.0, "c2c_range": 0.0})
A = random.standard_normal((EQUATIONS, UNKNOWNS)) / np.sqrt(EQUATIONS)
solution = random.standard_normal(UNKNOWNS)
b = A @ solution
WIRED = ArrayOptions(tile=64, word_line=2.0, bit_line=2.0, driver=100.0, sense=100.0)
CHIPS = {"ideal reads": (device, ArrayOptions(tile=64), ReadoutOptions()),
         "wires of 2 ohm": (device, WIRED, ReadoutOptions()),
         "8-bit converters": (device, ArrayOptions(tile=64), ReadoutOptions(kind="adc", bits=8)),
         "2 % read noise": (device.with_values({"read_noise": 0.02}), ArrayOptions(tile=64),
                            ReadoutOptions(noise="fresh"))}


# Solver
def descend(array):
    """Yield the relative error of x after every step; the array is read twice in each."""
    x = np.zeros(UNKNOWNS)
    for _ in range(STEPS):
        residual = array @ x - b
        x = x - RATE * (residual @ array)
        yield np.linalg.norm(x - solution) / np.linalg.norm(solution)


# Main
figure, axis = plt.subplots(figsize=(6, 4), layout="constrained")
for (name, (card, lines, readout)), colour, marker in zip(CHIPS.items(), COLOURS, "os^v"):
    chip = Crossbar(card, A, array=lines, readout=readout, seed=1)
    chip.calibrate(x=np.outer(solution, [0.5, 1]), y=np.outer([0.1, 0.5, 1], b))
    errors = list(descend(chip))
    reads = sum(chip.counts.reads[side]["cell_reads"] for side in ("forward", "backward"))
    print(f"{name:<18} error {errors[-1]:.4f}   {reads / 1e6:.2f} million reads of a cell in {chip.counts.steps} reads")
    axis.semilogy(np.arange(1, STEPS + 1), errors, color=colour, marker=marker, markevery=6, label=name)
finish(axis)
axis.set(xlabel="step of gradient descent [1]", ylabel="relative error of x [1]")
axis.legend(fontsize="small")
save(figure, "15_crossbar_algebra.png")
