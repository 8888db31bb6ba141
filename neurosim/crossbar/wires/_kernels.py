"""Block elimination of an array, column by column from the far end of the word lines, without a single subtraction of
large numbers: every quantity is an admittance or a share of a current, never a difference of segment conductances."""

from typing import NamedTuple

import numpy as np

from neurosim._jit import BLOCK, add_products, inner_kernel, kernel
from neurosim._memory import aligned_zeros

#: Pivots eliminated together. A multiple of BLOCK and of the lanes of the widest registers.
PANEL = 8


class Elimination(NamedTuple):
    """What an elimination works on, float64, all of it MUTATED; width is a multiple of PANEL.

    state : flat, Y (width, width), then the shares of the bit lines (height - width, width), zero at the beginning
    panel, rows, factors, ladder, devices : scratch
    """

    state: np.ndarray
    panel: np.ndarray
    rows: np.ndarray
    factors: np.ndarray
    ladder: np.ndarray
    devices: np.ndarray


@inner_kernel
def _add_bit_line(state, width, shares, devices, segment, terminal, ladder):
    """Add one bit line, with its devices, as its word-line nodes see it.

        Y[i, k] += S[i, k] for k <= i,   S = D - D H D,   shares[i] = current of the terminal at 1 V on node i alone

    H, the impedances between the nodes of the ladder, is semiseparable: injecting into node i, each node above sees the
    voltage of the one below times 1 / (1 + segment p). With the admittance upwards u, p = d + u, and the impedance to
    ground downwards z:

        H[i, i] = z / (1 + p z),   S[i, i] = d (1 + u z) / (1 + p z)
        shares[i] = d / (1 + p z) product over k > i of 1 / (1 + d_k z_k)

    state : flat, lower triangle of Y (width, width) first, MUTATED; shares : where in state they go
    devices : float64 (m); ladder : float64 (2, m), scratch
    """
    m = devices.size
    below, seen = ladder[0], ladder[1]
    below[m - 1] = segment + terminal
    for i in range(m - 1, 0, -1):
        below[i - 1] = segment + below[i] / (1 + devices[i] * below[i])
    up = 0.0
    for i in range(m):
        d, z = devices[i], below[i]
        total = d + up
        impedance = 1 / (1 + total * z)
        line = state[i * width:i * width + i + 1]
        factor = d * impedance * z
        for k in range(i):
            line[k] -= factor * seen[k]
        line[i] += d * (1 + up * z) * impedance
        state[shares + i] = d * impedance
        ratio = 1 / (1 + segment * total)
        seen[i] = d
        for k in range(i + 1):
            seen[k] *= ratio
        up = total * ratio
    share = 1.0
    for i in range(m - 1, -1, -1):
        state[shares + i] *= share
        share /= 1 + devices[i] * below[i]


@inner_kernel
def _gather(state, width, height, first, panel, rows):
    """Copy PANEL columns of the symmetric Y, and of the rows below it, into panel and, of Y alone, into rows."""
    for k in range(PANEL):
        here, line = panel[k * height:(k + 1) * height], (first + k) * width
        for i in range(first):
            here[i] = state[line + i]
        for i in range(PANEL):
            low, high = min(i, k), max(i, k)
            here[first + i] = state[(first + high) * width + first + low]
    for i in range(first + PANEL, height):
        for k in range(PANEL):
            panel[k * height + i] = state[i * width + first + k]
    for k in range(PANEL):
        source, target = panel[k * height:k * height + width], rows[k * width:(k + 1) * width]
        for i in range(width):
            target[i] = source[i]


@inner_kernel
def _sweep_panel(panel, height, first, resistance):
    """Eliminate the pivots of a panel, one by one, within the panel: y_ij -= y_ik r y_kj / (1 + r y_kk)."""
    for k in range(PANEL):
        pivot = panel[k * height:(k + 1) * height]
        scale = 1 / (1 + resistance * pivot[first + k])
        for other in range(PANEL):
            if other != k:
                line = panel[other * height:(other + 1) * height]
                coupling = line[first + k] * scale
                factor = resistance * coupling
                for i in range(height):
                    line[i] -= factor * pivot[i]
                line[first + k] = coupling
        for i in range(height):
            pivot[i] *= scale


@inner_kernel
def _scatter(state, width, height, first, panel):
    """Put the swept columns back."""
    for k in range(PANEL):
        here, line = panel[k * height:(k + 1) * height], (first + k) * width
        for i in range(first + k + 1):
            state[line + i] = here[i]
    for i in range(first + PANEL, height):
        for k in range(PANEL):
            state[i * width + first + k] = panel[k * height + i]


@inner_kernel
def _pass_segments(state, width, height, resistance, panel, rows, factors):
    """Go through one segment of every word line, towards the drivers.

        Y <- Y (1 + r Y)^-1,   R <- R (1 + r Y)^-1

    Sweeps of symmetric Gauss-Jordan elimination in the matrix r Y itself, not in 1 + r Y: nothing is lost where r Y is
    small. Only the lower triangle of Y is kept. The sums of R have positive terms alone.

    state : flat, Y (width, width), then R (height - width, width), MUTATED; panel, rows, factors : scratch
    """
    for first in range(0, width, PANEL):
        _gather(state, width, height, first, panel, rows)
        _sweep_panel(panel, height, first, resistance)
        for k in range(PANEL):
            for i in range(height):
                factors[i * PANEL + k] = -resistance * panel[k * height + i]
        for i in range(0, height, BLOCK):
            length = min(width, (i // PANEL + 1) * PANEL)
            a, b, c, d = i * width, (i + 1) * width, (i + 2) * width, (i + 3) * width
            f = i * PANEL
            add_products(state, (a, b, c, d), length, rows, 0, width, factors,
                         (f, f + PANEL, f + 2 * PANEL, f + 3 * PANEL), PANEL)
        _scatter(state, width, height, first, panel)


@kernel
def _eliminate(conductances, word_line, bit_line, left, bottom, work):
    """Add the bit lines, the farthest first, and the segments between them to the Elimination `work`, MUTATED."""
    state, panel, rows, factors, ladder, devices = work
    m, n = conductances.shape
    width = rows.size // PANEL
    for j in range(n - 1, -1, -1):
        for i in range(m):
            devices[i] = conductances[i, j]
        _add_bit_line(state, width, (width + n - 1 - j) * width, devices, bit_line, bottom, ladder)
        resistance = word_line if j else word_line + left
        if resistance > 0:
            height = width + (n - j + BLOCK - 1) // BLOCK * BLOCK
            _pass_segments(state, width, height, resistance, panel, rows, factors)


def transfer(conductances: np.ndarray, word_line: float, bit_line: float, left: float, bottom: float) -> np.ndarray:
    """Currents of the bit lines at 1 V on one word line alone: T with I = V T.

    conductances : float64 (m, n) [S], contiguous; the rest in ohms, `left` and `bottom` being the terminals
    returns : float64 (m, n) [S]. About n m^3 / 2 + n^2 m^2 / 2 multiplications and additions.
    """
    m, n = conductances.shape
    width = -(-m // PANEL) * PANEL
    tallest = width - (-n // BLOCK) * BLOCK
    sizes = tallest * width, PANEL * tallest, PANEL * width, PANEL * tallest
    state, panel, rows, factors = (aligned_zeros(size, float) for size in sizes)
    work = Elimination(state, panel, rows, factors, np.zeros((2, m)), np.zeros(m))
    _eliminate(conductances, word_line, bit_line, left, bottom, work)
    return work.state.reshape(tallest, width)[width:width + n, :m][::-1].T.copy()
