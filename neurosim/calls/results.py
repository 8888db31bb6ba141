"""What a run file tells, as objects: history, layers, synapses, spikes, weights."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from neurosim.calls.tables import Table, data_frame
from neurosim.experiment.chip import card_device
from neurosim.experiment.pipeline.facts import programmed
from neurosim.experiment.pipeline.measures import measured_activity
from neurosim.experiment.runs import opened, stored_config
from neurosim.network.graph import Network
from neurosim.report.facts import texts
from neurosim.results import RunFileError, paths
from neurosim.results.chip import conductances, devices

if TYPE_CHECKING:
    from pandas import DataFrame

    from neurosim.experiment.evaluation import Evaluation
    from neurosim.results.checking import RunOfTraining

_COLUMNS = ("train_error", "validation_error", "rate_scale", "seconds", "samples_per_second", "free_steps")


def history_of(path: Path) -> Table:
    """Return one row for each epoch: errors, scale of the rates, time, speed, time steps of a free phase."""
    with opened(path) as run:
        columns = {name: run[paths.history(name)] for name in _COLUMNS}
    epochs = np.arange(1, 1 + len(columns["train_error"].data))
    return Table({"epoch": epochs, **{name: quantity.data for name, quantity in columns.items()}},
                 {name: quantity.unit for name, quantity in columns.items()})


def network_of(path: Path) -> Network:
    """Return the Network of a run file."""
    config = stored_config(path)
    with opened(path) as run:
        shape = tuple(run[paths.INPUT_SHAPE].data.tolist())
    return Network(config.network, shape, config.neurons)


def layers_of(network: Network, evaluation: Evaluation) -> Table:
    """Return one row for each layer, of an evaluation.

    units : neurons; sends : "spikes" or "states"; signals : per inference, spikes or non-zero states; rate : fraction
    of the units that send in a time step; silent, saturated : fraction of units at 0 and at the upper clip, NaN for the
    input
    """
    measures, names = measured_activity(network, evaluation), [layer.name for layer in network.layers]
    return Table({
        "layer": names, "units": [layer.units for layer in network.layers],
        "sends": ["states" if network.sends_states(name) else "spikes" for name in names],
        "signals": [measures["signals_by_layer"][name] for name in names],
        "rate": [measures["density_by_layer"][name] for name in names],
        "silent": [evaluation.silent.get(name, np.nan) for name in names],
        "saturated": [evaluation.saturated.get(name, np.nan) for name in names]})


class Synapses(Table):
    """What the weights are stored in, one row for each connection.

    weights, devices : how many; set_pulses, reset_pulses, verify_reads, refreshes : since fabrication, initial
    programming included; pulses_per_device : their mean; range_used : from the 5th to the 95th percentile of the
    conductances, over g_max - g_min [1], NaN for ideal synapses
    device : the Device, None for ideal synapses
    conductances : dict from connection to a dict from "plus", "minus", "reference" to the conductances [S]
    """

    def __init__(self, path: Path) -> None:
        config = stored_config(path)
        self._path, self.device = path, card_device(config)
        with opened(path) as run:
            shapes = {name: run.shape(paths.model("weights", name)) for name in run.names(paths.model("weights"))}
            self.conductances = conductances(devices(run))
            totals = _totals(run)
            kept = run[paths.wear()] if paths.wear() in run else {}
        self._kept = {name: quantity.data for name, quantity in kept.items()}
        sizes = {name: sum(values.size for values in self.conductances.get(name, {}).values()) for name in shapes}
        counted = {kind: [int(found.get(name, 0)) for name in shapes] for kind, found in totals.items()}
        pulses = np.add(counted["set_pulses"], counted["reset_pulses"])
        super().__init__({
            "connection": [*shapes], "weights": [int(np.prod(shape)) for shape in shapes.values()],
            "devices": [*sizes.values()], **counted,
            "pulses_per_device": pulses / np.maximum([*sizes.values()], 1),
            "range_used": [self._range_used(name) for name in shapes]})

    def _range_used(self, name: str) -> float:
        if self.device is None:
            return float("nan")
        low, high = np.percentile(np.concatenate([values.ravel() for values in self.conductances[name].values()]),
                                  (5, 95))
        return float(high - low) / self.device.span

    @cached_property
    def conductances_before(self) -> dict[str, dict]:
        """The conductances that the initial programming left, as `conductances`; {} for ideal synapses.

        They are programmed once more, which is deterministic.

        raises : ValueError where another version, or another run, has programmed them
        """
        network, config = network_of(self._path), stored_config(self._path)
        found, why_not = programmed(self._path, config, network, network.initial_weights(config.seed))
        if why_not:
            raise ValueError(f"conductances_before: are not known, since {why_not}; use conductances")
        return conductances(found)

    @property
    def wear(self) -> Table:
        """Devices by the pulses that they have received: lower edges of the bins, and a column for each connection."""
        return Table({"pulses": self._kept.get("edges", []),
                      **{name: counts for name, counts in self._kept.items() if name != "edges"}})


def _totals(run: RunOfTraining) -> dict[str, dict[str, int]]:
    """Return what programming took in all: dict from column to a dict from connection to a number."""
    names = texts(run[paths.programming("connections")])
    kinds = {"set_pulses": "set", "reset_pulses": "reset", "verify_reads": "verify", "refreshes": "refreshes"}
    return {column: dict(zip(names, run[paths.programming(kind)].data[-1].tolist())) for column, kind in kinds.items()}


class Spikes(Mapping):
    """Recorded time steps of the free phase: (sample, time, unit) by layer, bool, or int8 where spikes have sizes.

        run.spikes["conv1"].mean(axis=(0, 1)), run.spikes.of("conv1", "nudge+"), run.spikes.states("output")

    samples : indices among the test images; labels : their classes; steps : time steps that each free phase made
    phases : names of what was recorded
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        with opened(path) as run:
            if paths.RECORDS not in run:
                raise RunFileError(f"run file {path}: holds no recorded time steps; record some with "
                                   "run.record(layers=...)")
            self.samples, self.labels, self.steps = (run[paths.records(name)].data
                                                     for name in ("samples", "labels", "steps"))
            self.phases = [name for name in run.names(paths.RECORDS) if name not in ("samples", "labels", "steps")]
            self._layers = [name for name in run.names(paths.records("free"))
                            if paths.records("free", name, "spikes") in run]

    def __getitem__(self, layer: str) -> np.ndarray:
        return self.of(layer)

    def __iter__(self) -> Iterator[str]:
        return iter(self._layers)

    def __len__(self) -> int:
        return len(self._layers)

    def of(self, layer: str, phase: str = "free") -> np.ndarray:
        """Return the spikes of a layer in a phase, (sample, time, unit); raises RunFileError for what was not recorded.
        """
        return self._read(phase, layer, "spikes")

    def states(self, layer: str, phase: str = "free") -> np.ndarray:
        """Return the states of a layer in a phase, (sample, time, unit), NaN where a sample had stopped."""
        return self._read(phase, layer, "states")

    def raster(self, layer: str, phase: str = "free") -> np.ndarray:
        """Return where spikes are: int64 (spikes, 3), sample, time step and unit of each."""
        return np.argwhere(self.of(layer, phase))

    def to_frame(self) -> DataFrame:
        """Return one row for each spike of the free phase: layer, sample, time, unit."""
        rasters = {layer: self.raster(layer) for layer in self}
        joined = np.concatenate([np.zeros((0, 3), np.int64), *rasters.values()])
        names = [layer for layer, raster in rasters.items() for _ in range(len(raster))]
        return data_frame({"layer": names, **dict(zip(("sample", "time", "unit"), joined.T))})

    def _read(self, phase: str, layer: str, kind: str) -> np.ndarray:
        with opened(self._path) as run:
            return np.asarray(run[paths.records(phase, layer, kind)].data)

    def __repr__(self) -> str:
        return f"spikes of {', '.join(self)} for {len(self.samples)} test images, phases {', '.join(self.phases)}"


class Weights(Mapping):
    """Weights by connection, (C_out, C_in, k, k) or (out, in); biases : dict by layer."""

    def __init__(self, path: Path) -> None:
        with opened(path) as run:
            self._weights, self.biases = ({name: quantity.data for name, quantity in run[paths.model(group)].items()}
                                          for group in ("weights", "biases"))

    def __getitem__(self, connection: str) -> np.ndarray:
        return self._weights[connection]

    def __iter__(self) -> Iterator[str]:
        return iter(self._weights)

    def __len__(self) -> int:
        return len(self._weights)

    @property
    def table(self) -> Table:
        """One row for each connection: shape, mean, spread and largest size of its weights."""
        values = self._weights.values()
        return Table({"connection": [*self], "shape": [" x ".join(map(str, one.shape)) for one in values],
                      "mean": [one.mean(dtype=float) for one in values],
                      "spread": [one.std(dtype=float) for one in values],
                      "largest": [np.abs(one).max() for one in values]})

    def to_frame(self) -> DataFrame:
        """Return `table` as a DataFrame of pandas."""
        return self.table.to_frame()

    def __repr__(self) -> str:
        return repr(self.table)
