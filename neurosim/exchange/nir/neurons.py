"""Layers of neurons as nodes of NIR, and back.

    dI/dt = (w_in S - I) / tau_syn      dv/dt = (v_leak - v + R I) / tau_mem      v = v_reset where v > v_threshold

Forward Euler with steps of dt makes of it what `neurosim.neurons.integrate_and_fire` computes, with synapse = 1 - dt /
tau_syn, membrane = 1 - dt / tau_mem and gain = w_in R dt^2 / (tau_syn tau_mem). IF and I have no time constants: as
elsewhere, their potential rises by R I in a time step.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

#: Decay factors and gains of a file are quotients; digits beyond these are their rounding.
_DIGITS = 12
#: Nodes that fire, and nodes that do not, by what stands between current and potential.
SPIKING = ("CubaLIF", "LIF", "IF", "Threshold")
SILENT = ("CubaLI", "LI", "I")


def integrator_node(nir: Any, parameters: dict[str, float], shape: tuple[int, ...], dt: float, owner: str) -> Any:
    """Return the node of a layer of "lif" or "li" neurons, which is exact.

    parameters : of its law, by name, those of "li" without threshold; shape : of the layer, channels first
    dt : time step [s]; owner : of the sentence
    raises : ValueError where no time constant says the same
    """
    def full(value: float) -> np.ndarray:
        return np.full(shape, value, np.float64)
    synapse, membrane, gain = (parameters[key] for key in ("synapse", "membrane", "gain"))
    fires = "threshold" in parameters
    fired = {"v_threshold": full(parameters["threshold"]), "v_reset": full(parameters["reset"])} if fires else {}
    if synapse == 0 and membrane == 1:
        return (nir.IF if fires else nir.I)(r=full(gain), **fired)
    if synapse == 1 or membrane == 1:
        raise ValueError(f"{owner}: a synapse or a membrane that keeps all of its past beside the other one has no "
                         "time constant in NIR; write a decay factor below 1")
    tau = dt / (1 - membrane)
    leak = {"r": full(gain * tau / dt), "v_leak": full(0), **fired}
    if synapse == 0:
        return (nir.LIF if fires else nir.LI)(tau=full(tau), **leak)
    slow = dt / (1 - synapse)
    return (nir.CubaLIF if fires else nir.CubaLI)(tau_syn=full(slow), tau_mem=full(tau), w_in=full(slow / dt), **leak)


def integrator_of(node: Any, name: str, dt: float) -> tuple[str, dict[str, float]]:
    """Return law and parameters of a neuron node, named `name`, at a time step of dt [s].

    raises : ValueError where neurons of the node differ, or leak to anything but 0
    """
    kind = type(node).__name__

    def number(key: str) -> float:
        return _uniform(getattr(node, key), key, name)
    if kind == "Threshold":
        return "lif", {"synapse": 0.0, "membrane": 0.0, "gain": 1.0, "threshold": number("threshold"), "reset": 0.0}
    synapse, membrane, gain = _filters(kind, number, name, dt)
    found = {"synapse": synapse, "membrane": membrane, "gain": gain}
    if kind in SILENT:
        return "li", found
    return "lif", {**found, "threshold": number("v_threshold"), "reset": number("v_reset")}


def _filters(kind: str, number: Callable[[str], float], name: str, dt: float) -> tuple[float, float, float]:
    """Decay factors of synapse and membrane, and the gain between them."""
    if kind in ("IF", "I"):
        return 0.0, 1.0, number("r")
    if number("v_leak"):
        raise ValueError(f"NIR node {name}: v_leak = {number('v_leak'):g}: potentials of neurosim leak to 0; shift "
                         "v_threshold and v_reset by it")
    if kind in ("LIF", "LI"):
        rise = _rise(number("tau"), "tau", name, dt)
        return 0.0, _rounded(1 - rise), _rounded(number("r") * rise)
    slow, rise = (_rise(number(key), key, name, dt) for key in ("tau_syn", "tau_mem"))
    return _rounded(1 - slow), _rounded(1 - rise), _rounded(number("w_in") * slow * number("r") * rise)


def _rise(tau: float, key: str, name: str, dt: float) -> float:
    """dt / tau, the part of the way that is gone in a step."""
    if not tau >= dt:
        raise ValueError(f"NIR node {name}: {key} = {tau:g} s is not a time constant that steps of {dt:g} s follow; "
                         "give the time step of the network with --dt")
    return dt / tau


def _uniform(values: Any, key: str, name: str) -> float:
    """The number that all neurons of a node share."""
    found = np.unique(np.asarray(values, np.float64))
    if found.size != 1 or not np.isfinite(found[0]):
        raise ValueError(f"NIR node {name}: {key} differs between neurons, or is not a number; a layer of neurosim "
                         "has one for all")
    return float(found[0])


def _rounded(value: float) -> float:
    return float(f"{value:.{_DIGITS}g}")
