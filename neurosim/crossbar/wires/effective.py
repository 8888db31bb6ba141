"""Effective conductances: what an array with resistive wires computes, as one matrix."""

from collections.abc import Sequence

import numpy as np

from neurosim._jit import side_by_side
from neurosim.crossbar.wires import _kernels
from neurosim.crossbar.wires.geometry import Wires, checked


def effective_conductances(conductances: np.ndarray, wires: Wires, direction: str = "forward") -> np.ndarray:
    """Return matrix that a linear array with resistive wires multiplies by.

        forward   I_columns = V_rows T          backward   I_rows = T V_columns

    One solution holds for all inputs. Where `driver` = `sense` the two matrices are equal, for a network of resistors
    is reciprocal. Currents flow into the virtual grounds. Method: block elimination, notes in `_kernels`; the same
    bits on any number of threads.

    conductances : (m, n) [S], >= 0, 0 = open device; wires : Wires; direction : "forward" or "backward"
    returns : float64 (m, n) [S]
    Raises ValueError for conductances that are none, and for an unknown direction.
    """
    return _eliminate(checked(conductances), wires, *wires.terminals(direction))


def effective_tiles(tiles: Sequence[np.ndarray], wires: Wires, threads: int) -> list[tuple[np.ndarray, np.ndarray]]:
    """Return the effective conductances of many arrays, in both directions, side by side on `threads` threads.

    tiles : list of (m, n) [S], shapes may differ
    returns : list of pairs (forward, backward), float64 (m, n) [S] each; one and the same array where driver = sense
    """
    tiles = [checked(tile) for tile in tiles]
    directions = ("forward",) if wires.driver == wires.sense else ("forward", "backward")
    jobs = [(tile, wires.terminals(direction)) for tile in tiles for direction in directions]
    solved = side_by_side(lambda job: _eliminate(job[0], wires, *job[1]), jobs, threads) if jobs else []
    return list(zip(solved[::len(directions)], solved[len(directions) - 1::len(directions)]))


def _eliminate(array: np.ndarray, wires: Wires, left: float, bottom: float) -> np.ndarray:
    """Solve with the smaller side as the block: mirrored at its other diagonal, an array is an array again."""
    word_line, bit_line = float(wires.word_line), float(wires.bit_line)
    if not (word_line or bit_line or left or bottom):
        return array.copy()
    if array.shape[0] <= array.shape[1]:
        return _kernels.transfer(array, word_line, bit_line, left, bottom)
    mirrored = np.ascontiguousarray(array[::-1, ::-1].T)
    solved = _kernels.transfer(mirrored, bit_line, word_line, bottom, left)
    return np.ascontiguousarray(solved[::-1, ::-1].T)
