"""Compiled loops over an array of devices: pulses move conductances, reads show them."""

import math
from functools import cache
from typing import NamedTuple

import numpy as np

from neurosim._jit import kernel
from neurosim.memristor.noise import standard_normal


class Cells(NamedTuple):
    """Devices as the loops take them. Row 0 of scales and shapes belongs to set pulses, row 1 to reset pulses."""

    g: np.ndarray           #: (devices) stored conductance [S], float64, so that a train may be cut anywhere; MUTATED
    low: np.ndarray         #: (devices) end of the own range [S]; low = high where a device is stuck
    high: np.ndarray        #: (devices)
    scales: np.ndarray      #: (2, devices) scale of a step [S]
    shapes: np.ndarray      #: (2, parameters, devices or 1) parameters of the law
    limit: np.ndarray       #: (devices) pulses after which nothing moves any more, int64
    pulses: np.ndarray      #: (2, devices) pulses received, int64, MUTATED


class StepNoise(NamedTuple):
    """Standard deviation of a step: relative |step| + additive + slope (g - floor)."""

    relative: float         #: [1]
    additive: float         #: [S]
    slope: float            #: [1]
    floor: float            #: [S]


@cache
def pulse_loop(law):
    """Compile the loop that applies signed numbers of pulses by one law; returns the kernel."""

    @kernel
    def apply_pulses(counts, cells, noise, key, first, last):
        """Apply counts[i] pulses, set where positive, to the devices first ... last - 1; cells are mutated.

            step = scale law(x),   x = sign (g - start) / (high - low)
            g = clip(g + sign (step + (relative |step| + additive + slope (g - floor)) xi))   to [low, high]

        xi is standard normal, a function of (key, device, number of pulses the device has received).
        """
        many = min(cells.shapes.shape[2] - 1, 1)
        for i in range(first, last):
            count = counts[i]
            if count == 0:
                continue
            low, high = float(cells.low[i]), float(cells.high[i])
            direction = 0 if count > 0 else 1
            sign, start = (1.0, low) if count > 0 else (-1.0, high)
            made, inverse = cells.pulses[0, i] + cells.pulses[1, i], sign / (high - low)
            effective = min(abs(count), max(cells.limit[i] - made, 0)) if high > low else 0
            shape, scale, g = cells.shapes[direction], float(cells.scales[direction, i]), cells.g[i]
            for counter in range((i << 32) + made, (i << 32) + made + effective):
                z = float(standard_normal(key, np.uint64(counter)))
                step = scale * law((g - start) * inverse, z, shape, i * many)
                deviation = noise.relative * abs(step) + noise.additive + noise.slope * (g - noise.floor)
                g = min(max(g + sign * (step + deviation * z), low), high)
            cells.g[i] = g
            cells.pulses[direction, i] += abs(count)

    return apply_pulses


@kernel
def show(cells, deviation, level, floor, key, out, first, last):
    """Write what a read finds to out (devices), which is mutated: g, off by the write noise, rounded to levels.

    deviation : write noise [S]; level : distance of two levels [S], 0 = continuous; floor : level of the lower end of
    the range [S]; write noise can reach beyond it, but not below 0
    """
    lowest = -math.floor(floor / level) if level > 0 else 0
    for i in range(first, last):
        g = cells.g[i]
        if deviation > 0:
            counter = np.uint64((i << 32) + cells.pulses[0, i] + cells.pulses[1, i])
            g = max(g + deviation * standard_normal(key, counter), 0.0)
        if level > 0:
            g = max(floor + level * max(np.rint((g - floor) / level), lowest), 0.0)
        out[i] = g


@kernel
def age(cells, elapsed, start, exponent, relaxation, key, out, first, last):
    """Let conductances drift and relax: out (devices), in siemens, is mutated.

        G(t) = G max(1, t / t0)^-nu exp(s ln(1 + t / t0) xi)

    elapsed : (devices) time t since the last pulse, at 300 K [s]; start : t0 [s]; exponent : (devices) nu; relaxation :
    s; xi is standard normal, one number per device and pulse that it received. Drift: Ielmini et al., IEEE TED 56:1070
    (2009).
    """
    for i in range(first, last):
        counter = np.uint64((i << 32) + cells.pulses[0, i] + cells.pulses[1, i])
        t = elapsed[i] / start
        change = relaxation * math.log(1.0 + t) * standard_normal(key, counter) - exponent[i] * math.log(max(t, 1.0))
        out[i] *= math.exp(change)
