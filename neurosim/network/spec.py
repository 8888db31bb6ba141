"""What a configuration says about a network: its layers, the connections into them and beside them, its neurons."""

import math
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Literal, NamedTuple

import numpy as np

from neurosim.arguments import answering
from neurosim.cards import Entry, check_numbers
from neurosim.network.connections import Edge, kind_of
from neurosim.network.connections.edge import FEEDBACK
from neurosim.network.inputs.events import LARGEST
from neurosim.neurons import Law, Schedule, law_of
from neurosim.neurons.schedules import FRACTION
from neurosim.streams import stream

#: Bounds of the numbers of layers, neurons and networks.
_LAYER = {"units": Entry("1", 0, 1e6), "channels": Entry("1", 0, 1e5)}
_BOUND = Entry("1", 1e-3, 1e3, least="so that no state could leave 0")
_RANGE = Entry("1", -1000, 1000)
_NETWORK = {"gains": Entry("1", 1e-6, 1000, least="less than a weight of single precision distinguishes", off=True),
            "bias_gain": Entry("1", 0, 1000), "feedback": Entry("1", 1e-3, 10, **FEEDBACK)}


@dataclass(frozen=True, kw_only=True)
class LayerSpec(Edge):
    """A layer and the connection into it, from the layer before or from the one named in `source` (TOML key `from`).

    units : size of a dense layer
    channels : depth of a convolutional layer; height and width follow from the layer below
    neurons : their kind, "" = that of [neurons]
    bound : clip of their states [1]: the upper one, or [low, high]; none = as [neurons] says
    parameters : dict from a parameter of this kind of neuron to its value, for example bits of graded spikes
    """

    name: str = ""
    source: str = field(default="", metadata={"key": "from"})
    units: int = 0
    channels: int = 0
    neurons: str = ""
    bound: float | tuple[float, float] | None = None
    parameters: dict[str, float] = field(default_factory=dict)

    def __post_init__(self) -> None:
        super().__post_init__()
        check_numbers(self, "network.layers", _LAYER)
        wanted = kind_of(self).sized_by
        other = "channels" if wanted == "units" else "units"
        if getattr(self, wanted) < 1 or getattr(self, other):
            raise ValueError(f"network.layers: a {self.kind} layer needs {wanted} >= 1 and no {other}, "
                             f"got units = {self.units}, channels = {self.channels}")
        if self.neurons:
            law_of(self.neurons, "network.layers: neurons").values(self.parameters, "network.layers: parameters")
        if self.bound is not None:
            _clip(self.bound, "network.layers: bound")


@dataclass(frozen=True, kw_only=True)
class ConnectionSpec(Edge):
    """A connection beside those that come with the layers, for example a residual skip. TOML keys `from` and `to`."""

    source: str = field(metadata={"key": "from"})
    target: str = field(metadata={"key": "to"})


@answering
def conv(channels: int, *, kernel: int = 3, stride: int = 1, padding: int = 0, groups: int = 1,
         pool: Literal["none", "average", "max"] = "none", pool_size: int = 2,
         pool_on: Literal["spikes", "decoded"] = "spikes", alpha: float = 0.0, feedback: float = 0.0, source: str = "",
         name: str = "", neurons: str = "", bound: float | tuple[float, float] | None = None,
         parameters: dict[str, float] | None = None) -> LayerSpec:
    """Describe a convolutional layer, for example `conv(32, kernel=3, pool="average")`; returns a LayerSpec.

    channels : depth of its map; height and width follow from the layer below
    kernel, stride, padding : of the convolution [positions]
    groups : of channels that meet only each other; as many as there are channels: depthwise
    pool, pool_size : none, average or max over pool_size x pool_size positions
    pool_on : what max pooling compares: the "spikes" of one step, or currents "decoded" before pooling
    alpha : divisor of the inverse of average pooling; 0 stands for pool_size^2, the adjoint
    feedback : gain of what flows back, over the adjoint [1]; 0 stands for the network's
    source : name of the layer below, "" = the one before; name : its own, "" = its kind and number
    neurons : their kind, "" = that of the network's Neurons; parameters : those of this kind, by name
    bound : clip of their states [1]: the upper one, or (low, high); None = as Neurons says
    raises : ValueError for a number out of bounds, TypeError for an argument that there is not
    """
    return LayerSpec(kind="conv", channels=channels, kernel=kernel, stride=stride, padding=padding, groups=groups,
                     pool=pool, pool_size=pool_size, pool_on=pool_on, alpha=alpha, feedback=feedback, source=source,
                     name=name, neurons=neurons, bound=bound, parameters=parameters or {})


@answering
def dense(units: int, *, feedback: float = 0.0, source: str = "", name: str = "", neurons: str = "",
          bound: float | tuple[float, float] | None = None, parameters: dict[str, float] | None = None) -> LayerSpec:
    """Describe a dense layer, for example `dense(128)`; returns a LayerSpec.

    units : its size
    feedback, source, name, neurons, bound, parameters : as those of `conv`
    raises : ValueError for a number out of bounds, TypeError for an argument that there is not
    """
    return LayerSpec(kind="dense", units=units, feedback=feedback, source=source, name=name, neurons=neurons,
                     bound=bound, parameters=parameters or {})


