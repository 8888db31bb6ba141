"""What a card's devices do under pulses and over time: the noise-free curve, and samples of fabricated devices.

Nothing here belongs to a chip: the devices are made for the occasion, drawn from the seed that is given.
"""

from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

import numpy as np

from neurosim.memristor.array import DeviceArray
from neurosim.memristor.device import Device
from neurosim.memristor.laws import LAWS
from neurosim.memristor.response import DOWN, UP, Response

#: A law whose step vanishes at the end of the range never arrives there; its pulses are counted to this part of it.
MOST = 0.95
#: No more pulses than this are walked.
LIMIT = 200_000
_ARRIVED, _VANISHED = 1e-6, 1e-9    #: parts of the range


class Travel(NamedTuple):
    """A noise-free train of pulses of one direction, from one end of the range."""

    pulses: int
    part: float         #: of the range that they travel: 1, MOST where the end is only approached, less where it stops


class Train(NamedTuple):
    """A train of set pulses, then of reset pulses, from the lowest conductance."""

    pulses: np.ndarray          #: (points) pulses received
    noise_free: np.ndarray      #: (points) conductance [S]
    fabricated: np.ndarray      #: (points, devices) conductance of devices with all their imperfections [S]
    up: int                     #: set pulses of the train


def noise_free_step(device: Device, direction: int, table: Any = None) -> Callable[[float], float]:
    """Step of one pulse without noise and spread, as a function of the travelled part of the range.

    direction : UP or DOWN; table : measured steps, for the law "table"
    returns : function from x in [0, 1] to the size of the step over g_max - g_min [1], with the up/down asymmetry
    """
    response, sign = _noise_free(device, table), 1 if direction == UP else -1
    start = device["g_min"] if direction == UP else device["g_max"]
    return lambda x: sign * response.step(direction, start + sign * x * device.span) / device.span


def noise_free_train(device: Device, up: int, down: int, table: Any = None) -> np.ndarray:
    """Conductance before and after each of `up` set and `down` reset pulses from g_min, float64 (up + down + 1) [S]."""
    response = _noise_free(device, table)
    rising = response.walk(UP, up)
    return np.concatenate([rising, response.walk(DOWN, down, start=rising[-1])[1:]])


def _noise_free(device: Device, table: Any) -> Response:
    return Response(device.with_values(LAWS[device.law].silent), table)


def travel(device: Device, direction: int, table: Any = None) -> Travel:
    """Walk from one end of the range to the other, noise-free; returns Travel, of at most LIMIT pulses."""
    step = noise_free_step(device, direction, table)
    goal = 1 - _ARRIVED if step(1.0) > _ARRIVED else MOST
    x = 0.0
    for pulses in range(LIMIT):
        if x >= goal:
            return Travel(pulses, 1.0 if goal > MOST else MOST)
        moved = step(x)
        if moved < _VANISHED:
            return Travel(pulses, x)
        x += moved
    return Travel(LIMIT, min(x, 1.0))


def fabricated_train(device: Device, up: int, down: int, table: Any = None, devices: int = 200, points: int = 150,
                     seed: int = 0) -> Train:
    """Send `up` set and then `down` reset pulses to fabricated devices; returns Train.

    points : conductances that are read in each direction, at most
    """
    array = DeviceArray(device, (devices,), seed=seed, name="train", table=table)
    rising, falling = _points(up, points), _points(down, points)
    seen = [*_seen_along(array, rising, 1), *_seen_along(array, falling, -1)[1:]]
    counts = np.concatenate([rising, up + falling[1:]])
    return Train(counts, noise_free_train(device, up, down, table)[counts], np.array(seen), up)


def fabricated_walk(device: Device, direction: int, start: float, pulses: int, devices: int = 200, points: int = 150,
                    seed: int = 0) -> tuple[np.ndarray, np.ndarray]:
    """Send pulses of one direction to fabricated devices that begin at `start` [S], or at the near end of their range.

    returns : int (points) pulses received, float (points, devices) conductance [S]
    """
    array = DeviceArray(device, (devices,), seed=seed, name=f"walk {direction}")
    array.load({**array.stored(), "g": np.clip(np.float32(start), np.maximum(array.cells.low, 0), array.cells.high)})
    counts = _points(pulses, points)
    return counts, np.array(_seen_along(array, counts, 1 if direction == UP else -1))


def steps_at(device: Device, parts: Sequence[float] | np.ndarray, table: Any = None, devices: int = 10_000,
             seed: int = 0) -> list[tuple[np.ndarray, np.ndarray]]:
    """Change of conductance by one set and by one reset pulse, seen by reads, of devices set to parts of their range.

    parts : sequence of numbers from 0 (lowest) to 1 (highest conductance)
    returns : for each part, steps of set and of reset pulses, float64 (devices that are not stuck) [S]; reset steps are
        negative; where every device is stuck, their zeros
    """
    steps = []
    for part in parts:
        array = _placed(device, part, devices, seed, table)
        start, moving = array.stored()["g"].copy(), ~array.stuck
        seen = moving if moving.any() else ~moving
        for sign in (1, -1):
            array.load({**array.stored(), "g": start})
            before = array.conductances().astype(float)
            array.pulse(np.full(devices, sign))
            steps.append((array.conductances() - before)[seen])
    return list(zip(steps[::2], steps[1::2]))


def ageing(device: Device, parts: Sequence[float] | np.ndarray, times: Sequence[float] | np.ndarray, table: Any = None,
           devices: int = 200, seed: int = 0) -> np.ndarray:
    """Return conductance at times after the last pulse, float64 (parts, times, devices) [S]; times in s."""
    arrays = [_placed(device, part, devices, seed, table) for part in parts]
    seen = []
    for array in arrays:
        for time in times:
            array.time = time
            seen.append(array.conductances())
    return np.array(seen, float).reshape(len(parts), len(times), devices)


def _points(count: int, points: int) -> np.ndarray:
    return np.unique(np.rint(np.linspace(0, count, min(count, points) + 1)).astype(int))


def _seen_along(array: DeviceArray, counts: np.ndarray, sign: int) -> list[np.ndarray]:
    """Return conductances after `counts` pulses of one sign, first 0; the array is MUTATED."""
    seen = [array.conductances()]
    for count in np.diff(counts):
        array.pulse(np.full(array.shape, sign * count))
        seen.append(array.conductances())
    return seen


def _placed(device: Device, part: float, devices: int, seed: int, table: Any) -> DeviceArray:
    """Return the array of fabricated devices, each at a part of its own range."""
    array = DeviceArray(device, (devices,), seed=seed, name=f"from {part:g} of the range", table=table)
    low, high = np.maximum(array.cells.low, 0), array.cells.high
    array.load({**array.stored(), "g": low + np.float32(part) * (high - low)})
    return array
