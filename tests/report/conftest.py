"""A run file with everything that a report shows, made without any training."""

import json

import numpy as np
import pytest

from neurosim.experiment.pipeline.evaluations import evaluation_tree, mistakes_tree
from neurosim.counts import READ_EVENTS, Counts
from neurosim.experiment.chip import card_numbers
from neurosim.experiment.config import parse_config
from neurosim.experiment.evaluation import Evaluation
from neurosim.experiment.ledger import counts_tree, programming_tree
from neurosim.results.schema import PHASES
from neurosim.network.graph import Network
from neurosim.results import Quantity, write_run
from neurosim.toml import to_toml
from runfiles import ATTRIBUTES, completed

SHAPE, TEST, EPOCHS = (8, 8, 1), 40, 2
HISTORY = {"train_error": [0.3, 0.1], "validation_error": [0.2, 0.15], "seconds": [2.0, 2.0],
           "samples_per_second": [50.0, 50.0]}
TEXT = """
[network]
layers = [{kind = "conv", channels = 3, kernel = 3, pool = "average"}, {kind = "dense", units = 3}]

[synapses]
ranges = 2.0

[optimiser]
rates = 0.1
"""


def q(data, unit="1", text="of a test"):
    return Quantity(np.asarray(data), unit, text)


def counts(network, rng, samples, steps):
    """Made-up events of every layer and read."""
    reads = [f"{c.name} {direction}" for c in network.connections for direction in ("forward", "backward")
             if direction == "forward" or c.lower != "input"]
    events = {read: {kind: int(rng.integers(1000, 9000)) for kind in READ_EVENTS if kind != "firings"}
              | {"firings": 0} for read in reads}
    return Counts(samples, samples * steps, {layer.name: int(rng.integers(1, 9) * samples) for layer in network.layers},
                  {read: int(rng.integers(1000, 9000)) for read in reads}, dict.fromkeys(reads, 90_000), events,
                  {read: 0.01 for read in reads})


def evaluation(network, rng):
    outputs = rng.uniform(0, 1, (TEST, 3)).astype(np.float32)
    silent = {layer.name: 0.25 for layer in network.layers[1:]}
    return Evaluation(outputs.argmax(axis=1), rng.integers(0, 3, TEST), outputs, counts(network, rng, TEST, 20),
                      silent, silent)


def records(network, rng):
    """Rasters of two images: the output fires in every step of the free phase, which stopped after 15 of 20 steps."""
    found = {}
    for phase, steps in (("free", 20), ("plus", 8), ("minus", 8)):
        spikes = {layer.name: rng.random((2, steps, layer.units)) < 0.3 for layer in network.layers[1:]}
        if phase == "free":
            spikes["output"][:] = np.arange(steps)[:, None] < 15
        found[phase] = {name: {"spikes": q(values)} for name, values in spikes.items()}
    return found | {"steps": q([15, 15]), "labels": q([2, 0]), "samples": q([0, 1])}


def tree(config, network, programming, epochs):
    rng = np.random.default_rng(3)
    found = evaluation(network, rng)
    weights = {name: values + 0.01 for name, values in network.initial_weights(config.seed).items()}
    rows = [counts(network, rng, 100, 20) for _ in range(epochs)]
    results = {"test": evaluation_tree(network, found) | {
        "mistakes": mistakes_tree(found, rng.integers(0, 255, (TEST, *SHAPE)).astype(np.uint8))}}
    content = {
        "history": {name: q(values[:epochs]) for name, values in HISTORY.items()},
        "spikes": {"free": q(np.ones((epochs, 3), int), text="by layer: input, conv1, output")},
        "model": {"weights": {name: q(values) for name, values in weights.items()},
                  "biases": {layer.name: q(np.zeros(layer.biases)) for layer in network.layers[1:]}},
        "ledger": {phase: counts_tree(rows) for phase in PHASES} | {
            "programming": programming_tree([{}] * (epochs + 1))},
        "results": results, "input_shape": q(SHAPE)}
    if config.synapses.device != "ideal":
        add_devices(content, weights, epochs)
    if programming:
        content["ledger"]["programming"] = programming_tree(programming)
    return content


def add_devices(content, weights, epochs):
    """Two devices for each weight at 5 and 6 uS; 7 set and 3 reset pulses per connection and epoch, 100 at first."""
    content["model"]["devices"] = {
        f"{name}.{role}.g": q(np.full(values.shape, level), "S") for name, values in weights.items()
        for role, level in (("plus", 6e-6), ("minus", 5e-6))}
    kinds = {"set": 7, "reset": 3, "verify": 0, "exposures": 50, "refreshes": 0, "set_siemens": 1e-4,
             "reset_siemens": 1e-4}
    content["ledger"]["programming"] = programming_tree(
        [{kind: {name: 100 + row * step for name in weights} for kind, step in kinds.items()}
         for row in range(epochs + 1)])
    wear = {name: q([0, values.size, values.size, 0]) for name, values in weights.items()}
    content["results"]["wear"] = {"edges": q([0, 1, 3, 10]), **wear}


@pytest.fixture(scope="session")
def write():
    """Function that writes a run file.

    programming : rows of the ledger, as `vars(ArrayCounts)` gives them; () = made-up ones
    """
    def of(path, *, device="choi-2018-epiram", settings=(), recorded=False, evaluated=True, programming=(),
           warnings=(), epochs=EPOCHS, **attributes):
        config = parse_config(TEXT, "a test", [f"synapses.device={device}", *settings])
        network = Network(config.network, SHAPE, config.neurons)
        content = tree(config, network, programming, epochs)
        if recorded:
            content["records"] = records(network, np.random.default_rng(4))
        if warnings:
            content["results"]["warnings"] = q(np.array(warnings, str))
        if not evaluated:
            content["results"] = {}
        write_run(path, completed(content, epochs), ATTRIBUTES | {
                                  "config": to_toml(config), "seed": 0, "version": "0", "epoch": epochs,
                                  "card": json.dumps(card_numbers(config)), **attributes})
        return path
    return of


@pytest.fixture
def make(tmp_path, write):
    """The same in a folder of this test, as run.h5 unless it is named."""
    def of(name="run.h5", **options):
        return write(tmp_path / name, **options)
    return of