@dataclass(frozen=True, kw_only=True)
class Neurons:
    """The neurons of a network: those of all layers that do not say otherwise.

    kind : "spiking" (sigma-delta with spikes of 0 and 1, Lin et al. Eq. 10), "ternary" (-1, 0, 1) and "graded" (whole
        numbers of a few bits), "rate" (x = clip(...) sent as it is), "linear" (the same without a clip), "lif" and "li"
        (leaky integrators of current with and without spikes, for networks from elsewhere), or a law of your own, see
        `neurosim.neurons.register`
    epsilon : step size of the state, number or Schedule [1]
    lam : prediction factor of decoder and encoder, number or Schedule [1]; without spikes there is none
    bound : clip of hidden states [1]: the upper one, or [low, high]; spikes can only stand for a range: spiking ones
        for [0, 1], ternary ones for [-1, 1], graded ones of n bits for numbers up to 2^(n - 1) - 1 in size
    bound_between : draw the upper clip of each hidden layer of states that has no bound of its own, U(low, high), once
        from the seed; a run file holds it as the bound of the layer. None = `bound` is that of all
    output_range : clip of output states [1]; wider than [0, 1] so that no output unit stops learning at an edge
    parameters : dict from a parameter of this kind of neuron to its value, for example { bits = 4 } of graded ones
    order : "synchronous", all layers move at once from the signals of the time step before, or "alternating": layers 1,
        3, 5, ... counted from the input, and then 2, 4, ... from what those have just sent
    """

    kind: str = "spiking"
    epsilon: float | Schedule = 0.9
    lam: float | Schedule = 0.2
    bound: float | tuple[float, float] = 1.0
    bound_between: tuple[float, float] | None = None
    output_range: tuple[float, float] = (-1.0, 2.0)
    parameters: dict[str, float] = field(default_factory=dict)
    order: Literal["synchronous", "alternating"] = "synchronous"

    def __post_init__(self) -> None:
        check_numbers(self, "neurons", {name: FRACTION for name in ("epsilon", "lam")
                                        if not isinstance(getattr(self, name), Schedule)})
        law = law_of(self.kind)
        values = law.values(self.parameters, "neurons.parameters")
        for limit in self.output_range:
            _RANGE.check(limit, "neurons.output_range")
        _refuse_unheard(law, values, _clip(self.bound, "neurons.bound"), f"neurons.bound: {_text(self.bound)}")
        check_numbers(self, "neurons", {"bound_between": _BOUND})
        if self.bound_between is not None:
            self._check_draw(law, *self.bound_between)
        if not self.output_range[0] < self.output_range[1]:
            raise ValueError(f"neurons.output_range: {list(self.output_range)} is empty; write [low, high]")

    def _check_draw(self, law: Law, low: float, high: float) -> None:
        if not low < high:
            raise ValueError(f"neurons.bound_between: [{low:g}, {high:g}] is empty; write [low, high]")
        if law.sends != "states" or not law.bounded:
            raise ValueError(f"neurons.bound_between: {self.kind} neurons have no clip that could be anywhere; omit "
                             'it, or write neurons.kind = "rate"')

    def schedules(self, steps: int, dtype: np.dtype | type) -> tuple[np.ndarray, np.ndarray]:
        """Tabulate eps and lam for the time steps 1 ... steps; returns two float arrays."""
        eps, lam = ((value if isinstance(value, Schedule) else Schedule(a=value)).values(steps, dtype)
                    for value in (self.epsilon, self.lam))
        return eps, lam


class LayerNeurons(NamedTuple):
    """What the neurons of one layer are: their Law, the values of its parameters, and the clip of their states."""

    law: Law
    parameters: tuple
    low: float
    high: float


def layer_neurons(spec: LayerSpec, neurons: Neurons, last: bool, owner: str = "network.layers") -> LayerNeurons:
    """Return the LayerNeurons of a layer: what its LayerSpec says, and Neurons where it says nothing.

    last : whether it is the output, whose states may leave what spikes stand for
    raises : ValueError that begins with `owner`
    """
    kind = spec.neurons or neurons.kind
    law = law_of(kind, owner)
    values = law.values({**(neurons.parameters if kind == neurons.kind else {}), **spec.parameters},
                        f"{owner}: parameters")
    if not law.bounded:
        if spec.bound is not None:
            raise ValueError(f"{owner}: bound: nothing clips {kind} neurons; omit it, or take rate neurons")
        return LayerNeurons(law, values, -math.inf, math.inf)
    bound = spec.bound
    if bound is None:
        bound = neurons.output_range if last else neurons.bound
    low, high = _clip(bound, f"{owner}: bound")
    if not last:
        _refuse_unheard(law, values, (low, high), f"{owner}: a bound of {_text(bound)}")
    return LayerNeurons(law, values, low, high)


