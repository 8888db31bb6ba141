"""Seconds until a network is right: the same network, learnt by neurosim and by plain PyTorch, in turn in one run.

    python benchmarks/time_to_accuracy.py [--preset NAME] [--images N] [--limit X] [--goals PERCENT ...] [--json]
    python benchmarks/time_to_accuracy.py --images 5000 --goals 30 10 --validation 1000      # short: two minutes

Contestants learn the same network from the same first weights, by the same phases, steps, rates and batches:

* events: neurosim as `neurosim train` runs it
* dense: the same with engine.kind = "dense", neurosim's own loop in PyTorch
* plain: peer_learning_torch.py, what one would write by the textbook: every synapse in every step

What is counted is learning alone: clocks stand still while images are classified to see how far each is. With
--threads 1 all are timed in processor time. A contestant that has taken --limit times as long as events did for the
last error that it reached is stopped; its ratio is then "more than".
"""

import argparse
import json
import math
import os
import time

import numpy as np

from neurosim._jit import thread_count
from neurosim.datasets import prepare
from neurosim.experiment.config import load_config
from neurosim.experiment.training import Training

GOALS, EVERY, VALIDATION, LIMIT = (3.0, 2.0, 1.5), 2000, 5000, 10.0


class Course:
    """How far one contestant is.

    goals : errors to reach [1]; every : images between two looks; limit : seconds of learning at which to stop
    passed : dict from a goal to the seconds of learning that it took; curve : (images, seconds, error) of every look
    """

    def __init__(self, goals, every, clock, limit=math.inf):
        self.goals, self.every, self.clock, self.limit = goals, every, clock, limit
        self.seconds, self.images, self.passed, self.curve = 0.0, 0, {}, []
        self.begin()

    def begin(self):
        """Go on counting from now."""
        self._begin = self.clock()

    def batch(self, samples, error):
        """Note that so many images have been learnt; error : called, with the clock standing still, for a look."""
        self.seconds += self.clock() - self._begin
        looks, self.images = self.images // self.every, self.images + samples
        if self.images // self.every > looks:
            self.curve.append((self.images, self.seconds, error()))
            for goal in self.goals:
                if self.curve[-1][2] <= goal:
                    self.passed.setdefault(goal, self.seconds)
        self.begin()

    @property
    def over(self):
        """Whether there is nothing to wait for any more."""
        return len(self.passed) == len(self.goals) or self.seconds > self.limit


class Watch:
    """Observer of a Training that keeps its Course; images, labels : to look with."""

    def __init__(self, course, images, labels):
        self.course, self.images, self.labels = course, images, labels

    def batch(self, training, samples):
        def error():
            with training.model.averaged():
                return training.evaluate(self.images, self.labels).error
        self.course.batch(samples, error)

    def epoch(self, training):
        self.course.begin()

    def saved(self, training):
        """Nothing is saved."""

    def stop(self):
        return self.course.over


def compare(config, args, contestants):
    """Let the contestants learn one after the other, events first; returns a dict from each to its Course."""
    goals = [goal / 100 for goal in args.goals]
    clock = time.process_time if args.threads == 1 else time.perf_counter
    courses, limit = {}, math.inf
    for name in contestants:
        kind = ["engine.kind=dense"] if name == "dense" else []
        training = Training(load_config(config, [*args.words, *kind]), None, args.threads)
        looked = [part[:args.validation] for part in (training.data.validation_images,
                                                      training.data.validation_labels)]
        learn = plain(training, args.threads) if name == "plain" else engine_of(training)
        course = courses[name] = Course(goals, args.every, clock, limit)
        learn(course, *looked)
        if name == "events":
            limit = args.limit * (max(course.passed.values()) if course.passed else course.seconds)
    return courses


def plain(training, threads):
    """The textbook loop, ready to learn: a function of a Course and of images and labels to look with."""
    from peer_learning_torch import PlainLearner, torch
    torch.set_num_threads(threads)
    return PlainLearner(training).run


def engine_of(training):
    """The same of neurosim, compiled and calibrated outside the clock."""
    training.make_ready()
    few = training.data.train_images[:2]
    engine, images = training.model.engine, prepare(few, training.config.data, training.measured)
    record = engine.relax(engine.rest(2, np.arange(2, dtype=np.uint64)), images, 1)
    engine.correlate(record.mean, record.mean)
    return lambda course, *looked: training.run(Watch(course, *looked))


def lines(courses, goals):
    """The table, list of str."""
    rows = [f"| validation error | {' | '.join(f'{name}, s' for name in courses)} | "
            f"{' | '.join(f'{name} / events' for name in courses if name != 'events')} |",
            "|---" * (2 * len(courses)) + "|"]
    for goal in goals:
        seconds = {name: course.passed.get(goal / 100) for name, course in courses.items()}
        cells = [f"{one:.1f}" if one else "-" for one in seconds.values()]
        ratios = [_ratio(seconds["events"], seconds[name], courses[name]) for name in courses if name != "events"]
        rows.append(f"| {goal:g} % | {' | '.join([*cells, *ratios])} |")
    return rows + ["", *(f"{name}: {course.images} images in {course.seconds:.1f} s, error "
                         + ", ".join(f"{error:.1%} ({images})" for images, _, error in course.curve)
                         for name, course in courses.items())]


def _ratio(events, other, course):
    if not events:
        return "-"
    return f"{other / events:.1f} x" if other else f"> {course.seconds / events:.1f} x"


def main():
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--preset", default="mnist-ideal", help="or a configuration file")
    parser.add_argument("--set", dest="words", action="append", default=[], metavar="KEY=VALUE")
    parser.add_argument("--images", type=int, help="images to learn from; default: those of the preset")
    parser.add_argument("--limit", type=float, default=LIMIT, help="stop others at so many times the time of events")
    parser.add_argument("--goals", type=float, nargs="+", default=GOALS, metavar="PERCENT")
    parser.add_argument("--every", type=int, default=EVERY, help="images between two looks")
    parser.add_argument("--validation", type=int, default=VALIDATION, help="images of a look")
    parser.add_argument("--only", nargs="+", choices=("events", "dense", "plain"), default=["events", "dense", "plain"])
    parser.add_argument("--threads", type=int, default=thread_count())
    parser.add_argument("--json", action="store_true")
    args = parser.parse_args()
    if args.images:
        args.words = [*args.words, f"data.train_samples={args.images}"]
    names = ["events", *(name for name in args.only if name != "events")]
    before = os.getloadavg()[0]
    try:
        courses = compare(args.preset, args, names)
    except ValueError as error:
        raise SystemExit(f"time_to_accuracy: {error}") from None
    if args.json:
        print(json.dumps({"threads": args.threads, "preset": args.preset, "load_before": before,
                          "contestants": {name: {"seconds": course.seconds, "curve": course.curve, "passed": {
                              f"{100 * goal:g} %": seconds for goal, seconds in course.passed.items()}}
                              for name, course in courses.items()}}))
    else:
        print(f"{args.preset}, {args.threads} threads, load {before:.1f} before\n\n"
              + "\n".join(lines(courses, args.goals)))


if __name__ == "__main__":
    main()
