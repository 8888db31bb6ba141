"""The network as a graph: layers of neurons and symmetric connections, used forwards and, as their adjoint, backwards.

    E = sum over layers 1/2 |x|^2 - sum over connections <A s_lower, s_upper> - sum over layers <b, s>

With a gain on what flows back the terms have factors, see `neurosim.network.potentials`.
"""

import re
from collections.abc import Sequence
from dataclasses import replace
from functools import cached_property
from typing import Literal

import numpy as np

from neurosim.crossbar.tiling import Floorplan, Tiling
from neurosim.network.connections import Connection, Edge, kind_of
from neurosim.network.connections.connection import less_mean_of_unit
from neurosim.network.inputs import source_of
from neurosim.network.layer import Layer
from neurosim.network.potentials import Potentials
from neurosim.network.summary import network_summary
from neurosim.network.spec import (ConnectionSpec, LayerSpec, NetworkSpec, Neurons, conv, dense, layer_neurons,
                                   one_pass)
from neurosim.neurons import Law
from neurosim.streams import stream
from neurosim.summaries import Summarised, Summary
from neurosim.tables import abbreviated
from neurosim.whole import counted

__all__ = ["Connection", "ConnectionSpec", "Edge", "Layer", "LayerSpec", "Network", "NetworkSpec", "Neurons", "conv",
           "dense", "per_connection"]


