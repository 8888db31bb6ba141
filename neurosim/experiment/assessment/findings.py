"""What came of the points of an assessment."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from neurosim.experiment.assessment.parts import Need
from neurosim.memristor.device import load_device

if TYPE_CHECKING:
    from neurosim.experiment.assessment.questions import Question
    from neurosim.experiment.config import Config
    from neurosim.experiment.improvement.outcome import Improvement

#: What is said of a device, by the names of the measures of a sweep.
MEASURES = ("test_error", "joules_per_training_sample", "joules_per_inference", "pulses_per_weight", "range_used")


@dataclass(frozen=True, kw_only=True)
class Standing:
    """A device under a rule, or another one.

    card, name : of the device; rule : pulse rule; own : whether it is the one that is asked about
    seeds : that are done; errors : of each of them; means : dict from measure to its mean over the seeds
    """

    card: str
    name: str
    rule: str
    own: bool
    errors: tuple[float, ...]
    means: dict[str, float]

    @property
    def error(self) -> float:
        return float(np.mean(self.errors))


@dataclass(frozen=True, kw_only=True)
class Assessment:
    """What limits a device.

    improvements : dict from pulse rule to Improvement
    needs : Needs of what costs most; standings : of all devices under the first rule, the best first
    rules : Standings of the device under each rule
    """

    question: Question
    config: Config
    improvements: dict[str, Improvement]
    needs: tuple[Need, ...]
    standings: tuple[Standing, ...]
    rules: tuple[Standing, ...]

    @property
    def limits(self) -> dict[str, list[str]]:
        """Imperfections by pulse rule that cost something beyond chance, the costliest first."""
        return {rule: [remedy.name for remedy in found.costly] for rule, found in self.improvements.items()}


def standings(rows: list[dict[str, Any]], own: str = "", rule: str = "") -> list[Standing]:
    """Return the standings of the rows of points that are done, by their device and rule.

    own : card of the device that is asked about, for rows that name none; rule : for rows that name none
    """
    groups: dict[tuple[str, str], list[dict]] = defaultdict(list)
    for row in rows:
        groups[own or row["point"]["synapses.device"], row["point"].get("synapses.pulses", rule)].append(row["results"])
    return [Standing(card=device, name=load_device(device).name, rule=used, own=bool(own),
                     errors=tuple(result["test_error"] for result in results),
                     means={measure: float(np.mean([result[measure] for result in results])) for measure in MEASURES
                            if all(measure in result for result in results)})
            for (device, used), results in groups.items()]
