"""The compiled, event-driven time loop follows the reference step by step."""

import numpy as np
import pytest
from hypothesis import given, reject, settings
from hypothesis import strategies as st
from numpy.testing import assert_allclose

import reference as ref
from bridge import assert_same_path, graph_of, schedule
from graphs import ANNEALED, GRADED, GRAPHS, RATE, RATE6, SPIKING, TERNARY, build, loaded, mixed, parameters, samples
from neurosim.engines import Nudge
from neurosim.crossbar import Tiling
from neurosim.network.graph import ConnectionSpec, Network, Neurons, conv, dense

PHASES = [(14, 0.0), (7, 0.3), (7, -0.3)]
CODES = {"spikes": (SPIKING, "spikes"), "annealed": (ANNEALED, "spikes"), "analog input": (SPIKING, "analog"),
         "rate": (RATE, "analog"), "rate up to 6": (RATE6, "analog"), "ternary": (TERNARY, "ternary"),
         "graded": (GRADED, "spikes")}


def assert_follows(network, seed=0, count=2, **options):
    weights, biases = parameters(network, seed)
    images, targets = samples(network, count)
    engine = loaded(network, weights, biases, **options)
    return assert_same_path(engine, graph_of(network, weights, biases), images, targets, PHASES)


@pytest.mark.parametrize("code", CODES)
@pytest.mark.parametrize("name", GRAPHS)
def test_every_step_of_every_graph(name, code):
    _, truth = assert_follows(build(name, *CODES[code]))
    for layer in list(truth[0].x)[1:]:
        states = np.concatenate([now.x[layer] for now in truth])
        assert np.ptp(states) > 0.01                    # the comparison is of states that moved, not of zeros


@pytest.mark.parametrize("sums, size, devices", [("whole", 4, 2), ("tiles", 4, 2), ("tiles", 6, 1), ("tiles", 128, 2)])
@pytest.mark.parametrize("code", ["spikes", "analog input", "rate"])
@pytest.mark.parametrize("name", GRAPHS)
def test_every_step_of_every_graph_in_tiles(name, code, sums, size, devices):
    """However small its tiles, a chip with ideal converters computes what the network computes."""
    assert_follows(build(name, *CODES[code]), tiling=Tiling(size=size, devices=devices), sums=sums)


@pytest.mark.parametrize("kinds, input", [
    (("rate", "spiking"), "spikes"), (("spiking", "rate"), "analog"), (("ternary", "linear", "graded"), "analog"),
    (("graded", "rate", "spiking"), "ternary"),
])
@pytest.mark.parametrize("name", GRAPHS)
def test_every_step_of_layers_of_different_kinds(name, kinds, input):
    """Currents of spikes pass the decoder of whatever they reach, currents of states do not."""
    network = mixed(name, kinds, input)
    assert_follows(network)
    assert_follows(network, tiling=Tiling(size=6), sums="tiles")


@pytest.mark.parametrize("sums", ["whole", "tiles"])
@pytest.mark.parametrize("code", ["ternary", "graded", "rate up to 6", "spikes"])
@pytest.mark.parametrize("name", GRAPHS)
def test_two_reads_of_one_sign_add_up_to_one_of_both(name, code, sums):
    assert_follows(build(name, *CODES[code]), tiling=Tiling(size=6, negative="two-cycles"), sums=sums)


@st.composite
def networks(draw):
    """Random graphs: up to two convolutions with any pooling, up to two dense layers, perhaps a skip to the output."""
    shape = draw(st.tuples(st.integers(3, 6), st.integers(3, 6), st.integers(1, 2)))
    layers = []
    for _ in range(draw(st.integers(0, 2))):
        pool = draw(st.sampled_from(["none", "average", "max"]))
        layers.append(conv(draw(st.integers(1, 4)), kernel=draw(st.integers(1, 3)), stride=draw(st.integers(1, 2)),
                           padding=draw(st.integers(0, 2)), pool=pool, pool_size=draw(st.integers(1, 3)),
                           alpha=draw(st.sampled_from([0.0, 1.0, 3.0])),
                           pool_on=draw(st.sampled_from(["spikes", "decoded"])) if pool == "max" else "spikes"))
    if draw(st.booleans()):
        layers.append(dense(draw(st.integers(1, 9))))
    skips = [ConnectionSpec(source="input", target="output")] if layers and draw(st.booleans()) else []
    neurons, code = draw(st.sampled_from(list(CODES.values())))
    try:
        return Network([*layers, dense(draw(st.integers(1, 4)))], shape, neurons, code, skips)
    except ValueError:
        reject()


