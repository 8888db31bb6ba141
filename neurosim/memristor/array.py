"""An array of devices: fabricated once, moved by pulses, read as conductances."""

import math
from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from neurosim._jit import side_by_side, thread_count
from neurosim.memristor._kernels import Cells, Frame, StepNoise, age, pulse_loop, show, walkers_of
from neurosim.memristor.device import Device, load_device
from neurosim.memristor.laws import LAWS
from neurosim.memristor.response import DOWN, UP, Response, frame
from neurosim.memristor.si_format import quantity
from neurosim.streams import counter_key, stream
from neurosim.summaries import Summarised, Summary
from neurosim.whole import whole

#: Boltzmann's constant [eV/K] and the temperature for which cards state drift [K].
BOLTZMANN = 8.617333e-5
REFERENCE_TEMPERATURE = 300.0
#: Devices of one task of a thread, and pulses after which it lets others in: half a second.
CHUNK, TURN = 32768, 100_000_000
_NEVER = 2 ** 62


class DeviceArray(Summarised):
    """Devices of one card, every one with its own range, step, faults and endurance, drawn at fabrication.

    Pulses move the stored conductance. Drift and relaxation change it with time, and a pulse starts from what they have
    left; it leaves the device within its own range, and its clock starts again. Write noise and levels belong to what
    is read: the conductance underneath keeps its steps.

        array = DeviceArray(load_device("choi-2018-epiram"), (64, 64), seed=1)
        array.pulse(np.full((64, 64), 10))
        array.conductances()

    device : Device, or the name or path of a card; shape : of the array; seed, name : of all its random streams
    table : measured steps, for the law "table"
    threads : chunks of devices side by side; no result depends on it
    time : clock of the chip [s], to be set by the owner; drift counts from the last pulse of each device
    """

    def __init__(self, device: Device | str | Path, shape: int | Iterable[int], seed: int = 0, name: str = "devices",
                 table: Any = None, threads: int | None = None) -> None:
        device = device if isinstance(device, Device) else load_device(device)
        self.device, self.name, self.seed = device, name, seed
        lengths = shape if isinstance(shape, Iterable) else (shape,)
        self.shape = tuple(whole(length, f"array {name}: shape") for length in lengths)
        self.threads = thread_count(threads)
        self.time = 0.0
        size = int(np.prod(self.shape))
        self._touched = np.zeros(size)
        self.cells = self._fabricate(size, table)
        self._law = LAWS[device.law]
        self._loop = pulse_loop(self._law.step, self._law.tabular, device["c2c_scaled"] > 0)
        self._keys = {purpose: counter_key(seed, purpose, name) for purpose in ("c2c", "write noise", "relaxation")}

    def summary(self) -> Summary:
        """Return the table that `print` and notebooks show: what the devices hold and what they have been through."""
        held, devices = self.conductances(), self.cells.g.size
        ends = ", ".join(quantity(float(end), "S") for end in (held.min(), held.max()))
        sets, resets = self.pulses.reshape(2, -1).sum(axis=1)
        rows = [("conductances", "as a read finds them now"),
                ("mean", quantity(float(held.mean()), "S")), ("lowest, highest", ends),
                ("range of the card", ", ".join(quantity(self.device[end], "S") for end in ("g_min", "g_max"))),
                ("pulses", f"{sets:,} set, {resets:,} reset, {(sets + resets) / devices:.4g} per device"),
                ("stuck, worn", f"{self.stuck.sum():,}, {self.worn.sum():,} of {devices:,}"),
                ("time", quantity(self.time, "s"))]
        shape = " x ".join(map(str, self.shape))
        return Summary(heading=f"DeviceArray {self.name}: {shape} of {self.device.stem}, seed {self.seed}", rows=rows)

    def pulse(self, counts: np.ndarray | Sequence[int], strength: np.ndarray | None = None) -> None:
        """Apply counts (shape) pulses, set where positive, reset where negative; the array is MUTATED.

        Long trains are walked by fewer devices at a time, so that a signal does not wait for them.

        strength : factor on the step of each device (shape) [1], for pulses of which wires take a part; None = 1
        raises : ValueError for counts that are not whole, or another number of either
        """
        counts = _whole(counts, self.name)
        if counts.size != self.cells.g.size:
            raise ValueError(f"array {self.name}: {counts.size} pulse counts for {self.cells.g.size} devices; "
                             "give one per device")
        device, cells = self.device, self.cells
        if strength is not None and np.size(strength) != counts.size:
            raise ValueError(f"array {self.name}: {np.size(strength)} strengths of pulses for {counts.size} devices; "
                             "give one per device")
        if strength is not None:
            cells = cells._replace(scales=(cells.scales * np.reshape(strength, -1)).astype(np.float32))
        noise = StepNoise(device["c2c"], device["c2c_additive"] + device["c2c_range"] * device.span,
                          self._scaled_noise, device["c2c_slope"], device["g_min"])
        if self._ages:
            self.settle(counts)
        else:
            np.copyto(self._touched, self.time, where=counts != 0)
        parameters = cells.shapes.shape[1]

        def walk(part: tuple[int, int]) -> None:
            walkers = walkers_of(self._law.tabular, parameters)
            for turn in _turns(counts, *part):
                self._loop(counts, cells, noise, self._keys["c2c"], walkers, *turn)

        self._run(walk)
        if device.worn == "shrinks" and device["endurance"]:
            self._shrink()

    def settle(self, chosen: np.ndarray) -> None:
        """Make what time has done to the chosen devices the conductance from which their pulses start; MUTATES them.

        chosen : (shape), not 0 where a device is chosen. Those that no pulse moves, stuck or worn out, keep drifting
            from their last one.
        """
        if not self._ages:
            return
        cells = self.cells
        movable = (cells.high > cells.low) & (cells.pulses.sum(axis=0) < cells.limit)
        late = (chosen.reshape(-1) != 0) & movable & (self._touched != self.time)
        if late.any():
            np.copyto(cells.g, self._aged(cells.g.copy()), where=late)
            self._touched[late] = self.time

    def conductances(self) -> np.ndarray:
        """Return conductances as a read finds them now [S], float32 (shape): write noise, levels, drift and relaxation.
        """
        device, out = self.device, np.empty(self.cells.g.size, np.float32)
        level = device.span / (device["levels"] - 1) if device["levels"] else 0.0
        self._run(lambda part: show(self.cells, device["write_noise"], level, device["g_min"],
                                    self._keys["write noise"], out, *part))
        return (self._aged(out) if self._ages else out).reshape(self.shape)

    @property
    def pulses(self) -> np.ndarray:
        """Set and reset pulses received so far, int64 (2, *shape)."""
        return self.cells.pulses.reshape(2, *self.shape)

    @property
    def stuck(self) -> np.ndarray:
        """Devices that were fabricated stuck, bool (shape)."""
        return (self._spans == 0).reshape(self.shape)

    @property
    def worn(self) -> np.ndarray:
        """Devices at the end of their endurance that were not fabricated stuck, bool (shape)."""
        return (self.cells.pulses.sum(axis=0) >= self._limits).reshape(self.shape) & ~self.stuck

    def stored(self) -> dict[str, np.ndarray]:
        """Return arrays from which `load` restores the array: what fabrication drew is drawn again."""
        return {"g": self.cells.g.reshape(self.shape), "pulses": self.pulses,
                "touched": self._touched.reshape(self.shape)}

    def load(self, stored: dict) -> None:
        """Take back what `stored` returned, bit for bit; the array is MUTATED."""
        for name, own in self.stored().items():
            if name not in stored or stored[name].shape != own.shape:
                raise ValueError(f"array {self.name}: {name} needs the shape {own.shape}; "
                                 f"the file holds {stored[name].shape if name in stored else 'none'}")
            own[...] = stored[name]
        if self.device.worn == "shrinks" and self.device["endurance"]:
            self._shrink()

    def _fabricate(self, size: int, table: Any) -> Cells:
        device, (low, high) = self.device, self._draw_ends(size)
        response = Response(device, table, self._shape_deviation(size))
        gain = 1 + device["step_spread"] * self._normal("step", size)
        gain = np.abs(gain) * np.exp(device["step_spread_log"] * self._normal("log step", size))
        tilt = device["asymmetry"] + device["asymmetry_spread"] * self._normal("asymmetry", size)
        up, down = response.scales
        scales = np.stack([up * np.abs(gain + tilt), down * np.abs(gain - tilt)])
        typical = Response(device, table).scales
        self._scaled_noise = tuple(device["c2c_scaled"] / float(np.ravel(scale)[0]) for scale in typical)
        self._stick(low, high)
        low, high = low.astype(np.float32), high.astype(np.float32)
        self._spans = high.astype(float) - low
        self._limits = self._endurance(size)
        self._exponents = np.maximum(device["drift"] + device["drift_spread"] * self._normal("drift", size), 0)
        limit = np.full(size, _NEVER) if device.worn == "shrinks" else self._limits
        frames = tuple(Frame(*np.asarray(frame(device, direction), np.float32)) for direction in (UP, DOWN))
        return Cells(np.maximum(low, 0).astype(float), low, high, frames, scales.astype(np.float32),
                     np.ascontiguousarray(response.shapes, np.float32), limit, np.zeros((2, size), np.int64))

    def _draw_ends(self, size: int) -> tuple[np.ndarray, np.ndarray]:
        """Return the ends of the own ranges, float64 (devices) each [S].

        Where steps do not follow the own range, each end lies on its side of the point x = 0: an end that was
        drawn beyond it is mirrored. The lower one keeps its part in the law when it is negative.
        """
        device = self.device
        low = device["g_min"] + device.span * device["g_min_spread"] * self._normal("g_min", size)
        high = device["g_max"] + device.span * device["g_max_spread"] * self._normal("g_max", size)
        if device.steps_follow == "own range":
            low = np.maximum(low, 0.0)
        else:
            low, high = np.minimum(low, high), np.maximum(low, high)
            top, foot = (frame(device, direction).start for direction in (DOWN, UP))
            low, high = top - np.abs(top - low), foot + np.abs(high - foot)
        return low, np.maximum(high, np.maximum(low, 0.0) + 1e-3 * device.span)

    def _stick(self, low: np.ndarray, high: np.ndarray) -> None:
        """Draw the faults; stuck devices get a range of zero width."""
        device, draw = self.device, stream(self.seed, "stuck", self.name).random((2, low.size))
        shares = [device[key] for key in ("stuck_on", "stuck_off", "stuck_anywhere", "stuck_value")]
        anywhere = low + draw[1] * (high - low)
        values = high.copy(), low.copy(), anywhere, np.full_like(low, device["stuck_conductance"])
        for first, share, value in zip(_begins(shares), shares, values):
            chosen = (draw[0] >= first) & (draw[0] < first + share)
            low[chosen] = high[chosen] = value[chosen]

    def _endurance(self, size: int) -> np.ndarray:
        median = self.device["endurance"]
        if not median:
            return np.full(size, _NEVER)
        spread = np.exp(self.device["endurance_spread"] * self._normal("endurance", size))
        return np.minimum(median * spread, _NEVER).astype(np.int64)

    def _shrink(self) -> None:
        left = np.maximum(1 - self.cells.pulses.sum(axis=0) / self._limits, 0)
        self.cells.high[:] = self.cells.low + self._spans * left
        np.minimum(self.cells.g, self.cells.high, out=self.cells.g)

    @property
    def _ages(self) -> bool:
        return bool(self.device["drift"] or self.device["drift_spread"] or self.device["relaxation"])

    def _aged(self, conductances: np.ndarray) -> np.ndarray:
        """Let conductances (devices) drift and relax until now; they are MUTATED and returned."""
        device, elapsed = self.device, (self.time - self._touched) * self._acceleration()
        self._run(lambda part: age(self.cells, elapsed, device["drift_start"], self._exponents, device["relaxation"],
                                   self._keys["relaxation"], conductances, *part))
        return conductances

    def _acceleration(self) -> float:
        """Return factor on time of a thermally activated process, exp(E/k (1/300 K - 1/T))."""
        inverse = 1 / REFERENCE_TEMPERATURE - 1 / self.device["temperature"]
        return math.exp(self.device["activation_energy"] / BOLTZMANN * inverse)

    def _shape_deviation(self, size: int) -> np.ndarray:
        spread = self.device["shape_spread"]
        return spread * np.stack([self._normal(purpose, size) for purpose in ("shape", "shape of reset steps")]) \
            if spread else np.zeros((2, 1))

    def _normal(self, purpose: str, size: int) -> np.ndarray:
        return stream(self.seed, f"spread of {purpose}", self.name).standard_normal(size)

    def _run(self, task: Callable) -> None:
        size = self.cells.g.size
        side_by_side(task, [(i, min(i + CHUNK, size)) for i in range(0, size, CHUNK)], self.threads)


