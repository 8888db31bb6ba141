"""What max and average pooling do to the currents of a network, forwards and backwards: Lin et al., Fig. 1 to 3."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

import numpy as np

from neurosim.crossbar import IdealSynapses
from neurosim.datasets import load
from neurosim.engines import Engine, Nudge, make_engine
from neurosim.experiment.reproduce.recipe import Finding, Panel, Recipe
from neurosim.learning.phases import one_hot
from neurosim.network import hopfield
from neurosim.network.connections.connection import Connection
from neurosim.network.connections.edge import Pool
from neurosim.network.graph import Network
from neurosim.network.spec import Neurons, conv, dense

if TYPE_CHECKING:
    from neurosim.experiment.reproduce.recipe import Workbench

#: Channels of the four convolutions, padded, with pooling of 2 x 2 behind each; the paper names the last three.
_CHANNELS = (16, 32, 64, 128)
_SAMPLES, _FREE, _NUDGED, _SEEN, _BETA = 100, 100, 25, 10, 0.1
#: Uniform Kaiming weights of rectified units: U(+-sqrt(6 / fan_in)), He et al., ICCV (2015).
_GAIN = 6 ** 0.5
_MIDDLE = ("conv2", "conv3", "conv4")


@dataclass(frozen=True)
class Traffic:
    """What passes the middle layers in the last steps of a nudged phase, one number per layer.

    forward, backward : sum over a map of the mean current that arrives from below and from above, root mean square over
        channels; rest of the fields: mean and standard deviation over samples, units and steps of states sent (X) and
        of currents (Y), as in Fig. 3
    mismatch : share of regions whose maximum of this step is not where that of the mean over the steps is
    """

    forward: list[float]
    backward: list[float]
    means: dict[str, list[float]]
    deviations: dict[str, list[float]]
    mismatch: list[float]


def pooled_traffic(pool: Pool, neurons: Neurons, source: Literal["spikes", "analog"], seed: int) -> Traffic:
    """Return the Traffic of the five-layer network at its first weights on training images of MNIST.

    pool : "max" or "average"; neurons : Neurons; source : input of the network
    """
    data = load("mnist")
    images = data.train_images[:_SAMPLES].astype(np.float32) / np.float32(255)
    layers = [conv(channels, padding=1, pool=pool) for channels in _CHANNELS]
    network = Network([*layers, dense(10)], images.shape[1:], neurons, input=source)
    weights, engine = network.initial_weights(seed, gains=_GAIN), make_engine(network)
    engine.load(IdealSynapses(weights).effective(), network.initial_biases())
    state = engine.rest(_SAMPLES)
    engine.relax(state, images, _FREE)
    nudge = Nudge(_BETA, one_hot(data.train_labels[:_SAMPLES], 10).astype(engine.dtype))
    signals = [state.s.copy() for step in engine.follow(state, images, _NUDGED, nudge=nudge)
               if step > _NUDGED - _SEEN]
    return _summed(engine, weights, signals, pool)


def _summed(engine: Engine, weights: dict, signals: Sequence[np.ndarray], pool: str) -> Traffic:
    """Return the currents of the middle layers from the signals of some steps."""
    network, kinds = engine.network, ("X forward", "Y forward", "X backward", "Y backward")
    found: dict[str, list[list[np.ndarray]]] = {kind: [] for kind in kinds}
    mismatch = []
    for name in _MIDDLE:
        below = next(c for c in network.connections if c.upper == name)
        above = next(c for c in network.connections if c.lower == name)
        own, low, high = (engine.slices[layer] for layer in (name, below.lower, above.upper))
        found["X forward"].append([s[:, low] for s in signals])
        found["X backward"].append([s[:, high] for s in signals])
        found["Y forward"].append([hopfield.apply(engine, below.name, s[:, low]) for s in signals])
        found["Y backward"].append([hopfield.apply_adjoint(engine, above.name, s[:, high], s[:, own])
                                    for s in signals])
        mismatch.append(_mismatch(below, weights[below.name], [s[:, low] for s in signals]) if pool == "max" else 0.0)
    summed = {kind: [_map_sums(np.mean(steps, axis=0), network.layers[network.index(name)].shape)
                     for name, steps in zip(_MIDDLE, found[kind])] for kind in ("Y forward", "Y backward")}
    return Traffic(summed["Y forward"], summed["Y backward"],
                   {kind: [float(np.mean(steps)) for steps in found[kind]] for kind in kinds},
                   {kind: [float(np.std(steps)) for steps in found[kind]] for kind in kinds}, mismatch)


def _map_sums(currents: np.ndarray, shape: tuple) -> float:
    """Root mean square over channels of currents (samples, units), averaged over samples and summed over positions."""
    sums = currents.mean(axis=0).reshape(-1, shape[-1]).sum(axis=0)
    return float(np.sqrt(np.square(sums).mean()))


def _mismatch(connection: Connection, weights: np.ndarray, signals: Sequence[np.ndarray]) -> float:
    """Share of pooling regions whose largest current in a step is elsewhere than that of the mean of all steps.

    Regions of which all currents are equal, as those without a spike below, have no maximum and are left out.
    """
    twin = Network([conv(connection.map_shape[-1], padding=connection.padding, kernel=connection.kernel, name="map"),
                    dense(1)], connection.low_shape, Neurons(kind="rate"), input="analog")
    engine = make_engine(twin)
    engine.load(IdealSynapses(twin.initial_weights(0) | {"input-map": weights}).effective(), twin.initial_biases())
    maps = [_regions(hopfield.apply(engine, "input-map", s), connection) for s in signals]
    mean = np.mean(maps, axis=0)
    told = np.ptp(mean, axis=-1) > 0
    apart = [(regions.argmax(axis=-1) != mean.argmax(axis=-1))[told] for regions in maps]
    return float(np.mean(apart))


def _regions(currents: np.ndarray, connection: Connection) -> np.ndarray:
    """Return the currents of a map as (..., positions in a region)."""
    (rows, columns, channels), size = connection.map_shape, connection.pool_size
    kept = currents.reshape(-1, rows, columns, channels)[:, :rows // size * size, :columns // size * size]
    parts = kept.reshape(-1, rows // size, size, columns // size, size, channels)
    return parts.transpose(0, 1, 3, 5, 2, 4).reshape(-1, size * size)


def _fig_3(what: str, name: str) -> str:
    return f"Fig. 3, {what}: {name}"


_MAXIMA = ("rates, max pooling", "spikes, max pooling")
#: Titles of the panels of the figure.
_PANELS = ("Fig. 2: currents forward over currents backward",
           *(_fig_3(what, name) for name in _MAXIMA for what in ("means", "spreads")),
           "Fig. 1: maxima that move from step to step")


def lin_pooling(bench: Workbench) -> tuple:
    """Return forward and backward currents with max and average pooling, in rates and in spikes."""
    rates, spikes = Neurons(kind="rate", epsilon=0.5), Neurons(epsilon=0.9, lam=0.6)
    bench.observe("rates, max pooling", 0, 3)
    found = {_MAXIMA[0]: pooled_traffic("max", rates, "analog", bench.seed)}
    pools: tuple[Pool, ...] = "max", "average"
    for number, (name, pool) in enumerate(zip((_MAXIMA[1], "spikes, average pooling"), pools), 1):
        bench.observe(name, number, 3)
        found[name] = pooled_traffic(pool, spikes, "spikes", bench.seed)
    bench.panels.extend(_panels(found))
    rate, spiking, average = found.values()
    gap = max(a / b for a, b in zip(_ratios(spiking), _ratios(rate)))
    return (Finding(quantity="Fig. 1: maxima elsewhere than on the mean, rates, largest share of a layer",
                    measured=100 * max(rate.mismatch), high=1, unit="%"),
            Finding(quantity="the same, spikes, smallest share of a layer", measured=100 * min(spiking.mismatch), low=3,
                    high=20, unit="%"),
            Finding(quantity="Fig. 2: forward over backward, max pooling, largest with rates (paper: below 4)",
                    measured=max(_ratios(rate)), low=2, high=12),
            Finding(quantity="the same with spikes (paper: up to 10)", measured=max(_ratios(spiking)), low=2, high=12),
            Finding(quantity="how much larger with spikes than with rates (paper: 2.5)", measured=gap, low=0.8, high=4),
            Finding(quantity="conv2, average over max pooling of spikes: forward over backward (paper: below 1)",
                    measured=_ratios(average)[0] / _ratios(spiking)[0], high=1))


def _ratios(traffic: Traffic) -> list[float]:
    return [a / b for a, b in zip(traffic.forward, traffic.backward)]


def _panels(found: dict[str, Traffic]) -> Iterator[Panel]:
    yield Panel(title=_PANELS[0], x=_MIDDLE, log=True,
                y_label="ratio of sums over a map [1]", series={name: _ratios(t) for name, t in found.items()})
    for name in _MAXIMA:
        yield Panel(title=_fig_3("means", name), x=_MIDDLE, series=found[name].means, y_label="mean [1]")
        yield Panel(title=_fig_3("spreads", name), x=_MIDDLE, series=found[name].deviations, log=True,
                    y_label="standard deviation [1]")
    yield Panel(title=_PANELS[-1], x=_MIDDLE, y_label="share of pooling regions [%]",
                series={name: [100 * share for share in t.mismatch] for name, t in found.items() if name in _MAXIMA})


RECIPES = (
    Recipe(name="lin2024-pooling", seconds=20, function=lin_pooling, panels=_PANELS,
           claim="Spikes make the maxima of max pooling jump: in 6 to 9 % of the regions the largest current of a step "
                 "is not where the mean has its maximum, with rates in 0.3 % (drawn in the paper, without a number). "
                 "That currents forward outweigh those backward more with spikes than with rates, by up to 10 against "
                 "4, is found in the last layer alone: over all it is 8.1 against 8.7 at most. Five layers at first "
                 "weights, uniform Kaiming, 16-32-64-128 channels (16 is our choice), 100 images of 2,000.",
           source="Lin, Bal, Sengupta (2024), Fig. 1 to 3"),
)
