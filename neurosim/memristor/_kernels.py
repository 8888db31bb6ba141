"""Compiled loops over an array of devices: pulses move conductances, reads show them."""

import math
from collections.abc import Callable
from functools import cache
from typing import NamedTuple

import numpy as np

from neurosim._jit import inner_kernel, kernel, scalar_law
from neurosim._jit.random import standard_normal


class Cells(NamedTuple):
    """Devices as the loops take them. Row 0 of scales and shapes belongs to set pulses, row 1 to reset pulses."""

    g: np.ndarray           #: (devices) stored conductance [S], float64, so that a train may be cut anywhere; MUTATED
    low: np.ndarray         #: (devices) end of the own range [S]; low = high where a device is stuck; below 0 S nothing
    high: np.ndarray        #: (devices)                                                                      gets there
    frames: tuple           #: of two Frames
    scales: np.ndarray      #: (2, devices) scale of a step [S]
    shapes: np.ndarray      #: (2, parameters, devices or 1) parameters of the law
    limit: np.ndarray       #: (devices) pulses after which nothing moves any more, int64
    pulses: np.ndarray      #: (2, devices) pulses received, int64, MUTATED


class Frame(NamedTuple):
    """Where the law of a device has x = 0 and x = 1, from the ends of its range, near and far as pulses come by.

        begin = start + near_start near,   end = stop + far_stop far + near_stop near

    Numbers of one kind; float32 in the loops, as the ends are.
    """

    start: float            #: [S]
    near_start: float       #: [1]
    stop: float             #: [S]
    far_stop: float         #: [1]
    near_stop: float        #: [1]


class StepNoise(NamedTuple):
    """Standard deviation of a step: relative |step| + additive + scaled scale + slope (g - lowest)."""

    relative: float         #: [1]
    additive: float         #: [S]
    scaled: tuple           #: over the scale of the device's own steps, of set and of reset pulses [1]
    slope: float            #: [1]
    lowest: float           #: lower end of the range [S]


#: Devices that walk side by side.
BLOCK = 256
#: Trains are sorted by their length up to this one; longer ones come first, in any order.
SORTED = 63


class Block(NamedTuple):
    """Neighbouring devices: views of parts of `Cells`, and the signed numbers of pulses for them."""

    counts: np.ndarray
    g: np.ndarray
    low: np.ndarray
    high: np.ndarray
    limit: np.ndarray
    set_pulses: np.ndarray
    reset_pulses: np.ndarray


class Walkers(NamedTuple):
    """Scratch of the loop, all of it MUTATED: the order of a block, and the devices that walk, longest trains first."""

    lengths: np.ndarray     #: (BLOCK) pulses that move a device of the block, int64
    order: np.ndarray       #: (BLOCK) indices in the block: first those to be set, then those to be reset, uint32
    left: np.ndarray        #: (BLOCK) pulses that move a walker, int64
    counter: np.ndarray     #: (BLOCK) of the random number of its first pulse, uint64
    z: np.ndarray           #: (BLOCK) random number of its next pulse, float32
    g: np.ndarray           #: (BLOCK) conductance [S], float64 as what follows
    low: np.ndarray         #: (BLOCK) ends of the range [S]
    high: np.ndarray        #: (BLOCK)
    start: np.ndarray       #: (BLOCK) where x = 0 [S]
    rate: np.ndarray        #: (BLOCK) change of x with g, negative for reset pulses [1/S]
    scale: np.ndarray       #: (BLOCK) of a step [S]
    shape: np.ndarray       #: (parameters, BLOCK or 1) of the law, float32
    keys: np.ndarray        #: (BLOCK) by which a block is sorted, uint32
    bins: np.ndarray        #: (2 SORTED + 1) where the devices of one key begin, int64


def walkers_of(tabular: bool, parameters: int) -> Walkers:
    """Fresh `Walkers`, for one thread, of devices that follow a law with that many parameters."""
    apart = 1 if tabular else BLOCK
    g, low, high, start, rate, scale = np.zeros((6, BLOCK))
    return Walkers(np.zeros(BLOCK, np.int64), np.zeros(BLOCK, np.uint32), np.zeros(BLOCK, np.int64),
                   np.zeros(BLOCK, np.uint64), np.zeros(BLOCK, np.float32), g, low, high, start, rate, scale,
                   np.zeros((parameters, apart), np.float32), np.zeros(BLOCK, np.uint32),
                   np.zeros(2 * SORTED + 1, np.int64))


@inner_kernel
def _block(counts, cells, first, last):
    return Block(counts[first:last], cells.g[first:last], cells.low[first:last], cells.high[first:last],
                 cells.limit[first:last], cells.pulses[0][first:last], cells.pulses[1][first:last])


@inner_kernel
def _line_up(block, walkers):
    """Sort the devices of a block by the pulses that move them; returns how many are to be set and how many reset."""
    number, keys, bins = block.counts.size, walkers.keys, walkers.bins
    for k in range(number):
        room = max(block.limit[k] - block.set_pulses[k] - block.reset_pulses[k], 0)
        room = room if block.high[k] > block.low[k] else 0
        length = min(max(block.counts[k], -room), room)
        walkers.lengths[k] = abs(length)
        keys[k] = (SORTED if length > 0 else 2 * SORTED) - min(abs(length), SORTED)
    for key in range(bins.size):
        bins[key] = 0
    for k in range(number):
        bins[keys[k]] += 1
    end, ups = 0, 0
    for key in range(bins.size):
        ups = end if key == SORTED else ups
        bins[key], end = end, end + bins[key]
    moving = bins[2 * SORTED]
    for k in range(number):
        index = bins[keys[k]]
        bins[keys[k]] = index + 1
        walkers.order[np.uint32(index)] = k
    return ups, moving - ups


