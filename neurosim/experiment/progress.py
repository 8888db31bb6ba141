"""How far a training is."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from neurosim.counts import Counts
from neurosim.experiment.ledger import counts_from, counts_text, is_count
from neurosim.learning.estimator import FREE
from neurosim.learning.starts import Start

if TYPE_CHECKING:
    from neurosim.learning.phases import Phases


@dataclass
class Progress:
    """How far a training is: all that a checkpoint needs beside the model.

    epoch, batch : the next to come; history : one dict per finished epoch; finished : nothing is left to do
    wrong, counts, seconds : so far in this epoch: wrong answers, Counts by the name of their phase, duration [s]
    weights_from : name of the run file whose weights it began with; "" = those that the network draws
    data : digest of the data set, where it is the user's own; "" otherwise
    start : Start of the free phases
    """

    epoch: int = 0
    batch: int = 0
    history: list = field(default_factory=list)
    finished: bool = False
    wrong: int = 0
    counts: dict = field(default_factory=dict)
    seconds: float = 0.0
    weights_from: str = ""
    data: str = ""
    start: Start = field(default_factory=Start)

    def partial(self) -> str:
        """Return the unfinished epoch as JSON text."""
        return json.dumps({"wrong": self.wrong, "seconds": self.seconds, "counts": counts_text(self.counts)})

    def resume_partial(self, text: str, learning: Phases) -> None:
        """Take back what `partial` returned, under these Phases; raises ValueError where that is something else."""
        kept = json.loads(text)
        if not isinstance(kept, dict) or set(kept) != {"wrong", "seconds", "counts"}:
            raise ValueError("it does not hold wrong, seconds and counts")
        if not (is_count(kept["wrong"]) and is_count(kept["seconds"], real=True)):
            raise ValueError("wrong and seconds are not counted")
        self.wrong, self.seconds = kept["wrong"], float(kept["seconds"])
        self.counts = counts_from(kept["counts"], learning)

    def add(self, wrong: int, parts: list[dict]) -> None:
        """Count wrong answers, and what `counts_text` told of each part of a batch."""
        self.wrong += wrong
        for part in parts:
            for phase, counts in part.items():
                self.counts[phase] = self.counts.get(phase, Counts()) + Counts(**counts)

    def close_epoch(self, validation_error: float, scale: float, programming: dict[str, dict]) -> None:
        """Turn the sums of this epoch into a line of the history and begin the next.

        programming : what programming has cost since the beginning, see `programming_now`
        """
        free = self.counts.get(FREE, Counts())
        samples = max(1, free.samples)
        self.history.append({
            "train_error": self.wrong / samples, "validation_error": validation_error, "rate_scale": scale,
            "seconds": self.seconds, "samples_per_second": samples / max(self.seconds, 1e-9),
            "free_steps": free.steps / samples, "counts": self.counts, "programming": programming})
        self.epoch, self.batch, self.wrong, self.seconds = self.epoch + 1, 0, 0, 0.0
        self.counts = {}
