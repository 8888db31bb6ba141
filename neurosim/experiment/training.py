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

from neurosim.datasets import TrainingBatches, made_ahead, prepare, statistics
from neurosim.engines.ranks import ALONE, Ranks
from neurosim.experiment import runs
from neurosim.experiment.data import load_split
from neurosim.experiment.diagnosis import LearningWarning, diagnose
from neurosim.experiment.evaluation import evaluate
from neurosim.experiment.learnable import refuse_unlearnable
from neurosim.experiment.ledger import counts_text, programming_now
from neurosim.experiment.memory import refuse_too_large
from neurosim.experiment.model import Model
from neurosim.experiment.observer import Observer, Stopped, Unwatched
from neurosim.experiment.parallel import refuse_apart, sharing_of
from neurosim.experiment.progress import Progress
from neurosim.learning.rule import Lesson, study
from neurosim.learning.starts import make_start
from neurosim.results.reservation import reserved
from neurosim.streams import counter_key, stream
from neurosim.summaries import Summarised, Summary

if TYPE_CHECKING:
    from neurosim.datasets import Batch
    from neurosim.experiment.config import Config
    from neurosim.experiment.evaluation import Evaluation

#: Training images whose sums set the ranges of converters; images learnt from one calibration to the next, later on.
CALIBRATION, RENEWAL = 32, 2048


