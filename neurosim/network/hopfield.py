"""The energy of a network and the linear operators it is made of, outside the time loop.

    E = sum over layers c (1/2 |x|^2 - <b, s>) - sum over connections c_upper <A s_lower, s_upper>

The c are 1 where what flows back is the adjoint of what flows forwards, else see `neurosim.network.potentials`.

Vectors are float (samples, units) over all layers, input first, as `Record.mean` holds them. Converters are left out,
with their gains and offsets, and so are read noise and the drivers of states: none of them has an energy.
"""

from typing import Any

import numpy as np


def apply(engine: Any, name: str, lower: np.ndarray, at: np.ndarray | None = None) -> np.ndarray:
    """A s of one connection: float (samples, units of its lower layer) -> float (samples, units of its upper layer).

    at : like `lower`, signals whose maxima route max pooling; default: `lower`
    """
    connection = engine.network.connection(name)
    signals = _embed(engine, {connection.lower: lower})
    phi = engine.currents(signals, None if at is None else _embed(engine, {connection.lower: at}))
    return phi[:, engine.slices[connection.upper]]


def apply_adjoint(engine: Any, name: str, upper: np.ndarray, at: np.ndarray | None = None) -> np.ndarray:
    """Return A^T s of one connection as the dynamics use it, times the gain of its feedback.

    upper : float (samples, units of its upper layer); returns : float (samples, units of its lower layer)
    at : like what is returned, signals whose maxima route max pooling; default: the first position of every region
    raises : ValueError for a connection that leaves the input, to which nothing flows back
    """
    connection = engine.network.connection(name)
    if engine.network.index(connection.lower) == 0:
        raise ValueError(f"connection {name}: nothing flows back to the input; its adjoint is never used")
    phi = engine.currents(_embed(engine, {connection.upper: upper}),
                          None if at is None else _embed(engine, {connection.lower: at}))
    return phi[:, engine.slices[connection.lower]]


def signals_of(engine: Any, states: np.ndarray) -> np.ndarray:
    """Return what states stand for when sent: x of a layer of states, rho(x) = clip(x, low, high) of one of spikes.

    low, high : what its spikes can stand for, [0, 1] for those of 0 and 1
    """
    signals = np.array(states, engine.dtype)
    for layer in engine.network.layers:
        if not layer.sends_states:
            units = engine.slices[layer.name]
            np.clip(signals[:, units], *layer.range, out=signals[:, units])
    return signals


def energy(engine: Any, states: np.ndarray) -> np.ndarray:
    """Return the energy of every sample; the input's own 1/2 |x|^2, a constant, is left out.

    states : float (samples, units)
    returns : float (samples,)

    Scellier, Bengio, Front. Comput. Neurosci. 11:24 (2017); Lin et al., Eq. 1, with rho' = 1 inside the clip.
    """
    network, first = engine.network, engine.slices[engine.network.layers[1].name].start
    states, factors = np.asarray(states, engine.dtype), unit_potentials(engine)
    s = signals_of(engine, states)
    total = 0.5 * (factors[first:] * np.square(states[:, first:])).sum(axis=1) - s @ (factors * engine.unit_biases())
    for connection in network.connections:
        sent = apply(engine, connection.name, s[:, engine.slices[connection.lower]])
        total -= network.potentials[connection.upper] * np.einsum("ij,ij->i", sent,
                                                                  s[:, engine.slices[connection.upper]])
    return total


def unit_potentials(engine: Any) -> np.ndarray:
    """Return the factor c of every unit in the energy, 0 at the input; float (units,)."""
    factors = np.zeros(engine.units, engine.dtype)
    for name, number in engine.network.potentials.items():
        factors[engine.slices[name]] = number
    return factors


def _embed(engine: Any, parts: dict[str, np.ndarray]) -> np.ndarray:
    """Return vectors over all layers that are zero except in the layers named."""
    samples = len(next(iter(parts.values())))
    signals = np.zeros((samples, engine.units), engine.dtype)
    for name, values in parts.items():
        signals[:, engine.slices[name]] = values
    return signals
