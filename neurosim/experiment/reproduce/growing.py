"""What growing phases and batches, and means of weights on devices, would bring a training."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from neurosim.experiment.reproduce.recipe import Finding, Panel, ProgressObserver, Recipe
from neurosim.learning.averaging import Average
from neurosim.learning.estimator import FREE

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from neurosim.experiment.reproduce.recipe import Workbench
    from neurosim.experiment.training import Training

_PRESET, _DEVICES = "mnist-ideal", "mnist"
_SPAN = 300    #: updates that means on devices are over
_THREE = ("data.train_samples=20000", "data.validation_samples=10000", "training.epochs=3")
_SHORT = ("learning.free_steps=8", "learning.nudge_steps=4", "learning.window=4")
_CONSTANT = ("optimiser.schedule=constant",)
#: What is changed of the preset in each of three epochs, by name: phases, and batches of 20, 40, 80 at constant rates.
_PHASES = {"preset": ((), (), ()), "growing": (_SHORT, _SHORT, ()), "short": (_SHORT, _SHORT, _SHORT)}
_BATCHES = {"constant": (_CONSTANT,) * 3,
            "batches": (_CONSTANT, (*_CONSTANT, "training.batch=40"), (*_CONSTANT, "training.batch=80"))}


class OneEpoch(ProgressObserver):
    """An Observer that tells of a Training's batches, and stops it behind one epoch."""

    def __init__(self, observe: Callable) -> None:
        super().__init__(observe)
        self._over = False

    def epoch(self, training: Training) -> None:
        self._over = True

    def stop(self) -> bool:
        return self._over


def learnt_by_epoch(bench: Workbench, name: str, preset: str, epochs: Sequence[Sequence[str]]) -> tuple[float, float]:
    """Learn with changes of a preset that are others in each epoch: memory of the optimiser and the cosine go on.

    epochs : `key.path=value` overrides of each; none may change what a network, its synapses or its data are
    returns : validation error in the end [%], time steps a training sample took on average
    """
    training, steps = bench.begin(f"{name}-1", preset, *epochs[0]), []
    for number, changes in enumerate(epochs):
        if number:
            before, training = training, bench.begin(f"{name}-{number + 1}", preset, *changes)
            training.model.restore(before.model.stored())
            training.progress.epoch = number
        training.run(OneEpoch(bench.observe))
        counts = training.progress.history[0]["counts"]
        steps.append(sum(one.steps for one in counts.values()) / counts[FREE].samples)
    return 100 * training.validation.error, sum(steps) / len(steps)


#: Titles of the panels.
_GROWING = ("3 epochs of 20,000 images of MNIST", "steps of a training sample")
_MEAN = "3 epochs of 20,000 images, EpiRAM"


def growing(bench: Workbench) -> tuple:
    """Validation error behind three epochs, and time steps of a sample, by what grows."""
    found = {name: learnt_by_epoch(bench, f"course-{number}", _PRESET, [(*_THREE, *changes) for changes in epochs])
             for number, (name, epochs) in enumerate({**_PHASES, **_BATCHES}.items())}
    errors, steps = ({name: values[place] for name, values in found.items()} for place in (0, 1))
    for title, label, values in zip(_GROWING, ("validation error [%]", "time steps"), (errors, steps)):
        bench.panels.append(Panel(title=title, x=list(values), y_label=label,
                                  series={"what grows": list(values.values())}))
    whole, grown, short = (errors[name] for name in _PHASES)
    constant, batches = (errors[name] for name in _BATCHES)
    return (Finding(quantity="what short phases add to the error", measured=short - whole, low=0.05, unit="%"),
            Finding(quantity="what phases that grow add to it", measured=grown - whole, low=-0.3, high=0.5, unit="%"),
            Finding(quantity="their steps over those of the preset", measured=steps["growing"] / steps["preset"],
                    high=0.85),
            Finding(quantity="what constant rates add to the error", measured=constant - whole, low=0.05, unit="%"),
            Finding(quantity="the same in batches that grow", measured=batches - whole, low=-0.3, high=0.5, unit="%"))


class Averaging(ProgressObserver):
    """An Observer that keeps the mean of what a Training has learnt beside it.

    average : Average over `span` updates of its weights, as a read finds them, and of its biases
    """

    def __init__(self, training: Training, span: int, observe: Callable) -> None:
        super().__init__(observe)
        self.average = Average(span, self._parameters(training))

    @staticmethod
    def _parameters(training: Training) -> dict[str, np.ndarray]:
        return {**training.model.synapses.weights, **training.model.biases}

    def batch(self, training: Training, samples: int) -> None:
        super().batch(training, samples)
        self.average.add(self._parameters(training))


def written_mean(bench: Workbench) -> tuple:
    """Validation error on EpiRAM: the preset, with rates that end at 0.3 of themselves, and their mean written."""
    preset = bench.train("preset", _DEVICES, *_THREE)
    training = bench.begin("last", _DEVICES, *_THREE, "optimiser.last=0.3")
    averaging = Averaging(training, _SPAN, bench.observe)
    training.run(averaging)
    errors = {"preset": 100 * preset.validation.error, "last 0.3": 100 * training.validation.error}
    mean, model = averaging.average.mean, training.model
    model.write({name: mean[name] for name in model.synapses.weights}, {name: mean[name] for name in model.biases},
                "the mean")
    training.make_ready()
    errors["mean"] = 100 * training.evaluate(training.data.validation_images, training.data.validation_labels).error
    bench.panels.append(Panel(title=_MEAN, x=list(errors), y_label="validation error [%]",
                              series={"weights": list(errors.values())}))
    return (Finding(quantity="what the written mean takes off the same network", low=0, unit="%",
                    measured=errors["last 0.3"] - errors["mean"]),
            Finding(quantity="what it takes off the preset", measured=errors["preset"] - errors["mean"], low=0,
                    unit="%"))


RECIPES = (
    Recipe(name="growing", seconds=100, function=growing, panels=_GROWING,
           claim="Phases that are short (8 + 2 x 4 steps) in the first two of three epochs end near those of the "
                 "preset in three quarters of the steps, where short ones to the end do not. Batches that grow (20, "
                 "40, 80) at constant rates do what rates that fall do, and no more. mnist-ideal, 3 epochs of 20,000 "
                 "images, 10,000 validation images.",
           source="docs/learning.md"),
    Recipe(name="written-mean", seconds=60, function=written_mean, panels=(_MEAN,),
           claim="The mean of weights over the last 300 updates, written to the devices in the end, is better than "
                 "what they were left with, where rates do not fall to 0, and than the preset, where they do. mnist, 3 "
                 "epochs of 20,000 images, 10,000 validation images.",
           source="docs/learning.md"),
)
