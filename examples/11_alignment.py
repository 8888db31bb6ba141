"""Does the update of equilibrium propagation follow the gradient when wires resist? It sees terminals, not devices.

Physics: a device changes the loss by minus the product of the voltages across it, once for the forward drive x and once
for the error delta at the bit lines: dL/dG_ij = -v_x(i,j) v_delta(i,j). EP multiplies what it has at the terminals,
x_i delta_j. Along the wires both voltages fade, so devices far from the terminals count less than EP thinks.

Run time: 15 s. Expected means of 16 drives: cosine 1.000, 0.998, 0.91 and length 0.98, 0.84, 0.35 for 64 x 64 with
r g_max = 1e-5, 1e-4, 1e-3; 0.976 and 0.58 for 128 x 128 with 1e-4. Writes 11_alignment.png here.
"""

import matplotlib.pyplot as plt
import numpy as np

from neurosim.crossbar.wires import Wires, effective_conductances, local_voltages
from neurosim.plots.style import COLOURS, finish, save

# Parameters: conductances in units of the largest, g_max; r = resistance of a wire from cell to cell
SIZES, PRODUCTS, DRIVES, SHOWN, CHECKED, STEP = (32, 64, 128), np.logspace(-6, -3, 7), 16, (128, 1e-4), (64, 1e-3), 1e-3


# Solver
def gradients(size, product):
    """Of 1/2 |I - I*|^2 by voltages across devices, and by those of terminals; worst finite difference of 20 cells."""
    random, wires = np.random.default_rng(0), Wires(word_line=product, bit_line=product)
    devices, errors = random.uniform(0.1, 1, (size, size)), random.standard_normal((DRIVES, size))
    drives = random.random((DRIVES, size)) * (random.random((DRIVES, size)) < 0.5)
    rows, columns = np.vstack([drives, 0 * drives]), np.vstack([0 * errors, errors])
    forward, backward = np.split(local_voltages(devices, wires, rows, columns), 2)
    true, targets, off = -forward * backward, drives @ effective_conductances(devices, wires) - errors, []
    for cell in random.integers(size, size=(20 if np.allclose((size, product), CHECKED) else 0, 2)):
        change = STEP * np.outer(np.arange(size) == cell[0], np.arange(size) == cell[1])
        up, down = (((drives @ effective_conductances(g, wires) - targets) ** 2).sum() / 2
                    for g in (devices + change, devices - change))
        off.append((up - down) / (2 * STEP) / true.sum(axis=0)[tuple(cell)] - 1)
    return true, drives[:, :, None] * errors[:, None, :], np.abs(off).max(initial=0)


# Main
figure, axes = plt.subplots(1, 3, figsize=(12, 3.8), layout="constrained")
print("array       r g_max   cosine   |true| / |terminal|")
for size, colour, marker in zip(SIZES, COLOURS, "o^s"):
    found = []
    for product in PRODUCTS:
        true, terminal, off = gradients(size, product)
        lengths, dot = np.linalg.norm([true, terminal], axis=(2, 3)), (true * terminal).sum(axis=(1, 2))
        found.append((dot / lengths.prod(axis=0), lengths[0] / lengths[1]))
        print(f"{size:>3} x {size:<3}   {product:8.1e}   {found[-1][0].mean():.4f}   {found[-1][1].mean():.3f}"
              + (f"   finite differences of 20 devices: within {off:.0e}" if off else ""), flush=True)
        if np.allclose((size, product), SHOWN):
            share = (true * terminal).sum(axis=0) / (terminal ** 2).sum(axis=0)
            axes[2].set(xlabel="bit line; drivers at the left", ylabel=f"word line of {size}, r g_max = {product:g}")
            figure.colorbar(axes[2].imshow(share, cmap="cividis", vmin=0, vmax=1), label="true / terminal [1]")
    for axis, values in zip(axes, np.moveaxis(found, 1, 0)):
        axis.semilogx(PRODUCTS, values.mean(axis=1), color=colour, marker=marker, label=f"{size} x {size}")
        axis.fill_between(PRODUCTS, values.min(axis=1), values.max(axis=1), color=colour, alpha=0.2, linewidth=0)
for axis, label in zip(axes, ("cosine of true and terminal gradient [1]", "|true| / |terminal| [1]")):
    finish(axis)
    axis.set(xlabel="wire resistance x largest conductance, r g_max [1]", ylabel=label, ylim=(0, 1.03))
axes[0].legend(loc="lower left")
save(figure, "11_alignment.png")
