"""Recipes about arrays whose wires resist: solved circuits, reciprocity, and what the rule of learning cannot see."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from neurosim.crossbar.wires import Wires, effective_conductances, local_voltages
from neurosim.experiment.reproduce.recipe import Finding, Recipe, near
from neurosim.memristor.device import load_device
from neurosim.streams import stream

if TYPE_CHECKING:
    from neurosim.experiment.reproduce.recipe import Workbench

_SIZE, _RESISTANCE = 128, 10.0    #: lines, and resistance from cell to cell [ohm], of the reciprocity
_LINES, _PRODUCT, _DRIVES = 64, 1e-4, 16    #: of the update's alignment: lines, r g_max, drives


def wire_loss(bench: Workbench) -> tuple:
    """Return a ladder in closed form, a circuit solved by Qucs, and the loss of an array."""
    n, g, r = 128, 1e-4, 2.0
    t = 2 * np.arcsinh(np.sqrt(r * g) / 2)
    ladder = 2 / r * np.sinh(n * t) * np.sinh(t / 2) / np.cosh((n + 0.5) * t)
    found = effective_conductances(np.full((n, 1), g), Wires(bit_line=r)).sum()
    circuit = effective_conductances(1 / np.arange(10, 201, 10.0).reshape(5, 4), Wires(word_line=1.0, bit_line=2.0))
    i, j = np.indices((64, 64))
    conductances, voltages = (1 + (7 * i + 3 * j) % 11) * 1e-5, 0.1 * (1 + np.arange(64) % 5)
    kept = voltages @ effective_conductances(conductances, Wires(word_line=1.0, bit_line=1.0))
    return (Finding(quantity="a bit line of 128 devices, relative error", measured=float(abs(found / ladder - 1)),
                    expected=0, high=1e-12),
            near("first current of 5 x 4 resistors", np.arange(5) @ circuit[:, 0], 0.0605701966511, 1e-11, "A"),
            near("all currents of 64 x 64 devices", kept.sum(), 6.264624762294e-2, 1e-12, "A"))


def reciprocity(bench: Workbench) -> tuple:
    """Return largest difference between both directions over the largest effective conductance, for three sets of ends.
    """
    device = load_device("choi-2018-epiram")
    shape = (_SIZE, _SIZE)
    g = stream(bench.seed, "reproduce", "reciprocity").uniform(device["g_min"], device["g_max"], shape)
    line, terminal = {"word_line": _RESISTANCE, "bit_line": _RESISTANCE}, 10 * _RESISTANCE
    near_ends, far_ends = slice(None, None, -1), slice(None)

    def asymmetry(wires: Any, ends: Any = near_ends) -> float:
        """Return a backward read is a forward one of the array turned so that bit lines drive."""
        there, back = effective_conductances(g, wires), effective_conductances(g[ends, ends].T, wires)[ends, ends].T
        return np.abs(there - back).max() / np.abs(there).max()

    equal = Wires(**line, driver=terminal, sense=terminal)
    return (Finding(quantity="asymmetry with equal terminals", measured=float(asymmetry(equal)), expected=0,
                    high=1e-12),
            near("asymmetry without sense resistance", asymmetry(Wires(**line, driver=terminal)), 0.01, 0.005),
            near("asymmetry of lines sensed at their far ends", asymmetry(equal, far_ends), 0.53, 0.05))


def update_alignment(bench: Workbench) -> tuple:
    """Return the products of voltages across devices against those of terminals, for random drives and errors."""
    random, wires = stream(bench.seed, "reproduce", "alignment"), Wires(word_line=_PRODUCT, bit_line=_PRODUCT)
    devices, errors = random.uniform(0.1, 1, (_LINES, _LINES)), random.standard_normal((_DRIVES, _LINES))
    drives = random.random((_DRIVES, _LINES)) * (random.random((_DRIVES, _LINES)) < 0.5)
    rows, columns = np.vstack([drives, 0 * drives]), np.vstack([0 * errors, errors])
    forward, backward = np.split(local_voltages(devices, wires, rows, columns), 2)
    true, terminal = -forward * backward, drives[:, :, None] * errors[:, None, :]
    lengths = np.linalg.norm([true, terminal], axis=(2, 3))
    cosines = (true * terminal).sum(axis=(1, 2)) / lengths.prod(axis=0)
    return (near("cosine of the update and the gradient", cosines.mean(), 0.998, 0.002),
            near("length of the gradient over that of the update", (lengths[0] / lengths[1]).mean(), 0.84, 0.03))


RECIPES = (
    Recipe(name="crossbar-loss", seconds=1, function=wire_loss,
           claim="Effective conductances of an array whose wires resist give the currents of other solvers: a ladder "
                 "in closed form, a circuit solved by Qucs, and 64 x 64 devices at 1 ohm from cell to cell (two "
                 "independent solutions of Kirchhoff's laws). Nothing is reduced.",
           source="Joksas, Mehonic, SoftwareX 12, 100617 (2020), circuits of the tests; docs/devices.md, The "
                  "array"),
    Recipe(name="reciprocity", seconds=1, function=reciprocity,
           claim="An array whose wires resist is one matrix, read either way, as long as it is driven and sensed "
                 "through equal terminals at the same ends. One resistance of five, 10 ohm.",
           source="docs/devices.md, What arrays do to learning; examples/10_reciprocity.py"),
    Recipe(name="update-alignment", seconds=1, function=update_alignment,
           claim="Wires keep the direction of the update of equilibrium propagation and change its size: 64 x 64 "
                 "devices and r g = 1e-4. One array and one resistance of those of the example.",
           source="docs/devices.md, What arrays do to learning; examples/11_alignment.py"),
)
