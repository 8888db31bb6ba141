"""One matrix on tiles of devices, multiplied with vectors: the physics of a chip without a network around it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np

from neurosim.cards import Entry
from neurosim.counts import Counts
from neurosim.crossbar.counts import ArrayCounts
from neurosim.crossbar.devices import DeviceSynapses, Electrics, Placement
from neurosim.crossbar.options import ArrayOptions, ReadoutOptions
from neurosim.crossbar.periphery import Periphery
from neurosim.crossbar.tiling import Tiling
from neurosim.engines import make_engine
from neurosim.engines.protocol import Record
from neurosim.memristor.array import DeviceArray
from neurosim.memristor.device import Device, load_device
from neurosim.network.graph import Network
from neurosim.network.spec import Neurons, dense
from neurosim.streams import counter_key
from neurosim.summaries import Summarised, Summary
from neurosim.whole import counted

_DRIVEN, _SENSED = "inputs", "outputs"    #: layers of linear neurons that stand for the drivers and the amplifiers
_NAME = f"{_DRIVEN}-{_SENSED}"
_INERT = f"input-{_DRIVEN}"    #: drives nothing: a network has an input
_LARGEST = Entry("1", 1e-6, 1e6)
_TOGETHER = 64    #: vectors whose sums are looked at together for the ranges of converters


class Crossbar(Summarised):
    """A matrix W (outputs, inputs) on tiles of devices, with wires, converters and noise; `@` reads it.

        array = Crossbar("choi-2018-epiram", weights, array=ArrayOptions(word_line=1.0, bit_line=1.0),
                         readout=ReadoutOptions(kind="adc", bits=8, noise="fresh"))
        array.calibrate(vectors)
        array @ x      # word lines driven, bit lines sensed: W x, x (inputs) or (inputs, vectors)
        y @ array      # bit lines driven, word lines sensed: y W, y (outputs) or (vectors, outputs)

    A number x of 1 is the read voltage V of the card. With the effective conductances T that wires leave of those of
    the devices G, and the conductance u that stands for a weight of 1, a line of a tile gives

        i = sum over its driven lines (T+ - T-) x / u,    v = gain i + offset + noise,    code = clip(round(v / step))

    and the codes of the tiles of one line add up, see `neurosim.crossbar.readout.Conversion` and
    `neurosim.crossbar.read_noise`. Without wires, noise and converters it is W x, with W as the devices hold it.

    Vectors are numbered in the order in which they are read, and fresh noise is drawn under these numbers: one after
    the other or in one batch they give the same bits.

    device : Device, or the name or path of a card; weights : float (outputs, inputs), written by write-verify
    largest : weight at the end of the range of the devices [1]; None = the largest of `weights`
    mapping : "pair", "reference" or "offset", see `neurosim.crossbar.mapping.Mapping`
    array : ArrayOptions, tiles and wires; readout : ReadoutOptions, converters, drivers and noise
    seed : of the devices, the errors of the converters and the noise; threads : vectors side by side
    counts : Counts of everything that products have read so far, reads "forward" and "backward"
    raises : ValueError for weights that are not a finite matrix, and what cards, tiles and converters refuse
    """

    #: numpy leaves `vector @ array` to `__rmatmul__`.
    __array_ufunc__ = None

    def __init__(self, device: Device | str | Path, weights: np.ndarray, *, largest: float | None = None,
                 mapping: str = "pair", array: ArrayOptions = ArrayOptions(),
                 readout: ReadoutOptions = ReadoutOptions(), seed: int = 0, threads: int | None = None) -> None:
        for name, options, kind in (("array", array, ArrayOptions), ("readout", readout, ReadoutOptions)):
            if not isinstance(options, kind):
                raise ValueError(f"crossbar: {name} is a {type(options).__name__}; give {kind.__name__}")
        weights = _matrix(weights)
        self.device = device if isinstance(device, Device) else load_device(device)
        self.array, self.readout, self.seed, self.shape = array, readout, seed, weights.shape
        self.counts = Counts()
        tiling = Tiling(size=array.tile, devices=2 if mapping == "pair" else 1, reference=mapping == "reference",
                        negative=readout.negative)
        outputs, inputs = weights.shape
        network = Network([dense(inputs, name=_DRIVEN), dense(outputs, name=_SENSED)], (1,),
                          Neurons(kind="linear", epsilon=1.0), input="analog")
        self._engine: Any = make_engine(network, threads=threads, tiling=tiling, dtype=np.float64,
                                        sums="whole" if readout.exact else "tiles")
        self.floorplan = network.connection(_NAME).floorplan(tiling)
        ranges = {_NAME: _LARGEST.check(np.abs(weights).max() if largest is None else largest, "crossbar: largest")}
        self._synapses = DeviceSynapses(
            self.device, {_NAME: weights}, Placement(mapping=mapping, programming="bidirectional", ranges=ranges,
                                                     tile=array.tile),
            seed, threads=threads, electrics=Electrics(floorplans={_NAME: self.floorplan}, array=array,
                                                       readout=readout))
        reads = {(_NAME, forward): self.floorplan for forward in (True, False)}
        self._periphery = Periphery(readout, array.mux, reads, ranges, seed)
        self._names = counter_key(seed, "vectors")
        self._stale = True

    def __matmul__(self, x: np.ndarray) -> np.ndarray:
        """Return W x as the array gives it, float64: x is (inputs) or (inputs, vectors), the product likewise."""
        x = np.asarray(x, float)
        return self._read(x.T, True).T

    def __rmatmul__(self, y: np.ndarray) -> np.ndarray:
        """Return y W as the array gives it, float64: y is (outputs) or (vectors, outputs), the product likewise."""
        return self._read(np.asarray(y, float), False)

    @property
    def weights(self) -> np.ndarray:
        """Weights that the devices hold now, float32 (outputs, inputs)."""
        return self._synapses.weights[_NAME]

    @property
    def programming(self) -> ArrayCounts:
        """ArrayCounts of all pulses and reads of single devices."""
        return self._synapses.counts

    @property
    def devices(self) -> dict[str, DeviceArray]:
        """DeviceArrays that `pulse` and `write` move, dict by role: "plus" and, by mapping, "minus" or "reference"."""
        return self._synapses.mappings[_NAME].arrays

    def pulse(self, counts: np.ndarray) -> None:
        """Apply signed numbers of pulses, whole numbers (outputs, inputs), that raise and lower weights; MUTATES them.

        raises : ValueError for another shape, or more pulses than cross the range ten times
        """
        counts = np.asarray(counts)
        if counts.shape != self.shape:
            raise ValueError(f"crossbar: pulses of shape {counts.shape} for weights of shape {self.shape}; give one "
                             "signed number for each weight")
        odd = ~np.isfinite(counts) | (np.rint(counts) != counts)
        if odd.any():
            raise ValueError(f"crossbar: {counts[odd][0]:g} is not a number of pulses; give whole numbers")
        self._synapses.program({_NAME: counts})
        self._stale = True

    def write(self, weights: np.ndarray) -> None:
        """Bring the weights as close to a float (outputs, inputs) as write-verify comes; MUTATES the devices."""
        weights = _matrix(weights)
        if weights.shape != self.shape:
            raise ValueError(f"crossbar: weights of shape {weights.shape} on devices for {self.shape}; make another "
                             "Crossbar for another matrix")
        self._synapses.write({_NAME: weights})
        self._stale = True

    def set_time(self, seconds: float) -> None:
        """Set the clock of the chip [s], by which devices drift and relax; MUTATES it."""
        self._synapses.set_time(seconds)
        self._stale = True

    def calibrate(self, x: np.ndarray | None = None, y: np.ndarray | None = None) -> None:
        """Choose the ranges of the converters for vectors like these; MUTATES them.

        The full scale is that with the least squared error of all sums, clipped and rounded, see
        `neurosim.crossbar.calibration`. These reads are not counted.

        x : float (inputs, vectors), for `array @ x`; y : float (vectors, outputs), for `y @ array`
        raises : ValueError without vectors; where readout.range is a number, or there is no converter, nothing changes
        """
        sides = ((None if x is None else np.asarray(x, float).T, True), (None if y is None else np.asarray(y, float),
                                                                         False))
        given = {forward: self._rows(vectors, forward) for vectors, forward in sides if vectors is not None}
        if not given or not all(map(len, given.values())):
            raise ValueError("crossbar: calibrate has no vectors to choose ranges for; give x, y or both, one vector "
                             "or more")
        if not self._periphery.calibrates:
            return
        for _ in range(2 if self._periphery.uncalibrated else 1):
            sums: dict = {}
            for forward, rows in given.items():
                records = (self._record(rows[first:first + _TOGETHER], forward, True)
                           for first in range(0, len(rows), _TOGETHER))
                sums[_NAME, forward] = sum(self._engine.observed(record)[_NAME, forward] for record in records)
            self._periphery.calibrate(sums)
            self._stale = True

    def summary(self) -> Summary:
        """Return the table that `print` and notebooks show: the tiles, how they are read, and what was read."""
        plan, readout = self.floorplan, self.readout
        lines = {key: getattr(self.array, key) for key in ("word_line", "bit_line", "driver", "sense")}
        wires = ", ".join(f"{key.replace('_', ' ')} {value:g} ohm" for key, value in lines.items() if value)
        rows = [("weights", f"{self.shape[0]} x {self.shape[1]}, {self._synapses.placement.mapping} mapping"),
                ("devices", f"{sum(array.cells.g.size for array in self.devices.values()):,} {self.device.stem}"),
                ("tiles", f"{plan.row_tiles * plan.column_tiles} of {plan.tiling.size} x {plan.tiling.size}"),
                ("wires", wires or "ideal"),
                ("readout", readout.kind if readout.kind == "ideal" else
                 f"{readout.kind}, {counted(readout.bits, 'bit')}"),
                ("read noise", readout.noise),
                ("vectors read", f"{self.counts.samples:,}")]
        return Summary(heading=f"Crossbar, seed {self.seed}", rows=[("crossbar", ""), *rows])

    def _read(self, vectors: np.ndarray, forward: bool) -> np.ndarray:
        rows = self._rows(vectors, forward)
        if (_NAME, forward) not in self._periphery.ranges and self._periphery.calibrates:
            raise ValueError(f'crossbar: readout.range = "{self.readout.range}" waits for vectors that show the ranges '
                             f"of converters; call calibrate({'x=' if forward else 'y='}...) first, or give "
                             "readout.range as a number")
        record = self._record(rows, forward)
        self.counts += _own(self._engine.count(record, self._siemens), forward)
        sensed = self._engine.slices[_SENSED if forward else _DRIVEN]
        return record.mean[:, sensed].reshape(*vectors.shape[:-1], -1)

    def _record(self, rows: np.ndarray, forward: bool, observe: bool = False) -> Record:
        """Drive the lines of one side with signals (vectors, lines) for one read; returns the Record."""
        self._refresh()
        numbers = np.arange(self.counts.samples, self.counts.samples + len(rows), dtype=np.uint64)
        state = self._engine.rest(len(rows), self._names + numbers)
        state.s[:, self._engine.slices[_DRIVEN if forward else _SENSED]] = rows
        return self._engine.relax(state, np.zeros((len(rows), 1)), 1, observe=observe)

    def _refresh(self) -> None:
        """Load what reads meet now into the engine, where something has changed."""
        if not self._stale:
            return
        effective = self._synapses.effective()
        assert effective.siemens is not None
        for values in (effective.forward, effective.backward, effective.variances):
            values[_INERT] = np.zeros((self.shape[1], 1))
        self._siemens = effective.siemens | {_INERT: (np.zeros(1), np.zeros(self.shape[1]))}
        readout = None if self.readout.exact else self._periphery.readout(effective)
        self._engine.load(effective, {_DRIVEN: np.zeros(self.shape[1]), _SENSED: np.zeros(self.shape[0])}, readout)
        self._stale = False

    def _rows(self, vectors: np.ndarray, forward: bool) -> np.ndarray:
        """Check vectors and return them as float64 (vectors, lines)."""
        lines = self.shape[1] if forward else self.shape[0]
        if vectors.ndim not in (1, 2) or vectors.shape[-1] != lines:
            wanted = f"({lines},) or ({lines}, vectors)" if forward else f"({lines},) or (vectors, {lines})"
            raise ValueError(f"crossbar: a product of weights {self.shape} with an array of shape "
                             f"{vectors.T.shape if forward else vectors.shape}; give {wanted}")
        if not np.isfinite(vectors).all():
            raise ValueError("crossbar: a vector contains NaN or infinity, which no voltage is; give finite numbers")
        return vectors.reshape(-1, lines)


def _matrix(weights: np.ndarray) -> np.ndarray:
    values = np.asarray(weights, float)
    if values.ndim != 2 or not values.size or not np.isfinite(values).all():
        raise ValueError(f"crossbar: weights of shape {values.shape} are not a matrix of finite numbers; give one of "
                         "(outputs, inputs)")
    return values


def _own(counts: Counts, forward: bool) -> Counts:
    """Return the events of the reads of one direction, under its name."""
    side, layer = ("forward", _DRIVEN) if forward else ("backward", _SENSED)
    name = f"{_NAME} {side}"
    chosen = {field: {side: found[name]} if name in (found := getattr(counts, field)) else {}
              for field in ("operations", "dense", "reads", "siemens")}
    return Counts(counts.samples, counts.steps, {layer: counts.signals[layer]}, **chosen)