@pytest.mark.slow
@settings(max_examples=40)
@given(network=networks(), seed=st.integers(0, 99), sums=st.sampled_from(["whole", "tiles"]), size=st.integers(2, 9))
def test_any_graph(network, seed, sums, size):
    assert_follows(network, seed, count=1, tiling=Tiling(size=size, devices=1 + size % 2), sums=sums)


@pytest.mark.parametrize("average", ["state", "spikes"])
def test_record_averages_the_last_window(average):
    network = build("average")
    weights, biases = parameters(network)
    images, _ = samples(network)
    engine = loaded(network, weights, biases)
    record = engine.relax(engine.rest(2), images, 20, window=6, average=average)
    times = schedule(SPIKING.epsilon, 20), schedule(SPIKING.lam, 20)
    for sample, image in enumerate(images):
        expected = ref.relax(graph_of(network, weights, biases), image, *times, window=6)
        for name, own in engine.slices.items():
            mean = (expected.mean if average == "state" else expected.rates)[name]
            assert_allclose(record.mean[sample, own], mean, rtol=0, atol=1e-12)
    assert (record.steps == 20).all()


@pytest.mark.parametrize("options, said, layer", [
    ({"images": np.zeros((2, 6))}, "images are 2 rows of 6 numbers", "input 6"),
    ({"images": np.zeros((3, 5))}, "images are 3 rows of 5 numbers", "input 6"),
    ({"targets": np.zeros((1, 3))}, "targets are 1 rows of 3 numbers", "output 3"),
    ({"targets": np.zeros((3, 10))}, "targets are 3 rows of 10 numbers", "output 3"),
])
def test_arrays_that_do_not_fit(options, said, layer):
    """The kernels check no bounds, so that nothing unfit may reach them."""
    network = build("dense")
    engine = loaded(network, *parameters(network))
    given = {"images": np.zeros((3, 6)), "targets": np.zeros((3, 3)), **options}
    with pytest.raises(ValueError) as caught:
        engine.relax(engine.rest(3), given["images"], 2, nudge=Nudge(0.1, given["targets"]))
    assert str(caught.value) == (f"relax: {said}; the state has 3 samples and layer {layer} units, "
                                 "give one row per sample and one number per unit")


def test_states_stay_between_their_clips():
    neurons = Neurons(epsilon=1.0, lam=0.5, output_range=(-1.0, 2.0))
    network = Network([dense(30), dense(40)], (6,), neurons)
    weights, biases = parameters(network, gain=12.0)
    engine = loaded(network, weights, biases)
    state, reached = engine.rest(3), []
    for _ in range(30):
        engine.relax(state, samples(network, 3)[0], 1)
        reached.append(state.x.copy())
    hidden, output = (np.array(reached)[:, :, engine.slices[name]] for name in ("dense1", "output"))
    assert (hidden.min(), hidden.max()) == (0.0, 1.0)
    assert (output.min(), output.max()) == (-1.0, 2.0)


def test_bias_is_one_number_per_channel():
    network = build("stride and padding")
    weights, biases = parameters(network)
    weights = {name: np.zeros_like(values) for name, values in weights.items()}
    engine = loaded(network, weights, biases)
    state = engine.rest(1)
    engine.relax(state, samples(network, 1)[0], 60)
    for layer in network.layers[1:]:
        maps = state.x[0, engine.slices[layer.name]].reshape(-1, layer.shape[-1])
        assert_allclose(maps, np.tile(biases[layer.name], (len(maps), 1)), rtol=1e-12)
    assert biases["conv1"].shape == (18,)


def test_single_precision_follows_double_precision():
    """Rate neurons: rounding errors of 2^-24 per operation do not grow on the way to the fixed point."""
    network = build("skips", RATE)
    images, targets = samples(network)
    states = []
    for dtype in (np.float32, np.float64):
        weights, biases = parameters(network, dtype=dtype)
        engine = loaded(network, weights, biases, dtype)
        state = engine.rest(2)
        engine.relax(state, images, 60)
        engine.relax(state, images, 20, nudge=Nudge(0.3, targets))
        states.append(state.x)
    assert states[0].dtype == np.float32
    assert_allclose(states[0], states[1], rtol=0, atol=2e-6)


def test_single_precision_spikes_alike_on_average():
    """A spike may move by a step where V + e meets 1/2, mean states may not move."""
    network = build("average")
    images, _ = samples(network, 8)
    means = []
    for dtype in (np.float32, np.float64):
        weights, biases = parameters(network, dtype=dtype)
        engine = loaded(network, weights, biases, dtype)
        means.append(engine.relax(engine.rest(8), images, 200, window=100).mean)
    assert np.abs(means[0] - means[1]).max() < 0.02 and np.abs(means[0] - means[1]).mean() < 1e-3
