"""Subjects of the checks: small networks of every kind, and one that stays inside its clips."""

import dataclasses

import numpy as np

import graphs
from neurosim.experiment.checks import CheckCase
from neurosim.experiment.checks.gradient import interior_case
from neurosim.learning.phases import Phases
from neurosim.network.graph import Network


def case_of(name, neurons=graphs.RATE, phases=Phases(), gain=0.6):
    """One of the networks of tests/graphs.py, weakly coupled so that it settles fast."""
    network = graphs.build(name, neurons)
    weights, biases = graphs.parameters(network, gain=gain)
    images, targets = graphs.samples(network)
    return CheckCase(name=name, network=network, weights=weights, biases=biases, phases=phases, images=images,
                     targets=targets)


def interior_spiking(neurons, phases=Phases(), samples=8):
    """The network of the bias orders made of spiking neurons: its outputs stay inside [0, 1]."""
    case = interior_case()
    random = np.random.default_rng(2)
    return dataclasses.replace(
        case, network=Network(case.network.spec.layers, (5, 5, 1), neurons), phases=phases,
        images=random.random((samples, 5, 5, 1)), targets=np.eye(3)[random.integers(3, size=samples)])
