"""The oracle itself, checked against closed forms, scipy and numbers worked by hand."""

import dataclasses

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal
from scipy.signal import correlate2d

import reference as ref


def rng(seed=0):
    return np.random.default_rng(seed)


def uniform(random, shape, gain=1.0):
    """U(+-gain / sqrt(fan_in)) like the weights of a network."""
    return random.uniform(-1, 1, shape) * gain / np.sqrt(np.prod(shape[1:]))


def dense_net(seed, kind="rate", gain=1.0, bias=0.4):
    """4-5-3 with a skip from the input to the output: two edges meet at the output, two leave the input."""
    random = rng(seed)
    layers = {"in": ref.Layer(shape=(4,), kind=kind), "hidden": ref.Layer(shape=(5,), kind=kind),
              "out": ref.Layer(shape=(3,), kind=kind, low=-1.0, high=2.0)}
    sizes = {"in": 4, "hidden": 5, "out": 3}
    edges = tuple(ref.Edge(lower=low, upper=up, weights=uniform(random, (sizes[up], sizes[low]), gain))
                  for low, up in (("in", "hidden"), ("hidden", "out"), ("in", "out")))
    biases = {"hidden": random.uniform(0.5, 1, 5) * bias, "out": random.uniform(0.5, 1, 3) * bias}
    return ref.Graph(layers=layers, edges=edges, biases=biases)


def conv_net(seed, pool, kind="rate", alpha=None):
    """6 x 6 x 1, conv 2 x 2 of 2 channels (5 x 5) pooled to 2 x 2, a dense layer, a strided skip into the map."""
    random = rng(seed)
    layers = {"in": ref.Layer(shape=(6, 6, 1), kind=kind), "map": ref.Layer(shape=(2, 2, 2), kind=kind),
              "out": ref.Layer(shape=(2,), kind=kind, low=-1.0, high=2.0)}
    edges = (ref.Edge(lower="in", upper="map", weights=uniform(random, (2, 1, 2, 2)), kind="conv", pool=pool, F=2,
                      alpha=alpha),
             ref.Edge(lower="map", upper="out", weights=uniform(random, (2, 8)), kind="dense"),
             ref.Edge(lower="in", upper="map", weights=uniform(random, (2, 1, 3, 3), 0.5), kind="conv", stride=3))
    biases = {"map": np.array([0.3, 0.4]), "out": np.array([0.2, 0.1])}
    return ref.Graph(layers=layers, edges=edges, biases=biases)


def pooled_pair_net(pool, kind="rate", pool_on="decoded", seed=3):
    """4 x 4 x 1 - conv 1 x 1 - 4 x 4 x 2 - conv 1 x 1 pooled - 2 x 2 x 2 - 2 outputs: pooling between free layers."""
    random = rng(seed)
    layers = {"in": ref.Layer(shape=(4, 4, 1), kind=kind), "a": ref.Layer(shape=(4, 4, 2), kind=kind),
              "b": ref.Layer(shape=(2, 2, 2), kind=kind), "out": ref.Layer(shape=(2,), kind=kind, low=-1.0, high=2.0)}
    edges = (ref.Edge(lower="in", upper="a", weights=uniform(random, (2, 1, 1, 1)), kind="conv"),
             ref.Edge(lower="a", upper="b", weights=uniform(random, (2, 2, 1, 1)), kind="conv", pool=pool, F=2,
                      pool_on=pool_on),
             ref.Edge(lower="b", upper="out", weights=uniform(random, (2, 8)), kind="dense"))
    biases = {"a": np.array([0.6, 0.65]), "b": np.array([0.3, 0.2]), "out": np.array([0.4, 0.3])}
    return ref.Graph(layers=layers, edges=edges, biases=biases)


NETS = {"dense": dense_net(1), "conv": conv_net(2, "average"), "max": conv_net(2, "max"),
        "between-average": pooled_pair_net("average"), "between-max": pooled_pair_net("max")}


def image_and_target(graph, seed=5):
    random = rng(seed)
    target = np.zeros(graph.layers[graph.output].shape)
    target[1] = 1.0
    return random.uniform(0, 1, graph.layers[graph.input].shape), target


