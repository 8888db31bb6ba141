"""What a configuration says about synapses, built: ideal numbers or devices, and the rule that changes them."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from neurosim.crossbar import IdealSynapses
from neurosim.crossbar.devices import DeviceSynapses, Electrics, Placement
from neurosim.crossbar.periphery import Periphery
from neurosim.crossbar.tiling import Tiling
from neurosim.learning.pulses import DigitalRule, DirectUpdate
from neurosim.learning.stochastic_pulses import TrainRule
from neurosim.learning.transfer import TransferRule, VerifyRule
from neurosim.measurements.csv import read_steps
from neurosim.measurements.hdf5 import read_steps as read_hdf5_steps
from neurosim.memristor.device import load_device, with_defaults
from neurosim.memristor.laws import LAWS
from neurosim.network.graph import per_connection
from neurosim.streams import derived_seed

if TYPE_CHECKING:
    from neurosim.crossbar.tiling import Floorplan
    from neurosim.experiment.config import Config
    from neurosim.measurements.types import StepTable
    from neurosim.memristor.device import Device
    from neurosim.network.graph import Network

#: Pulse rules that send trains instead of digital counts, by their name in a configuration.
TRAINS = {"trains": "difference", "two-phase": "two-phase"}


def tiling(config: Config) -> Tiling:
    """Return how the arrays of a configuration are cut into tiles; returns Tiling. Ideal synapses lie like pairs."""
    mapping = config.synapses.mapping if not config.synapses.ideal else "pair"
    return Tiling(size=config.array.tile, devices=2 if mapping == "pair" else 1, reference=mapping == "reference",
                  negative=config.readout.negative)


def make_periphery(config: Config, network: Network, floorplans: dict[str, Floorplan]) -> Periphery:
    """Build the readout circuits of a network; returns Periphery.

    floorplans : dict of Floorplans by connection
    """
    reads = {(connection.name, forward): floorplans[connection.name] for connection, forward in network.reads()}
    return Periphery(config.readout, config.array.mux, reads, placement(config, network).ranges, config.seed)


def make_synapses(config: Config, network: Network, weights: dict[str, np.ndarray], floorplans: dict[str, Floorplan],
                  threads: int | None = None) -> IdealSynapses | DeviceSynapses:
    """Build the synapses of a network: ideal ones hold the weights, devices are as fabricated and wait for `write`.

    weights : dict of initial weights by connection; floorplans : dict of their Floorplans
    """
    device = card_device(config)
    if device is None:
        return IdealSynapses(weights)
    return DeviceSynapses(device, weights, placement(config, network), config.seed,
                          measured_table(device, config.synapses.tables), threads,
                          Electrics(floorplans=floorplans, array=config.array, readout=config.readout),
                          programmed=False)


def card_device(config: Config) -> Device | None:
    """Return the Device of a configuration, with its changes by [device]; None for ideal synapses."""
    return None if config.synapses.ideal else load_device(config.synapses.device, config.device)


def card_numbers(config: Config) -> dict:
    """Return law and numbers of the card that a configuration names, before any change by [device].

    {} for ideal synapses.
    """
    if config.synapses.ideal:
        return {}
    device = load_device(config.synapses.device)
    return {"law": device.law, "steps_follow": device.steps_follow, "worn": device.worn, "table": device.table,
            **device.values}


def card_then(kept: Any) -> dict[str, Any]:
    """Return what `card_numbers` returned when a run file was written, with the keys that cards did not have then."""
    return with_defaults({"steps_follow": "own range", **kept}) if kept else {}


def placement(config: Config, network: Network) -> Placement:
    """Return how the weights of a network are put on the chip; returns Placement."""
    options = config.synapses
    gains = per_connection("network.gains", config.network.gains, network.connections)
    factors = per_connection("synapses.ranges", options.ranges, network.connections)
    dead = [c.name for c, gain in zip(network.connections, gains) if not gain]
    if dead and (not options.ideal or config.readout.kind != "ideal"):
        raise ValueError(f"network.gains: 0 leaves {dead[0]} without a range, which devices and converters have in "
                         "units of the largest initial weight; give a positive gain")
    ranges = {connection.name: factor * gain / np.sqrt(connection.fan_in)
              for connection, gain, factor in zip(network.connections, gains, factors)}
    return Placement(mapping=options.mapping, programming=options.programming, ranges=ranges,
                     tolerance=options.tolerance, rounds=options.rounds, tile=config.array.tile)


def measured_table(device: Device, folder: Path | str,
                   option: str = "--set synapses.tables=FOLDER") -> StepTable | None:
    """Return the table of measured steps that a card of the law "table" names, a StepTable; None for other laws.

    folder : holds the table as a folder of CrossSim's two text files, or as an HDF5 file NAME.h5
    option : of the command line that names the folder
    raises : ValueError that says what is missing
    """
    if not LAWS[device.law].tabular:
        return None
    if not folder:
        raise ValueError(f"device card {device.stem}.toml: its steps were measured, in a table that does not ship; "
                         f"name the folder that holds {device.table!r} with {option}")
    texts, file = Path(folder) / device.table, Path(folder) / f"{device.table}.h5"
    if not (texts.is_dir() or file.is_file()):
        raise ValueError(f"device card {device.stem}.toml: its table of measured steps, {device.table} or "
                         f"{device.table}.h5, is not in the folder {folder}; name the one that holds it with {option}")
    table = read_hdf5_steps(file) if file.is_file() else read_steps(texts)
    table.check_device(device)
    return table


def make_update(config: Config, weights: dict[str, np.ndarray], synapses: Any) -> Any:
    """Build what updates synapses: DirectUpdate of exact ones, otherwise the pulse rule that a configuration names.

    weights : dict of the weights that the synapses begin with; synapses : also a model for a second array
    returns : a rule, with `prepare` before the first update or `load`, `apply` and `stored`
    """
    if not synapses.pulsed:
        return DirectUpdate()
    rule, options = config.synapses.pulses, config.synapses
    if rule in TRAINS:
        return TrainRule(TRAINS[rule], config.seed, options.slots, synapses.threads)
    if rule == "tiki-taka":
        fast = synapses.another(derived_seed(config.seed, "fast array"))
        return TransferRule(fast, config.seed, options.transfer_every, options.transfer_rate)
    if rule == "write-verify":
        return VerifyRule(weights)
    return DigitalRule(rule, config.seed, weights)
