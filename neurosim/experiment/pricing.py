"""What a run file counted, as workloads that can be priced."""

import numpy as np

from neurosim.counts import Counts
from neurosim.energy import load_prices
from neurosim.energy.chip import Array, Chip, Programming, Workload
from neurosim.experiment.chip import TRAINS, card_device, tiling
from neurosim.experiment.config import parse_config
from neurosim.experiment.ledger import read_counts, read_programming
from neurosim.experiment.runs import opened
from neurosim.network.graph import Network
from neurosim.network.plan import floorplan_of
from neurosim.results import RunFileError
from neurosim.results.schema import PHASES


def prices_of(config, card=None, node=None):
    """The PriceCard of a configuration, with its changes by [price].

    card : another one that is asked for, whose numbers stay as they are; node : another node [nm]
    raises : ValueError
    """
    if card:
        return load_prices(card, node)
    return load_prices(config.energy.prices, config.energy.node if node is None else node, config.price)


def workloads(path):
    """Turn a run file into {"inference": Workload or None, "training": Workload or None}.

    Inference is the evaluation on the test images; a run that was not evaluated has none. Training counts all epochs
    without the initial programming.
    raises : ValueError when neither was counted
    """
    with opened(path) as run:
        config = parse_config(run.attributes["config"], f"run file {path}")
        inference = sum(read_counts(run, "results/test/ledger"), Counts()) if "results/test/ledger" in run else None
        training = {phase: sum(read_counts(run, f"ledger/{phase}"), Counts()) for phase in PHASES}
        programming = read_programming(run, "ledger/programming")
        shape = tuple(run["input_shape"].data.tolist())
    if inference is None and not training["free"].samples:
        raise RunFileError(f"run file {path}: nothing is counted in it yet; train for at least one epoch")
    network = Network(config.network, shape, config.neurons)
    learns = bool(training["free"].samples)
    return {"inference": None if inference is None else inference_workload(config, network, inference),
            "training": _training(config, chip_of(config, network), training, programming) if learns else None}


def inference_workload(config, network, counts):
    """The Workload of an evaluation.

    counts : Counts of its free phases
    """
    return Workload(chip=chip_of(config, network), phases={"inference": counts}, samples=counts.samples)


def _training(config, chip, phases, programming):
    first, last = programming[0], programming[-1]
    costs = {array.name: Programming(**{kind: counter.get(array.name, 0) - first[kind].get(array.name, 0)
                                        for kind, counter in last.items()}) for array in chip.arrays}
    samples = phases["free"].samples
    updates = samples if config.synapses.update == "sample" else samples // config.training.batch
    return Workload(chip=chip, phases={phase: counts for phase, counts in phases.items() if counts.samples},
                    samples=samples, programming=costs, updates=updates,
                    simulated="in-situ" if config.synapses.pulses in TRAINS else "digital")


def chip_of(config, network):
    """The Chip of a configuration; ideal synapses are priced as pairs of a generic device."""
    cut = tiling(config)
    arrays = []
    for connection in network.connections:
        lower = network.layers[network.index(connection.lower)]
        plan = floorplan_of(connection, lower.map_shape, cut)
        pool = connection.pool_size if connection.pool != "none" else 1
        windows = int(np.prod([side // pool * pool for side in connection.map_shape[:2]]))
        bits = [config.readout.dac_bits or 8 if network.sends_states(name) else 1
                for name in (connection.lower, connection.upper)]
        arrays.append(Array(
            name=connection.name, lower=connection.lower, upper=connection.upper, rows=plan.rows, columns=plan.upper,
            windows=windows if connection.kind == "conv" else 1, devices_per_weight=cut.devices,
            reference_columns=plan.column_tiles * cut.reference, row_tiles=plan.row_tiles,
            column_tiles=plan.column_tiles, backward=connection.lower != "input", forward_bits=bits[0],
            backward_bits=bits[1]))
    layers = {layer.name: layer.units for layer in network.layers
              if layer.name != "input" or network.input == "spikes"}
    return Chip(arrays=tuple(arrays), layers=layers, tile=config.array.tile, mux=config.array.mux,
                read_seconds=config.readout.seconds, readout=config.readout.kind, adc_bits=config.readout.bits,
                architecture=config.readout.architecture, **_device(config))


def _device(config):
    """Voltages, widths and mean conductance of the device, fields of Chip."""
    device = card_device(config)
    if device is None:
        return {}
    return {"read_voltage": device["read_voltage"], "set_voltage": device["set_voltage"],
            "set_seconds": device["set_width"], "reset_voltage": device["reset_voltage"],
            "reset_seconds": device["reset_width"],
            "mean_conductance": (device["g_min"] + device["g_max"]) / 2}
