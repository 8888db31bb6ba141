"""The readout circuits of a chip: errors drawn at fabrication, ranges found by calibration."""

import numpy as np

from neurosim.crossbar.calibration import best_full_scale, codes_of
from neurosim.crossbar.options import ReadoutOptions
from neurosim.crossbar.readout import Conversion, Readout
from neurosim.crossbar.synapses import EffectiveWeights
from neurosim.streams import counter_key, stream


class Periphery:
    """Converters and drivers of all connections.

    options : ReadoutOptions; mux : lines that share a converter
    reads : dict from (connection, forward) to its Floorplan
    largest : dict from connection to its largest weight, the unit of a fixed range
    seed : of fabrication and read noise
    ranges : dict from (connection, forward) to full scales (slices,) [1]; empty until a calibration that is needed:
        converters without a range are amplifiers
    """

    def __init__(self, options: ReadoutOptions, mux: int, reads: dict, largest: dict, seed: int) -> None:
        self.options, self.mux, self.seed, self._reads, self._largest = options, mux, seed, reads, largest
        self.ranges = {}
        if options.kind != "ideal" and not self.calibrates:
            self.ranges = {key: np.full(plan.slices(key[1]), options.range * largest[key[0]])
                           for key, plan in reads.items()}

    @property
    def calibrates(self) -> bool:
        """Whether the ranges follow the sums."""
        return self.options.kind != "ideal" and isinstance(self.options.range, str)

    @property
    def uncalibrated(self) -> bool:
        """Whether converters wait for a calibration."""
        return self.calibrates and not self.ranges

    def calibrate(self, sums: dict) -> None:
        """Choose the ranges that convert sums with the least squared error, times the margin; MUTATES the ranges.

        sums : dict from (connection, forward) to how often each slice saw a sum of each bin, int (slices, BINS)
        """
        codes = codes_of(self.options.kind, self.options.bits)
        for (name, forward), counts in sums.items():
            whole = best_full_scale(counts.sum(axis=0), codes)
            full = np.full(len(counts), self._largest[name] if np.isnan(whole) else whole)
            if self.options.range == "tile":
                own = np.array([best_full_scale(row, codes) for row in counts])
                full = np.where(np.isnan(own), full, own)
            self.ranges[name, forward] = full * self.options.margin

    def forget(self) -> None:
        """Drop what a calibration has found; MUTATES the ranges."""
        if self.calibrates:
            self.ranges = {}

    def readout(self, effective: EffectiveWeights) -> Readout:
        """Return the Readout of effective weights."""
        options = self.options
        conversions = {key: self._conversion(key, effective) for key in self._reads}
        noisy = options.noise != "off"
        dac = options.dac_range / (2 ** options.dac_bits - 1) if options.dac_bits else 0.0
        return Readout(conversions=conversions, variances=effective.variances if noisy else {},
                       fresh=options.noise == "fresh", key=int(counter_key(self.seed, "read noise")) if noisy else 0,
                       dac_step=dac, dac_range=options.dac_range)

    def stored(self) -> dict:
        """Return arrays from which `load` restores the calibration."""
        return {f"{name}.{'forward' if forward else 'backward'}": full for (name, forward), full in self.ranges.items()}

    def shapes(self) -> dict:
        """Return the shapes of what `stored` returns once there was a calibration."""
        return {f"{name}.{'forward' if forward else 'backward'}": (plan.slices(forward),)
                for (name, forward), plan in self._reads.items()}

    def load(self, stored: dict) -> None:
        """Take back what `stored` returned, where the ranges follow the sums; raises ValueError where it does not fit.
        """
        if not self.calibrates:
            return
        for text, full in stored.items():
            name, _, direction = text.rpartition(".")
            key = name, direction == "forward"
            if key not in self._reads or np.shape(full) != self._shape(key)[:1]:
                raise ValueError(f"run file: ranges of {text} do not fit the converters; was the file written for "
                                 "other arrays?")
            self.ranges[key] = np.array(full)

    def _conversion(self, key: tuple, effective: EffectiveWeights) -> Conversion:
        options, shape = self.options, self._shape(key)
        codes, variance = codes_of(options.kind, options.bits), effective.variance_floors.get(key, np.zeros(shape))
        if key in self.ranges:
            step = self.ranges[key] / codes.divisions
            low, high = -codes.below * step, codes.above * step
        else:
            step, low, high = np.zeros(shape[0]), np.full(shape[0], -np.inf), np.full(shape[0], np.inf)
        gain, offset = (self._error(purpose, key) for purpose in ("gain", "offset"))
        leak = options.leak if options.kind == "integrate-and-fire" else 0.0
        return Conversion(step=step, low=low, high=high, rounding=codes.rounding, gain=(1 + gain) * (1 - leak),
                          offset=offset * step[:, None],
                          variance_floor=variance + (options.comparator * step[:, None]) ** 2)

    def _shape(self, key: tuple) -> tuple[int, int]:
        plan = self._reads[key]
        return plan.slices(key[1]), plan.lines(key[1])

    def _error(self, purpose: str, key: tuple) -> np.ndarray:
        """Return the errors of the lines (slices, lines): those that share a converter share its error."""
        spread, (slices, lines) = getattr(self.options, purpose), self._shape(key)
        draw = stream(self.seed, f"converter {purpose}", key[0], int(key[1])).standard_normal((slices, lines))
        return spread * np.repeat(draw[:, ::self.mux], self.mux, axis=1)[:, :lines]
