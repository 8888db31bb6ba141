"""A chip of tiles that is read one window and one tile at a time: slow, independent answers, as in reference.py.

Edges and graphs are those of reference.py. Rows of an array are (tap of the kernel, lower channel), its columns are
upper channels; of a dense edge, rows and columns are units. Imports nothing of neurosim.
"""

import collections
import dataclasses

import numpy as np

import reference as ref


def cut(positions, channels, lines, part):
    """Slices of positions x channels that fit `lines` lines: whole positions, or else parts of the channels of one."""
    total = positions * channels
    if channels <= lines:
        step = lines // channels * channels
        return [slice(a, min(a + step, total)) for a in range(0, total, step)]
    step = lines // part * part
    return [slice(p * channels + a, p * channels + min(a + step, channels))
            for p in range(positions) for a in range(0, channels, step)]


@dataclasses.dataclass(frozen=True, kw_only=True)
class Amplifiers:
    """v = gain i + offset, then sign(v) floor(|v| / step + rounding) step inside low ... high; step 0 = no quantiser.

    step, low, high : (slices,); gain, offset : (slices, lines)
    """
    step: np.ndarray
    low: np.ndarray
    high: np.ndarray
    gain: np.ndarray
    offset: np.ndarray
    rounding: float

    def convert(self, index, sums):
        """Numbers that the converters of one slice give, and the sum of their codes without signs."""
        value, step = self.gain[index] * sums + self.offset[index], self.step[index]
        if step == 0:
            return value, 0
        codes = np.sign(value) * np.floor(np.abs(value) / step + self.rounding)
        value = np.clip(codes * step, self.low[index], self.high[index])
        return value, int(np.rint(np.abs(value) / step).sum())


