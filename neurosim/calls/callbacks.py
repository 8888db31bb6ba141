"""Callbacks of the user's own: objects with any of four methods, which a training calls."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from neurosim.experiment.training import Training

METHODS = ("on_batch", "on_epoch", "on_checkpoint", "stop")


class Callbacks:
    """The Observer that calls them.

        class Patience:
            def on_epoch(self, training):
                print(training.progress.history[-1]["validation_error"])

            def stop(self, training):
                return training.progress.epoch >= 3

    on_batch, on_epoch, on_checkpoint : called with the Training when a batch was learnt, an epoch was closed, the run
        file was written; stop : called with the Training after every batch and every epoch; a training stops
        where it returns true
    error : what the first of them raised, which stops the training; None where none did
    raises : ValueError for an object that has none of the methods
    """

    def __init__(self, callbacks: Sequence[object]) -> None:
        if not isinstance(callbacks, Sequence):
            raise ValueError(f"callbacks: a {type(callbacks).__name__} is not a list; give a list of objects that have "
                             f"any of the methods {', '.join(METHODS)}")
        for one in callbacks:
            if not any(callable(getattr(one, name, None)) for name in METHODS):
                raise ValueError(f"callbacks: a {type(one).__name__} has none of the methods {', '.join(METHODS)}; "
                                 "give it one of them, called with the Training")
        self._callbacks, self._training = list(callbacks), None    # type: list[object], Training | None
        self.error: Exception | None = None

    def batch(self, training: Training, samples: int) -> None:
        """Tell all that a batch has been learnt."""
        self._training = training
        self._call("on_batch", training)

    def epoch(self, training: Training) -> None:
        """Tell all that an epoch has been closed."""
        self._training = training
        self._call("on_epoch", training)

    def saved(self, training: Training) -> None:
        """Tell all that a checkpoint has been written."""
        self._call("on_checkpoint", training)

    def stop(self) -> bool:
        """Return whether one of them wishes to stop, or has failed."""
        wished = self._training is not None and any(self._call("stop", self._training))
        return wished or self.error is not None

    def raise_error(self, told: str) -> None:
        """Raise what one of them raised, with a note beneath it."""
        if self.error is not None:
            self.error.add_note(told)
            raise self.error

    def _call(self, name: str, training: Training) -> list[object]:
        methods = [method for one in self._callbacks if callable(method := getattr(one, name, None))]
        try:
            return [method(training) for method in methods if self.error is None]
        except Exception as error:    # whatever it is, the batch is finished and saved before it is shown
            self.error = error
            return []
