"""Kirchhoff's laws of an array as one sparse system, and Newton's method on it.

Unknowns: voltages of the word-line nodes and bit-line nodes, currents of the segments of both (modified nodal analysis,
Ho, Ruehli, Brennan, IEEE Trans. Circuits Syst. 22, 504 (1975)). Because currents are unknowns too, a segment of zero
ohm is a row like any other, and a small one costs no digits.
"""

from collections.abc import Callable
from typing import Any

import numpy as np
from scipy import sparse
from scipy.sparse.csgraph import connected_components
from scipy.sparse.linalg import splu

from neurosim.crossbar.wires.geometry import Wires

#: Largest residual of a converged solution, in units of the largest current, and of the largest voltage.
TOLERANCE = 1e-12
_NEWTON_STEPS, _HALVINGS = 200, 60
#: Slope of a cell, in units of the largest conductance, above which sources are raised from a fraction, and the least.
_STEEPEST, _SMALLEST = 1e6, 2.0 ** -20


class Network:
    """The linear part of an array: its lines, terminals and sources, for one pattern of floating lines.

    A word-line segment carries its current towards the cell, a bit-line segment away from it.

    conductances : float64 (m, n) [S]; wires : Wires; left, bottom : terminal resistances [ohm]
    rows, columns : bool (m), (n), True for floating lines
    """

    def __init__(self, conductances: np.ndarray, wires: Wires, left: float, bottom: float, rows: np.ndarray,
                 columns: np.ndarray) -> None:
        self.conductances, self.shape = conductances, conductances.shape
        self.nodes = 2 * conductances.size
        self.open_rows, self.open_columns = rows, columns
        _check_sources(conductances, rows, columns)
        word = np.full(self.shape, float(wires.word_line))
        word[:, 0] += left
        bit = np.full(self.shape, float(wires.bit_line))
        bit[-1] += bottom
        self.lines, self.resistances, self.opened = self._lines(word, bit)

    def sources(self, row_voltages: np.ndarray, column_voltages: np.ndarray) -> np.ndarray:
        """Return the right-hand side: the voltages behind the terminals, those of floating lines left out."""
        side = np.zeros((4, *self.shape))
        side[2, :, 0] = np.where(self.open_rows, 0.0, row_voltages)
        side[3, -1] = -np.where(self.open_columns, 0.0, column_voltages)
        return side.ravel()

    def solver(self, slopes: np.ndarray) -> Callable[[np.ndarray], np.ndarray]:
        """Factorise the system whose devices have `slopes`, float64 (m, n) [S]; returns a function of a right side.

        A right side, float64 (4 m n), holds currents [A], then voltages [V]; its solution holds voltages, then
        currents. Within, currents count in units of the largest slope, which makes all of them voltages.
        """
        scale = slopes.max() or 1.0
        g = sparse.diags(slopes.ravel() / scale)
        devices = sparse.block_diag([sparse.bmat([[-g, g], [g, -g]]), sparse.diags(self.resistances * scale)])
        try:
            factors = splu((self.lines + devices).tocsc())
        except RuntimeError:
            raise ValueError("wires: the array is singular, its conductances span too many decades for float64; open "
                             "the smallest or lower the voltages of steep cells") from None

        def solve(side: np.ndarray) -> np.ndarray:
            scaled = side.copy()
            scaled[:self.nodes] /= scale
            solution = factors.solve(scaled)
            solution[self.nodes:] *= scale
            solution[self.nodes:][self.opened] = 0.0
            return solution

        return solve

    def residual(self, state: np.ndarray, sources: np.ndarray, currents: np.ndarray) -> np.ndarray:
        """Return what is left of Kirchhoff's laws at `state`, whose devices carry `currents` [A]: amperes, then volts.
        """
        left = self.lines @ state - sources
        left[self.nodes:] += self.resistances * state[self.nodes:]
        left[:self.nodes] += np.concatenate((-currents.ravel(), currents.ravel()))
        return left

    def device_voltages(self, state: np.ndarray) -> np.ndarray:
        """Return voltage from word line to bit line across every device, float64 (m, n) [V]."""
        word, bit = state.reshape(4, *self.shape)[:2]
        return word - bit

    def _lines(self, word: np.ndarray, bit: np.ndarray) -> tuple:
        """Return laws of nodes and segments, resistances [ohm], and which segments are open: I = 0 instead of V = R I.
        """
        m, n = self.shape
        into_word = sparse.kron(sparse.eye(m), sparse.eye(n) - sparse.eye(n, k=1))
        into_bit = sparse.kron(sparse.eye(m, k=-1) - sparse.eye(m), sparse.eye(n))
        opened: np.ndarray = np.zeros((2, m, n), bool)
        opened[0, self.open_rows, 0], opened[1, -1, self.open_columns] = True, True
        resistances, opened = np.where(opened, 1.0, [word, bit]).ravel(), opened.ravel()
        laws = sparse.diags(1.0 - opened) @ sparse.block_diag([into_word.T, into_bit.T])
        lines = sparse.bmat([[None, sparse.block_diag([into_word, into_bit])], [laws, None]])
        return lines.tocsr(), resistances, opened