def assert_same_gradient(got, wanted, rtol):
    """Relative error of every parameter's gradient as a whole."""
    for key in wanted:
        error = np.linalg.norm(got[key] - wanted[key])
        assert error <= rtol * np.linalg.norm(wanted[key]), (key, error, np.linalg.norm(wanted[key]))


# ---- geometry ----
@pytest.mark.parametrize("stride", [1, 2, 3])
@pytest.mark.parametrize("padding", [0, 1, 2])
def test_convolution_is_cross_correlation(stride, padding):
    x, w = rng().normal(size=(8, 7, 2)), rng(1).normal(size=(3, 2, 3, 3))
    X = np.pad(x, ((padding, padding), (padding, padding), (0, 0)))
    for o in range(3):
        full = sum(correlate2d(X[:, :, c], w[o, c], mode="valid") for c in range(2))
        assert_allclose(ref.conv2d(x, w, stride, padding)[:, :, o], full[::stride, ::stride], atol=1e-13)


@pytest.mark.parametrize("stride, padding", [(1, 0), (1, 1), (2, 0), (2, 1), (3, 2)])
def test_adjoint_of_convolution(stride, padding):
    x, w = rng().normal(size=(8, 7, 2)), rng(1).normal(size=(3, 2, 3, 3))
    Ax = ref.conv2d(x, w, stride, padding)
    y = rng(2).normal(size=Ax.shape)
    assert_allclose(np.sum(Ax * y), np.sum(x * ref.conv2d_adjoint(y, w, x.shape, stride, padding)), rtol=1e-12)


def test_pooling_drops_the_eleventh_row_and_its_adjoint_gives_it_nothing():
    x, y = rng().normal(size=(11, 11, 2)), rng(1).normal(size=(5, 5, 2))
    pooled, back = ref.average_pool(x, 2), ref.average_unpool(y, 2, x.shape)
    assert pooled.shape == (5, 5, 2)
    assert_allclose(pooled[4, 4], x[8:10, 8:10].mean(axis=(0, 1)), rtol=1e-14)
    assert not back[10].any() and not back[:, 10].any() and back[9, 9].all()
    assert_allclose(np.sum(pooled * y), np.sum(x * back), rtol=1e-12)


def test_max_pooling_and_its_frozen_adjoint():
    x, y = rng().normal(size=(7, 6, 2)), rng(1).normal(size=(3, 3, 2))
    pooled, index = ref.max_pool(x, 2)
    back = ref.max_unpool(y, index, 2, x.shape)
    assert_array_equal(pooled, x[:6].reshape(3, 2, 3, 2, 2).max(axis=(1, 3)))
    assert np.count_nonzero(back) == y.size
    assert_allclose(np.sum(pooled * y), np.sum(x * back), rtol=1e-12)


def test_ties_go_to_the_first_place_in_row_major_order():
    _, index = ref.max_pool(np.array([[0.0, 1.0], [1.0, 1.0]])[:, :, None], 2)
    assert index.item() == 1
    assert_array_equal(ref.max_unpool(np.ones((1, 1, 1)), index, 2, (2, 2, 1))[:, :, 0], [[0, 1], [0, 0]])


def test_alpha_divides_the_backward_current_and_nothing_else():
    y = rng().normal(size=(2, 2, 2))
    assert_allclose(ref.average_unpool(y, 2, (5, 5, 2), alpha=1.0), 4 * ref.average_unpool(y, 2, (5, 5, 2)), rtol=1e-15)
    x = {"in": rng().normal(size=36), "map": y.ravel(), "out": np.zeros(2)}
    lopsided, state = conv_net(2, "average", alpha=1.0), ref.State(x, x, x, x, {})
    forward, backward, _ = ref.edge_currents(lopsided, 0, state, 1.0)
    assert_array_equal(forward, ref.edge_currents(NETS["conv"], 0, state, 1.0)[0])
    by_loops = ref.conv2d_adjoint(ref.average_unpool(y, 2, (5, 5, 2), alpha=1.0), lopsided.edges[0].weights, (6, 6, 1))
    assert_allclose(backward, by_loops.ravel(), atol=1e-13)


