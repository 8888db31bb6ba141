"""What limits learning with spikes: the gradient that short phases find, followed while a network learns."""

from __future__ import annotations

from typing import TYPE_CHECKING

from neurosim.experiment.checks.case import CheckCase, load_case
from neurosim.experiment.checks.differences import contrast
from neurosim.experiment.checks.settling import settle
from neurosim.experiment.checks.survival import survival
from neurosim.experiment.observer import Unwatched
from neurosim.experiment.reproduce.recipe import Finding, Panel, Recipe
from neurosim.learning.estimator import built_in

if TYPE_CHECKING:
    from collections.abc import Callable

    from neurosim.experiment.reproduce.recipe import Workbench
    from neurosim.experiment.training import Training

_PRESET, _BEFORE = "mnist-ideal", "mnist-whole-feedback"
_FEW = ("data.train_samples=5000", "data.validation_samples=2000", "training.epochs=1")
_BINARY = ("neurons.kind=spiking", "network.input=spikes", "learning.targets=[0.25, 0.75]")
_SHORT = ("learning.free_steps=12", "learning.nudge_steps=8", "learning.window=6")
#: Name -> preset and assignments; all but the first make 12 + 2 x 8 steps a sample.
_VARIANTS = {
    "whole feedback, 0/1, 80 steps": (_BEFORE,),
    "whole feedback, 0/1": (_BEFORE, *_SHORT),
    "weak feedback, 0/1": (_PRESET, *_BINARY),
    "weak feedback, -1/0/1": (_PRESET,),
    "weak feedback, rates": (_PRESET, "neurons.kind=rate", "learning.window=1"),
}
_LOOKS = (25, 100, 250)    #: batches behind which the gradient is looked at
_IMAGES = 200    #: that it is averaged over
_SMALL = 1e-3    #: beta of the rate network, at which hardly a unit reaches or leaves a clip
_TESTED = 2000


class Looks(Unwatched):
    """An Observer that compares the gradient with that of the rate network while a Training goes on.

    case : CheckCase of its configuration, whose weights and biases are MUTATED; found : dict from images learnt to the
        cosine in the first connection, where the gradient has come the longest way
    """

    def __init__(self, case: CheckCase, observe: Callable) -> None:
        self._case, self._observe = case, observe
        self.found: dict[int, float] = {}

    def batch(self, training: Training, samples: int) -> None:
        """Look at the gradient where it is time to."""
        batch, case = training.progress.batch, self._case
        self._observe(f"training {training.out.stem}", batch * samples, training.samples)
        if batch not in _LOOKS:
            return
        for own, learnt in ((case.weights, training.model.synapses.weights), (case.biases, training.model.biases)):
            for name, values in learnt.items():
                own[name][...] = values
        rate = case.rate()
        truth, _ = contrast(rate, case, settle(rate, case.images), built_in("centred", "free", _SMALL))
        cosines = survival(case.engine(), case, case.phases, truth, "").weights
        self.found[batch * samples] = next(iter(cosines.values()))


def learning_limits(bench: Workbench) -> tuple:
    """Cosine of the gradient of the first convolution while five variants learn, and the error of each in the end."""
    cosines, errors = {}, {}
    for number, (name, (preset, *changes)) in enumerate(_VARIANTS.items()):
        training = bench.begin(f"variant-{number}", preset, *_FEW, *changes)
        looks = Looks(load_case(preset, [*_FEW, *changes, f"seed={bench.seed}"], _IMAGES), bench.observe)
        training.run(looks)
        training.save()
        cosines[name], errors[name] = looks.found, bench.error(training, _TESTED)
    bench.panels.append(Panel(title="cosine of conv1 with the rate network", x=[k * 20 for k in _LOOKS],
                              series={name: list(found.values()) for name, found in cosines.items()},
                              x_label="images learnt", y_label="cosine"))
    bench.panels.append(Panel(title="5,000 images of MNIST", x=range(1, len(errors) + 1),
                              series={name: [error if place == number else float("nan") for place in range(len(errors))]
                                      for number, (name, error) in enumerate(errors.items())},
                              x_label="variant", y_label="test error [%]"))
    binary, ternary, rate = (f"weak feedback, {kind}" for kind in ("0/1", "-1/0/1", "rates"))
    last = {name: list(found.values())[-1] for name, found in cosines.items()}
    return (Finding(quantity="cosine behind 5,000 images, spikes of -1, 0, 1", measured=last[ternary], low=0.6),
            Finding(quantity="what it is above that of spikes of 0 and 1", low=0.1,
                    measured=last[ternary] - last[binary]),
            Finding(quantity="what rates instead of ternary spikes take off the error",
                    measured=errors[ternary] - errors[rate], high=2, unit="%"),
            Finding(quantity="what 80 steps with whole feedback add to it",
                    measured=errors["whole feedback, 0/1, 80 steps"] - errors[ternary], low=2, unit="%"))


RECIPES = (
    Recipe(name="learning-limits", seconds=120, function=learning_limits,
           claim="What limits learning with spikes is the way back: weak feedback lets phases of 12 + 2 x 8 steps "
                 "settle, and spikes that can be negative keep the gradient of the rate network while the network "
                 "learns. mnist-ideal, one epoch of 5,000 images, 2,000 test images.",
           source="docs/learning.md"),
)
