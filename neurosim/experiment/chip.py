"""What a configuration says about synapses, built: ideal numbers or devices, and the rule that changes them."""

from functools import partial

import numpy as np

from neurosim.crossbar import IdealSynapses
from neurosim.crossbar.devices import DeviceSynapses, Placement
from neurosim.learning.pulses import DigitalRule, DirectUpdate
from neurosim.learning.trains import TrainRule
from neurosim.learning.transfer import TransferRule, VerifyRule
from neurosim.memristor.device import load_device
from neurosim.network.graph import per_connection
from neurosim.streams import derived_seed

#: Pulse rules that send trains instead of digital counts, by their name in a configuration.
TRAINS = {"trains": "difference", "two-phase": "two-phase"}


def make_synapses(config, network, weights, threads=None):
    """Build the synapses of a network and what updates them.

    weights : dict of initial weights by connection
    returns : Synapses and an update, DirectUpdate or a pulse rule
    """
    if config.synapses.device == "ideal":
        return IdealSynapses(weights), DirectUpdate()
    device = load_device(config.synapses.device, config.device)
    make = partial(DeviceSynapses, device, placement=placement(config, network), threads=threads)
    synapses = make(weights, seed=config.seed)
    return synapses, _pulse_rule(config, weights, synapses.threads, make)


def placement(config, network):
    """How the weights of a network are put on the chip; returns Placement."""
    options = config.synapses
    gains = per_connection("network.gains", config.network.gains, network.connections)
    factors = per_connection("synapses.ranges", options.ranges, network.connections)
    ranges = {connection.name: factor * gain / np.sqrt(connection.fan_in)
              for connection, gain, factor in zip(network.connections, gains, factors)}
    return Placement(mapping=options.mapping, programming=options.programming, ranges=ranges,
                     tolerance=options.tolerance, rounds=options.rounds)


def _pulse_rule(config, weights, threads, make):
    rule, options = config.synapses.pulses, config.synapses
    if rule in TRAINS:
        return TrainRule(TRAINS[rule], config.seed, options.slots, threads)
    if rule == "tiki-taka":
        zeros = {name: np.zeros_like(values) for name, values in weights.items()}
        fast = make(zeros, seed=derived_seed(config.seed, "fast array"))
        return TransferRule(fast, config.seed, options.transfer_every, options.transfer_rate)
    if rule == "write-verify":
        return VerifyRule(weights)
    return DigitalRule(rule, config.seed, weights)