def test_connection_matrix_is_the_loops_and_its_transpose_their_adjoint():
    edge = ref.Edge(lower="a", upper="b", weights=rng().normal(size=(3, 2, 3, 3)), kind="conv", stride=1, padding=0,
                    pool="average", F=2)
    x, y = rng(1).normal(size=(9, 7, 2)), rng(2).normal(size=(3, 2, 3))
    A = ref.connection_matrix(edge, x.shape)
    assert_allclose(A @ x.ravel(), ref.average_pool(ref.conv2d(x, edge.weights), 2).ravel(), atol=1e-13)
    back = ref.conv2d_adjoint(ref.average_unpool(y, 2, (7, 5, 3)), edge.weights, x.shape)
    assert_allclose(A.T @ y.ravel(), back.ravel(), atol=1e-13)


# ---- energy, forces, Hebbian products ----
@pytest.mark.parametrize("name", NETS)
def test_force_is_minus_the_slope_of_the_energy(name):
    graph, h = NETS[name], 1e-5
    random = rng(7)
    x = {n: random.uniform(0.2, 0.8, int(np.prod(layer.shape))) for n, layer in graph.layers.items()}
    loose = {n: dataclasses.replace(layer, low=-9.0, high=9.0) for n, layer in graph.layers.items()}
    state = ref.State(x, x, x, x, {})
    moved = ref.step(dataclasses.replace(graph, layers=loose), state, x[graph.input], 0.5, 1.0).x
    for n in graph.biases:
        shifted = [ref.energy(graph, {**x, n: x[n] + h * unit}) - ref.energy(graph, {**x, n: x[n] - h * unit})
                   for unit in np.eye(x[n].size)]
        assert_allclose((moved[n] - x[n]) / 0.5, -np.array(shifted) / (2 * h), rtol=1e-6, atol=1e-8)


@pytest.mark.parametrize("name", NETS)
def test_hebbian_products_are_minus_the_slope_of_the_energy_in_the_parameters(name):
    graph = NETS[name]
    x = {n: rng(i).uniform(0, 1, int(np.prod(layer.shape))) for i, (n, layer) in enumerate(graph.layers.items())}
    slopes = ref.central_differences(graph, lambda perturbed: -ref.energy(perturbed, x), 1e-6)
    h = ref.hebbian(graph, x)
    for key in slopes:
        assert_allclose(h[key], slopes[key], rtol=1e-6, atol=1e-8)


def test_relaxation_with_small_steps_never_raises_the_energy():
    graph = NETS["between-average"]
    image, _ = image_and_target(graph)
    state, energies = ref.rest(graph), []
    for _ in range(60):
        state = ref.step(graph, state, image, 0.4, 1.0)
        energies.append(ref.energy(graph, state.x))
    assert np.diff(energies).max() <= 1e-13
    assert energies[0] > energies[-1] + 1e-3


# ---- gradients ----
@pytest.mark.parametrize("name", NETS)
def test_equilibrium_propagation_tends_to_the_gradient_of_the_loss(name):
    graph = NETS[name]
    image, target = image_and_target(graph)
    phase = np.full(100, 0.8), np.ones(100)
    got = ref.ep_gradient(graph, image, target, 1e-4, phase, phase)
    assert_same_gradient(got, ref.loss_gradient(graph, image, target, eps=0.8), 1e-6)


def test_bias_of_the_estimators_is_first_and_second_order_in_beta():
    graph = dense_net(11, gain=0.7, bias=0.7)
    image, target = image_and_target(graph)
    x = ref.fixed_point(graph, image).x
    assert 0.05 < x["hidden"].min() and x["hidden"].max() < 0.95            # an interior net: no clipping
    phase, truth, betas = (np.full(150, 0.5), np.ones(150)), ref.loss_gradient(graph, image, target), (0.02, 0.2)

    def slope(centred):
        errors = []
        for beta in betas:
            got = ref.ep_gradient(graph, image, target, beta, phase, phase, centred=centred)
            errors.append(np.linalg.norm(np.concatenate([(got[key] - truth[key]).ravel() for key in truth])))
        return np.log(errors[1] / errors[0]) / np.log(betas[1] / betas[0])

    assert abs(slope(centred=False) - 1) < 0.2
    assert abs(slope(centred=True) - 2) < 0.3


