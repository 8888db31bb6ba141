"""Who watches a training, and may stop it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from neurosim.experiment.training import Training


class Observer(Protocol):
    """Who watches a training: a progress bar, a log, a test."""

    def batch(self, training: Training, samples: int) -> None:
        """Take notice of a batch of `samples` that was learnt."""

    def epoch(self, training: Training) -> None:
        """Take notice of the end of an epoch."""

    def saved(self, training: Training) -> None:
        """Take notice of a checkpoint."""

    def stop(self) -> bool:
        """Return whether to stop after this batch, of images to learn from or to validate with, or after this epoch."""


class Unwatched:
    """An Observer that ignores everything and never stops a training."""

    def batch(self, training: Training, samples: int) -> None:
        pass

    def epoch(self, training: Training) -> None:
        pass

    def saved(self, training: Training) -> None:
        pass

    def stop(self) -> bool:
        return False


class Stopped(Exception):
    """An evaluation was given up because somebody said stop."""