def _clip(bound: float | Sequence[float], owner: str) -> tuple[float, float]:
    """Return lower and upper clip of a bound, one number or two; raises ValueError that begins with `owner`."""
    if not isinstance(bound, (tuple, list)):
        return 0.0, _BOUND.check(bound, owner)
    low, high = (_RANGE.check(limit, owner) for limit in bound)
    if not low < high:
        raise ValueError(f"{owner}: {list(bound)} is empty; write [low, high]")
    return low, high


def _refuse_unheard(law: Law, values: tuple[float, ...], clip: tuple[float, float], owner: str) -> None:
    """Raise ValueError where hidden states may be what no signal can stand for."""
    low, high = law.range_of(values)
    if not low <= clip[0] < clip[1] <= high:
        raise ValueError(f"{owner} does not fit {law.name} neurons, whose spikes stand for [{low:g}, {high:g}]; "
                         f'use {high:g}, or neurons.kind = "rate"')


def _text(bound: float | Sequence[float]) -> str:
    return f"{list(bound)}" if isinstance(bound, (tuple, list)) else f"{bound:g}"


@dataclass(frozen=True, kw_only=True)
class NetworkSpec:
    """The section [network] of a configuration.

    input : pixels enter as "spikes" (sigma-delta coded with 0 and 1, needs pixels in [0, 1]), as "ternary" spikes (-1,
        0, 1), or "analog" (constant currents); or they are "events" that the data give, one frame for each time step
        since rest, through all phases of a sample
    events : what follows the last frame: they "repeat" from the first, "hold" the last one, or "stop"
    event_range : least and largest event: [0, 1], [-1, 1], or counts up to 127
    gains : initial weights are U(+-gain / sqrt(fan_in)); one number, or one per connection from input to output
    initial : those weights as they were "drawn", or "centred": less the mean of those into the same unit, so that what
        all inputs of a unit have in common does not decide whether it speaks
    bias_gain : initial biases are U(+-bias_gain / sqrt(fan_in)), with the fan-in of the layer's own connection
    feedback : gain of what flows back along the connections of layers that say nothing else [1]; below 1 the network
        settles in fewer steps
    asymmetric : allow gains of which no energy exists, so that gradients are those of no loss
    feedforward : the ordinary network of the same weights: in every time step each layer moves after all below it, and
        nothing flows back; it learns by backpropagation. Layers of states behind a steady input take one step
    batch_norm : normalise the currents into hidden layers of a feedforward network over each batch, with a learnt
        scale, and by averages over batches where it does not learn
    """

    input: Literal["spikes", "ternary", "analog", "events"] = "spikes"
    events: Literal["repeat", "hold", "stop"] = "repeat"
    event_range: tuple[int, int] = (0, 1)
    gains: float | tuple[float, ...] = 1.0
    initial: Literal["drawn", "centred"] = "drawn"
    bias_gain: float = 0.0
    feedback: float = 1.0
    asymmetric: bool = False
    feedforward: bool = False
    batch_norm: bool = False
    layers: tuple[LayerSpec, ...] = ()
    connections: tuple[ConnectionSpec, ...] = ()

    def __post_init__(self) -> None:
        check_numbers(self, "network", _NETWORK)
        if self.batch_norm and not self.feedforward:
            raise ValueError("network.batch_norm: a network whose signals flow back has no energy with it; write "
                             "network.feedforward = true as well, or omit it")
        low, high = self.event_range
        if not -LARGEST <= low <= 0 < high <= LARGEST:
            raise ValueError(f"network.event_range: [{low}, {high}] is not a range of events; write [0, 1], [-1, 1] "
                             f"or, for counts, [0, n] with n up to {LARGEST}")


def one_pass(spec: NetworkSpec, neurons: Neurons) -> bool:
    """Return whether a feedforward network settles in one time step: its states remember nothing, its input stays."""
    laws = [law_of(layer.neurons or neurons.kind) for layer in spec.layers]
    return spec.feedforward and spec.input == "analog" and all(
        law.sends == "states" and not law.remembers for law in laws)


def with_drawn_bounds(spec: NetworkSpec, neurons: Neurons, seed: int) -> NetworkSpec:
    """Return a NetworkSpec whose hidden layers have the bounds that `neurons.bound_between` asks for, if it does.

    Layers of spikes, of linear neurons and with a bound of their own stay as they are, and so does the output.
    """
    if neurons.bound_between is None:
        return spec
    layers = list(spec.layers)
    for number, layer in enumerate(layers[:-1], 1):
        law = law_of(layer.neurons or neurons.kind)
        if layer.bound is None and law.sends == "states" and law.bounded:
            bound = float(stream(seed, "bound", number).uniform(*neurons.bound_between))
            layers[number - 1] = replace(layer, bound=bound)
    return replace(spec, layers=tuple(layers))
