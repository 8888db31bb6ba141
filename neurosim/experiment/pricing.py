"""What a run file counted, as workloads that can be priced."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from neurosim.cards import card_names
from neurosim.counts import Counts
from neurosim.crossbar.wires import cells_of, gain
from neurosim.energy import load_prices
from neurosim.energy.prices import BASELINES, FOLDER
from neurosim.energy.chip import Array, Chip, Programming, Workload
from neurosim.experiment.chip import TRAINS, card_device, tiling
from neurosim.experiment.ledger import read_counts, read_phases, read_programming
from neurosim.experiment.runs import opened, stored_config
from neurosim.learning.estimator import FREE
from neurosim.network.graph import Network
from neurosim.results import RunFileError, paths
from neurosim.tables import abbreviated, nearest

if TYPE_CHECKING:
    from neurosim.energy.prices import PriceCard
    from neurosim.experiment.config import Config

_COSTS = ("energy.", "price.")    #: keys of a configuration that decide about prices alone
_FAST = ("the fast array of tiki-taka pays for its pulses and its reads with the array that it feeds; its devices and "
         "circuits take no area here and do not leak")


def prices_of(config: Config, card: Path | str | None = None, node: float | None = None) -> PriceCard:
    """Return the PriceCard of a configuration, with its changes by [price].

    card : another one that is asked for, whose numbers stay as they are; node : another node [nm]
    raises : ValueError, also for the card that ships of digital hardware, which prices no chip
    """
    _refuse_no_chip(card or config.energy.prices)
    if card:
        return load_prices(card, node)
    return load_prices(config.energy.prices, config.energy.node if node is None else node, config.price)


def _refuse_no_chip(card: Path | str) -> None:
    chips = [name for name in card_names(FOLDER) if name != BASELINES]
    if Path(card).suffix != ".toml" and str(card) not in chips:
        why = "prices digital hardware and no chip" if str(card) == BASELINES else "unknown"
        raise ValueError(f"price card {abbreviated(str(card))}: {why}{nearest(str(card), chips)}")


def prices_elsewhere(prices: PriceCard) -> PriceCard:
    """Return the PriceCard of digital hardware, at the node and supply of a chip's prices where they have one."""
    others = load_prices(BASELINES)
    return others if prices.node is None else others.at_node(prices.node, prices.supply)


def repriced_config(path: Path | str, assignments: Sequence[str] = ()) -> Config:
    """Return configuration of a run file with overrides of what it costs, keys of [energy] and [price]; returns Config.

    raises : ValueError, also for other keys: what was counted is what the run did
    """
    for assignment in assignments:
        if not assignment.startswith(_COSTS):
            raise ValueError(f"--set {assignment}: the run has been counted as it was, and only what it costs can be "
                             f"changed afterwards; give keys that begin with {' or '.join(_COSTS)}")
    return stored_config(path, assignments)


def workloads(path: Path | str, assignments: Sequence[str] = ()) -> dict[str, Workload | None]:
    """Turn a run file into {"inference": Workload or None, "training": Workload or None}.

    Inference is the evaluation on the test images; a run that was not evaluated has none. Training counts all epochs
    without the initial programming, which both have as `initial`; there is none of backpropagation, which no chip does.
    assignments : as for `repriced_config`
    raises : ValueError when neither was counted
    """
    config = repriced_config(path, assignments)
    with opened(path) as run:
        tested = paths.evaluation("test", paths.LEDGER)
        inference = sum(read_counts(run, tested), Counts()) if tested in run else None
        training = {phase: sum(rows, Counts()) for phase, rows in read_phases(run, config.learning).items()}
        programming = read_programming(run, paths.programming())
        shape = tuple(run[paths.INPUT_SHAPE].data.tolist())
    if inference is None and not training[FREE].samples:
        raise RunFileError(f"run file {path}: nothing is counted in it yet; train for at least one epoch")
    network = Network(config.network, shape, config.neurons)
    learns = bool(training[FREE].samples) and not config.learning.goes_back
    initial = {name: Programming(**{kind: counter.get(name, 0) for kind, counter in programming[0].items()})
               for name in programming[0]["set"]}
    return {"inference": None if inference is None else inference_workload(config, network, inference, initial),
            "training": _training(config, chip_of(config, network), training, programming, initial)
            if learns else None}


