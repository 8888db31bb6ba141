"""The readout circuits of a chip: errors drawn at fabrication, ranges found by calibration."""

import numpy as np

from neurosim.crossbar.readout import NEAREST, WHOLE, Conversion, Readout
from neurosim.streams import counter_key, stream


class Periphery:
    """Converters and drivers of all connections.

    options : ReadoutOptions; mux : lines that share a converter
    reads : dict from (connection, forward) to its Floorplan
    largest : dict from connection to its largest weight, the unit of a fixed range
    seed : of fabrication and read noise
    ranges : dict from (connection, forward) to full scales (slices,) [1]; empty until a calibration that is needed
    """

    def __init__(self, options, mux, reads, largest, seed):
        self.options, self.mux, self.seed, self._reads = options, mux, seed, reads
        self.ranges = {}
        if not isinstance(options.range, str):
            self.ranges = {key: np.full(plan.slices(key[1]), options.range * largest[key[0]])
                           for key, plan in reads.items()}

    @property
    def uncalibrated(self):
        """Whether converters wait for a calibration."""
        return self.options.kind != "ideal" and not self.ranges

    def calibrate(self, largest):
        """Set the ranges from the largest sums seen; MUTATES the ranges.

        largest : dict from (connection, forward) to the largest sum of each slice (slices,) [1]
        """
        if not isinstance(self.options.range, str):
            return
        for key, sums in largest.items():
            wide = sums if self.options.range == "tile" else np.full_like(sums, sums.max())
            self.ranges[key] = np.where(wide > 0, wide, max(sums.max(), 1.0)) * self.options.margin

    def readout(self, effective, observe=False):
        """The Readout of effective weights.

        observe : leave out quantisers and noise and keep the largest sums, for a calibration
        """
        options = self.options
        conversions = {key: self._conversion(key, effective, observe) for key in self._reads}
        noisy = options.noise != "off" and not observe
        dac = options.dac_range / (2 ** options.dac_bits - 1) if options.dac_bits else 0.0
        return Readout(conversions=conversions, variances=effective.variances if noisy else {},
                       fresh=options.noise == "fresh", key=int(counter_key(self.seed, "read noise")) if noisy else 0,
                       observe=observe, dac_step=dac, dac_range=options.dac_range)

    def stored(self):
        """Arrays from which `load` restores the calibration."""
        return {f"{name}.{'forward' if forward else 'backward'}": full for (name, forward), full in self.ranges.items()}

    def shapes(self):
        """Shapes of what `stored` returns once there was a calibration."""
        return {f"{name}.{'forward' if forward else 'backward'}": (plan.slices(forward),)
                for (name, forward), plan in self._reads.items()}

    def load(self, stored):
        """Take back what `stored` returned."""
        for key, full in stored.items():
            name, _, direction = key.rpartition(".")
            self.ranges[name, direction == "forward"] = np.array(full)

    def _conversion(self, key, effective, observe):
        options, shape = self.options, self._shape(key)
        floor = effective.floors.get(key, np.zeros(shape))
        if options.kind == "ideal" or observe or key not in self.ranges:
            step = np.zeros(shape[0])
            edges = np.full(shape[0], -np.inf), np.full(shape[0], np.inf)
        elif options.kind == "adc":
            step = self.ranges[key] / 2 ** (options.bits - 1)
            edges = -self.ranges[key], self.ranges[key] - step
        else:
            step = self.ranges[key] / (2 ** options.bits - 1)
            edges = -self.ranges[key], self.ranges[key]
        gain, offset = (self._error(purpose, key) for purpose in ("gain", "offset"))
        integrates = options.kind == "integrate-and-fire"
        return Conversion(step=step, low=edges[0], high=edges[1], rounding=WHOLE if integrates else NEAREST,
                          gain=(1 + gain) * (1 - options.leak * integrates), offset=offset * step[:, None],
                          floor=floor + (options.comparator * step[:, None]) ** 2)

    def _shape(self, key):
        plan = self._reads[key]
        return plan.slices(key[1]), plan.lines(key[1])

    def _error(self, purpose, key):
        """Errors of the lines (slices, lines): those that share a converter share its error."""
        spread, (slices, lines) = getattr(self.options, purpose), self._shape(key)
        draw = stream(self.seed, f"converter {purpose}", key[0], int(key[1])).standard_normal((slices, lines))
        return spread * np.repeat(draw[:, ::self.mux], self.mux, axis=1)[:, :lines]