class Chip:
    """Every read of a graph, one window and one tile at a time; `edge_currents` stands in for that of reference.py.

    size : lines of a tile; devices : of one weight; reference : one device more per row of a tile
    amplifiers : dict (edge number, forward) -> Amplifiers, ideal where missing
    siemens : dict edge number -> conductances of every row and of every column
    events : dict (edge number, forward) -> Counter; positions : dict -> reads of each slice, where lines were driven
    """

    def __init__(self, graph, size, devices, reference=False, amplifiers=None, siemens=None):
        self.graph, self.size, self.devices, self.reference = graph, size, devices, reference
        self.amplifiers, self.siemens = amplifiers or {}, siemens or {}
        reads = [(i, forward) for i, edge in enumerate(graph.edges) for forward in (True, False)
                 if forward or edge.lower != graph.input]
        self.events = {read: collections.Counter() for read in reads}
        self.positions = {read: np.zeros(len(self.slices(*read)), int) for read in reads}
        self._images_read, self._images_sent = set(), set()

    def slices(self, i, forward):
        """Lines that the tiles of each slice drive."""
        return self._rows(self.graph.edges[i]) if forward else self._columns(self.graph.edges[i])

    def lines(self, i, forward):
        """Lines that one slice of a read senses: those of one group."""
        edge = self.graph.edges[i]
        return self._matrix(edge).shape[1 if forward else 0] // edge.groups

    def _sensed(self, i, forward, index):
        """Lines that the tiles of one slice sense, among all of them."""
        edge = self.graph.edges[i]
        return self._group(edge, index * edge.groups // len(self.slices(i, forward)), above=forward)

    def edge_currents(self, graph, i, state, lam):
        edge = graph.edges[i]
        s_lower, s_upper = state.s[edge.lower], state.s[edge.upper]
        self._route(i, edge, s_lower, s_upper)
        if edge.kind == "dense":
            return self._read(i, True, s_lower[None])[0], self._read(i, False, s_upper[None])[0], None
        shape, (height, width, channels) = graph.layers[edge.lower].shape, self._map(edge)
        raw = np.zeros((height, width, channels))
        rows, columns = (n // edge.F * edge.F for n in (height, width))
        raw[:rows, :columns] = self._read(i, True, self._patches(edge, s_lower.reshape(shape), rows, columns)
                                          ).reshape(rows, columns, channels)
        if edge.pool == "average":
            out = self._read(i, False, s_upper.reshape(-1, channels)).reshape(rows // edge.F, columns // edge.F, -1)
            spread = out.repeat(edge.F, axis=0).repeat(edge.F, axis=1) / (edge.alpha or edge.F ** 2)
            return ref.average_pool(raw, edge.F).ravel(), self._overlap(edge, spread, shape), None
        forward, kept, sent = raw, None, s_upper.reshape(-1, channels)
        if edge.pool == "max":
            if edge.pool_on == "decoded" and graph.layers[edge.lower].kind == "spiking":
                raw = (1 - lam) * state.filtered.get(i, 0.0) + lam * raw
            forward, index = ref.max_pool(raw, edge.F)
            kept, sent = raw, ref.max_unpool(s_upper.reshape(forward.shape), index, edge.F, raw.shape)
        back = self._read(i, False, sent.reshape(-1, channels)).reshape(height, width, -1)
        return forward.ravel(), self._overlap(edge, back, shape), kept

    def _read(self, i, forward, signals):
        """Sums of all slices, converted: signals (positions, driven lines) -> (positions, sensed lines)."""
        edge = self.graph.edges[i]
        matrix = self._matrix(edge) if forward else self._matrix(edge).T
        if (i, forward) not in self.events:
            return np.zeros((len(signals), matrix.shape[1]))
        out, counted = np.zeros((len(signals), matrix.shape[1])), self._counted(i, forward)
        for index, own in enumerate(self.slices(i, forward)):
            for window in np.flatnonzero(signals[:, own].any(axis=1)):
                sensed = self._sensed(i, forward, index)
                value, codes = signals[window, own] @ matrix[own][:, sensed], 0
                if (i, forward) in self.amplifiers:
                    value, codes = self.amplifiers[i, forward].convert(index, value)
                    codes *= self.amplifiers[i, forward].rounding == 0    # only charges that are given off count
                out[window, sensed] += value
                if counted:
                    self.positions[i, forward][index] += 1
                    self._count(i, forward, own, np.flatnonzero(signals[window, own]), codes)
        return out

    def _counted(self, i, forward, seen=None):
        """Whether this read counts: an analog image is read once, not in every step."""
        lower, seen = self.graph.edges[i].lower, self._images_read if seen is None else seen
        if not forward or lower != self.graph.input or self.graph.layers[lower].kind == "spiking":
            return True
        first = i not in seen
        seen.add(i)
        return first

    def _route(self, i, edge, s_lower, s_upper):
        """Send every signal to the tiles in which it drives a line, one by one."""
        across, along = (len(slices) // edge.groups for slices in (self._columns(edge), self._rows(edge)))
        if (i, False) in self.events:
            self.events[i, False]["hops"] += np.count_nonzero(s_upper) * along
        if not self._counted(i, True, self._images_sent):
            return
        numbered = np.arange(1, s_lower.size + 1) * (s_lower.ravel() != 0)    # 0 = nothing sent
        met = numbered[None]
        if edge.kind == "conv":
            rows, columns = (n // edge.F * edge.F for n in self._map(edge)[:2])
            met = self._patches(edge, numbered.reshape(self.graph.layers[edge.lower].shape), rows, columns)
        reached = [set(met[:, own].ravel().tolist()) - {0} for own in self._rows(edge)]
        self.events[i, True]["hops"] += across * sum(map(len, reached))

    def _count(self, i, forward, own, driven, codes):
        """One slice read in one window, with its driven lines, as indices into the slice."""
        edge, events = self.graph.edges[i], self.events[i, forward]
        tiles = len(self._columns(edge) if forward else self._rows(edge)) // edge.groups
        references = tiles * self.reference
        drivers = 1 if forward else self.devices
        cells = self.lines(i, True) * self.devices + references if forward else self.lines(i, False) * self.devices
        events["tile_reads"] += tiles
        events["row_activations"] += len(driven) * drivers * tiles
        events["cell_reads"] += len(driven) * cells
        events["conversions"] += self.lines(i, forward) + (references if forward else 0)
        events["firings"] += codes
        if i in self.siemens:
            events["siemens"] += self.siemens[i][0 if forward else 1][own][driven].sum()

    def _matrix(self, edge):
        if edge.kind == "dense":
            return edge.weights.T
        return np.stack([kernel.transpose(1, 2, 0).ravel() for kernel in edge.weights], axis=1)

    def _rows(self, edge):
        shape = self.graph.layers[edge.lower].shape
        taps = edge.weights.shape[2] ** 2 if edge.kind == "conv" else int(np.prod(shape[:-1]))
        own = cut(taps, shape[-1] // edge.groups, self.size, self.size // self.devices)
        return [self._group(edge, group, above=False)[rows] for group in range(edge.groups) for rows in own]

    def _columns(self, edge):
        shape, lines = self.graph.layers[edge.upper].shape, self.size // self.devices
        own = cut(int(np.prod(shape[:-1])) if edge.kind == "dense" else 1, shape[-1] // edge.groups, lines, lines)
        return [self._group(edge, group, above=True)[columns] for group in range(edge.groups) for columns in own]

    def _group(self, edge, group, above):
        """Columns, or rows, of the matrix that belong to one group; all of them where there are no groups."""
        count = self._matrix(edge).shape[1 if above else 0]
        channels = self.graph.layers[edge.upper if above else edge.lower].shape[-1]
        lines = np.arange(count)
        return lines[lines % channels // (channels // edge.groups) == group]

    def _map(self, edge):
        return ref.unpooled_shape(edge, self.graph.layers[edge.lower].shape)

    def _patches(self, edge, x, rows, columns):
        k, p = edge.weights.shape[2], edge.padding
        padded = np.pad(x, ((p, p), (p, p), (0, 0)))
        return np.array([padded[y * edge.stride:y * edge.stride + k, x * edge.stride:x * edge.stride + k].ravel()
                         for y, x in np.ndindex(rows, columns)])

    def _overlap(self, edge, sums, shape):
        """Add what every window gives back, (rows, columns, lines), where its taps lie in the lower map."""
        k, p, (height, width, channels) = edge.weights.shape[2], edge.padding, shape
        whole = np.zeros((height + 2 * p + k, width + 2 * p + k, channels))
        for y, x in np.ndindex(*sums.shape[:2]):
            top, left = y * edge.stride, x * edge.stride
            whole[top:top + k, left:left + k] += sums[y, x].reshape(k, k, channels)
        return whole[p:p + height, p:p + width].ravel()
