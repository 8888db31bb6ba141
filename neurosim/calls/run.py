"""A run file as an object: what it tells, and what can be done with it."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from neurosim.calls.course import follow
from neurosim.calls.data import Data, dataset_of
from neurosim.calls.energy import Energy
from neurosim.calls.evaluated import AblationResult, EvaluationResult
from neurosim.calls.overrides import assignments_of
from neurosim.calls.results import Spikes, Synapses, Weights, history_of, layers_of, network_of
from neurosim.calls.run_summary import run_summary
from neurosim.calls.showing import Shown
from neurosim.calls.tables import Confusion, ErrorRate
from neurosim.datasets.held import PREFIX, hold
from neurosim.experiment.ablation import ablate
from neurosim.experiment.improvement.improve import BUDGET, SEEDS
from neurosim.experiment.pipeline import again, facts
from neurosim.experiment.pipeline.evaluations import read_evaluation
from neurosim.experiment.runs import opened, stored_config
from neurosim.report.facts import texts
from neurosim.results import RunFileError, outputs, paths
from neurosim.results.atomic_write import atomic_write
from neurosim.results.reservation import reserved
from neurosim.summaries import Summarised, Summary
from neurosim.user_files import path_of

if TYPE_CHECKING:
    from neurosim.calls.improving import ImprovementResult
    from numpy.typing import ArrayLike

    from neurosim.calls.tables import Table
    from neurosim.datasets import Dataset
    from neurosim.experiment.config import Config
    from neurosim.experiment.evaluation import Evaluation
    from neurosim.plots.style import Axes, Figure


class Run(Summarised):
    """A run file, finished or not; nothing of it is read before it is asked for, and always as it is now.

        run = neurosim.open_run("mnist.h5")
        run.test_error, run.history.validation_error, run.layers, run.energy.by_component

    path : of the run file; data : Dataset that it learnt, where that lives in memory, which this Run keeps there
    """

    def __init__(self, path: Path | str, data: Dataset | None = None) -> None:
        self.path, self.data = path_of(path, "run"), data

    @property
    def config(self) -> Config:
        """The Config that it was trained with."""
        return stored_config(self.path)

    @property
    def epochs(self) -> int:
        """Number of completed epochs."""
        with opened(self.path) as run:
            return int(run.attributes["epoch"])

    @property
    def finished(self) -> bool:
        """Whether all epochs are complete and the test images were evaluated; `resume` continues otherwise."""
        with opened(self.path) as run:
            return bool(run.attributes["finished"]) and paths.PEAK_MEMORY in run

    @property
    def test_error(self) -> ErrorRate:
        """Fraction of wrong answers on the test images, an ErrorRate; raises RunFileError before it was evaluated."""
        return self._error("test")

    @property
    def validation_error(self) -> ErrorRate:
        """The same on the validation images."""
        return self._error("validation")

    @property
    def history(self) -> Table:
        """Table with a row for each epoch: epoch, train_error, validation_error, seconds ..."""
        return history_of(self.path)

    @property
    def layers(self) -> Table:
        """Table with a row for each layer: units, signals per inference, rate, silent and saturated units."""
        return layers_of(network_of(self.path), self._evaluation("test"))

    @property
    def synapses(self) -> Synapses:
        """Table with a row for each connection: devices, pulses, range used; conductances before and after; wear."""
        return Synapses(self.path)

    @property
    def energy(self) -> Energy:
        """Energy by component, connection and phase with the card of the run; call it for another card."""
        return Energy(self.path)

    @property
    def spikes(self) -> Spikes:
        """Recorded time steps, (sample, time, unit) by layer; `record` makes them."""
        return Spikes(self.path)

    @property
    def weights(self) -> Weights:
        """Weights by connection, and biases."""
        return Weights(self.path)

    @property
    def answers(self) -> Evaluation:
        """The evaluation on the test images as it is kept: answers, labels, outputs, counts."""
        return self._evaluation("test")

    @property
    def confusion(self) -> Confusion:
        """Test images of a class (row) that were answered with a class (column)."""
        return Confusion.of(self._evaluation("test").confusion())

    @property
    def warnings(self) -> list[str]:
        """What kept the network from learning, or a part of it from taking part; [] where nothing did."""
        with opened(self.path) as run:
            return texts(run[paths.WARNINGS]) if paths.WARNINGS in run else []

    def evaluate(self, split: str = "test", data: tuple[ArrayLike, ArrayLike] | None = None, *,
                 threads: int | None = None, progress: bool = True, assignments: Sequence[str] = (),
                 **overrides: Any) -> EvaluationResult:
        """Classify the "test" or "validation" images again under changes of the configuration; the file stays as it is.

            run.evaluate(learning={"free_steps": 60}), run.evaluate(readout={"kind": "adc", "bits": 5})

        data : (images, labels) in place of the test images, of the shape that it has learnt
        threads : images side by side, no result depends on it; progress : show it
        assignments, overrides : changes, as words "key=value" or as values; weights are rewritten
            for other devices, and other converters are recalibrated
        returns : EvaluationResult
        raises : ValueError for what cannot be changed any more
        """
        words = assignments_of(overrides, assignments)
        if split not in ("test", "validation"):
            raise ValueError(f"split: {split!r} is neither 'test' nor 'validation'; write one of them")
        if data is not None and (split != "test" or not isinstance(data, (tuple, list)) or len(data) != 2):
            raise ValueError("data: takes the place of the test images; give (images, labels) alone")
        given = None if data is None else (np.asarray(data[0]), np.asarray(data[1]))
        return EvaluationResult(*again.evaluated(self.path, words, split, Shown(progress), threads, given))

    def ablate(self, samples: int = 1000, split: str = "test", *, threads: int | None = None, progress: bool = True,
               assignments: Sequence[str] = (), **overrides: Any) -> AblationResult:
        """Switch every imperfection of the chip on alone and off alone, on fresh chips that hold the learnt weights.

        samples : first images of the split; other arguments as of `evaluate`
        returns : AblationResult
        raises : ValueError where the chip has no imperfection
        """
        display = Shown(progress)
        words = assignments_of(overrides, assignments)
        found = ablate(self.path, words, samples, split, threads, lambda title, number, count, done, images:
                       display.advance(f"{number} of {count}, {title}", done, images, ""))
        display.close()
        for sentence in found.warnings:
            display.warn(sentence)
        return AblationResult(found, f"{self.path.name}, first {found.samples:,} {split} images")

    def improve(self, out: Path | str | None = None, *, seeds: int = SEEDS, budget: float = BUDGET,
                progress: bool = True, assignments: Sequence[str] = (), **overrides: Any) -> ImprovementResult:
        """Retrain chips without each imperfection, and with each one alone, and say what costs most.

        out : folder, default: NAME-improve next to the run file; all as of `neurosim.improve`, which has more options
        returns : ImprovementResult
        raises : ValueError where the chip has no imperfection
        """
        from neurosim.calls.improving import improve
        return improve(self.path, out=out, seeds=seeds, budget=budget, progress=progress, assignments=assignments,
                       **overrides)

    def record(self, layers: Sequence[str] | str = (), *, samples: int | None = None, phases: str | None = None,
               traces: bool | None = None, progress: bool = True) -> Spikes:
        """Record every time step of the first test images in the run file, in place of an earlier recording.

            run.record(["conv1", "output"], samples=3, traces=True)["conv1"]

        layers : names; samples : how many images; phases : "free", or "all" with those of the estimator; traces : keep
            states beside the spikes
        What is not given is taken from the section [record] of the run; where that names no layers, all are recorded.

        returns : Spikes
        """
        named = (layers,) if isinstance(layers, str) else tuple(layers)
        options = {"layers": named or None, "samples": samples, "phases": phases, "traces": traces}
        again.recorded(self.path, {name: value for name, value in options.items() if value is not None},
                       Shown(progress))
        return self.spikes

    def report(self, path: Path | str | None = None, *, title: str | None = None, prices: str | Path | None = None,
               force: bool = False) -> Path:
        """Write one HTML page that shows and explains the run.

        path : .html, default: next to the run file; title : of the page; prices : card, default: that of the run
        force : replace a page that is there
        returns : Path of the page
        """
        from neurosim.report import report
        with outputs.chosen_path("path", path or self.path.with_suffix(".html"), outputs.PAGES, force) as page:
            atomic_write(page, report(self.path, facts.gathered(self.path, title, prices)).encode())
        return page

    def plot(self, path: Path | str | None = None, *, panel: str | None = None, ax: Axes | None = None,
             width: float | None = None, force: bool = False) -> Figure:
        """Draw learning curves, activity, devices, pulses, errors and kernels, or one of these panels.

            run.plot("confusion.pdf", panel="confusion", width=3.5)

        path : .png, .svg or .pdf to write, too; force : replace a figure that is there
        panel : "learning", "activity", "devices", "pulses", "confusion" or "weights"; None = all
        ax : axes of matplotlib to draw a panel on; width : of the figure [inches]
        returns : Figure of matplotlib, that of `ax` where it is given
        raises : ValueError for axes without a panel
        """
        from neurosim.plots import run_figure, run_panel, write
        from neurosim.plots.style import refuse_axes_alone
        refuse_axes_alone(ax, panel, "learning")

        def drawn() -> Figure:
            return run_figure(self.path, width) if panel is None else run_panel(self.path, panel, ax, width).figure
        if path is None:
            return drawn()
        with outputs.chosen_path("path", path, outputs.FIGURES, force) as place:
            figure = drawn()
            write(figure, place)
        return figure

    def resume(self, *, callbacks: Sequence[object] = (), threads: int | None = None, progress: bool = True) -> Run:
        """Resume the run, bit for bit as if it had never been interrupted, and complete its evaluation.

        callbacks, threads, progress : as of `neurosim.train`
        returns : this Run
        """
        with reserved(self.path):
            follow(self, self.config, self.path.stem, callbacks, progress, resume=True, threads=threads)
        return self

    def save(self, path: Path | str, force: bool = False) -> Run:
        """Copy the run file to a place of your own; force : replace what is there; returns the Run there."""
        with outputs.chosen_path("path", path, outputs.RUNS, force) as place:
            atomic_write(place, self.path.read_bytes())
        return Run(place, self.data)

    def _evaluation(self, split: str) -> Evaluation:
        with opened(self.path) as run:
            if paths.evaluation(split) not in run:
                raise RunFileError(f"run file {self.path}: its network was not evaluated on the {split} images yet; "
                                   "finish it with run.resume(), or ask run.evaluate() how it is now")
            return read_evaluation(run, split)

    def _error(self, split: str) -> ErrorRate:
        found = self._evaluation(split)
        return ErrorRate(found.error, len(found.labels))

    def summary(self) -> Summary:
        """Return the Summary of the run: errors, layers, synapses, energy; warnings below."""
        return run_summary(self)


def open_run(path: Path | str, data: Data = None) -> Run:
    """Open a run file.

        run = neurosim.open_run("mnist.h5")

    data : what it learnt, where that were arrays, as in `neurosim.train`; for `evaluate`, `record` and `resume`
    returns : Run
    raises : RunFileError where it is none
    """
    run = Run(path)
    config = run.config
    if data is not None:
        run.data = dataset_of(data, config.data.events)
        if config.data.path.startswith(PREFIX) and hold(run.data) != config.data.path:
            raise ValueError(f"data: differ from those that {path} has learnt from, whose digest is "
                             f"{config.data.path[:len(PREFIX) + 12]}...; give the same arrays, and the same parts")
    return run
