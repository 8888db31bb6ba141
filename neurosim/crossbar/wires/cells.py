"""Current-voltage laws of a cell: I(G, V) and its slope dI/dV, odd in V and rising.

`conductances` [S] and `voltages` [V] are arrays of one shape; results have that shape, in A and S. A voltage at which a
law exceeds the largest number gives infinity.
"""

from dataclasses import dataclass, fields
from typing import Any

import numpy as np

from neurosim.memristor.device import Device

#: More halvings than shrink a bracket of voltages to neighbouring floats.
_STEPS = 200


def _check(law: Any, positive: tuple[str, ...] = (), non_negative: tuple[str, ...] = ()) -> None:
    for field in fields(law):
        value = getattr(law, field.name)
        if field.name in positive and not 0 < value < np.inf:
            raise ValueError(f"{type(law).__name__}.{field.name}: {value!r} is out of range; give a finite number > 0")
        if field.name in non_negative and not 0 <= value < np.inf:
            raise ValueError(f"{type(law).__name__}.{field.name}: {value!r} is out of range; give a finite number >= 0")


@dataclass(frozen=True, kw_only=True)
class Linear:
    """I = G V."""

    def current(self, conductances: np.ndarray, voltages: np.ndarray) -> np.ndarray:
        return conductances * voltages

    def slope(self, conductances: np.ndarray, voltages: np.ndarray) -> np.ndarray:
        return conductances * np.ones_like(voltages)


@dataclass(frozen=True, kw_only=True)
class Cubic:
    """I = G (V + a V^3): tunnelling at low voltage. Simmons, J. Appl. Phys. 34, 238 (1963)."""

    a: float    #: [1/V^2], >= 0

    def __post_init__(self) -> None:
        _check(self, non_negative=("a",))

    def current(self, conductances: np.ndarray, voltages: np.ndarray) -> np.ndarray:
        return conductances * voltages * (1 + self.a * voltages ** 2)

    def slope(self, conductances: np.ndarray, voltages: np.ndarray) -> np.ndarray:
        return conductances * (1 + 3 * self.a * voltages ** 2)


@dataclass(frozen=True, kw_only=True)
class Sinh:
    """I = G V_0 sinh(V / V_0): hopping, and the resistive state of Yang et al., Nature Nanotechnology 3, 429 (2008).

    With a V_0 far below the read voltage it stands for a selector: closed below a threshold, above it a decade per
    2.3 V_0.
    """

    v_0: float    #: voltage of one e-fold [V], > 0

    def __post_init__(self) -> None:
        _check(self, positive=("v_0",))

    def current(self, conductances: np.ndarray, voltages: np.ndarray) -> np.ndarray:
        with np.errstate(over="ignore"):
            return _times(conductances, self.v_0 * np.sinh(voltages / self.v_0))

    def slope(self, conductances: np.ndarray, voltages: np.ndarray) -> np.ndarray:
        with np.errstate(over="ignore"):
            return _times(conductances, np.cosh(voltages / self.v_0))


@dataclass(frozen=True, kw_only=True)
class PooleFrenkel:
    """I = G V exp(sqrt(|V| / V_0) - sqrt(V_read / V_0)): field-assisted emission from traps; G is measured at V_read.

    V_0 = pi epsilon d (k T)^2 / q^3 for a film of thickness d and permittivity epsilon. Frenkel, Phys. Rev. 54, 647
    (1938), doi:10.1103/PhysRev.54.647.
    """

    v_0: float              #: voltage that lowers the barrier by k T [V], > 0
    v_read: float = 0.0     #: voltage at which the cell has its conductance [V], >= 0

    def __post_init__(self) -> None:
        _check(self, positive=("v_0",), non_negative=("v_read",))

    def current(self, conductances: np.ndarray, voltages: np.ndarray) -> np.ndarray:
        with np.errstate(over="ignore"):
            return _times(conductances, voltages * self._gain(voltages))

    def slope(self, conductances: np.ndarray, voltages: np.ndarray) -> np.ndarray:
        with np.errstate(over="ignore"):
            return _times(conductances, self._gain(voltages) * (1 + np.sqrt(np.abs(voltages) / self.v_0) / 2))

    def _gain(self, voltages: np.ndarray) -> np.ndarray:
        return np.exp(np.sqrt(np.abs(voltages) / self.v_0) - np.sqrt(self.v_read / self.v_0))


@dataclass(frozen=True, kw_only=True)
class WithSelector:
    """A cell and a selector in series: one current through both, their voltages add up.

        I_cell(G, V_c) = I_selector(G_s, V - V_c)
    """

    selector: Any                  #: law of the selector
    selector_conductance: float    #: G_s [S], > 0
    cell: Any = Linear()           #: law of the device itself

    def __post_init__(self) -> None:
        _check(self, positive=("selector_conductance",))

    def current(self, conductances: np.ndarray, voltages: np.ndarray) -> np.ndarray:
        return self.cell.current(conductances, self.cell_voltages(conductances, voltages))

    def slope(self, conductances: np.ndarray, voltages: np.ndarray) -> np.ndarray:
        inner = self.cell_voltages(conductances, voltages)
        cell = self.cell.slope(conductances, inner)
        selector = self.selector.slope(self.selector_conductance, voltages - inner)
        return cell / (1 + cell / selector)

    def cell_voltages(self, conductances: np.ndarray, voltages: np.ndarray) -> np.ndarray:
        """Share of `voltages` that falls across the device, not the selector [V]: Newton, halving where it leaves."""
        low, high = np.minimum(voltages, 0.0), np.maximum(voltages, 0.0)
        inner = (low + high) / 2
        for _ in range(_STEPS):
            excess = (self.cell.current(conductances, inner)
                      - self.selector.current(self.selector_conductance, voltages - inner))
            slope = (self.cell.slope(conductances, inner)
                     + self.selector.slope(self.selector_conductance, voltages - inner))
            low, high = np.where(excess <= 0, inner, low), np.where(excess >= 0, inner, high)
            with np.errstate(invalid="ignore"):
                step = inner - excess / slope
            moved = np.where((step >= low) & (step <= high), step, (low + high) / 2)
            if np.array_equal(moved, inner):
                break
            inner = moved
        return inner


def cells_of(device: Device) -> Any:
    """Law of the cells of a Device, for conductances at low voltage; Linear() where its card names none."""
    if device["iv_cubic"]:
        return Cubic(a=device["iv_cubic"])
    if device["iv_sinh"]:
        return Sinh(v_0=device["iv_sinh"])
    return PooleFrenkel(v_0=device["iv_poole_frenkel"]) if device["iv_poole_frenkel"] else Linear()


def chord(cells: Any, voltage: float) -> float:
    """I / (G V), the conductance that a read at `voltage` [V] finds over that at low voltage [1]."""
    volts = np.array(abs(voltage))
    return float(cells.current(np.ones(()), volts) / volts)


def gain(cells: Any, voltage: float, read_voltage: float) -> float:
    """Return the current of a cell at a voltage over that of an ohmic one of the conductance that a read finds [1]."""
    return chord(cells, voltage) / chord(cells, read_voltage)


def _times(conductances: np.ndarray, values: np.ndarray) -> np.ndarray:
    """Return product in which an open device stays open at any voltage."""
    with np.errstate(invalid="ignore"):
        return np.where(conductances == 0, 0.0, conductances * values)
