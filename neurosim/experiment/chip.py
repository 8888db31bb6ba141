"""What a configuration says about synapses, built: ideal numbers or devices, and the rule that changes them."""

import numpy as np

from neurosim.crossbar import IdealSynapses
from neurosim.crossbar.devices import DeviceSynapses, Placement
from neurosim.learning.pulses import DigitalRule, DirectUpdate
from neurosim.learning.trains import TrainRule
from neurosim.memristor.device import load_device
from neurosim.network.graph import per_connection

#: Pulse rules that send trains instead of digital counts, by their name in a configuration.
TRAINS = {"trains": "difference", "two-phase": "two-phase"}


def make_synapses(config, network, weights, threads=None):
    """Build the synapses of a network and what updates them.

    weights : dict of initial weights by connection
    returns : Synapses and an update, DirectUpdate or a pulse rule
    """
    options = config.synapses
    if options.device == "ideal":
        return IdealSynapses(weights), DirectUpdate()
    device = load_device(options.device, config.device)
    synapses = DeviceSynapses(device, weights, placement(config, network), config.seed, None, threads)
    if options.pulses in TRAINS:
        return synapses, TrainRule(TRAINS[options.pulses], config.seed, options.slots, synapses.threads)
    return synapses, DigitalRule(options.pulses, config.seed, weights)


def placement(config, network):
    """How the weights of a network are put on the chip; returns Placement."""
    options = config.synapses
    gains = per_connection("network.gains", config.network.gains, network.connections)
    factors = per_connection("synapses.ranges", options.ranges, network.connections)
    ranges = {connection.name: factor * gain / np.sqrt(connection.fan_in)
              for connection, gain, factor in zip(network.connections, gains, factors)}
    return Placement(mapping=options.mapping, programming=options.programming, ranges=ranges,
                     tolerance=options.tolerance, rounds=options.rounds)
