"""IR drop while learning: weights as they are read through wires, kept up to date as devices move."""

import numpy as np

from neurosim.crossbar.options import ArrayOptions
from neurosim.crossbar.tiling import Floorplan
from neurosim.crossbar.wires import Wires, effective_tiles


def wires_of(options: ArrayOptions) -> Wires:
    """Return the Wires of ArrayOptions."""
    return Wires(word_line=options.word_line, bit_line=options.bit_line, driver=options.driver, sense=options.sense)


class IRDrop:
    """Attenuation of the devices of one connection, tile by tile.

    A tile is solved exactly when its conductances have moved by more than `tolerance` since they were solved last; in
    between every device keeps the ratio of effective to real conductance that it had then:

        T = G T0 / G0,   solved again when rms(G - G0) > tolerance (g_max - g_min)

    wires : Wires; floorplan : Floorplan; span : g_max - g_min [S]; tolerance : part of it [1]
    solved : float32 (rows, lines) conductances that the ratios belong to [S], NaN before the first solution
    """

    def __init__(self, wires: Wires, floorplan: Floorplan, span: float, tolerance: float, threads: int) -> None:
        self.wires, self.floorplan, self.threads = wires, floorplan, threads
        self.limit, self._tiles = tolerance * span, list(floorplan.device_tiles())
        lines = floorplan.bit_lines
        self.solved = np.full((floorplan.rows, lines), np.nan, np.float32)
        self._ratios = np.ones((2, floorplan.rows, lines))

    def effective(self, conductances: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Return conductances as reads meet them, forward and backward; MUTATES what is kept of the last solutions.

        conductances : float32 (rows, lines) [S], lines in the order of `bit_lines`
        returns : two float64 arrays (rows, lines) [S]
        """
        moved = [tile for tile in self._tiles if not self._near(conductances[tile], self.solved[tile])]
        self._solve(conductances, moved)
        return self._ratios[0] * conductances, self._ratios[1] * conductances

    def load(self, solved: np.ndarray) -> None:
        """Take back `solved`, and solve it again; MUTATES the array."""
        self.solved[...] = solved
        self._solve(self.solved.copy(), [tile for tile in self._tiles if np.isfinite(solved[tile]).all()])

    def _near(self, conductances: np.ndarray, solved: np.ndarray) -> bool:
        return np.sqrt(np.mean((conductances.astype(float) - solved) ** 2)) <= self.limit

    def _solve(self, conductances: np.ndarray, tiles: list) -> None:
        """Solve tiles again, side by side."""
        solutions = effective_tiles([conductances[tile].astype(float) for tile in tiles], self.wires, self.threads)
        for tile, pair in zip(tiles, solutions):
            g = conductances[tile]
            for ratio, effective in zip(self._ratios, pair):
                ratio[tile] = np.divide(effective, g, out=np.ones(g.shape), where=g > 0)
            self.solved[tile] = g


def path_resistance(floorplan: Floorplan, wires: Wires) -> np.ndarray:
    """Resistance of wires and terminals in series with each device when it alone is programmed, (rows, lines) [ohm].

        R(i, j) = driver + (j + 1) word_line + (rows - i) bit_line + driver

    i, j : word line and bit line inside the tile, whose drivers are at its left and at its foot
    """
    out = np.zeros((floorplan.rows, floorplan.bit_lines))
    for rows, lines in floorplan.device_tiles():
        height, width = rows.stop - rows.start, lines.stop - lines.start
        i, j = np.indices((height, width))
        out[rows, lines] = 2 * wires.driver + (j + 1) * wires.word_line + (height - i) * wires.bit_line
    return out
