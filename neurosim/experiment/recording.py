"""Every time step of a few test images: rasters and state traces of chosen layers, streamed into a run file."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from neurosim.datasets import prepare
from neurosim.experiment.evaluation import sample_names
from neurosim.learning.estimator import FREE, Phase
from neurosim.learning.phases import free_phase, nudges
from neurosim.results import RunFile, RunFileError, RunWriter, paths
from neurosim.results.reservation import reserved
from neurosim.results.schema import described, entry_of
from neurosim.tables import nearest
from neurosim.whole import counted

if TYPE_CHECKING:
    from neurosim.datasets import Statistics
    from neurosim.experiment.config import RecordOptions
    from neurosim.experiment.model import Model
    from neurosim.network.graph import Network

_HDF5_CHUNK = 2**32     #: bytes; one sample of one series is one chunk at least


class Series(NamedTuple):
    """One thing that is kept of one layer."""

    layer: str
    kind: str           #: "spikes" or "states"
    units: slice        #: columns of the state
    source: str         #: field of the state: "s", signals, or "x", states
    dtype: np.dtype

    @property
    def missing(self) -> float:
        """What stands for a time step that was not made."""
        return 0 if self.kind == "spikes" else np.nan

    @property
    def width(self) -> int:
        """Number of units."""
        return int(self.units.stop - self.units.start)

    def bytes(self, steps: int) -> int:
        """Return the size of `steps` time steps of one sample [bytes]."""
        return steps * self.width * self.dtype.itemsize


@dataclass(frozen=True)
class Forecast:
    """What a recording will take.

    layers : names of the layers; samples : number of images; steps : most time steps of one sample, all phases together
    spikes, states : data in the file, before compression [bytes]; memory : buffers while it is written [bytes]
    """

    layers: tuple
    samples: int
    steps: int
    spikes: int
    states: int
    memory: int

    @property
    def bytes(self) -> int:
        """Data in the file, before compression [bytes]."""
        return self.spikes + self.states

    def __str__(self) -> str:
        sizes = {"spikes": self.spikes, "states": self.states}
        kept = ", ".join(f"{readable_bytes(size)} of {kind}" for kind, size in sizes.items() if size)
        return (f"records: {', '.join(self.layers)} of {counted(self.samples, 'sample')} x "
                f"{counted(self.steps, 'step')}: {kept} before compression, {readable_bytes(self.memory)} of memory")


def forecast(model: Model, options: RecordOptions, available: int | None) -> Forecast:
    """Say what `record` will take; call it before a long training to learn of a wrong layer in time.

    model : Model; options : RecordOptions; available : number of test images
    returns : Forecast
    raises : ValueError for an unknown layer, no layer, more samples than images, a phase too long for one data set
    """
    series, phases = _series(model, options), _phases(model.config.learning, options)
    steps = [_most_steps(model.config.learning, phase) for phase in phases]
    if available is not None and options.samples > available:
        raise ValueError(f"record.samples: {options.samples} exceeds the {available} test images; choose at most that")
    longest = max(steps)
    largest = max(series, key=lambda one: one.bytes(longest))
    if largest.bytes(longest) >= _HDF5_CHUNK:
        raise ValueError(f"record.layers: {longest} steps of {largest.layer} take "
                         f"{readable_bytes(largest.bytes(longest))} for each sample, and HDF5 takes less than 4.29 GB "
                         "in one piece; record smaller layers")
    sizes = {kind: options.samples * sum(one.bytes(sum(steps)) for one in series if one.kind == kind)
             for kind in ("spikes", "states")}
    return Forecast(layers=tuple(dict.fromkeys(options.layers)), samples=options.samples, steps=sum(steps), **sizes,
                    memory=sum(one.bytes(longest) for one in series))


def record(path: Path, model: Model, options: RecordOptions, images: np.ndarray, labels: np.ndarray,
           measured: Statistics) -> Forecast:
    """Relax the first images one time step at a time and stream what their layers do into a run file.

    Every bit is that of an evaluation of the same images, as the chip is now, read noise included; the phases of the
    estimator start where they do in training. An "auto" free phase is first run unrecorded to learn its length.

        records/samples, labels   (samples,) index among the test images, and class
        records/steps             (samples,) time steps that the free phase made
        records/PHASE/LAYER/spikes, states   (samples, steps, units); PHASE is free, nudge+ ...

    Steps that a sample did not make are 0, and NaN for states. Layers that send states have no spikes. Spikes are bool,
    or int8 where they have a sign or a size.

    path : run file, replaced as a whole; records of an earlier call go
    model : Model; options : RecordOptions
    images : uint8 (n, H, W, C), test images; labels : int64 (n,); measured : Statistics of the training images
    returns : Forecast, which was kept
    raises : ValueError, see `forecast`, or where converters wait for their ranges, and RunFileError: too little room
        on the disk, file damaged or read-only; Reserved when another process writes it
    """
    model.refuse_uncalibrated()
    with reserved(path):
        return _record(path, model, options, images, labels, measured)


def _record(path: Path, model: Model, options: Any, images: np.ndarray, labels: np.ndarray,
            measured: Any) -> Forecast:
    expected = forecast(model, options, len(labels))
    with RunFile(path) as run:
        kept = [name for name in run.names() if name != paths.RECORDS]
    _check_room(path, expected)
    series, learning = _series(model, options), model.config.learning
    phases = _phases(learning, options)
    with RunWriter(path, {}, base=path, groups=kept) as run:
        streams = {(phase.name, one.layer, one.kind): _open(run, phase, _most_steps(learning, phase), one)
                   for phase in phases for one in series}
        steps, names = [], sample_names(model.config, options.samples)
        for i in range(options.samples):
            image = prepare(images[i:i + 1], model.config.data, measured)
            target = learning.desired(labels[i:i + 1], model.network.layers[-1].units)
            steps.append(_free_steps(model, image, names[i:i + 1]))
            rest = model.engine.rest(1, names[i:i + 1])
            for name, one, rows in _relaxed(model, rest, image, target, phases, steps[-1], series):
                streams[name, one.layer, one.kind].append(rows[None])
        for name, values in (("samples", np.arange(options.samples)), ("labels", labels[:options.samples]),
                             ("steps", np.array(steps))):
            run.put(paths.records(name), described(paths.records(name), np.asarray(values)))
    return expected


def recorded(path: Path | str) -> bool:
    """Return whether a run file holds records of single time steps."""
    with RunFile(path) as run:
        return paths.RECORDS in run


def readable_bytes(size: float) -> str:
    """Return a number of bytes for people, in powers of 1000: 7400000 is "7.4 MB"."""
    for unit in ("B", "kB", "MB", "GB"):
        if size < 999.5:
            break
        size, unit = size / 1000, "TB"
    return f"{size:.3g} {unit}"


def _series(model: Model, options: Any) -> list[Series]:
    names = [layer.name for layer in model.network.layers]
    if not options.layers:
        raise ValueError(f"record.layers: no layer is named; choose from {', '.join(names)}")
    series = []
    for name in dict.fromkeys(options.layers):
        if name not in names:
            raise ValueError(f"record.layers: no layer is called {name!r}{nearest(name, names)}")
        units, number = model.engine.slices[name], model.engine.dtype
        if model.network.sends_states(name):
            series.append(Series(name, "states", units, "s", number))
            continue
        series.append(Series(name, "spikes", units, "s", np.dtype(np.int8 if _sized(model.network, name) else bool)))
        if options.traces:
            series.append(Series(name, "states", units, "x", number))
    return series


def _sized(network: Network, name: str) -> bool:
    layer = network.layers[network.index(name)]
    return layer.negative or layer.bits > 1


def _phases(learning: Any, options: Any) -> list:
    """Return the phases that are recorded, a list of Phase that begins with the free one."""
    return [Phase(name=FREE, weight=0), *(learning.later() if options.phases == "all" else ())]


def _most_steps(learning: Any, phase: Any) -> int:
    if phase.name != FREE:
        return learning.nudge_steps
    return learning.relaxed_steps


def _free_steps(model: Model, image: np.ndarray, name: Any) -> int:
    learning = model.config.learning
    if learning.free_steps != "auto":
        return learning.free_steps
    return int(free_phase(model.engine, model.engine.rest(1, name), image, learning).steps[0])


def _relaxed(model: Model, rest: Any, image: np.ndarray, target: np.ndarray, phases: Any, free_steps: int,
             series: list[Series]) -> Iterator[tuple]:
    """Run the phases of one sample, the free one first; yields (name of the phase, Series, its array (steps, units)).

    rest : State at rest, MUTATED
    """
    learning = model.config.learning
    steps = model.engine.follow(rest, image, free_steps)
    yield from _kept(phases[0], rest, steps, _most_steps(learning, phases[0]), series)
    state = rest
    for nudge, phase, number in nudges(learning, phases, target):
        state = (state if phase.start == "continued" else rest).copy()
        steps = model.engine.follow(state, image, learning.nudge_steps, nudge=nudge, phase=number)
        yield from _kept(phase, state, steps, learning.nudge_steps, series)


def _kept(phase: Any, state: Any, steps: Any, most: int, series: list[Series]) -> Iterator[tuple]:
    """Make the steps that change a state, and yield what was kept of it; see `_relaxed`."""
    values = [np.full((most, one.width), one.missing, one.dtype) for one in series]
    for t in steps:
        for one, rows in zip(series, values):
            rows[t - 1] = getattr(state, one.source)[0, one.units]
    for one, rows in zip(series, values):
        yield phase.name, one, rows


def _open(run: Any, phase: Any, steps: int, one: Series) -> Any:
    name = paths.records(phase.name, one.layer, one.kind)
    entry: Any = entry_of(name)[0]
    return run.stream(name, (steps, one.width), one.dtype, entry.unit, f"{entry.text}, {one.layer}, phase "
                      f"{phase.name}, beta = {phase.beta:g}")


def _check_room(path: Path | str, expected: Forecast) -> None:
    size, free = os.path.getsize(path), shutil.disk_usage(Path(path).resolve().parent).free
    if free < size + expected.bytes:
        raise RunFileError(f"run file {path}: {readable_bytes(expected.bytes)} of records and a copy of the file "
                           f"({readable_bytes(size)}) do not fit into the {readable_bytes(free)} that the disk has "
                           "free; record fewer samples or layers, or make room")