def test_one_nudge_step_from_the_end_of_the_free_phase_moves_the_output_alone():
    graph, free, eps = dense_net(1), (np.full(4, 0.6), np.ones(4)), 0.7
    image, target = image_and_target(graph)
    end = ref.relax(graph, image, *free).state
    hidden = ref.step(graph, end, image, eps, 1.0).x["hidden"]
    got = ref.ep_gradient(graph, image, target, 0.1, free, ([eps], [1.0]))
    assert not got[0].any() and not got["hidden"].any()
    assert_allclose(got["out"], -eps * (target - end.x["out"]), rtol=1e-12)
    assert_allclose(got[1], np.outer(got["out"], hidden), rtol=1e-12)


@pytest.mark.parametrize("name", ["dense", "between-max"])
def test_every_nudge_step_retraces_one_step_of_backpropagation(name):
    graph, eps, steps, beta = NETS[name], 0.6, 6, 1e-4
    image, target = image_and_target(graph)
    start = ref.fixed_point(graph, image, eps=eps)
    bptt = ref.bptt_gradients(graph, image, target, start, eps, steps)

    def products(b):
        states = [start]
        for _ in range(steps):
            states.append(ref.step(graph, states[-1], image, eps, 1.0, b, target))
        return [ref.hebbian(graph, state.x) for state in states]

    plus, minus = products(beta), products(-beta)
    for k in range(steps):
        since = [{key: h[k + 1][key] - h[k][key] for key in bptt} for h in (plus, minus)]
        increment = ref.contrast(*since, 2 * beta)
        for key in bptt:
            assert_allclose(increment[key], bptt[key][k], atol=1e-5 * np.abs(bptt[key]).max())
    assert max(np.abs(bptt[key][k]).max() for key in bptt for k in (1, 2)) > 1e-3


# ---- spikes ----
@pytest.mark.parametrize("x, lam, train", ref.SPIKE_TRAINS)
def test_golden_spike_trains(x, lam, train):
    spikes, _, _ = ref.sigma_delta([x] * len(train), lam)
    assert "".join(map(str, spikes)) == train


@pytest.mark.parametrize("lam", [0.3, 0.6, 1.0])
def test_spike_rate_is_the_state_within_the_bound(lam):
    for x in np.linspace(0, 1, 13):
        spikes, V, d = ref.sigma_delta([x] * 200, lam)
        assert abs(ref.spike_rate(x, lam, 200) - x) <= (1 / lam + abs(V[-1])) / 200
        assert sum(spikes) == pytest.approx(200 * x + (1 / lam - 1) * x - V[-1], abs=1e-9)      # nothing is lost
        assert abs(d[-1] - x) <= lam + 1e-9


def test_two_neurons_by_hand():
    """Image 1/2, weight 1, bias 1/4, lam = eps = 1/2; hidden emits clip(x), its state may reach 2; the target is 1.

    t   input: e     s  V      upper: d     x = (x + d + b + beta (y - x)) / 2     e      s  V
    1          1     1  0             0     (0 + 0 + 1/4 + 1/2) / 2 = 3/8          3/4    1  -1/4
    2          1/2   0  1/2           1/2   (3/8 + 1/2 + 1/4 + 5/16) / 2 = 23/32   17/16  1  -3/16
    """
    layers = {"in": ref.Layer(shape=(1,)), "out": ref.Layer(shape=(1,), high=2.0)}
    edge = ref.Edge(lower="in", upper="out", weights=[[1.0]])
    graph = ref.Graph(layers=layers, edges=(edge,), biases={"out": np.array([0.25])})
    states = [ref.rest(graph)]
    for _ in range(2):
        states.append(ref.step(graph, states[-1], [0.5], 0.5, 0.5, beta=0.5, target=[1.0]))
    got = [[float(state.V["in"][0]), float(state.d["out"][0]), float(state.x["out"][0]), float(state.s["out"][0]),
            float(state.V["out"][0])] for state in states[1:]]
    assert got == [[0.0, 0.0, 3 / 8, 1.0, -1 / 4], [0.5, 0.5, 23 / 32, 1.0, -3 / 16]]