@inner_kernel
def _take(block, frame, scales, shapes, begin, skipped, number, sign, walkers):
    """Copy what a walk needs; begin : first device of the block; skipped : walkers of the other direction."""
    many = min(shapes.shape[1] - 1, 1)
    for lane in range(number):
        k = walkers.order[skipped + lane]
        low, high = float(block.low[k]), float(block.high[k])
        near, far = (low, high) if sign > 0 else (high, low)
        start = frame.start + frame.near_start * near
        stop = frame.stop + frame.far_stop * far + frame.near_stop * near
        walkers.left[lane] = walkers.lengths[k]
        walkers.counter[lane] = np.uint64(((begin + np.int64(k)) << 32) + block.set_pulses[k] + block.reset_pulses[k])
        walkers.g[lane], walkers.low[lane], walkers.high[lane] = block.g[k], max(low, 0.0), high
        walkers.start[lane] = start
        walkers.rate[lane] = 1.0 / (stop - start)
        walkers.scale[lane] = scales[k]
    for row in range(walkers.shape.shape[0]):
        for lane in range(min(number, walkers.shape.shape[1])):
            walkers.shape[row, lane] = shapes[row, (begin + np.int64(walkers.order[skipped + lane])) * many]


@inner_kernel
def _draw(key, walkers, k, number):
    """Draw the random numbers of the k-th pulse of the walk."""
    for lane in range(number):
        walkers.z[lane] = standard_normal(key, walkers.counter[lane] + np.uint64(k))


@inner_kernel
def _going_on(walkers, k, number):
    """How many of the first walkers are left when those at their end that have no k-th pulse are dropped."""
    while number > 0 and walkers.left[number - 1] <= k:
        number -= 1
    return number


@cache
def pulse_loop(law: Callable, tabular: bool, scaled: bool) -> Callable:
    """Compile the loop that applies signed numbers of pulses by one law; returns the kernel.

    law, tabular : `step` and `tabular` of a Law
    scaled : whether noise grows with the scale of the device's own steps; an instruction per pulse that others spare
    """
    @scalar_law
    def advance(walkers, noise, share, sign, number, k):
        """Make the step of the k-th pulse; the walkers are mutated."""
        g, z, left, shape = walkers.g, walkers.z, walkers.left, walkers.shape
        low, high, start, rate, scale = walkers.low, walkers.high, walkers.start, walkers.rate, walkers.scale
        for lane in range(number):
            x = rate[lane] * (g[lane] - start[lane])
            step = scale[lane] * law(x, float(z[lane]), shape, 0 if tabular else lane)
            flat = noise.additive + share * scale[lane] if scaled else noise.additive
            deviation = noise.relative * abs(step) + flat + noise.slope * (g[lane] - noise.lowest)
            moved = min(max(g[lane] + sign * (step + deviation * z[lane]), low[lane]), high[lane])
            g[lane] = moved if k < left[lane] else g[lane]

    @kernel
    def apply_pulses(counts, cells, noise, key, walkers, first, last):
        """Apply counts[i] pulses, set where positive, to the devices first ... last - 1; cells are mutated.

            step = scale law(x),   x = (g - begin) / (end - begin)
            g = clip(g + sign (step + (relative |step| + additive + scaled scale + slope (g - lowest)) xi))

        to [low, high]. xi is standard normal, a function of (key, device, number of pulses the device has received).
        walkers : from `walkers_of`

        The devices of a block walk side by side, pulse by pulse: first all random numbers are drawn, then all steps are
        made, in loops without branches. Those with more pulses to come are the first ones.
        """
        noisy = tabular or noise.relative != 0 or noise.additive != 0 or noise.scaled[0] != 0 or noise.slope != 0
        for begin in range(first, last, BLOCK):
            block = _block(counts, cells, begin, min(begin + BLOCK, last))
            ups, downs = _line_up(block, walkers)
            for direction in range(2):
                sign, moving, skipped = (1, ups, 0) if direction == 0 else (-1, downs, ups)
                _take(block, cells.frames[direction], cells.scales[direction][begin:begin + block.counts.size],
                      cells.shapes[direction], begin, skipped, moving, sign, walkers)
                number, k = moving, 0
                while number > 0:
                    if noisy:
                        _draw(key, walkers, k, number)
                    advance(walkers, noise, noise.scaled[direction], sign, number, k)
                    k += 1
                    number = _going_on(walkers, k, number)
                for lane in range(moving):
                    block.g[walkers.order[skipped + lane]] = walkers.g[lane]
            for k in range(block.counts.size):
                block.set_pulses[k] += max(block.counts[k], 0)
                block.reset_pulses[k] += max(-block.counts[k], 0)

    return apply_pulses


@kernel
def show(cells, deviation, level, base, key, out, first, last):
    """Write what a read finds to out (devices), which is mutated: g, off by the write noise, rounded to levels.

    deviation : write noise [S]; level : distance of two levels [S], 0 = continuous; base : level of the lower end of
    the range [S]; write noise can reach beyond it, but not below 0
    """
    lowest = -math.floor(base / level) if level > 0 else 0
    for i in range(first, last):
        g = cells.g[i]
        if deviation > 0:
            counter = np.uint64((i << 32) + cells.pulses[0, i] + cells.pulses[1, i])
            g = max(g + deviation * standard_normal(key, counter), 0.0)
        if level > 0:
            g = max(base + level * max(np.rint((g - base) / level), lowest), 0.0)
        out[i] = g


@kernel
def age(cells, elapsed, start, exponent, relaxation, key, out, first, last):
    """Let conductances drift and relax: out (devices), float32 or float64 [S], is mutated.

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