def newton(network: Network, cells: Any, sources: np.ndarray) -> np.ndarray:
    """Solve Kirchhoff's laws with the current-voltage law `cells`; for a linear law the start is the solution.

    Every iterate obeys the law of voltages. Under it the solution is where the co-content of the network, sum of the
    integrals of I dV, is least (Millar, Phil. Mag. 42, 1150 (1951)), and laws that rise make it convex: a search along
    each step, for a point where it does not rise, converges from anywhere. Ends where the currents into every
    node cancel to TOLERANCE of the largest current, or to what the rounding of voltages leaves. Where cells would start
    too steep for float64 the sources are raised to their voltages by doublings.

    returns : state, float64 (4 m n): voltages of word-line and bit-line nodes [V], currents of their segments [A]
    Raises ValueError where that takes too many steps.
    """
    linear = network.solver(cells.slope(network.conductances, np.zeros(network.shape)))(sources)
    raised = 1.0
    while raised > _SMALLEST and not _slopes(network, cells, raised * linear).max() <= _gentle(network):
        raised /= 2
    state = _converged(network, cells, raised * sources, raised * linear)
    while raised < 1:
        state = state + network.solver(_slopes(network, cells, state))(raised * sources)
        raised *= 2
        state = _converged(network, cells, raised * sources, state)
    return state


def _slopes(network: Network, cells: Any, state: np.ndarray) -> np.ndarray:
    return cells.slope(network.conductances, network.device_voltages(state))


def _gentle(network: Network) -> float:
    return _STEEPEST * network.conductances.max()


def _converged(network: Network, cells: Any, sources: np.ndarray, state: np.ndarray) -> np.ndarray:
    """Solve by Newton's method from a state that obeys the law of voltages."""
    for _ in range(_NEWTON_STEPS):
        currents = cells.current(network.conductances, network.device_voltages(state))
        slopes = _slopes(network, cells, state)
        if not (np.isfinite(currents).all() and np.isfinite(slopes).all()):
            break
        left = network.residual(state, sources, currents)
        if _settled(network, state, left, currents, slopes):
            return state
        searched = _searched(network, cells, sources, state, network.solver(slopes)(left), left)
        if searched is None:
            break
        state = searched
    raise ValueError(f"wires: Newton's method did not converge for {cells!r}; lower the voltages or take a less steep "
                     "law")


def _searched(network: Network, cells: Any, sources: np.ndarray, state: np.ndarray, step: np.ndarray,
              left: np.ndarray) -> np.ndarray | None:
    """Return the state after a step, halved until the co-content no longer rises at its end, or the residual is halved.
    """
    nodes = network.nodes
    before, largest = abs(left[:nodes] @ step[:nodes]), np.abs(left[:nodes]).max()
    for halving in range(_HALVINGS):
        tried = state - 0.5 ** halving * step
        currents = cells.current(network.conductances, network.device_voltages(tried))
        if np.isfinite(currents).all():
            remaining = network.residual(tried, sources, currents)[:nodes]
            if remaining @ step[:nodes] <= before / 2 or np.abs(remaining).max() <= largest / 2:
                return tried
    return None


def _settled(network: Network, state: np.ndarray, left: np.ndarray, currents: np.ndarray, slopes: np.ndarray) -> bool:
    """Return whether Kirchhoff's law of currents holds, and the one of voltages."""
    nodes = network.nodes
    highest, flowing = np.abs(state[:nodes]).max(), max(np.abs(currents).max(), np.abs(state[nodes:]).max())
    rounding = np.finfo(float).eps * max(network.shape) * highest * slopes.max()
    return (np.abs(left[:nodes]).max() <= TOLERANCE * flowing + rounding
            and np.abs(left[nodes:]).max() <= TOLERANCE * highest)


def _check_sources(conductances: np.ndarray, rows: np.ndarray, columns: np.ndarray) -> None:
    """Raise ValueError unless every line leads to a driven one through conducting cells."""
    m, n = conductances.shape
    links = sparse.coo_matrix(conductances > 0)
    graph = sparse.coo_matrix((links.data, (links.row, m + links.col)), shape=(m + n, m + n))
    _, island = connected_components(graph, directed=False)
    driven = ~np.concatenate((rows, columns))
    lost = np.flatnonzero(~np.isin(island, island[driven]))
    if lost.size:
        name = f"word line {lost[0]}" if lost[0] < m else f"bit line {lost[0] - m}"
        raise ValueError(f"wires: {name} floats, since no conducting cell leads from it to a driven line; drive it")