def test_a_layer_hears_both_of_its_neighbours_with_one_step_delay():
    graph = dense_net(1, kind="spiking")
    image, _ = image_and_target(graph)
    before = ref.relax(graph, image, np.full(7, 0.9), np.full(7, 0.6)).state
    after = ref.step(graph, before, image, 0.9, 0.6)
    W, U, skip = (edge.weights for edge in graph.edges)
    assert_allclose(after.d["hidden"], 0.4 * before.d["hidden"] + 0.6 * (W @ before.s["in"] + U.T @ before.s["out"]))
    assert_allclose(after.d["out"], 0.4 * before.d["out"] + 0.6 * (U @ before.s["hidden"] + skip @ before.s["in"]))


def test_analog_image_acts_at_once_and_bypasses_the_decoder():
    graph = dense_net(1, kind="spiking")
    graph = dataclasses.replace(graph, layers={**graph.layers, "in": ref.Layer(shape=(4,), kind="rate")})
    image, _ = image_and_target(graph)
    first = ref.step(graph, ref.rest(graph), image, 0.9, 0.6)
    assert not first.d["out"].any()
    assert_allclose(first.x["out"], 0.9 * (graph.edges[2].weights @ image + graph.bias("out")), rtol=1e-12)


def test_phases_leave_the_state_they_start_from_alone():
    graph = dense_net(1, kind="spiking")
    image, target = image_and_target(graph)
    constant = np.full(20, 0.9), np.full(20, 0.6)
    whole = ref.relax(graph, image, np.full(40, 0.9), np.full(40, 0.6), window=10)
    start = ref.relax(graph, image, *constant).state
    ref.relax(graph, image, *constant, state=start, beta=0.3, target=target)
    again = ref.relax(graph, image, *constant, state=start, window=10)
    for name in graph.layers:
        assert_array_equal(again.state.x[name], whole.state.x[name])
        assert_array_equal(again.state.V[name], whole.state.V[name])
        assert_array_equal(again.spikes[name], whole.spikes[name])


def annealed(steps):
    t = np.arange(1, steps + 1)
    return 0.843 / t ** 0.092, 0.832 / t ** 0.584


def test_a_phase_follows_its_schedules_and_records_its_last_steps():
    graph = dense_net(1, kind="spiking")
    image, _ = image_and_target(graph)
    states = [ref.rest(graph)]
    for eps, lam in zip(*annealed(12)):
        states.append(ref.step(graph, states[-1], image, eps, lam))
    record = ref.relax(graph, image, *annealed(12), window=5)
    assert_array_equal(record.state.x["out"], states[-1].x["out"])
    assert_allclose(record.mean["out"], np.mean([state.x["out"] for state in states[-5:]], axis=0), rtol=1e-12)
    assert_array_equal(record.spikes["hidden"], np.sum([state.s["hidden"] for state in states[-5:]], axis=0))
    assert_array_equal(record.rates["hidden"], record.spikes["hidden"] / 5)


@pytest.mark.parametrize("pool", ["average", "max"])
def test_annealed_spikes_settle_at_the_fixed_point_of_the_rate_network(pool):
    spiking, rate = pooled_pair_net(pool, "spiking"), pooled_pair_net(pool)
    image, _ = image_and_target(spiking)
    wanted = ref.fixed_point(rate, image).x
    got = ref.relax(spiking, image, *annealed(400), window=50)
    for name in rate.biases:
        assert np.abs(got.mean[name] - wanted[name]).mean() <= 0.01, name
        assert np.abs(got.rates[name] - wanted[name]).mean() <= 0.03, name


