"""What an evaluation and an ablation found, as objects."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from neurosim.calls.tables import Confusion, ErrorRate, Table, data_frame
from neurosim.experiment.ablation_text import ablation_lines, ablation_report
from neurosim.experiment.pipeline.summary import measure_lines
from neurosim.summaries import Printed

if TYPE_CHECKING:
    from pandas import DataFrame

    from neurosim.experiment.ablation import Ablation
    from neurosim.experiment.evaluation import Evaluation
    from neurosim.plots.style import Axes, Figure


class EvaluationResult(Printed):
    """What a network answered.

    error : ErrorRate; answers, labels : int (images,); outputs : float (images, classes), mean states of the outputs
    changes : sentences on what was written or recalibrated; warnings : as of a Run
    report : dict of plain values, what `neurosim evaluate --json` prints: activity, synapses, energy ...
    """

    def __init__(self, evaluation: Evaluation, report: dict[str, Any]) -> None:
        self.error = ErrorRate(evaluation.error, len(evaluation.labels))
        self.answers, self.labels, self.outputs = evaluation.answers, evaluation.labels, evaluation.outputs
        self.confusion = Confusion.of(evaluation.confusion())
        self.report, self.changes, self.warnings = report, report["changes"], report["warnings"]

    def to_frame(self) -> DataFrame:
        """Return one row for each image: label, answer, whether it is right."""
        return data_frame({"label": self.labels, "answer": self.answers, "right": self.labels == self.answers})

    def lines(self) -> list[str]:
        """Return the lines that `neurosim evaluate` prints."""
        return "\n".join([*self.changes, *measure_lines(self.report)]).strip("\n").split("\n")


class AblationResult(Printed, Table):
    """Costs of the imperfections, the most expensive first, one row for each.

    cost : mean of both sides; alone, alone_low, alone_high : what it adds to the error of an otherwise ideal chip, with
    the ends of the 95 % interval; among, among_low, among_high : the same on the chip with all others
    errors : dict from chip to ErrorRate: "own", "numbers", "none", "all"; found : the Ablation
    """

    def __init__(self, found: Ablation, title: str) -> None:
        self.found, self.title = found, title
        self.errors = {chip: ErrorRate(error, found.samples) for chip, error in found.errors.items()}
        sides = {f"{side}{end}": [getattr(getattr(effect, side), end.removeprefix("_") or "cost")
                                  for effect in found.effects]
                 for side in ("alone", "among") for end in ("", "_low", "_high")}
        super().__init__({"imperfection": [effect.name for effect in found.effects],
                          "cost": np.array([effect.cost for effect in found.effects]), **sides})

    @property
    def report(self) -> dict[str, Any]:
        """All of it as plain values."""
        return ablation_report(self.found)

    def plot(self, ax: Axes | None = None, width: float | None = None) -> Figure:
        """Draw the costs with their intervals, on axes of matplotlib or alone; returns the Figure of matplotlib."""
        from neurosim.plots.ablation import ablation_figure, ablation_panel
        if ax is None:
            return ablation_figure(self.found, self.title, width)
        return ablation_panel(self.found, ax, width).figure

    def lines(self) -> list[str]:
        """Return the lines that `neurosim evaluate --ablate` prints."""
        return list(ablation_lines(self.found))
