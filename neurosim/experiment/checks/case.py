"""What is checked: a network with its weights, a few images and their targets, all in float64."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np

from neurosim.crossbar import EffectiveWeights, Tiling
from neurosim.datasets import described, locations, prepare, statistics
from neurosim.experiment.changes import CALIBRATE, LEARNING, WRITE, changed
from neurosim.experiment.config import SynapseOptions, load_config
from neurosim.experiment.data import load_split
from neurosim.experiment.model import Model
from neurosim.experiment.runs import learnt, load_model
from neurosim.learning.phases import Phases
from neurosim.losses import LOSSES
from neurosim.network.graph import Network
from neurosim.engines import make_engine
from neurosim.neurons import LINEAR
from neurosim.streams import stream

if TYPE_CHECKING:
    from neurosim.engines import Engine
    from neurosim.experiment.config import Config
    from neurosim.losses import Loss

SAMPLES = 64
RUN_FILES = (".h5", ".hdf5")


@dataclass(frozen=True, kw_only=True)
class CheckCase:
    """A network under test.

    name : what the user called it
    network : Network; weights, biases : dicts of float64 arrays by connection and by layer
    phases : Phases, the settings under which its gradient is estimated, that of all samples
    images : float64 (samples, H, W, C) or (samples, units), or events; targets : float64 (samples, classes)
    source : where the images come from, in words
    seed : of every draw a check makes
    trained : whether the weights have learnt, so that little of the gradient is left
    """

    name: str
    network: Network
    weights: dict
    biases: dict
    phases: Phases
    images: np.ndarray
    targets: np.ndarray
    source: str = "images of the caller"
    seed: int = 0
    trained: bool = False

    @property
    def loss(self) -> Loss:
        """The Loss whose gradient is estimated."""
        return LOSSES[self.phases.loss]

    def first(self, samples: int) -> CheckCase:
        """Return the same with its first images only."""
        return dataclasses.replace(self, images=self.images[:samples], targets=self.targets[:samples])

    @property
    def changes(self) -> bool:
        """Whether what enters changes from step to step, so that there is no fixed point to come to."""
        return self.network.input == "events"

    @cached_property
    def still(self) -> np.ndarray:
        """What enters the rate network: the images or, of events, the mean of the frames of the free phase."""
        return np.asarray(self.network.source.still(self.images, self.phases.relaxed_steps), np.float64)

    def engine(self, **neurons: Any) -> Engine:
        """Return a float64 engine with the weights loaded; `neurons` change fields of its Neurons."""
        network = self.network
        if neurons:
            network = Network(network.spec, network.layers[0].shape, dataclasses.replace(network.neurons, **neurons))
        return loaded(network, self.weights, self.biases)

    def rate(self, epsilon: float = 0.5, **changes: Any) -> Engine:
        """Return a float64 engine of the same graph made of rate neurons with an analog input; linear ones stay linear.

        changes : of fields of its Neurons
        """
        neurons, spec = self.network.neurons, self.network.spec
        layers = tuple(dataclasses.replace(layer, neurons="linear" if own.law is LINEAR else "rate", parameters={})
                       for layer, own in zip(spec.layers, self.network.layers[1:]))
        neurons = dataclasses.replace(neurons, kind="rate", epsilon=epsilon, parameters={}, **changes)
        spec = dataclasses.replace(spec, input="analog", layers=layers)
        return loaded(Network(spec, self.network.layers[0].shape, neurons), self.weights, self.biases)


def loaded(network: Network, weights: dict[str, np.ndarray], biases: dict[str, np.ndarray],
           sums: str = "whole") -> Engine:
    """Return a float64 engine of a network with ideal synapses of these weights; sums : see `lay_out`."""
    engine = make_engine(network, tiling=Tiling(), sums=sums, dtype=np.float64)
    reload(engine, weights, biases)
    return engine


def reload(engine: Engine, weights: dict[str, np.ndarray], biases: dict[str, np.ndarray]) -> None:
    """Load other weights and biases of ideal synapses into an engine, which is MUTATED."""
    engine.load(EffectiveWeights(weights, weights), biases)


def load_case(name: str = "mnist", assignments: Sequence[str] = (), samples: int = SAMPLES) -> CheckCase:
    """Build the CheckCase that a preset, a TOML file or a run file names, with `key.path=value` overrides.

    Its images are random training images of the data set; random pixels where that is not on this machine. A preset or
    a TOML file has its initial weights, before a device takes them, a run file those it holds.

    raises : ValueError
    """
    if not str(name).endswith(RUN_FILES):
        return initial_case(load_config(name, assignments), name, samples)
    config, changes = changed(name, assignments, allowed=(LEARNING,))

    def programmed(model: Model) -> None:
        if WRITE in changes:
            model.write(*learnt(name), f"run file {name}")
        else:
            load_model(name, model, calibrated=CALIBRATE not in changes)
    return _case(config, f"{name} (trained weights)", samples, programmed)


def initial_case(config: Config, name: str, samples: int = SAMPLES) -> CheckCase:
    """Build the CheckCase of a configuration with its initial weights, before a device takes them; see `load_case`."""
    ideal = dataclasses.replace(config, synapses=SynapseOptions(), device={})
    return _case(ideal, f"{name} (initial weights)", samples)


def _case(config: Config, name: str, samples: int, programmed: Callable[[Model], None] | None = None) -> CheckCase:
    """programmed : function that gives a model the weights that it has learnt; None = the initial ones"""
    if config.network.feedforward:
        raise ValueError(f"check {name}: nothing flows back in a feedforward network, so that it has no energy, nudge "
                         "or adjoint to check; name one that learns by phases")
    images, labels, source = _images(config, samples)
    classes = described(config.data).classes
    model = Model.build(config, images.shape[-3:], classes, dtype=np.float64, programmed=programmed is None)
    if programmed:
        programmed(model)
    weights = {key: values.astype(np.float64) for key, values in model.synapses.weights.items()}
    return CheckCase(
        name=name, network=model.network, weights=weights, biases=model.biases, phases=_whole(config.learning),
        images=images if config.data.events else images.astype(np.float64),
        targets=config.learning.desired(labels, classes, np.float64), source=source, seed=config.seed,
        trained=programmed is not None)


def _whole(learning: Phases) -> Phases:
    """Phases that make the gradient of all samples by equilibrium propagation."""
    return dataclasses.replace(learning, rule="ep", error_threshold=0.0)


def _images(config: Config, samples: int) -> tuple[np.ndarray, np.ndarray, str]:
    known: Any = described(config.data)
    if not config.data.path and locations.find(known, "") is None:
        random = stream(config.seed, "check", "images")
        images = random.integers(256, size=(samples, *known.shape)).astype(np.uint8)
        labels = random.integers(known.classes, size=samples)
        return (prepare(images, config.data, statistics(images, config.data)), labels,
                f"{samples} images of random pixels, since the files of {known.name} are not on this machine")
    data = load_split(config)
    samples = min(samples, len(data.train_labels))
    chosen = stream(config.seed, "check", "samples").choice(len(data.train_labels), samples, replace=False)
    images = prepare(data.train_images[chosen], config.data, statistics(data.train_images, config.data))
    return images, data.train_labels[chosen], f"{samples} random training images of {known.name}"
