"""How long chips take to learn, measured on a few batches, and how much learning fits into a budget."""

from __future__ import annotations

import math
import time
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from neurosim.experiment.observer import Unwatched
from neurosim.experiment.training import Training

if TYPE_CHECKING:
    from neurosim.experiment.config import Config

_BATCHES, _LONGEST = 8, 3.0    #: most batches that are timed, and the time after which no other one begins [s]
_TESTED = 100    #: images whose classification is timed
_BEGIN = 6.0    #: of the processes that compute, with what they load [s]


@dataclass(frozen=True)
class Pace:
    """Time of one chip on one core: to be made, for an image that it learns, and for one that it classifies [s]."""

    made: float
    learnt: float
    classified: float

    def seconds(self, images: float, classified: float) -> float:
        """Return how long a chip takes to learn and to classify so many images."""
        return self.made + self.learnt * images + self.classified * classified


def measured(config: Config) -> Pace:
    """Learn a few batches of a configuration on one thread, and classify a few images; nothing is kept.

    config : with its numbers of training and test images
    raises : ValueError where it cannot be learnt
    """
    batch = config.training.batch
    data = replace(config.data, train_samples=min(batch * _BATCHES, config.data.train_samples),
                   test_samples=min(_TESTED, config.data.test_samples))
    small = replace(config, data=data, training=replace(config.training, epochs=1))
    begin = time.perf_counter()
    training = Training(small, threads=1)
    training.make_ready()
    made = time.perf_counter() - begin
    watch = _Watch()
    training.run(watch)
    begin = time.perf_counter()
    training.evaluate(training.data.test_images, training.data.test_labels)
    classified = (time.perf_counter() - begin) / len(training.data.test_labels)
    return Pace(made, watch.seconds / batch, classified)


def typical(configs: list[Config]) -> Pace:
    """Return the mean pace of several configurations, when all their kernels are compiled."""
    for config in configs:
        measured(config)
    paces = [measured(config) for config in configs]
    return Pace(*(sum(getattr(pace, name) for pace in paces) / len(paces)
                  for name in ("made", "learnt", "classified")))


def forecast(pace: Pace, points: int, jobs: int, images: int, classified: int) -> float:
    """Return seconds until so many chips have learnt and classified so many images each, so many at once."""
    return _BEGIN + math.ceil(points / jobs) * pace.seconds(images, classified)


def fitting(pace: Pace, points: int, jobs: int, budget: float, classified: int) -> float:
    """Return how many images each chip can learn within a budget [s]; negative where it is over before."""
    return ((budget - _BEGIN) / math.ceil(points / jobs) - pace.seconds(0, classified)) / pace.learnt


class _Watch(Unwatched):
    """Notes the time now and when batches were learnt, and stops after a few."""

    def __init__(self) -> None:
        self.times = [time.perf_counter()]

    @property
    def seconds(self) -> float:
        """Mean time of a batch [s]; that of the first, which makes more than itself, where there is no other."""
        times = self.times[1:] if len(self.times) > 2 else self.times
        return (times[-1] - times[0]) / (len(times) - 1)

    def batch(self, training: Training, samples: int) -> None:
        self.times.append(time.perf_counter())

    def stop(self) -> bool:
        return len(self.times) > 3 and self.times[-1] - self.times[1] > _LONGEST