def inference_workload(config: Config, network: Network, counts: Counts,
                       initial: dict[str, Programming] | None = None) -> Workload:
    """Return the Workload of an evaluation.

    counts : Counts of its free phases; initial : dict from connection to Programming before the first sample
    """
    return Workload(chip=chip_of(config, network), phases={"inference": counts}, samples=counts.samples,
                    initial=initial or {})


def _training(config: Config, chip: Any, phases: Any, programming: Any, initial: Any) -> Workload:
    first, last = programming[0], programming[-1]
    costs = {array.name: Programming(**{kind: counter.get(array.name, 0) - first[kind].get(array.name, 0)
                                        for kind, counter in last.items()}) for array in chip.arrays}
    samples, a_sample = phases[FREE].samples, sum(phase.name != FREE for phase in config.learning.listed())
    taught = sum(counts.samples for phase, counts in phases.items() if phase != FREE) // a_sample
    updates = taught if config.synapses.update == "sample" else samples // config.training.batch
    return Workload(chip=chip, phases={phase: counts for phase, counts in phases.items() if counts.samples},
                    samples=samples, programming=costs, initial=initial, updates=updates, taught=taught,
                    products=sum(1 for phase in config.learning.listed() if phase.weight),
                    simulated="in-situ" if config.synapses.pulses in TRAINS else "digital",
                    uncounted=(_FAST,) if config.synapses.pulses == "tiki-taka" else ())


def chip_of(config: Config, network: Network) -> Chip:
    """Return the Chip of a configuration; ideal synapses are priced as pairs of a generic device."""
    cut = tiling(config)
    arrays = []
    for connection in network.connections:
        plan = connection.floorplan(cut)
        ends = [network.layers[network.index(name)] for name in (connection.lower, connection.upper)]
        bits = [config.readout.dac_bits or 8 if layer.sends_states else layer.bits for layer in ends]
        signed = [_negative(layer, config) for layer in ends]
        arrays.append(Array(
            name=connection.name, lower=connection.lower, upper=connection.upper, rows=plan.rows, columns=plan.upper,
            **connection.position_counts(), devices_per_weight=cut.devices,
            reference_columns=plan.column_tiles * cut.reference, row_tiles=plan.row_tiles,
            column_tiles=plan.column_tiles, backward=network.returns(connection), forward_bits=bits[0],
            backward_bits=bits[1], forward_negative=signed[0], backward_negative=signed[1]))
    layers = {layer.name: layer.units for layer in network.layers
              if layer.name != "input" or network.source.encodes}
    *first, last = [tuple(network.layers[place].name for place in moving) for moving in network.sweeps]
    return Chip(arrays=tuple(arrays), layers=layers, sweeps=(*first, (network.layers[0].name, *last)),
                tile=config.array.tile, mux=config.array.mux, read_seconds=config.readout.seconds,
                readout=config.readout.kind, adc_bits=config.readout.bits,
                architecture=config.readout.architecture, half_select=config.energy.half_select,
                neuron_circuits=config.energy.neuron_circuits, **_device(config))


def _negative(layer: Any, config: Config) -> str:
    """Return how the signals of a layer that are below 0 drive a line: "none", if there are none, or as [readout] says.
    """
    below = config.data.normalise != "unit" if layer.name == "input" and layer.sends_states else layer.negative
    return config.readout.negative if below else "none"


def _device(config: Config) -> dict:
    """Return voltages, widths and mean conductance of the device, fields of Chip."""
    device = card_device(config)
    if device is None:
        return {}
    return {"read_voltage": device["read_voltage"], "set_voltage": device["set_voltage"],
            "set_seconds": device["set_width"], "reset_voltage": device["reset_voltage"],
            "reset_seconds": device["reset_width"],
            "mean_conductance": (device["g_min"] + device["g_max"]) / 2,
            "gain": lambda voltage: gain(cells_of(device), voltage, device["read_voltage"])}
