"""Watch a training: its figures for a display, and its warnings."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from neurosim.experiment.diagnosis import layer_signs
from neurosim.experiment.pipeline.summary import duration
from neurosim.learning.estimator import FREE

if TYPE_CHECKING:
    from neurosim.experiment.observer import Observer
    from neurosim.experiment.pipeline.display import Silence
    from neurosim.experiment.pipeline.interruption import Interruption
    from neurosim.experiment.training import Training


class Pace:
    """Time left of a whole run, counted in time steps of the network, of which an image to learn from takes more.

    The clock starts when the first batch is done, so that compilation is left out.
    """

    def __init__(self, training: Training) -> None:
        phases, config = training.config.learning, training.config
        free = phases.relaxed_steps
        self.sample = free + phases.nudge_steps * sum(phase.name != FREE for phase in phases.listed())
        self.validation = free * len(training.data.validation_labels)
        self.whole = (config.training.epochs * (training.samples * self.sample + self.validation)
                      + free * len(training.data.test_labels))
        self._begin: float | None = None
        self._first = 0

    def left(self, training: Training) -> float | None:
        """Return seconds to the end of the run; None after the first batch."""
        progress = training.progress
        samples = progress.epoch * training.samples + progress.batch * training.config.training.batch
        done = samples * self.sample + progress.epoch * self.validation
        now = time.monotonic()
        if self._begin is None:
            self._begin, self._first = now, done
        if done == self._first:
            return None
        return (now - self._begin) * (self.whole - done) / (done - self._first)


class ProgressObserver:
    """The Observer of a training that a person watches.

    display : where to show; interruption : Interruption
    """

    def __init__(self, training: Training, display: Silence, interruption: Interruption) -> None:
        self.display, self.interruption, self.pace = display, interruption, Pace(training)
        self._epoch: int | None = None
        self._begin, self._samples, self._speed = 0.0, 0, 0.0

    def batch(self, training: Training, samples: int) -> None:
        self.interruption.hold()
        progress = training.progress
        self._measure(progress.epoch, samples)
        left = self.pace.left(training)
        free = progress.counts[FREE]
        figures = [f"error {progress.wrong / free.samples:.2%}"]
        if training.model.network.spiking:
            figures.append(f"{sum(free.signals.values()) / free.samples:.0f} spikes/sample")
        if left is not None:
            figures += [f"{self._speed:.0f} samples/s", f"{duration(left)} left"]
        options = training.config.training
        self.display.advance(f"epoch {progress.epoch + 1}/{options.epochs}", progress.batch * options.batch,
                             training.samples, ", ".join(figures))

    def epoch(self, training: Training) -> None:
        closed = training.progress.history[-1]
        self.display.line(f"epoch {training.progress.epoch}/{training.config.training.epochs}: "
                          f"training error {closed['train_error']:.2%}, "
                          f"validation error {closed['validation_error']:.2%}, "
                          f"{duration(closed['seconds'])}, {closed['samples_per_second']:.0f} samples/s")
        for sentence in layer_signs(training.validation, training.model.network):
            self.display.warn(sentence)

    def saved(self, training: Training) -> None:
        """Show nothing for a checkpoint."""

    def stop(self) -> bool:
        return self.interruption.wished

    def _measure(self, epoch: int, samples: int) -> None:
        """Bring the speed up to date: samples per second since the first batch of this epoch in this process."""
        now = time.monotonic()
        if epoch != self._epoch:
            self._epoch, self._begin, self._samples = epoch, now, 0
        else:
            self._samples += samples
            self._speed = self._samples / max(now - self._begin, 1e-9)


class Together:
    """Several Observers as one, in their order."""

    def __init__(self, *observers: Observer) -> None:
        self._observers = observers

    def batch(self, training: Training, samples: int) -> None:
        for one in self._observers:
            one.batch(training, samples)

    def epoch(self, training: Training) -> None:
        for one in self._observers:
            one.epoch(training)

    def saved(self, training: Training) -> None:
        for one in self._observers:
            one.saved(training)

    def stop(self) -> bool:
        return any([one.stop() for one in self._observers])
