"""THE sample loop: images in, phases, gradient, weight change; epoch after epoch, saved so that nothing is lost."""

from __future__ import annotations

import contextlib
import math
import time
import warnings
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from neurosim.counts import Counts
from neurosim.datasets import TrainingBatches, made_ahead, prepare, statistics
from neurosim.experiment import runs
from neurosim.experiment.data import load_split
from neurosim.experiment.diagnosis import LearningWarning, diagnose
from neurosim.experiment.evaluation import evaluate
from neurosim.experiment.learnable import refuse_unlearnable
from neurosim.experiment.ledger import programming_now
from neurosim.experiment.memory import refuse_too_large
from neurosim.experiment.model import Model
from neurosim.experiment.observer import Observer, Stopped, Unwatched
from neurosim.experiment.progress import Progress
from neurosim.learning.rule import Lesson, study
from neurosim.learning.starts import make_start
from neurosim.results.reservation import reserved
from neurosim.streams import counter_key, stream

if TYPE_CHECKING:
    from neurosim.datasets import Batch
    from neurosim.experiment.config import Config
    from neurosim.experiment.evaluation import Evaluation

#: Training images whose sums set the ranges of converters; images learnt from one calibration to the next, later on.
CALIBRATION, RENEWAL = 32, 2048


class Training:
    """A run: its data, its model and how far it is.

        training = Training(config, out="run.h5")
        training.run()

    config : Config; threads : samples side by side
    out : run file to write, which must not be there yet; None = nothing is saved
    resume : continue from `out`, bit for bit as if the run had never been interrupted; a different config is refused
    force : replace the file at `out` by the first checkpoint
    programmed : False leaves the chip as it was fabricated, for the network of a run file to be loaded
    validation : Evaluation at the end of the last epoch that was closed here, or None
    """

    def __init__(self, config: Config, out: Path | str | None = None, threads: int | None = None, resume: bool = False,
                 force: bool = False, programmed: bool = True) -> None:
        resumed = _file_to_resume(out) if resume else None
        if resumed:
            runs.refuse_other_config(resumed, config)
        elif out is not None and not force:
            runs.refuse_existing(out)
        refuse_too_large("training", [({}, config)], every="it")
        self.config = config
        self.out: Any = out if out is None else Path(out)
        self._saved = time.monotonic() if resume else -math.inf
        self.data = load_split(config)
        self.measured = statistics(self.data.train_images, config.data)
        shape = config.data.prepared_shape(self.data.train_images.shape)
        self.model = Model.build(config, shape, self.data.classes, threads, programmed=programmed and not resume)
        self.progress = Progress(start=make_start(config.learning.start, self.model.engine, config.training.batch,
                                                  len(self.data.train_labels)))
        self.results: dict = {}
        self.validation: Any = None
        if resumed:
            runs.refuse_other_laws(resumed, self.model.network)
            runs.load_model(resumed, self.model)
            runs.load_progress(resumed, self.progress)

    def begin_with(self, source: Path | str) -> None:
        """Write the weights and biases of a run file to the chip in place of the initial ones; mutates the model.

        raises : ValueError when they do not fit the network
        """
        self.model.write(*runs.learnt(source), f"run file {source}")
        self.progress.weights_from = Path(source).name

    @property
    def samples(self) -> int:
        """Training samples of one epoch: whole batches only."""
        return self.batches * self.config.training.batch

    @property
    def batches(self) -> int:
        batch = self.config.training.batch
        if batch > len(self.data.train_labels):
            raise ValueError(f"training.batch: {batch} exceeds the {len(self.data.train_labels)} training images; "
                             "lower it")
        return len(self.data.train_labels) // batch

    def run(self, observer: Observer | None = None) -> bool:
        """Learn until the last epoch is over or the Observer says stop; returns whether the run is finished.

        The first checkpoint is written when the first batch has been learnt, so that a configuration which cannot work
        leaves no file and replaces none. Without an Observer, what keeps a finished network from learning is a
        LearningWarning, see `diagnose`.

        raises : Reserved when another process writes the run file; ValueError for what its rule cannot teach
        """
        refuse_unlearnable(self.config)
        with contextlib.nullcontext() if self.out is None else reserved(self.out):
            finished = self._learn(observer or Unwatched())
        if finished and observer is None and self.validation is not None:
            for sentence in diagnose(self, self.validation, "validation"):
                warnings.warn(sentence, LearningWarning, stacklevel=2)
        return finished

    def _learn(self, observer: Observer) -> bool:
        self.make_ready()
        config = self.config
        source = TrainingBatches(self.data, config.data, self.measured, config.training.batch, config.seed)
        places = source.following(self.progress.epoch, self.progress.batch, config.training.epochs)
        with made_ahead(source.make, places, config.training.prefetch) as batches:
            while self.progress.epoch < config.training.epochs:
                if not self._learn_epoch(batches, observer):
                    return False
        self.progress.finished = True
        return True

    def _learn_epoch(self, batches: Iterator[Batch], observer: Observer) -> bool:
        """Learn what is left of an epoch; returns False when the Observer says stop."""
        while self.progress.batch < self.batches:
            self._learn_batch(batches)
            observer.batch(self, self.config.training.batch)
            stop = observer.stop()
            if stop or time.monotonic() - self._saved > self.config.training.checkpoint_seconds:
                self.save(observer)
            if stop:
                return False
        closed = self._close_epoch(observer)
        self.save(observer)
        return closed

    def save(self, observer: Observer | None = None) -> None:
        """Write the run file, where there is one.

        raises : RunFileError; Reserved when another process writes it
        """
        if self.out is not None:
            with reserved(self.out):
                runs.save(self.out, self.config, self.model, self.progress, self.results)
        self._saved = time.monotonic()
        if observer:
            observer.saved(self)

    def calibrate(self) -> None:
        """Fit the ranges of the converters to the first training images, where the configuration asks for it."""
        if self.model.periphery.calibrates:
            images = self.data.train_images[:CALIBRATION]
            self.model.calibrate(prepare(images, self.config.data, self.measured))

    def make_ready(self) -> None:
        """Calibrate converters that have no ranges yet."""
        if self.model.periphery.uncalibrated:
            self.calibrate()

    def evaluate(self, images: np.ndarray, labels: np.ndarray, observe: Callable | None = None) -> Evaluation:
        """Classify images; returns Evaluation."""
        return evaluate(self.model, images, labels, self.measured, observe)

    def _learn_batch(self, batches: Iterator[Batch]) -> None:
        begin, size, progress = time.perf_counter(), self.config.training.batch, self.progress
        batch = next(batches)
        sign = 1 - 2 * int(stream(self.config.seed, "sign", progress.epoch, progress.batch).integers(2))
        names = counter_key(self.config.seed, "samples", progress.epoch) + batch.indices.astype(np.uint64)
        targets = self.config.learning.desired(batch.labels, self.data.classes)
        records = study(self.model.engine, batch.images, targets, self.config.learning, sign, names,
                        progress.start.state(names, batch.indices))
        for phase, record in records.by_phase.items():
            progress.counts[phase] = progress.counts.get(phase, Counts()) + self.model.count(record)
        self._descend(records)
        progress.start.keep(records.end, batch.indices)
        progress.wrong += int(np.count_nonzero(self.model.answers(records.free) != batch.labels))
        done = progress.epoch * self.samples + progress.batch * size
        if calibrations(done + size) > calibrations(done):
            self.calibrate()
        progress.batch += 1
        progress.seconds += time.perf_counter() - begin

    def _descend(self, records: Lesson) -> None:
        """Learn from one batch; what ends the training leaves the last checkpoint, and says so."""
        try:
            self.model.learn(records, self.scale())
        except ValueError as error:
            if self.out is None or not self.out.exists():
                raise
            raise ValueError(f"{error} ({self.out} holds the last checkpoint, from before)") from error

    def scale(self) -> float:
        """Factor on the learning rates now."""
        progress = self.progress
        return self.config.optimiser.scale(progress.epoch, progress.batch / self.batches, self.config.training.epochs)

    def _close_epoch(self, observer: Observer) -> bool:
        """Validate, and begin the next epoch; returns False, with nothing changed, when the Observer says stop."""
        images, labels = self.data.validation_images, self.data.validation_labels

        def look(done: int) -> None:
            if done < len(labels) and observer.stop():
                raise Stopped

        begin, scale = time.perf_counter(), self.scale()
        ranges = self.model.periphery.stored()
        self.calibrate()
        try:
            self.validation = self.evaluate(images, labels, look)
        except Stopped:
            self.model.convert_by(ranges)
            return False
        self.progress.seconds += time.perf_counter() - begin
        self.progress.close_epoch(self.validation.error, scale, programming_now(self.model.synapses))
        observer.epoch(self)
        return True


def _file_to_resume(out: Path | str | None) -> Path:
    if out is None:
        raise ValueError('training: resume = True needs the run file to go on with; give it, as in out = "run.h5"')
    return Path(out)


def calibrations(images: int) -> int:
    """How often converters are calibrated while so many images are learnt, at first whenever there are fourfold."""
    fourfold = (min(images, RENEWAL - 1) // CALIBRATION).bit_length() + 1
    return fourfold // 2 + images // RENEWAL
