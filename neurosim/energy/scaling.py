"""From one CMOS node to another. Terms of devices (V^2 G t) are never scaled.

Stillmaker, Baas, Integration 58, 74-81 (2017), doi:10.1016/j.vlsi.2017.02.002; coefficients as in the table of
accelergy-library-plug-in, scaling.py.
"""

from typing import Any

#: E(node, V) ~ a V^2 + b V + c, by node [nm].
_ENERGY = {130: (7.171, -6.709, 2.904), 90: (4.762, -4.781, 2.092), 65: (3.755, -4.398, 1.975),
           45: (1.103, -0.362, 0.2767), 32: (0.9559, -0.7823, 0.471), 20: (0.373, -0.1582, 0.04104),
           16: (0.2958, -0.1241, 0.03024), 14: (0.2363, -0.09675, 0.02239), 10: (0.2068, -0.09311, 0.02375),
           7: (0.1776, -0.09097, 0.02447)}
#: Area relative to that at 130 nm, by node [nm].
_AREA = {130: 1, 90: 0.44, 65: 0.23, 45: 0.16, 32: 0.072, 20: 0.033, 16: 0.03, 14: 0.027, 10: 0.016, 7: 0.0092}
#: Usual core supplies [V], by node [nm]; chosen, and used only where neither a price nor the user names a voltage.
_SUPPLY = {130: 1.3, 90: 1.2, 65: 1.1, 45: 1.0, 32: 0.9, 20: 0.9, 16: 0.8, 14: 0.8, 10: 0.75, 7: 0.7}
#: Area of an SRAM cell in squares of the node, by node [nm]; NeuroSim V2.1, Param.cpp.
_SRAM = {130: 160, 22: 160, 14: 300, 10: 400, 7: 600}
LOWEST, HIGHEST = min(_ENERGY), max(_ENERGY)
SOURCE = "Stillmaker & Baas 2017"
SRAM_SOURCE = "NeuroSim V2.1, Param.cpp"


def energy_factor(node: float, voltage: float, new_node: float, new_voltage: float) -> float:
    """Return energy at (new_node, new_voltage) over that at (node, voltage) [1]; nodes in nm, supplies in V.

    E = a V^2 + b V + c, linear in the node between those of the table.
    raises : ValueError for nodes outside 7 to 130 nm
    """
    return _energy(new_node, new_voltage) / _energy(node, voltage)


def area_factor(node: float, new_node: float) -> float:
    """Return area at a new node over that at a node [1]; nodes in nm; raises ValueError."""
    return _between(_AREA, new_node) / _between(_AREA, node)


def sram_factor(node: float, new_node: float) -> float:
    """Return the squares of the node that an SRAM cell takes at a new node over those at a node [1]; nodes in nm.

    ValueError.
    """
    return _between(_SRAM, new_node) / _between(_SRAM, node)


def usual_supply(node: float) -> float:
    """Return supply that a node usually has [V]; node in nm; raises ValueError."""
    return _between(_SUPPLY, node)


def _energy(node: float, voltage: float) -> float:
    return _between({key: a * voltage ** 2 + b * voltage + c for key, (a, b, c) in _ENERGY.items()}, node)


def _between(table: dict[int, Any], node: float) -> float:
    if not LOWEST <= node <= HIGHEST:
        raise ValueError(f"node: {node:g} nm is outside the range of the scaling; give {LOWEST} to {HIGHEST} nm")
    above = min(key for key in table if key >= node)
    below = max(key for key in table if key <= node)
    share = 0.0 if above == below else (node - below) / (above - below)
    return (1 - share) * table[below] + share * table[above]
