"""Slow, independent answers that neurosim is tested against: numpy float64, plain loops, one sample at a time.

Equations: Lin, Bal, Sengupta (spiking convolutional equilibrium propagation). Imports nothing of neurosim.
A map has shape (H, W, C), a dense layer (units,). States, currents and spikes are flat, maps in the order (H, W, C).
Convolution weights: (C_out, C_in, k, k); dense weights: (n_out, n_in). The first layer of a graph is the clamped
input, the last one the output. Gradients are dicts: edge number -> weights, layer name -> bias.
"""

import collections
import dataclasses
import functools

import numpy as np


# ---- convolution and pooling ----
def conv2d(x, w, stride=1, padding=0):
    """Y[i, j, o] = sum_{c,p,q} w[o, c, p, q] X[i stride + p - padding, j stride + q - padding, c]; X is 0 outside."""
    k = w.shape[2]
    X = np.pad(x, ((padding, padding), (padding, padding), (0, 0)))
    Y = np.zeros(((X.shape[0] - k) // stride + 1, (X.shape[1] - k) // stride + 1, w.shape[0]))
    for i, j, p, q in np.ndindex(*Y.shape[:2], k, k):
        Y[i, j] += w[:, :, p, q] @ X[i * stride + p, j * stride + q]
    return Y


def conv2d_adjoint(y, w, shape, stride=1, padding=0):
    """The loop of conv2d transposed, line by line; `shape` is that of the lower map (H, W, C_in)."""
    height, width, channels = shape
    X = np.zeros((height + 2 * padding, width + 2 * padding, channels))
    for i, j, p, q in np.ndindex(*y.shape[:2], *w.shape[2:]):
        X[i * stride + p, j * stride + q] += w[:, :, p, q].T @ y[i, j]
    return X[padding:padding + height, padding:padding + width]


def windows(x, F):
    """Yield (i, j, c, view of the F x F window): no overlap; rows and columns beyond the last whole one are dropped."""
    for i, j, c in np.ndindex(x.shape[0] // F, x.shape[1] // F, x.shape[2]):
        yield i, j, c, x[i * F:i * F + F, j * F:j * F + F, c]


def average_pool(x, F):
    """Eq. 15."""
    Y = np.zeros((x.shape[0] // F, x.shape[1] // F, x.shape[2]))
    for i, j, c, window in windows(x, F):
        Y[i, j, c] = window.sum() / F ** 2
    return Y


def average_unpool(y, F, shape, alpha=None):
    """Eq. 16: y / alpha everywhere in its window; alpha = F^2 (default) is the adjoint. Dropped rows get 0."""
    X = np.zeros(shape)
    for i, j, c, window in windows(X, F):
        window[:] = y[i, j, c] / (alpha or F ** 2)
    return X


def max_pool(x, F):
    """Eq. 12 and 13: maxima, and the place p F + q of each in its window (ties: the first in that order)."""
    Y = np.zeros((x.shape[0] // F, x.shape[1] // F, x.shape[2]))
    index = np.zeros(Y.shape, int)
    for i, j, c, window in windows(x, F):
        Y[i, j, c], index[i, j, c] = window.max(), window.argmax()
    return Y, index


def max_unpool(y, index, F, shape):
    """Eq. 14: y at the place of the maximum, 0 elsewhere."""
    X = np.zeros(shape)
    for i, j, c, window in windows(X, F):
        window[divmod(index[i, j, c], F)] = y[i, j, c]
    return X


# ---- graph ----
@dataclasses.dataclass(frozen=True, kw_only=True)
class Layer:
    """States in [low, high]. A rate or linear layer emits x, an analog input if it is the first one.

    Others emit spikes: 0 and 1 for clip(x, 0, 1), -1, 0 and 1 for clip(x, -1, 1), or whole numbers of so many bits. An
    input of events emits the frame that it is given in a step; its x is what the layers above decode of that.
    """
    shape: tuple
    kind: str = "spiking"       # "spiking" | "ternary" | "graded" | "rate" | "linear" | "events"
    low: float = 0.0
    high: float = 1.0
    bits: int = 0               # of a graded spike, its sign included

    @property
    def states(self):
        return self.kind in ("rate", "linear")

    @property
    def spikes(self):
        """Least and largest spike, and with them the range that spikes stand for."""
        largest = 2 ** (self.bits - 1) - 1 if self.kind == "graded" else 1
        return 0 if self.kind == "spiking" else -largest, largest


@dataclasses.dataclass(frozen=True, kw_only=True, eq=False)
class Edge:
    """Symmetric connection: forwards pool(W x), backwards its adjoint. The weights are copied and never change."""
    lower: str
    upper: str
    weights: np.ndarray
    kind: str = "dense"         # "dense" | "conv"
    stride: int = 1
    padding: int = 0
    pool: str = "none"          # "none" | "average" | "max", of F x F
    F: int = 1
    groups: int = 1             # of channels that meet only each other: the weights between them are zero
    alpha: float | None = None  # None: F^2
    gain: float = 1.0           # of what flows back
    pool_on: str = "spikes"     # max pooling of "spikes": raw currents | "decoded": currents after the low-pass filter

    def __post_init__(self):
        object.__setattr__(self, "weights", np.array(self.weights, float))
        self.weights.setflags(write=False)


@dataclasses.dataclass(frozen=True, kw_only=True)
class Graph:
    layers: dict                # name -> Layer, from input to output
    edges: tuple
    biases: dict                # name -> one number per channel of a map, per unit of a dense layer; none for the input
    order: str = "synchronous"  # all layers move at once | "alternating": layers 1, 3, ... and then 2, 4, ...

    def __post_init__(self):
        object.__setattr__(self, "input", next(iter(self.layers)))
        object.__setattr__(self, "output", next(reversed(self.layers)))

    @property
    def sweeps(self):
        """Names of the layers that move at once, sweep by sweep; the input moves with the last ones."""
        first, *above = self.layers
        moving = [above] if self.order == "synchronous" else [above[::2], above[1::2]]
        moving = [names for names in moving if names]
        return *moving[:-1], [first, *moving[-1]]

    def bias(self, name):
        """Bias of every unit; the channels are the last axis of a map."""
        return np.broadcast_to(self.biases[name], self.layers[name].shape).ravel()


def parameters(graph):
    return {**{i: edge.weights for i, edge in enumerate(graph.edges)}, **graph.biases}


def with_parameter(graph, key, value):
    """Graph with the weights of edge number `key`, or the bias of the layer named `key`, replaced."""
    if key in graph.biases:
        return dataclasses.replace(graph, biases={**graph.biases, key: value})
    edge = dataclasses.replace(graph.edges[key], weights=value)
    return dataclasses.replace(graph, edges=graph.edges[:key] + (edge,) + graph.edges[key + 1:])


# ---- connections; `shape` is that of the lower layer ----
@functools.lru_cache(maxsize=256)
def connection_matrix(edge, shape):
    """Matrix A, column by column: convolution with its average pooling; with max pooling the convolution alone."""
    if edge.kind == "dense":
        return edge.weights
    units = np.eye(np.prod(shape)).reshape(-1, *shape)
    columns = [conv2d(unit, edge.weights, edge.stride, edge.padding) for unit in units]
    if edge.pool == "average":
        columns = [average_pool(column, edge.F) for column in columns]
    return np.stack([column.ravel() for column in columns], axis=1)


def unpooled_shape(edge, shape):
    """Shape (H', W', C_out) of the currents before pooling."""
    c_out, k = edge.weights.shape[0], edge.weights.shape[2]
    return *((n + 2 * edge.padding - k) // edge.stride + 1 for n in shape[:2]), c_out


# ---- one time step ----
# What one phase hands to the next. x, d, V, s: layer -> (units,); filtered: edge number -> currents before max pooling.
State = collections.namedtuple("State", "x d V s filtered")


def rest(graph):
    zero = {name: np.zeros(int(np.prod(layer.shape))) for name, layer in graph.layers.items()}
    return State(zero, zero, zero, zero, {})


def edge_currents(graph, i, state, lam):
    """Currents of edge i forwards (A s_lower) and backwards (A^T s_upper), and those before max pooling."""
    edge = graph.edges[i]
    shape, s_lower, s_upper = graph.layers[edge.lower].shape, state.s[edge.lower], state.s[edge.upper]
    A = connection_matrix(edge, shape)
    if edge.pool != "max":
        scale = edge.F ** 2 / (edge.alpha or edge.F ** 2) if edge.pool == "average" else 1.0      # Eq. 16
        return A @ s_lower, edge.gain * scale * (A.T @ s_upper), None
    raw = (A @ s_lower).reshape(unpooled_shape(edge, shape))
    if edge.pool_on == "decoded" and not graph.layers[edge.lower].states:
        raw = (1 - lam) * state.filtered.get(i, 0.0) + lam * raw
    forward, index = max_pool(raw, edge.F)
    backward = max_unpool(s_upper.reshape(forward.shape), index, edge.F, raw.shape)
    return forward.ravel(), edge.gain * (A.T @ backward.ravel()), raw


def all_currents(graph, state, lam, moving):
    """Eq. 9: phi (through the decoder), the currents that bypass it, and the currents before max pooling.

    Only what spikes carry needs a decoder. What is filtered before pooling stays as it is where the upper layer does.
    """
    phi, direct = ({name: np.zeros_like(x) for name, x in state.x.items()} for _ in range(2))
    filtered = dict(state.filtered)
    for i, edge in enumerate(graph.edges):
        forward, backward, raw = edge_currents(graph, i, state, lam if edge.upper in moving else 0.0)
        if edge.upper in moving:
            filtered[i] = raw
        lower, upper = graph.layers[edge.lower], graph.layers[edge.upper]
        bypass = lower.states or (edge.pool == "max" and edge.pool_on == "decoded")
        (direct if bypass else phi)[edge.upper] += forward
        (direct if upper.states else phi)[edge.lower] += backward
    return phi, direct, filtered


def encode(x, x_old, V, lam, least=0, largest=1):
    """Eq. 8 and 6 with rho(x) = clip(x, least, largest): spikes and the new V.

    A spike is the nearest whole number, that towards 0 of two: threshold 1/2 for spikes of 0 and 1.
    """
    e = (np.clip(x, least, largest) - (1 - lam) * np.clip(x_old, least, largest)) / lam
    s = np.clip(np.sign(V + e) * np.ceil(np.abs(V + e) - 0.5), least, largest)
    return s, V + e - s


def step(graph, state, image, eps, lam, beta=0.0, target=None):
    """One time step: Eq. 10 for all layers at once, or in alternating order for one half of them, then the other.

    Returns a new State. Layers of states decode spikes if they are sent any, and have no encoder; an analog image has
    no delay. Of events, `image` is the frame of this step.
    """
    if graph.layers[graph.input].states:
        state = state._replace(s={**state.s, graph.input: np.ravel(image).astype(float)})
    for moving in graph.sweeps:
        state = sweep(graph, state, moving, image, eps, lam, beta, target)
    return state


def sweep(graph, state, moving, image, eps, lam, beta, target):
    """Eq. 10 for the layers `moving`, from the spikes that were sent before; returns a new State.

    The output is nudged by eps beta (y - x) with the old x.
    """
    phi, direct, filtered = all_currents(graph, state, lam, moving)
    x, d, V, s = (dict(values) for values in state[:4])
    for name in moving:
        layer, x_old = graph.layers[name], state.x[name]
        if layer.kind == "events":
            s[name] = np.ravel(image).astype(float)
            x[name] = (1 - lam) * x_old + lam * s[name]
            continue
        if name == graph.input:
            x[name] = np.ravel(image).astype(float)
        else:
            d[name] = (1 - lam) * d[name] + lam * phi[name]
            x[name] = (1 - eps) * x_old + eps * (d[name] + direct[name] + graph.bias(name))
            if name == graph.output and beta != 0:
                x[name] += eps * beta * (np.ravel(target) - x_old)
            x[name] = np.clip(x[name], layer.low, layer.high)
        s[name], V[name] = (x[name], V[name]) if layer.states else encode(x[name], x_old, V[name], lam, *layer.spikes)
    return State(x, d, V, s, filtered)


# ---- phases; mean x, spike counts and spikes per step are those of the last `window` steps ----
Record = collections.namedtuple("Record", "state mean spikes rates")


def relax(graph, image, eps, lam, *, state=None, beta=0.0, target=None, window=1):
    """len(eps) steps with eps[t], lam[t], from `state` (default: rest), which is not changed."""
    state = state or rest(graph)
    trace = []
    for eps_t, lam_t in zip(eps, lam, strict=True):
        trace.append(state := step(graph, state, image, eps_t, lam_t, beta, target))
    mean = {name: sum(past.x[name] for past in trace[-window:]) / window for name in graph.layers}
    spikes = {name: sum(past.s[name] for past in trace[-window:]) for name in graph.layers}
    return Record(state, mean, spikes, {name: count / window for name, count in spikes.items()})


def fixed_point(graph, image, *, eps=0.5, beta=0.0, target=None, state=None, residual=1e-13):
    """State of a rate network where no unit moves by `residual` or more in a step."""
    state = state or rest(graph)
    for _ in range(20000):
        old, state = state, step(graph, state, image, eps, 1.0, beta, target)
        if max(np.abs(state.x[name] - old.x[name]).max() for name in state.x) < residual:
            return state
    raise RuntimeError(f"fixed_point: still moving by {residual:g} or more after 20000 steps")


# ---- energy and learning; x: layer -> states, the input included ----
def loss(x_out, y):
    return 0.5 * np.sum((x_out - np.ravel(y)) ** 2)


def energy(graph, x):
    """E = sum_{n > 0} 1/2 |x_n|^2 - sum_edges <A x_lower, x_upper> - sum_n <b_n, x_n>."""
    E = sum(0.5 * x[name] @ x[name] - graph.bias(name) @ x[name] for name in graph.layers if name != graph.input)
    forward = (edge_currents(graph, i, State(x, x, x, x, {}), 1.0)[0] for i in range(len(graph.edges)))
    return E - sum(A_x @ x[edge.upper] for A_x, edge in zip(forward, graph.edges))


def hebbian_weights(edge, shape, x_lower, x_upper):
    """h = d<A(W) x_lower, x_upper> / dW, by unit kernels; max pooling at the argmax of conv(x_lower); no alpha."""
    if edge.kind == "dense":
        return np.outer(x_upper, x_lower)
    x, raw = x_lower.reshape(shape), unpooled_shape(edge, shape)
    y = x_upper.reshape(raw[0] // edge.F, raw[1] // edge.F, raw[2])
    if edge.pool == "average":
        y = average_unpool(y, edge.F, raw)
    if edge.pool == "max":
        y = max_unpool(y, max_pool(conv2d(x, edge.weights, edge.stride, edge.padding), edge.F)[1], edge.F, raw)
    units = np.eye(edge.weights.size).reshape(-1, *edge.weights.shape)
    return np.reshape([np.sum(y * conv2d(x, unit, edge.stride, edge.padding)) for unit in units], edge.weights.shape)


def hebbian(graph, x):
    """h = -dE/d(parameter) of every edge and bias."""
    h = {i: hebbian_weights(edge, graph.layers[edge.lower].shape, x[edge.lower], x[edge.upper])
         for i, edge in enumerate(graph.edges)}
    return {**h, **{name: x[name].reshape(-1, b.size).sum(axis=0) for name, b in graph.biases.items()}}


def contrast(h_plus, h_minus, span):
    """-(h_plus - h_minus) / span: gradient of the loss; span = 2 beta centred, or beta with h_minus = h(0)."""
    return {key: -(h_plus[key] - h_minus[key]) / span for key in h_plus}


def ep_gradient(graph, image, target, beta, free, nudged, *, window=1, centred=True, states="mean"):
    """EP gradient of one sample (Eq. 4, 5, 11), both nudged phases from the whole state that ends the free phase.

    free, nudged: (eps, lam) arrays; states: "mean" | "rates" of Record.
    """
    start = relax(graph, image, *free, window=window)
    plus, minus = (relax(graph, image, *nudged, state=start.state, beta=b, target=target, window=window)
                   for b in (beta, -beta))
    h_plus, h_minus, h_free = (hebbian(graph, getattr(record, states)) for record in (plus, minus, start))
    return contrast(h_plus, h_minus, 2 * beta) if centred else contrast(h_plus, h_free, beta)


# ---- gradients by finite differences ----
def central_differences(graph, function, h):
    """d function(graph) / d(every parameter), one entry at a time; leading axes are those of the function's value."""
    gradient = {}
    for key, value in parameters(graph).items():
        slopes = []
        for unit in np.eye(value.size).reshape(-1, *value.shape):
            up, down = (function(with_parameter(graph, key, value + shift * unit)) for shift in (h, -h))
            slopes.append((up - down) / (2 * h))
        gradient[key] = np.stack(slopes, axis=-1).reshape(np.shape(slopes[0]) + value.shape)
    return gradient


def loss_gradient(graph, image, target, *, eps=0.5, h=1e-4):
    """Gradient of the loss at the free fixed point of a rate network."""
    start = fixed_point(graph, image, eps=eps)
    end = functools.partial(fixed_point, image=image, eps=eps, state=start)
    return central_differences(graph, lambda perturbed: loss(end(perturbed).x[graph.output], target), h)


def bptt_gradients(graph, image, target, state, eps, steps, h=1e-4):
    """Partial gradients dL(T) / d(parameters used at step T - k), k = 0 ... steps - 1 on the first axis.

    From `state`, a free fixed point of a rate network: one step with perturbed parameters, then k steps without. For
    beta -> 0 this is the EP increment -(h^(k+1) - h^k) / beta of nudge step k + 1 (Ernoult et al. 2019).
    """
    def losses(perturbed):
        now, values = step(perturbed, state, image, eps, 1.0), []
        for _ in range(steps):
            values.append(loss(now.x[graph.output], target))
            now = step(graph, now, image, eps, 1.0)
        return np.array(values)
    return central_differences(graph, losses, h)


# ---- one neuron ----
# (x, lam, spikes of the first steps), worked by hand; all numbers are exact in binary.
SPIKE_TRAINS = ((0.0, 0.5, "00000000"), (1.0, 0.5, "11111111"), (0.5, 1.0, "01010101"), (0.25, 1.0, "00100010"),
                (0.75, 1.0, "10111011"), (0.5, 0.5, "10101010"), (0.75, 0.5, "11110111"), (0.25, 0.25, "10010001"))


def sigma_delta(values, lam):
    """Eq. 8, 6 and 7 for one neuron with the states x^1, x^2, ...: the s^t, the V^t and the d^t (d^t hears s^(t-1))."""
    x_old = V = d = s = 0.0
    trace = []
    for x in values:
        d = (1 - lam) * d + lam * s
        e = (x - (1 - lam) * x_old) / lam
        s = 1.0 if V + e > 0.5 else 0.0
        V, x_old = V + e - s, x
        trace.append((int(s), V, d))
    return zip(*trace)


def spike_rate(x, lam, steps):
    """Spikes per step of a neuron clamped at x; |rate - x| <= (1 / lam + |V|) / steps."""
    return sum(next(sigma_delta([x] * steps, lam))) / steps


# ---- an array of resistors ----
def resistor_network(resistors, known):
    """Voltages of all nodes, one resistor (a, b, siemens) stamped at a time into a dense matrix.

    known : dict from node to its fixed voltage. A conductance of infinity makes two nodes one.
    """
    merged = {}

    def find(node):
        while node in merged:
            node = merged[node]
        return node

    for a, b, g in resistors:
        if g == np.inf:
            merged[find(a)] = find(b)
    fixed = {find(node): voltage for node, voltage in known.items()}
    nodes = {node for a, b, _ in resistors for node in (a, b)} | set(known)
    place = {node: k for k, node in enumerate(sorted({find(node) for node in nodes} - set(fixed)))}
    matrix, side = np.zeros((len(place), len(place))), np.zeros(len(place))
    stamps = [(find(a), find(b), g) for a, b, g in resistors if g != np.inf]
    for here, there, g in stamps + [(b, a, g) for a, b, g in stamps]:
        if here in place:
            matrix[place[here], place[here]] += g
            if there in place:
                matrix[place[here], place[there]] -= g
            else:
                side[place[here]] += g * fixed[there]
    solved = fixed | dict(zip(place, np.linalg.solve(matrix, side)))
    return {node: solved[find(node)] for node in nodes}


def kirchhoff(conductances, word, bit, left, bottom, rows, columns):
    """Currents of an array by nodal analysis.

    Word line i: source rows[i] - left + word - node (i, 0) - word - node (i, 1) ...; bit line j likewise downwards from
    node (0, j), behind the last one bit + bottom and the source columns[j]. A source of NaN is an open terminal.
    returns : currents out of the row sources, currents into the column sources, voltages across the devices
    """
    m, n = conductances.shape
    with np.errstate(divide="ignore"):
        inner_word, inner_bit, first, last = 1 / np.array([word, bit, word + left, bit + bottom], float)
    resistors = [(("word", i, j), ("bit", i, j), conductances[i, j]) for i, j in np.ndindex(m, n)]
    resistors += [(("word", i, j), ("word", i, j - 1), inner_word) for i in range(m) for j in range(1, n)]
    resistors += [(("bit", i, j), ("bit", i - 1, j), inner_bit) for i in range(1, m) for j in range(n)]
    driven_rows, driven_columns = np.flatnonzero(~np.isnan(rows)), np.flatnonzero(~np.isnan(columns))
    resistors += [(("word", i, 0), ("row", i, 0), first) for i in driven_rows]
    resistors += [(("bit", m - 1, j), ("column", 0, j), last) for j in driven_columns]
    known = {("row", i, 0): rows[i] for i in driven_rows} | {("column", 0, j): columns[j] for j in driven_columns}
    voltages = resistor_network(resistors, known)
    across = np.array([[voltages["word", i, j] - voltages["bit", i, j] for j in range(n)] for i in range(m)])
    return (conductances * across).sum(axis=1), (conductances * across).sum(axis=0), across
