"""Observers of trainings for tests of what is interrupted."""

from neurosim.experiment.observer import Unwatched


class StopAfter(Unwatched):
    """Stop a training after so many batches.

    batches : learnt before it stops
    """

    def __init__(self, batches):
        self.left = batches

    def batch(self, training, samples):
        self.left -= 1

    def stop(self):
        return self.left <= 0