class Network(Summarised):
    """A checked graph: `layers` (input first, output last) and `connections`, in the order in which they were declared.

        Network([conv(32, pool="average"), conv(64, pool="average"), dense(10)], shape=(28, 28, 1))

    layers : LayerSpec, or a NetworkSpec with everything
    shape : of the input, (H, W, C) or (units,)
    neurons : Neurons
    source : what enters, of `neurosim.network.inputs`
    input, connections : see NetworkSpec, where `layers` is none; spikes enter, and nothing joins but the layers
    """

    def __init__(self, layers: NetworkSpec | Sequence[LayerSpec], shape: Sequence[int], neurons: Neurons | None = None,
                 input: Literal["spikes", "ternary", "analog", "events"] | None = None,
                 connections: Sequence[ConnectionSpec] = ()) -> None:
        if not isinstance(layers, NetworkSpec):
            spec = NetworkSpec(input=input or "spikes", layers=tuple(layers), connections=tuple(connections))
        elif input is not None or connections:
            raise ValueError("network: the NetworkSpec says already what its input and its connections are; change it, "
                             "or give a list of layers instead")
        else:
            spec = layers
        self.neurons = neurons or Neurons()
        self.spec, self.input = spec, spec.input
        if not spec.layers or kind_of(spec.layers[-1]).sized_by != "units":
            raise ValueError("network.layers: the last layer must be dense, with one unit per class")
        self.source = source_of(spec)
        low, high = map(float, self.source.bounds)
        self.layers = [Layer("input", tuple(shape), low, high, self.source.law, self.source.parameters)]
        self.connections: list[Connection] = []
        self._contradictions: dict[str, str] = {}
        self._potentials = Potentials()
        for number, layer in enumerate(spec.layers, 1):
            self._add_layer(layer, number, last=number == len(spec.layers))
        if not self.spiking and self.source.encodes:
            raise ValueError(f"network.input: {self.neurons.kind} neurons send states; "
                             f'write input = "analog" beside neurons.kind = "{self.neurons.kind}"')
        for extra in spec.connections:
            self._connect(extra, extra.source, self.layers[self.index(extra.target)])
        if one_pass(spec, self.neurons):
            self.neurons = replace(self.neurons, epsilon=1.0)
        elif spec.batch_norm:
            raise ValueError("network.batch_norm: currents are normalised in networks of one pass; write neurons.kind "
                             '= "rate" and network.input = "analog" next to it, or omit it')
        if self._contradictions and not spec.asymmetric:
            raise ValueError(f"network.connections: {next(iter(self._contradictions.values()))}, of which there is no "
                             "energy; omit the first one, or write network.asymmetric = true to learn without")

    def summary(self, tiling: Tiling | None = None) -> Summary:
        """Return the table that `print` and notebooks show: layers and what joins them.

        tiling : Tiling of the devices; None = pairs on tiles of 128 x 128
        """
        return network_summary(self, tiling or Tiling())

    def index(self, name: str) -> int:
        """Index of a layer; raises ValueError for an unknown name."""
        for index, layer in enumerate(self.layers):
            if layer.name == name:
                return index
        raise ValueError(f"network: no layer is called {name!r}; "
                         f"there are {', '.join(layer.name for layer in self.layers)}")

    def connection(self, name: str) -> Connection:
        """Return the connection of that name; raises ValueError for an unknown one."""
        for connection in self.connections:
            if connection.name == name:
                return connection
        raise ValueError(f"network: no connection is called {name!r}; "
                         f"there are {', '.join(c.name for c in self.connections)}")

    def reads(self) -> list[tuple[Connection, bool]]:
        """Return (connection, forward) of every read: all connections forwards, and back where they can be."""
        return [(connection, forward) for connection in self.connections for forward in (True, False)
                if forward or self.returns(connection)]

    def returns(self, connection: Connection) -> bool:
        """Return whether signals flow back along a connection."""
        return connection.lower != self.layers[0].name and not self.spec.feedforward

    def floorplans(self, tiling: Tiling) -> dict[str, Floorplan]:
        """Return the Floorplans of all connections on tiles of a Tiling, dict by name."""
        return {connection.name: connection.floorplan(tiling) for connection in self.connections}

    def sends_states(self, name: str) -> bool:
        """Return whether a layer sends its state as it is: rate neurons, and an input of numbers."""
        return self.layers[self.index(name)].sends_states

    def decodes(self, name: str) -> bool:
        """Return whether a layer has decoders: where it sends spikes, and where a layer that is joined to it does.

        What spikes carry passes them; what states carry joins behind them. Without decoders both are the same.
        """
        joined = {c.upper if c.lower == name else c.lower for c in self.connections if name in (c.lower, c.upper)}
        return not all(self.sends_states(each) for each in {name, *joined})

    @property
    def order(self) -> Literal["synchronous", "alternating"]:
        """Which layers move at once in a time step, see `Neurons`."""
        return self.neurons.order

    @cached_property
    def sweeps(self) -> tuple[tuple[int, ...], ...]:
        """Indices of the layers that move at once, one tuple for each sweep of a time step.

        ((1, ..., L),), or in alternating order ((1, 3, ...), (2, 4, ...)), or feedforward ((1,), (2,), ..., (L,)). The
        layers of a sweep read what was sent before it; the input, layer 0, moves with the last one.
        """
        above = tuple(range(1, len(self.layers)))
        if self.spec.feedforward:
            return tuple((layer,) for layer in above)
        parts = (above,) if self.order == "synchronous" else (above[::2], above[1::2])
        return tuple(part for part in parts if part)

    @property
    def joined_at_once(self) -> tuple[str, ...]:
        """Names of the connections between layers of the same half sweep, which read each other's signals of before."""
        if self.order == "synchronous":
            return ()
        ends = {c.name: (self.index(c.lower), self.index(c.upper)) for c in self.connections}
        return tuple(name for name, (lower, upper) in ends.items() if lower > 0 and (upper - lower) % 2 == 0)

    @property
    def spiking(self) -> bool:
        """Whether any layer but the input sends spikes."""
        return not all(layer.sends_states for layer in self.layers[1:])

    @cached_property
    def laws(self) -> tuple[Law, ...]:
        """The different laws of its layers, a tuple in their order."""
        return tuple(dict.fromkeys(layer.law for layer in self.layers))

    def _add_layer(self, spec: LayerSpec, number: int, last: bool) -> None:
        name = spec.name or ("output" if last else f"{spec.kind}{number}")
        if not re.fullmatch("[A-Za-z0-9_]{1,40}", name) or name in [layer.name for layer in self.layers]:
            raise ValueError(f"network.layers: {abbreviated(name)} is not a new name of at most 40 letters, digits and "
                             "underscores")
        law, parameters, low, high = layer_neurons(spec, self.neurons, last, f"network.layers: {name}")
        source = self.layers[self.index(spec.source)] if spec.source else self.layers[-1]
        shape = kind_of(spec).shape_above(spec, source, name)
        self.layers.append(Layer(name, shape, low, high, law, parameters))
        self._potentials.add(name)
        self._connect(spec, source.name, self.layers[-1])

    def _connect(self, spec: LayerSpec | ConnectionSpec, source: str, upper: Layer) -> None:
        lower = self.layers[self.index(source)]
        name = f"{lower.name}-{upper.name}"
        if name in [c.name for c in self.connections]:
            raise ValueError(f"network.connections: {lower.name} and {upper.name} are joined twice; "
                             "add the two kernels into one connection")
        if self.index(source) >= self.index(upper.name):
            raise ValueError(f"network.connections: {source} -> {upper.name} does not lead upwards; "
                             "exchange `from` and `to`, the connection is symmetric")
        edge = replace(spec, feedback=self._feedback(spec, name, lower, upper))
        self.connections.append(kind_of(edge).join(edge, name, lower, upper))

    def _feedback(self, spec: LayerSpec | ConnectionSpec, name: str, lower: Layer, upper: Layer) -> float:
        """Return the gain of the feedback along a connection that joins two Layers, and note what it means."""
        if lower is self.layers[0]:
            if spec.feedback:
                raise ValueError(f"network: feedback = {spec.feedback:g} of {name}: nothing flows back to the input; "
                                 "omit it")
            return 1.0
        asked = self._potentials.ratio(lower.name, upper.name)
        gain = spec.feedback or asked or self.spec.feedback
        if not self._potentials.join(lower.name, upper.name, gain):
            way = " - ".join(self._potentials.way(lower.name, upper.name))
            self._contradictions[name] = (f"the feedback along {lower.name} - {upper.name} has a gain of {gain:g}, and "
                                          f"that along {way} of {asked:g}")
        return gain

    @property
    def asymmetric(self) -> tuple[str, ...]:
        """Names of the connections in use backwards that have no part in an energy."""
        return tuple(c.name for c in self.connections if c.name in self._misfits)

    @property
    def no_energy(self) -> str:
        """Why the network has no energy, in words; empty where it has one."""
        return "; ".join(self._misfits[name] for name in self.asymmetric)

    @property
    def _misfits(self) -> dict[str, str]:
        skewed = {c.name: f"alpha is not F^2 in {c.name}" for c in self.connections
                  if not c.symmetric and self.returns(c)}
        return skewed | self._contradictions

    @cached_property
    def potentials(self) -> dict[str, float]:
        """The factor c of every layer but the input in the energy, dict by name; see `neurosim.network.potentials`."""
        return self._potentials.numbers()

    @cached_property
    def gradient_factors(self) -> dict[str, float]:
        """Factor from contrasts of Hebbian products to gradients of the loss, dict by connection and by layer."""
        return {**{c.name: self.potentials[c.upper] for c in self.connections}, **self.potentials}

    def initial_weights(self, seed: int, gains: float | Sequence[float] | None = None,
                        dtype: np.dtype | type = np.float32) -> dict[str, np.ndarray]:
        """Draw weights U(+-gain / sqrt(fan_in)); returns a dict from connection name to array.

        Where the specification says `initial = "centred"`, less their mean over the fan-in of a unit.

        gains : one number or one per connection [1]; default: those of the specification
        """
        gains = self.spec.gains if gains is None else gains
        gains = per_connection("network.gains", gains, self.connections)
        drawn = {c.name: stream(seed, "weights", c.name).uniform(-1, 1, c.weight_shape) * gain / np.sqrt(c.fan_in)
                 for c, gain in zip(self.connections, gains)}
        if self.spec.initial == "centred":
            drawn = {name: less_mean_of_unit(values) for name, values in drawn.items()}
        return {name: values.astype(dtype) for name, values in drawn.items()}

    @property
    def normalised(self) -> tuple[str, ...]:
        """Names of the layers whose currents are normalised over a batch."""
        return tuple(layer.name for layer in self.layers[1:-1]) if self.spec.batch_norm else ()

    @property
    def averaged(self) -> tuple[str, ...]:
        """Names of what stands among the biases and is not a parameter, but an average over batches."""
        return tuple(f"{name}.{kind}" for name in self.normalised for kind in ("mean", "variance"))

    def initial_biases(self, dtype: np.dtype | type = np.float32, seed: int = 0) -> dict[str, np.ndarray]:
        """Draw biases U(+-bias_gain / sqrt(fan_in)), with the fan-in of the first connection into a layer.

        returns : dict from layer name to array of shape (channels,) or (units,), zeros where the gain is 0; and of a
            normalised layer its scale, mean and variance, with their names behind its own
        """
        one = {f"{layer.name}.{kind}": np.full(layer.biases, value, dtype) for layer in self.layers[1:]
               if layer.name in self.normalised for kind, value in (("scale", 1), ("mean", 0), ("variance", 1))}
        fans = {c.upper: c.fan_in for c in reversed(self.connections)}
        return {layer.name: (stream(seed, "biases", layer.name).uniform(-1, 1, layer.biases)
                             * self.spec.bias_gain / np.sqrt(fans[layer.name])).astype(dtype)
                for layer in self.layers[1:]} | one


def per_connection(key: str, value: float | Sequence[float], connections: Sequence[Connection]) -> tuple[float, ...]:
    """Spread one number, or check a sequence with one number per connection; returns a tuple of floats."""
    values = (value,) * len(connections) if isinstance(value, (int, float)) else tuple(value)
    if len(values) != len(connections):
        raise ValueError(f"{key}: {counted(values, 'value')} for {counted(connections, 'connection')} "
                         f"({', '.join(c.name for c in connections)}); give one number, or one each")
    return tuple(float(v) for v in values)