class Training(Summarised):
    """A run: its data, its model and how far it is.

        training = Training(config, out="run.h5")
        training.run()

    config : Config; threads : samples side by side
    out : run file to write, which must not be there yet; None = nothing is saved
    resume : continue from `out`, bit for bit as if the run had never been interrupted; a different config is refused
    force : replace the file at `out` by the first checkpoint
    programmed : False leaves the chip as it was fabricated, for the network of a run file to be loaded
    ranks : Ranks, the processes that train it together, of which the first writes `out`; all of them resume from it
    validation : Evaluation at the end of the last epoch that was closed here, or None
    """

    def __init__(self, config: Config, out: Path | str | None = None, threads: int | None = None, resume: bool = False,
                 force: bool = False, programmed: bool = True, ranks: Ranks = ALONE) -> None:
        resumed = _file_to_resume(out) if resume else None
        self.sharing = sharing_of(config, ranks)
        if resumed:
            runs.refuse_other_config(resumed, config)
        elif out is not None and not force and self.sharing.writes:
            runs.refuse_existing(out)
        refuse_too_large("training", [({}, config)], every="it")
        self.config = config
        self.out: Any = out if out is None else Path(out)
        self._saved = time.monotonic() if resume else -math.inf
        self.data = load_split(config)
        self.measured = statistics(self.data.train_images, config.data)
        shape = config.data.prepared_shape(self.data.train_images.shape)
        self.model = Model.build(config, shape, self.data.classes, threads, programmed=programmed and not resume)
        start = make_start(config.learning.start, self.model.engine, config.training.batch,
                           len(self.data.train_labels), self.sharing)
        self.progress = Progress(data=self.data.digest, start=start)
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

    def summary(self) -> Summary:
        """Return the Summary: how far it is, on what it learns, and where it is saved."""
        config, progress = self.config, self.progress
        rows = [("", ""), ("epochs", f"{progress.epoch} of {config.training.epochs}"),
                ("batches of this epoch", f"{progress.batch:,} of {self.batches:,}"),
                ("images", f"{len(self.data.train_labels):,} to learn from, {len(self.data.validation_labels):,} to "
                           f"validate, {len(self.data.test_labels):,} to test"),
                ("run file", "none" if self.out is None else str(self.out))]
        return Summary(heading=f"Training on {config.data.name}, seed {config.seed}, synapses {config.synapses.device}",
                       rows=rows, remarks=["finished" if progress.finished else "run() continues"])

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
        refuse_unlearnable(self.config, self.sharing)
        with reserved(self.out) if self._writes else contextlib.nullcontext():
            finished = self._learn(observer or Unwatched())
        if finished and observer is None and self.validation is not None and self.sharing.writes:
            for sentence in diagnose(self, self.validation, "validation"):
                warnings.warn(sentence, LearningWarning, stacklevel=2)
        return finished

    @property
    def _writes(self) -> bool:
        return self.out is not None and self.sharing.writes

    def _learn(self, observer: Observer) -> bool:
        self.make_ready()
        refuse_apart(self, whole=True)
        config = self.config
        source = TrainingBatches(self.data, config.data, self.measured, config.training.batch, config.seed,
                                 self.sharing.own(config.training.batch))
        places = source.following(self.progress.epoch, self.progress.batch, config.training.epochs)
        with made_ahead(source.make, places, config.training.prefetch) as batches:
            while self.progress.epoch < config.training.epochs:
                if not self._learn_epoch(batches, observer) or self._stops_between(observer):
                    return False
        self.progress.finished = True
        self.model.settle()
        return True

    def _stops_between(self, observer: Observer) -> bool:
        """Return whether the Observer says stop between two epochs."""
        return self.progress.epoch < self.config.training.epochs and self.sharing.any(observer.stop())

    def _learn_epoch(self, batches: Iterator[Batch], observer: Observer) -> bool:
        """Learn what is left of an epoch; returns False when the Observer says stop."""
        while self.progress.batch < self.batches:
            self._learn_batch(batches)
            observer.batch(self, self.config.training.batch)
            due = time.monotonic() - self._saved > self.config.training.checkpoint_seconds
            stop, due = self.sharing.agreed(observer.stop(), due)
            if stop or due:
                self.save(observer)
            if stop:
                return False
        closed = self._close_epoch(observer)
        self.save(observer)
        return closed

    def save(self, observer: Observer | None = None) -> None:
        """Write the run file, where there is one and this rank is the one that writes; all of them make the call.

        raises : RunFileError; Reserved when another process writes it
        """
        if self._writes:
            with reserved(self.out):
                runs.save(self.out, self.config, self.model, self.progress, self.results)
        else:
            self.progress.start.stored()    # with which the rank that writes is helped
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
        return evaluate(self.model, images, labels, self.measured, observe, self.sharing)

    def _learn_batch(self, batches: Iterator[Batch]) -> None:
        begin, size, progress = time.perf_counter(), self.config.training.batch, self.progress
        batch = next(batches)
        sign = 1 - 2 * int(stream(self.config.seed, "sign", progress.epoch, progress.batch).integers(2))
        names = counter_key(self.config.seed, "samples", progress.epoch) + batch.indices.astype(np.uint64)
        targets = self.config.learning.desired(batch.labels, self.data.classes)
        places, start = self.sharing.parts(len(names)), progress.start
        parts = [study(self.model.engine, batch.images[own], targets[own], self.config.learning, sign, names[own],
                       start.state(names[own], batch.indices[own], number)) for number, own in enumerate(places)]
        self._tell(parts, sum(int(np.count_nonzero(self.model.answers(part.free) != batch.labels[own]))
                              for own, part in zip(places, parts)))
        self._descend(parts)
        for number, (own, part) in enumerate(zip(places, parts)):
            start.keep(part.end, batch.indices[own], number)
        done = progress.epoch * self.samples + progress.batch * size
        if calibrations(done + size) > calibrations(done):
            self.calibrate()
        progress.batch += 1
        progress.seconds += time.perf_counter() - begin

    def _tell(self, parts: list[Lesson], wrong: int) -> None:
        """Count what happened in all parts of a batch, in their order."""
        counts = [counts_text({phase: self.model.count(record) for phase, record in part.by_phase.items()})
                  for part in parts]
        for told in self.sharing.gather({"counts": counts, "wrong": wrong}):
            self.progress.add(told["wrong"], told["counts"])

    def _descend(self, parts: list[Lesson]) -> None:
        """Learn from the parts of one batch; what ends the training leaves the last checkpoint, and says so."""
        try:
            self.model.learn_parts(parts, self.scale(), self.sharing)
        except ValueError as error:
            if self.out is None or not self.out.exists():
                raise
            raise ValueError(f"{error} ({self.out} holds the last checkpoint, from before)") from error

    def scale(self) -> float:
        """Return factor on the learning rates now."""
        progress = self.progress
        return self.config.optimiser.scale(progress.epoch, progress.batch / self.batches, self.config.training.epochs)

    def _close_epoch(self, observer: Observer) -> bool:
        """Validate, and begin the next epoch; returns False, with nothing changed, when the Observer says stop."""
        images, labels = self.data.validation_images, self.data.validation_labels

        def look(done: int) -> None:
            if done < len(labels) and self.sharing.any(observer.stop()):
                raise Stopped

        begin, scale = time.perf_counter(), self.scale()
        ranges = self.model.periphery.stored()
        try:
            with self.model.averaged():
                self.calibrate()
                self.validation = self.evaluate(images, labels, look)
        except Stopped:
            self.model.convert_by(ranges)
            return False
        refuse_apart(self)
        self.progress.seconds += time.perf_counter() - begin
        self.progress.close_epoch(self.validation.error, scale, programming_now(self.model.synapses))
        observer.epoch(self)
        return True


def _file_to_resume(out: Path | str | None) -> Path:
    if out is None:
        raise ValueError('training: resume = True needs the run file to continue; give it, as in out = "run.h5"')
    return Path(out)


def calibrations(images: int) -> int:
    """Return how often converters are calibrated while so many images are learnt, at first whenever there are fourfold.
    """
    fourfold = (min(images, RENEWAL - 1) // CALIBRATION).bit_length() + 1
    return fourfold // 2 + images // RENEWAL
