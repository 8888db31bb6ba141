"""What is done with a run file afterwards: its network is evaluated again, and single time steps are recorded."""

from __future__ import annotations

import dataclasses
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from neurosim.experiment import recording
from neurosim.experiment.changes import restored
from neurosim.experiment.data import with_test_images
from neurosim.experiment.memory import peak_memory
from neurosim.experiment.pipeline.conclusion import evaluate_visibly
from neurosim.experiment.pipeline.display import announced
from neurosim.experiment.pipeline.measures import evaluation_report
from neurosim.experiment.remarks import idle_settings

if TYPE_CHECKING:
    import numpy as np

    from neurosim.experiment.config import RecordOptions
    from neurosim.experiment.evaluation import Evaluation
    from neurosim.experiment.pipeline.display import Silence


def evaluated(path: Path | str, assignments: Sequence[str], split: str, display: Silence, threads: int | None = None,
              given: tuple[np.ndarray, np.ndarray] | None = None) -> tuple[Evaluation, dict[str, Any]]:
    """Classify the "test" or "validation" images with the network of a run file, which is not changed.

    assignments : changes of its configuration, see `changes.restored`
    given : images and labels that take the place of the test images
    returns : Evaluation, and the report of `measures.evaluation_report` with what was changed, seconds and memory
    """
    training, changes = restored(path, assignments, threads)
    if given is not None:
        training.data = with_test_images(training.data, training.config, *given)
    with announced(display), training.model.shelved():
        begin = time.perf_counter()
        evaluation = evaluate_visibly(training, split, display)
        seconds = time.perf_counter() - begin
    display.close()
    for sentence in idle_settings(training.config, {text.partition("=")[0] for text in assignments}):
        display.warn(sentence)
    report = evaluation_report(training, str(path), {split: evaluation}) | {
        "out": str(path), "split": split, "changes": changes, "seconds": seconds,
        "samples_per_second": len(evaluation.labels) / max(seconds, 1e-9), "peak_rss_mb": peak_memory()}
    for sentence in report["warnings"]:
        display.warn(sentence)
    return evaluation, report


def recorded(path: Path, options: Mapping[str, Any], display: Silence,
             assignments: Sequence[str] = ()) -> tuple[recording.Forecast, RecordOptions]:
    """Record single time steps of the first test images into a run file, see `recording.record`.

    options : dict of fields of RecordOptions, which replace those of the section [record] of the run; where neither
        names layers, all are recorded, and of images that nobody counts at most as many as there are
    assignments : as in `evaluated`
    returns : Forecast of what was kept, and the RecordOptions
    """
    training, _ = restored(path, assignments, 1)
    images, labels = training.data.test_images, training.data.test_labels
    named = training.config.record
    found = {"layers": named.layers or tuple(layer.name for layer in training.model.network.layers),
             "samples": min(named.samples, len(labels))}
    wanted = dataclasses.replace(named, **{**found, **options})
    expected = recording.forecast(training.model, wanted, len(labels))
    display.line(str(expected))
    with announced(display), training.model.shelved():
        recording.record(path, training.model, wanted, images, labels, training.measured)
    display.close()
    return expected, wanted
