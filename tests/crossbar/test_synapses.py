"""The seam between synapses and the time loop: effective weights of both directions, ideal synapses and readout."""

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal

from graphs import RATE, SPIKING, build, loaded, parameters, samples
from neurosim.crossbar import Conversion, EffectiveWeights, IdealSynapses, Readout, Synapses, Tiling
from neurosim.crossbar.calibration import NEAREST, WHOLE
from neurosim.crossbar.devices import DeviceSynapses, Placement
from neurosim.engines.events.engine import EventsEngine
from plain_devices import linear

TILING = Tiling(size=6)


def uniform(engine, **quantiser):
    """The same quantiser behind every line of every tile; returns Readout."""
    layout = engine.layout
    return Readout(conversions={(engine.network.connections[read.connection].name, read.forward): Conversion.uniform(
        layout.floorplans[read.connection].slices(read.forward),
        layout.floorplans[read.connection].lines(read.forward), **quantiser) for read in layout.reads})


def relaxed(network, steps, **quantiser):
    """Mean states of a network whose sums all pass the same quantiser."""
    weights, biases = parameters(network)
    images, _ = samples(network)
    engine = loaded(network, weights, biases, tiling=TILING, sums="tiles")
    engine.load(EffectiveWeights(weights, weights), biases, uniform(engine, **quantiser))
    return engine.relax(engine.rest(2), images, steps).mean


@pytest.mark.parametrize("neurons", [SPIKING, RATE], ids=["spiking", "rate"])
def test_step_0_is_ideal(neurons):
    network = build("skips", neurons)
    engine = loaded(network, *parameters(network), tiling=TILING, sums="tiles")
    plain = engine.relax(engine.rest(2), samples(network)[0], 15).mean
    assert_array_equal(plain, relaxed(network, 15, step=0.0))


@pytest.mark.parametrize("rounding, most", [(NEAREST, 20), (WHOLE, 80)])
def test_a_fine_converter_tends_to_the_ideal_one(rounding, most):
    network, steps = build("skips", RATE), (1e-2, 1e-3, 1e-4)
    ideal, *others = (relaxed(network, 60, step=step, rounding=rounding) for step in (0.0, *steps))
    errors = [np.abs(other - ideal).max() for other in others]
    assert all(0 < error < most * step for error, step in zip(errors, steps))


def test_each_direction_reads_its_own_weights():
    """Forward and backward weights may differ, as on a chip: each is used in its direction alone."""
    network = build("dense", RATE)
    weights, biases = parameters(network)
    images, _ = samples(network, 1)
    engine = EventsEngine(network, dtype=np.float64)
    none = {name: np.zeros_like(values) for name, values in weights.items()}
    engine.load(EffectiveWeights(weights, none), biases)
    state = engine.rest(1)
    engine.relax(state, images, 200)
    x = images[0]
    for c in network.connections:
        x = np.clip(weights[c.name] @ x + biases[c.upper], *((-1, 2) if c.upper == "output" else (0, 1)))
        assert_allclose(state.x[0, engine.slices[c.upper]], x, rtol=1e-12)


@pytest.mark.parametrize("name, where", [("weights", "conv1-conv2"), ("biases", "conv2")])
@pytest.mark.parametrize("bad", [np.nan, np.inf])
def test_broken_weights_are_refused(name, where, bad):
    network = build("average")
    weights, biases = parameters(network)
    (weights if name == "weights" else biases)[where].flat[1] = bad
    with pytest.raises(ValueError) as caught:
        loaded(network, weights, biases)
    assert str(caught.value) == (f"network: the weights or biases of {where} contain NaN or infinity; "
                                 "lower the learning rates or start again")


PLACEMENT = Placement(mapping="pair", programming="bidirectional", ranges={"a": 1.0})


@pytest.mark.parametrize("kind", [IdealSynapses, lambda weights: DeviceSynapses(linear(2000), weights, PLACEMENT)],
                         ids=["ideal", "devices"])
def test_both_kinds_of_synapses_keep_the_protocol(kind):
    """Write, read, program and load do the same to within a step; what differs, the protocol tells."""
    synapses = kind({"a": np.linspace(-0.5, 0.5, 12, dtype=np.float32).reshape(3, 4)})
    own = {name for name in (*vars(Synapses), *Synapses.__annotations__) if not name.startswith("_")}
    assert own <= set(dir(synapses))
    wanted = {"a": np.full((3, 4), 0.25, np.float32)}
    synapses.write(wanted)
    close = synapses.granularity["a"] if synapses.pulsed else 0.0
    assert np.abs(synapses.weights["a"] - 0.25).max() <= close
    assert_array_equal(synapses.read()["a"], synapses.weights["a"])
    kept = {name: np.array(values) for name, values in synapses.stored().items()}
    weights = {name: np.array(values) for name, values in synapses.weights.items()}
    synapses.program({"a": np.full((3, 4), -3)})
    assert_allclose(synapses.weights["a"], weights["a"] - 3 * synapses.granularity["a"], atol=1e-6)
    synapses.begin()
    assert synapses.initial == synapses.counts and bool(synapses.counts.set) is synapses.pulsed
    assert set(synapses.missed) == set(synapses.arrays_by_connection()) == ({"a"} if synapses.pulsed else set())
    synapses.set_time(2.0)
    synapses.load(kept, weights)
    assert_array_equal(synapses.effective().forward["a"], weights["a"])


def test_ideal_synapses_do_what_they_are_told():
    weights = {"a": np.ones((2, 2), np.float32), "b": np.zeros(3, np.float32)}
    synapses = IdealSynapses(weights)
    synapses.program({"a": np.full((2, 2), 0.5, np.float32)})
    effective = synapses.effective()
    assert_array_equal(effective.forward["a"], np.full((2, 2), 1.5))
    assert effective.forward == effective.backward
    assert not (effective.variances or effective.variance_floors) and effective.siemens is None
    kept = {name: values.copy() for name, values in synapses.weights.items()}
    assert synapses.stored() == {}    # the weights are all there is
    synapses.program({"a": np.ones((2, 2), np.float32), "b": np.ones(3, np.float32)})
    synapses.load({}, kept)
    assert_array_equal(synapses.weights["a"], np.full((2, 2), 1.5))
    assert not synapses.weights["b"].any()


@pytest.mark.parametrize("stored, held", [({}, "none"), ({"a": np.ones(3)}, "(3,)")])
def test_what_does_not_fit_is_not_loaded(stored, held):
    with pytest.raises(ValueError) as caught:
        IdealSynapses({"a": np.ones((2, 2))}).load({}, stored)
    assert str(caught.value) == f"synapses: connection 'a' needs an array of shape (2, 2); the file holds {held}"