def test_max_pooling_of_decoded_currents_filters_routes_and_bypasses():
    graph, lam = pooled_pair_net("max", "spiking", "decoded"), 0.6
    image, _ = image_and_target(graph)
    before = ref.relax(graph, image, np.full(9, 0.9), np.full(9, lam)).state
    after = ref.step(graph, before, image, 0.9, lam)
    w, u, v = (edge.weights for edge in graph.edges)
    raw = ref.conv2d(before.s["a"].reshape(4, 4, 2), u)
    filtered = 0.4 * before.filtered[1] + 0.6 * raw
    pooled, index = ref.max_pool(filtered, 2)
    backward = ref.conv2d_adjoint(ref.max_unpool(before.s["b"].reshape(2, 2, 2), index, 2, (4, 4, 2)), u, (4, 4, 2))
    forward = ref.conv2d(before.s["in"].reshape(4, 4, 1), w)
    assert_allclose(after.d["b"], 0.4 * before.d["b"] + 0.6 * v.T @ before.s["out"], atol=1e-14)
    assert_allclose(after.d["a"], 0.4 * before.d["a"] + 0.6 * (forward + backward).ravel(), atol=1e-14)
    x = 0.1 * before.x["b"] + 0.9 * (after.d["b"] + pooled.ravel() + graph.bias("b"))
    assert_allclose(after.x["b"], np.clip(x, 0, 1), atol=1e-14)
    assert np.any(index != ref.max_pool(raw, 2)[1])                                  # the filter does change routes


def test_max_pooling_of_raw_spikes_goes_through_the_decoder():
    graph, lam = pooled_pair_net("max", "spiking", "spikes"), 0.6
    image, _ = image_and_target(graph)
    before = ref.relax(graph, image, np.full(9, 0.9), np.full(9, lam)).state
    after = ref.step(graph, before, image, 0.9, lam)
    pooled, _ = ref.max_pool(ref.conv2d(before.s["a"].reshape(4, 4, 2), graph.edges[1].weights), 2)
    phi = pooled.ravel() + graph.edges[2].weights.T @ before.s["out"]
    assert_allclose(after.d["b"], 0.4 * before.d["b"] + 0.6 * phi, atol=1e-14)


def test_output_is_nudged_from_its_old_state_and_clipped_to_its_own_range():
    graph = dense_net(1, kind="spiking")
    image, target = image_and_target(graph)
    state = ref.relax(graph, image, np.full(5, 0.9), np.full(5, 0.6)).state
    free, nudged = (ref.step(graph, state, image, 0.9, 0.6, beta, target).x["out"] for beta in (0.0, 0.1))
    assert_allclose(nudged - free, 0.9 * 0.1 * (target - state.x["out"]), atol=1e-14)
    pushed = ref.step(graph, state, image, 0.9, 0.6, 1.0, np.array([-99.0, 99.0, 99.0]))
    assert_array_equal(pushed.x["out"], [-1.0, 2.0, 2.0])
    after = ref.step(graph, pushed, image, 0.9, 0.6)
    for old, new in ((state, pushed), (pushed, after)):                     # spikes code clip(x, 0, 1) only
        e = (np.clip(new.x["out"], 0, 1) - 0.4 * np.clip(old.x["out"], 0, 1)) / 0.6
        assert_allclose(new.V["out"] + new.s["out"], old.V["out"] + e, atol=1e-14)


def test_spiking_gradient_points_along_that_of_the_rate_network():
    spiking, rate = pooled_pair_net("average", "spiking"), pooled_pair_net("average")
    image, target = image_and_target(spiking)
    truth = ref.loss_gradient(rate, image, target)
    eps, lam = annealed(500)
    free, nudged = (eps[:300], lam[:300]), (eps[300:], lam[300:])
    for states in ("mean", "rates"):
        got = ref.ep_gradient(spiking, image, target, 0.3, free, nudged, window=100, states=states)
        for key in truth:
            cosine = np.sum(got[key] * truth[key]) / np.linalg.norm(got[key]) / np.linalg.norm(truth[key])
            assert cosine > (0.95 if states == "mean" else 0.8), (states, key, cosine)
