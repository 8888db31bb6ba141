"""What a configuration says about a network: its layers, the connections into them and beside them, its neurons."""

from dataclasses import dataclass, field
from typing import Literal

from neurosim.cards import Entry, check_numbers
from neurosim.network.connections.edge import Edge
from neurosim.network.inputs.events import LARGEST
from neurosim.neurons.schedules import FRACTION, Schedule

#: Bounds of the numbers of layers, neurons and networks.
_LAYER = {"units": Entry("1", 0, 1e6), "channels": Entry("1", 0, 1e5)}
_NEURONS = {"bound": Entry("1", 1e-3, 1e3, least="so that no state could leave 0"),
            "output_range": Entry("1", -1000, 1000)}
_GAINS = {"gains": Entry("1", 1e-6, 1000, least="less than a weight of single precision tells apart", off=True)}


@dataclass(frozen=True, kw_only=True)
class LayerSpec(Edge):
    """A layer and the connection into it, from the layer before or from the one named in `source` (TOML key `from`).

    units : size of a dense layer
    channels : depth of a convolutional layer; height and width follow from the layer below
    """

    name: str = ""
    source: str = field(default="", metadata={"key": "from"})
    units: int = 0
    channels: int = 0

    def __post_init__(self):
        super().__post_init__()
        check_numbers(self, "network.layers", _LAYER)
        wanted, other = ("units", "channels") if self.kind == "dense" else ("channels", "units")
        if getattr(self, wanted) < 1 or getattr(self, other):
            raise ValueError(f"network.layers: a {self.kind} layer needs {wanted} >= 1 and no {other}, "
                             f"got units = {self.units}, channels = {self.channels}")


@dataclass(frozen=True, kw_only=True)
class ConnectionSpec(Edge):
    """A connection beside those that come with the layers, for example a residual skip. TOML keys `from` and `to`."""

    source: str = field(metadata={"key": "from"})
    target: str = field(metadata={"key": "to"})


def conv(channels, **options):
    """A convolutional layer, for example `conv(32, kernel=3, pool="average")`; options are those of LayerSpec."""
    return LayerSpec(kind="conv", channels=channels, **options)


def dense(units, **options):
    """A dense layer, for example `dense(128)`; options are those of LayerSpec."""
    return LayerSpec(kind="dense", units=units, **options)


@dataclass(frozen=True, kw_only=True)
class Neurons:
    """The neurons of a network.

    kind : "spiking" (sigma-delta, Lin et al. Eq. 10) or "rate" (x = clip(...) sent as it is)
    epsilon : step size of the state, number or Schedule [1]
    lam : prediction factor of decoder and encoder, number or Schedule [1]; rate neurons have none
    bound : upper clip of hidden states [1]; spikes can only stand for [0, 1]
    output_range : clip of output states [1]; wider than [0, 1] so that no output unit stops learning at an edge
    """

    kind: Literal["spiking", "rate"] = "spiking"
    epsilon: float | Schedule = 0.9
    lam: float | Schedule = 0.2
    bound: float = 1.0
    output_range: tuple[float, float] = (-1.0, 2.0)

    def __post_init__(self):
        check_numbers(self, "neurons", _NEURONS)
        check_numbers(self, "neurons", {name: FRACTION for name in ("epsilon", "lam")
                                        if not isinstance(getattr(self, name), Schedule)})
        if self.kind == "spiking" and self.bound != 1:
            raise ValueError(f"neurons.bound: {self.bound:g} does not fit spiking neurons, "
                             'whose spikes stand for [0, 1]; use 1, or neurons.kind = "rate"')
        if not self.output_range[0] < self.output_range[1]:
            raise ValueError(f"neurons.output_range: {list(self.output_range)} is empty; write [low, high]")

    def schedules(self, steps, dtype):
        """Tabulate eps and lam for the time steps 1 ... steps; returns two float arrays."""
        return tuple((value if isinstance(value, Schedule) else Schedule(a=value)).values(steps, dtype)
                     for value in (self.epsilon, self.lam))


@dataclass(frozen=True, kw_only=True)
class NetworkSpec:
    """The section [network] of a configuration.

    input : pixels enter as "spikes" (sigma-delta coded, needs pixels in [0, 1]) or "analog" (constant currents); or
        "events" that the data give, one frame for each time step since rest, through all phases of a sample
    events : what follows the last frame: they "repeat" from the first, "hold" the last one, or "stop"
    event_range : least and largest event: [0, 1], [-1, 1], or counts up to 127
    gains : initial weights are U(+-gain / sqrt(fan_in)); one number, or one per connection from input to output
    """

    input: Literal["spikes", "analog", "events"] = "spikes"
    events: Literal["repeat", "hold", "stop"] = "repeat"
    event_range: tuple[int, int] = (0, 1)
    gains: float | tuple[float, ...] = 1.0
    layers: tuple[LayerSpec, ...] = ()
    connections: tuple[ConnectionSpec, ...] = ()

    def __post_init__(self):
        check_numbers(self, "network", _GAINS)
        low, high = self.event_range
        if not -LARGEST <= low <= 0 < high <= LARGEST:
            raise ValueError(f"network.event_range: [{low}, {high}] is no range of events; write [0, 1], [-1, 1] or, "
                             f"for counts, [0, n] with n up to {LARGEST}")
