"""A network, its synapses and its optimiser, built from a configuration: what a training loop holds in its hands."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from typing import TYPE_CHECKING, Any, Self

import numpy as np

from neurosim.counts import Counts
from neurosim.engines import Engine, Record, make_engine
from neurosim.experiment.chip import make_periphery, make_synapses, make_update, tiling
from neurosim.learning.averaging import Average
from neurosim.learning.optimiser import make_optimiser
from neurosim.learning.phases import PhaseRecords, free_phase
from neurosim.learning.pulses import Step
from neurosim.learning.rule import Lesson, factors, joined
from neurosim.learning.sharing import WHOLE, Sharing
from neurosim.losses import LOSSES, Loss
from neurosim.network.graph import Network, per_connection
from neurosim.streams import counter_key
from neurosim.summaries import Summarised, Summary
from neurosim.whole import counted

if TYPE_CHECKING:
    from neurosim.experiment.config import Config

AVERAGED = np.float32(0.1)    #: share of the newest batch in an average over batches [1]
OBSERVED = 8    #: images whose sums are counted at once, which takes memory for each of them


class Model(Summarised):
    """Everything that learning changes, and the engine that reads it.

    Weights and biases are those that the network draws, but to the output biases is added where the loss prefers no
    class: the mean target of a squared error.

    config : Config; engine : Engine of its network, which gives the precision of weights and biases
    classes : number of classes; threads : of what programs devices; no result depends on it
    programmed : False leaves the chip as it was fabricated and the engine empty, for `restore`
    """

    def __init__(self, config: Config, engine: Engine, classes: int, threads: int | None = None,
                 programmed: bool = True) -> None:
        self.config, self.engine, self.network, dtype = config, engine, engine.network, engine.dtype
        outputs = self.network.layers[-1].units
        if outputs != classes:
            raise ValueError(f"network.layers: the output layer has {counted(outputs, 'unit')} for "
                             f"{counted(classes, 'class', 'classes')}; give it units = {classes}")
        weights = self.network.initial_weights(config.seed, dtype=dtype)
        floorplans = self.network.floorplans(tiling(config))
        self.synapses = make_synapses(config, self.network, weights, floorplans, threads)
        self.periphery = make_periphery(config, self.network, floorplans)
        self.biases = self.network.initial_biases(dtype, config.seed)
        self.loss: Loss = LOSSES[config.learning.loss]
        initial = self.loss.initial_output(config.learning.targets, classes)
        self.biases[self.network.layers[-1].name][:] += initial
        rates = per_connection("optimiser.rates", config.optimiser.rates, self.network.connections)
        by_name = {c.name: rate for c, rate in zip(self.network.connections, rates)}
        for connection, rate in zip(self.network.connections, rates):
            by_name.setdefault(connection.upper, rate)
            by_name.setdefault(f"{connection.upper}.scale", rate)
        learnt = {name: values for name, values in self.biases.items() if name not in self.network.averaged}
        self.optimiser = make_optimiser(config.optimiser, by_name, weights, learnt)
        self.average = Average(config.training.average, {**weights, **self.biases})
        if programmed:
            self.synapses.write(weights)
            self._begin(weights)
        else:
            self.update = make_update(config, weights, self.synapses)

    def _begin(self, weights: dict[str, np.ndarray]) -> None:
        """Begin to learn from the weights that were written."""
        self.synapses.begin()
        self.update = make_update(self.config, weights, self.synapses)
        self.update.prepare(self.synapses)
        self.refresh()

    @classmethod
    def build(cls, config: Config, shape: tuple, classes: int, threads: int | None = None,
              dtype: type[np.floating] = np.float32, programmed: bool = True) -> Self:
        """Return the Model of a Config on the engine that it names.

        shape : of the prepared images (H, W, C); threads : samples side by side; no result depends on it
        dtype : float32 to train, float64 for references; programmed : False leaves the chip to `restore`
        """
        network = Network(config.network, shape, config.neurons)
        sums = "whole" if config.readout.exact else "tiles"
        engine = make_engine(network, config.engine, threads=threads, tiling=tiling(config), sums=sums, dtype=dtype)
        return cls(config, engine, classes, threads, programmed)

    def summary(self) -> Summary:
        """Return the Summary of the network, and what its synapses, engine and learning are."""
        config, found = self.config, self.network.summary(tiling(self.config))
        told = "ideal numbers" if config.synapses.ideal else (
            f"devices {config.synapses.device}, changed by the rule {config.synapses.pulses!r}")
        remarks = (f"synapses: {told}", f"engine: {type(self.engine).__name__}, {self.engine.dtype}",
                   f"learning: {config.learning.estimator} estimator, optimiser {config.optimiser.kind}, loss "
                   f"{config.learning.loss}")
        return replace(found, heading=f"Model of a {found.heading[0].lower()}{found.heading[1:]}",
                       remarks=(*found.remarks, *remarks))

    def refresh(self) -> None:
        """Load the weights as they are now into the engine; raises ValueError when one is not finite."""
        self._effective = self.synapses.effective()
        self._load()

    def _load(self) -> None:
        readout = None if self.config.readout.exact else self.periphery.readout(self._effective)
        self.engine.load(self._effective, self.biases, readout)

    def calibrate(self, images: np.ndarray) -> None:
        """Fit the ranges of the converters to the sums of free phases, as they are now; mutates the periphery.

        The sums are those of the chip at work, with its ranges of before. Where it has none, a first look through
        amplifiers finds some to begin with.

        images : prepared training images, float (samples, H, W, C)
        """
        if self.periphery.calibrates:
            for _ in range(2 if self.periphery.uncalibrated else 1):
                self.periphery.calibrate(self._sums(images))
                self._load()

    def convert_by(self, ranges: dict[str, np.ndarray]) -> None:
        """Give the converters the ranges that `Periphery.stored` returned; mutates the periphery."""
        self.periphery.load(ranges)
        self._load()

    def refuse_uncalibrated(self) -> None:
        """Raise ValueError where converters wait for a calibration: they would convert without loss."""
        if self.periphery.uncalibrated:
            raise ValueError(f'readout.range: "{self.config.readout.range}" converters have no ranges before a '
                             "calibration; call Training.calibrate() first")

    def _sums(self, images: np.ndarray) -> Any:
        """Return sums in front of the converters in each bin, dict from (connection, forward) to int64 (slices, BINS).
        """
        names = counter_key(self.config.seed, "samples of calibrations") + np.arange(len(images), dtype=np.uint64)
        total: dict = {}
        for first in range(0, len(images), OBSERVED):
            part = slice(first, first + OBSERVED)
            state = self.engine.rest(len(images[part]), names[part])
            record = free_phase(self.engine, state, images[part], self.config.learning, observe=True)
            for read, sums in self.engine.observed(record).items():
                total[read] = total.get(read, 0) + sums
        return total

    def count(self, record: Record) -> Counts:
        """Return Counts of one Record, as the synapses are now."""
        return self.engine.count(record, self._effective.siemens)

    def learn(self, records: Lesson, scale: float) -> list[Step]:
        """Learn from what `study` found of one batch, see `learn_parts`."""
        return self.learn_parts([records], scale)

    @np.errstate(over="ignore", invalid="ignore")    # what overflows is refused by synapses and engine
    def learn_parts(self, parts: Sequence[Lesson], scale: float, sharing: Sharing = WHOLE) -> list[Step]:
        """Learn from what `study` found of one batch, at `scale` times the rates; mutates weights and biases.

        parts : what it found of the parts of the batch, one by one
        sharing : of the batch among ranks, where the parts are those of this one
        returns : list of the Steps that the synapses were asked for, one for the batch or one per sample
        raises : ValueError where states or changes are not numbers any more, or more than devices can be asked for
        """
        for part in parts:
            self._refuse_lost(part)
        if self.config.synapses.update == "sample":
            share = scale / sum(map(len, parts))
            steps = [self._step([one], share, WHOLE) for part in parts if isinstance(part, PhaseRecords)
                     for one in part.singly()]
        else:
            steps = [self._step(parts, scale, sharing)]
        relaxed = sharing.total(sum(int(record.steps.sum()) for part in parts for record in part.by_phase.values()))
        self.synapses.set_time(self.synapses.time + relaxed * self.config.synapses.step_seconds)
        if self.average.span:
            self.average.add(self._parameters())
        self.refresh()
        return steps

    def _refuse_lost(self, records: Lesson) -> None:
        """Raise ValueError that names the layers whose states are not finite numbers, in the first such phase."""
        for phase, record in records.by_phase.items():
            if np.isfinite(record.mean).all():
                continue
            lost = [layer.name for layer in self.network.layers
                    if not np.isfinite(record.mean[:, self.engine.slices[layer.name]]).all()]
            raise ValueError(f"network: the states of {', '.join(lost)} contain NaN or infinity in the phase "
                             f"{phase}; lower the learning rates or start again")

    def _step(self, parts: Sequence[Lesson], scale: float, sharing: Sharing) -> Step:
        products, samples = sharing.gradient(self.engine, parts), sum(map(len, parts))
        changes = self.optimiser.step({**products.weights, **products.biases},
                                      {**self._effective.forward, **self.biases}, scale)
        factor, potentials = scale / (parts[0].moment * samples), self.network.gradient_factors
        step = Step({name: changes[name] for name in products.weights},
                    {name: self.optimiser.rates[name] * factor * potentials[name] for name in products.weights},
                    lambda name: factors(self.engine, joined(parts), name))
        self.update.apply(self.synapses, step)
        for name in products.biases:
            self.biases[name] += changes[name]
        for name, value in products.averaged.items():
            self.biases[name] += AVERAGED * (value - self.biases[name])
        return step

    @contextmanager
    def shelved(self) -> Iterator[None]:
        """Within the block the chip has lain for `synapses.shelf_seconds` since it learnt, and has drifted."""
        now = self.synapses.time
        self.synapses.set_time(now + self.config.synapses.shelf_seconds)
        self.refresh()
        try:
            yield
        finally:
            self.synapses.set_time(now)
            self.refresh()

    @contextmanager
    def averaged(self) -> Iterator[None]:
        """Within the block weights and biases are their means over updates, where `training.average` asks for them."""
        if not self.average.updates:
            yield
            return
        own = {name: values.copy() for name, values in self._parameters().items()}
        self.settle()
        try:
            yield
        finally:
            self._take(own, own)
            self.refresh()

    def settle(self) -> None:
        """Take the means over updates for weights and biases, where there are any; mutates synapses and biases."""
        if self.average.updates:
            self._take(self.average.mean, self.average.mean)
            self.refresh()

    def _parameters(self) -> dict[str, np.ndarray]:
        return {**self.synapses.weights, **self.biases}

    def _take(self, weights: dict[str, np.ndarray], biases: dict[str, np.ndarray]) -> None:
        self.synapses.write(weights)
        for name, values in self.biases.items():
            values[...] = biases[name]

    def write(self, weights: dict[str, np.ndarray], biases: dict[str, np.ndarray],
              owner: str) -> None:
        """Put weights and biases that were learnt elsewhere on this chip; mutates synapses and biases.

        Devices are programmed pulse by pulse, ideal synapses take the numbers over; the pulse rule starts again.
        Converters whose ranges follow the sums forget them and wait for a calibration.

        raises : ValueError that begins with `owner` when they do not fit the network
        """
        for kind, given, own in (("weights", weights, self.synapses.weights), ("biases", biases, self.biases)):
            if {name: array.shape for name, array in given.items()} != {name: a.shape for name, a in own.items()}:
                raise ValueError(f"{owner}: its {kind} do not fit the network that is asked for; leave [network] as "
                                 "it is")
        self._take(weights, biases)
        self.average.forget()
        self.periphery.forget()
        self._begin(weights)

    def answers(self, record: Record) -> np.ndarray:
        """Return the answers that the loss reads from the mean outputs; int64 (samples,)."""
        return self.loss.answers(record.mean[:, self.engine.slices[self.network.layers[-1].name]])

    def stored(self) -> dict[str, Any]:
        """Return arrays to save, in two levels: {"weights": ..., "biases": ..., "velocity": ...}, and more."""
        weights = {name: np.array(values) for name, values in self.synapses.weights.items()}
        return {"weights": weights, "biases": self.biases, **self.optimiser.state, **self.average.state,
                "devices": self.synapses.stored(), "update": self.update.stored(), "ranges": self.periphery.stored()}

    def restore(self, stored: dict, owner: str = "run file") -> None:
        """Take back what `stored` returned, bit for bit; raises ValueError, which begins with `owner`, on a misfit."""
        self._refuse_misfit(stored, owner)
        self.synapses.load(stored["devices"], stored["weights"])
        self.update.load(stored["update"])
        self.periphery.load(stored["ranges"])
        for group, own in (("biases", self.biases), *self.optimiser.state.items(), *self.average.state.items()):
            for name, values in own.items():
                values[...] = stored[group][name]
        self.refresh()

    def _refuse_misfit(self, stored: dict, owner: str) -> None:
        """Raise ValueError unless arrays have the names, shapes and kinds of those that this model would store."""
        own = self.stored()
        wanted = {group: {name: np.shape(values) for name, values in arrays.items()} for group, arrays in own.items()}
        wanted["ranges"] = self.periphery.shapes() if stored["ranges"] else {}    # there are none before a calibration
        for group, shapes in wanted.items():
            for name in {**shapes, **stored[group]}:
                found, asked = np.shape(stored[group].get(name, "")), shapes.get(name)
                if name not in stored[group] or found != asked:
                    raise ValueError(f"{owner}: model/{group}/{name} does not fit the network (it holds "
                                     f"{found if name in stored[group] else 'nothing'}, where "
                                     f"{'nothing' if asked is None else asked} belongs); was the file written for "
                                     "another one?")