def _whole(counts: Any, name: str) -> np.ndarray:
    """Return the numbers of pulses as a flat int64 array; raises ValueError for those that are none."""
    counts = np.asarray(counts)
    if counts.dtype.kind not in "biuf":
        raise ValueError(f"array {name}: {counts.dtype} is not a type of numbers of pulses; give whole numbers")
    if counts.dtype.kind == "f":
        odd = ~(np.abs(counts) < 2.0 ** 62) | (np.rint(counts) != counts)
        if odd.any():
            raise ValueError(f"array {name}: {counts[odd][0]:g} is not a number of pulses; give whole numbers")
    return np.ascontiguousarray(counts, np.int64).reshape(-1)


def _turns(counts: np.ndarray, first: int, last: int) -> Iterator[tuple[int, int]]:
    """Cut the devices first ... last - 1 so that no turn takes many more than TURN pulses; pairs of ends."""
    longest = max(int(counts[first:last].max()), -int(counts[first:last].min()), 1)
    size = max(TURN // longest, 1)
    return ((begin, min(begin + size, last)) for begin in range(first, last, size))


def _begins(shares: list[float]) -> list[float]:
    """Return the lower ends of intervals of these lengths in [0, 1) that do not overlap.

    Interval k begins at k / len(shares) wherever there is room, so that none of them moves when another is left out.
    """
    begins, end = [], 0.0
    for k, share in enumerate(shares):
        begins.append(max(k / len(shares), end))
        end = begins[-1] + share
    end = 1.0
    for k in reversed(range(len(shares))):
        begins[k] = end = min(begins[k], end - shares[k])
    return begins
