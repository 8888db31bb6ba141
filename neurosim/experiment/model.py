"""A network, its synapses and its optimiser, built from a configuration: what a training loop holds in its hands."""

import numpy as np

from neurosim.crossbar import IdealSynapses
from neurosim.learning.optimiser import Optimiser
from neurosim.network.activity import Census
from neurosim.network.graph import Network, per_connection
from neurosim.network.relaxation import Simulator


class Model:
    """Everything that learning changes, and the simulator that reads it.

    Weights and biases are those that the network draws, but the output biases begin at the mean target.

    config : Config; shape : of the prepared images (H, W, C); classes : number of classes
    threads : samples side by side; no result depends on it
    dtype : float32 to train, float64 for references
    """

    def __init__(self, config, shape, classes, threads=None, dtype=np.float32):
        self.config = config
        self.network = Network(config.network, shape, config.neurons)
        outputs = self.network.layers[-1].units
        if outputs != classes:
            raise ValueError(f"network.layers: the output layer has {outputs} units for {classes} classes; "
                             f"give it units = {classes}")
        self.simulator = Simulator(self.network, threads, dtype=dtype)
        self.census = Census(self.network)
        self.synapses = IdealSynapses(self.network.initial_weights(config.seed, dtype=dtype))
        self.biases = self.network.initial_biases(dtype)
        low, high = config.learning.targets
        self.biases[self.network.layers[-1].name][:] = low + (high - low) / classes
        rates = per_connection("optimiser.rates", config.optimiser.rates, self.network.connections)
        by_name = {c.name: rate for c, rate in zip(self.network.connections, rates)}
        for connection, rate in zip(self.network.connections, rates):
            by_name.setdefault(connection.upper, rate)
        self.optimiser = Optimiser(config.optimiser, by_name, {**self.synapses.weights, **self.biases})
        self.refresh()

    def refresh(self):
        """Load the weights as they are now into the simulator; raises ValueError when one is not finite."""
        self.simulator.load(self.synapses.effective(), self.biases, self.synapses.converter)

    def learn(self, products, scale):
        """Step down a gradient (Products) by the optimiser, at `scale` times the rates; mutates weights and biases."""
        changes = self.optimiser.step({**products.weights, **products.biases}, self.synapses.weights, scale)
        self.synapses.change({name: changes[name] for name in products.weights})
        for name in products.biases:
            self.biases[name] += changes[name]
        self.refresh()

    def answers(self, record):
        """Class with the largest mean output; int64 (samples,)."""
        return record.mean[:, self.simulator.slices[self.network.layers[-1].name]].argmax(axis=1)

    def stored(self):
        """Arrays to save, in two levels: {"weights": ..., "biases": ..., "velocity": ...}."""
        return {"weights": self.synapses.stored(), "biases": self.biases, "velocity": self.optimiser.velocity}

    def restore(self, stored):
        """Take back what `stored` returned, bit for bit; raises ValueError where it does not fit the network."""
        self.synapses.load(stored["weights"])
        for group, own in (("biases", self.biases), ("velocity", self.optimiser.velocity)):
            for name, values in own.items():
                if name not in stored[group] or stored[group][name].shape != values.shape:
                    raise ValueError(f"run file: {group} of {name} do not fit the network; "
                                     "was the file written for another one?")
                values[...] = stored[group][name]
        self.refresh()
