"""How much memory a training will take, said before it begins, and how much a process took."""

from __future__ import annotations

import contextlib
import math
import os
import re
import sys
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Any

from neurosim._posix import resource
from neurosim.datasets import described
from neurosim.experiment.chip import tiling
from neurosim.experiment.evaluation import BATCH
from neurosim.experiment.recording import readable_bytes
from neurosim.learning.starts import CarriedPerSample
from neurosim.network.graph import Network
from neurosim.toml import value_text

if TYPE_CHECKING:
    from neurosim.experiment.config import Config

#: Sections of a configuration that decide about memory.
DECISIVE = ("data", "network", "neurons", "learning", "training", "synapses", "engine")

#: Resident memory measured on trainings of 784-100-10 ... 784-8000-10 and 32-64 ... 128-256 channels, batches of 20 ...
#: 4000, rounded up [bytes].
_PROCESS = 110 * 2 ** 20    #: Python, the libraries and compiled kernels
_IMAGES = 1.2    #: of every byte of the images
_WEIGHT = 24    #: a weight, with its momentum, its change and what the time loop reads
_MEAN = 12    #: its mean over updates, the change of that, and the weight while the mean is evaluated
_DEVICE = 110    #: a device, while it is programmed for the first time
_LEARNING, _EVALUATION = 45, 30    #: a neuron of one sample
_KEPT = 16    #: a neuron of one training image whose state is kept from epoch to epoch

#: The same on the engine "dense": 784-512-10, 784-2000-2000-10 and small convolutions, batches of 20 ... 1000 [bytes].
_DENSE_PROCESS = 180 * 2 ** 20    #: PyTorch
_DENSE_WEIGHT = 18    #: a weight: its copies in the layouts of both directions
_BACK_WEIGHT = 37    #: a weight whose gradient is gone back for
_BACK = {"states": 3, "spikes": 9}    #: what is kept of a neuron of one sample in every time step

_LIMITS = ("/sys/fs/cgroup/memory.max", "/sys/fs/cgroup/memory/memory.limit_in_bytes")


def forecast_memory(config: Config) -> int:
    """Return largest resident memory of one process that trains, within about a third; returns bytes.

    M = M0 + 1.2 images + 24 B weights + 110 B devices + neurons (max(45 B batch, 30 B 200) + 16 B states kept), from
    measurements; more on the engine "dense": 180 MB + 18 B weights, and where it goes back through time, 37 B weights
    + batch steps (3 B neurons that send states + 9 B neurons that spike).

    config : Config
    """
    data = described(config.data)
    network = Network(config.network, config.data.prepared_shape(data.shape), config.neurons)
    weights = sum(math.prod(connection.weight_shape) for connection in network.connections)
    weight = _WEIGHT + (_MEAN if config.training.average else 0)
    devices = 0 if config.synapses.ideal else weights * tiling(config).devices
    neurons = sum(layer.units for layer in network.layers)
    images = (data.train + data.test) * math.prod(data.shape) * getattr(data, "itemsize", 1)
    learnt = config.data.train_samples or data.train - config.data.validation_of(data.train)
    kept = learnt if config.learning.start == CarriedPerSample.name else 0
    return round(_PROCESS + _IMAGES * images + weight * weights + _DEVICE * devices
                 + neurons * (max(_LEARNING * config.training.batch, _EVALUATION * BATCH) + _KEPT * kept)
                 + (_dense(config, network, weights) if config.engine.kind == "dense" else 0))


def _dense(config: Config, network: Network, weights: int) -> float:
    """Return what the engine "dense" takes beyond the other [bytes]."""
    taken = _DENSE_PROCESS + _DENSE_WEIGHT * weights
    if config.learning.goes_back:
        kept = sum(layer.units * _BACK["states" if layer.sends_states else "spikes"] for layer in network.layers[1:])
        taken += _BACK_WEIGHT * weights + kept * config.training.batch * int(config.learning.free_steps)
    return taken


def installed_memory() -> int | None:
    """Return memory that processes of this machine, or of its control group, may use [bytes].

    None where it is not known.
    """
    try:
        found = os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")
    except (AttributeError, ValueError, OSError):
        return None
    for path in map(Path, _LIMITS):
        try:
            found = min(found, int(path.read_text()))
        except (OSError, ValueError):
            continue
    return found


def refuse_too_large(owner: str, configurations: Iterable[tuple[dict[str, Any], Config]], jobs: int = 1,
                     every: str = "every point") -> None:
    """Raise ValueError when the largest of some trainings, `jobs` of its size at once, cannot fit this machine.

    owner : words that name the trainings; configurations : pairs of (dict of values that distinguish it, Config)
    every : what to call a training that no values distinguish
    """
    room = installed_memory()
    size, values = max(((forecast_memory(config), values) for values, config in configurations), default=(0, {}),
                       key=lambda pair: pair[0])
    if room is None or size * jobs <= room:
        return
    told = ", ".join(f"{key} = {value_text(value)}" for key, value in values.items()) or every
    fit = room // size
    fix = f"use --jobs {fit}" if fit else "make [network], training.batch or synapses smaller"
    at_once = f", {readable_bytes(size * jobs)} for {jobs} at once" if jobs > 1 else ""
    raise ValueError(f"{owner}: {told} needs about {readable_bytes(size)} of memory{at_once}, and this machine has "
                     f"{readable_bytes(room)}; {fix}")


def forget_peak() -> None:
    """Let `peak_memory` start again from what there is now, where Linux can."""
    with contextlib.suppress(OSError):
        Path("/proc/self/clear_refs").write_text("5")


def peak_memory() -> float:
    """Return largest resident memory of this process so far, or since `forget_peak` [MB of 2^20 bytes].

    Linux's ru_maxrss would include the process that it was forked from, so that VmHWM is read there.
    """
    with contextlib.suppress(OSError):
        found = re.search(r"^VmHWM:\s*(\d+) kB", Path("/proc/self/status").read_text(), re.MULTILINE)
        if found:
            return int(found[1]) / 2 ** 10
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak / (2 ** 20 if sys.platform == "darwin" else 2 ** 10)
