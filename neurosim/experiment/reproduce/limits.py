"""What limits learning with spikes: the gradient that short phases find, followed while a network learns."""

from __future__ import annotations

from typing import TYPE_CHECKING

from neurosim.experiment.checks.case import CheckCase, load_case
from neurosim.experiment.checks.parts import in_parts, likenesses, true_gradients
from neurosim.experiment.checks.survival import survival
from neurosim.experiment.reproduce.recipe import Finding, Panel, ProgressObserver, Recipe

if TYPE_CHECKING:
    from collections.abc import Callable

    from neurosim.experiment.checks.parts import Likeness
    from neurosim.experiment.reproduce.recipe import Workbench
    from neurosim.experiment.training import Training

_PRESET, _PRESET_5X5 = "mnist-ideal", "mnist-best"
_FEW = ("data.train_samples=5000", "data.validation_samples=2000", "training.epochs=1", "network.feedback=0.3",
        "learning.beta=0.4")
_RATES = ("neurons.kind=rate", "learning.window=1")
_OUTPUT = "network.layers.2.feedback"
#: What is changed of the preset, by name; all learn with its phases of 12 + 2 x 8 steps. "all weak" and "all whole" is
#: what flows back, with spikes of -1, 0, 1; the preset weakens it below the output alone.
_VARIANTS = {
    "rates": _RATES,
    "-1/0/1": (),
    "0/1": ("neurons.kind=spiking", "learning.targets=[0.25, 0.75]"),
    "all weak": (f"{_OUTPUT}=0.3",),
    "all whole": ("network.feedback=1",),
}
_LOOKS = (25, 100, 250)    #: batches behind which the gradient is looked at
_IMAGES = 200    #: that it is averaged over
_TESTED = 2000


class Looks(ProgressObserver):
    """An Observer that compares the gradient with that of the rate network while a Training continues.

    case : CheckCase of its configuration, whose weights and biases are MUTATED; found : dict from images learnt to the
        cosine in the first connection, where the gradient has come the longest way
    """

    def __init__(self, case: CheckCase, observe: Callable) -> None:
        super().__init__(observe)
        self.case = case
        self.found: dict[int, float] = {}

    def batch(self, training: Training, samples: int) -> None:
        """Look at the gradient where it is time to."""
        batch, case = training.progress.batch, self.case
        super().batch(training, samples)
        if batch not in _LOOKS:
            return
        for own, learnt in ((case.weights, training.model.synapses.weights), (case.biases, training.model.biases)):
            for name, values in learnt.items():
                own[name][...] = values
        truth, = true_gradients([case])
        cosines = survival(case.engine(), case, case.phases, truth, "").weights
        self.found[batch * samples] = next(iter(cosines.values()))


_LEARNING_PANELS = ("cosine of conv1 with the rate network", "5,000 images of MNIST, one epoch")


def learning_limits(bench: Workbench) -> tuple:
    """Cosine of the gradient of the first convolution while five variants learn, and the error of each in the end."""
    cosines, errors = {}, {}
    for number, (name, changes) in enumerate(_VARIANTS.items()):
        training = bench.begin(f"variant-{number}", _PRESET, *_FEW, *changes)
        looks = Looks(load_case(_PRESET, [*_FEW, *changes, f"seed={bench.seed}"], _IMAGES), bench.observe)
        training.run(looks)
        training.save()
        cosines[name], errors[name] = list(looks.found.values()), bench.error(training, _TESTED)
    bench.panels.append(Panel(title=_LEARNING_PANELS[0], x=[20 * batch for batch in _LOOKS],
                              series=cosines, x_label="images learnt", y_label="cosine"))
    bench.panels.append(Panel(title=_LEARNING_PANELS[1], x=list(errors), y_label="test error [%]",
                              series={"feedback and signals": list(errors.values())}))
    rates, ternary, weak = (cosines[name] for name in ("rates", "-1/0/1", "all weak"))
    return (Finding(quantity="smallest cosine of rates", measured=min(rates), expected=1, low=0.95),
            Finding(quantity="what spikes of -1, 0, 1 take off it in the end", measured=rates[-1] - ternary[-1],
                    low=0.1),
            Finding(quantity="mean cosine with whole feedback of the output over that with weak",
                    measured=sum(ternary) / sum(weak), low=1.1),
            Finding(quantity="what spikes add to the error", measured=errors["-1/0/1"] - errors["rates"], high=2,
                    unit="%"))


#: One epoch of the network of mnist-best on bright images: standardised, with first weights that leave room above.
_BRIGHT = ("data.train_samples=5000", "data.validation_samples=2000", "training.epochs=1", "data.crop=0",
           "data.normalise=standard", "network.gains=1")
_CENTRED, _CENTRALISED = "network.initial=centred", "optimiser.centralise=true"
#: What keeps the weights of a unit from moving together, by name.
_TOGETHER = {"neither": (), "weights": (_CENTRED,), "gradients": (_CENTRALISED,), "both": (_CENTRED, _CENTRALISED)}


_DYING_PANELS = ("units of conv2 that no image moves", "5,000 images of MNIST, one epoch")


def dying_units(bench: Workbench) -> tuple:
    """Share of the units of conv2 that no image moves, and the error, by what is done about what weights share."""
    dead, errors = {}, {}
    for number, (name, changes) in enumerate(_TOGETHER.items()):
        training = bench.train(f"{_PRESET_5X5}-{number}", _PRESET_5X5, *_BRIGHT,
                               "network.initial=drawn", "optimiser.centralise=false", *changes)
        evaluation = bench.evaluation(training, _TESTED)
        dead[name], errors[name] = 100 * evaluation.dead["conv2"], 100 * evaluation.error
    bench.panels.append(Panel(title=_DYING_PANELS[0], x=list(dead), y_label="share [%]",
                              series={"conv2": list(dead.values())}))
    bench.panels.append(Panel(title=_DYING_PANELS[1], x=list(errors), y_label="test error [%]",
                              series={"what is centred": list(errors.values())}))
    return (Finding(quantity="units of conv2 that no image moves", measured=dead["neither"], low=15, unit="%"),
            Finding(quantity="the same with both", measured=dead["both"], high=5, unit="%"),
            Finding(quantity="what both take off the error", measured=errors["neither"] - errors["both"], low=1.5,
                    unit="%"))


#: How the gradient is estimated at first weights, by how they are drawn and by name.
_ESTIMATES: dict[str, dict[str, tuple[str, ...]]] = {
    "drawn": {"drawn": ()},
    "centred": {"spikes": (), "beta 0.2": ("learning.beta=0.2",), "rates": _RATES,
                "beta 0.1": (*_RATES, "learning.beta=0.1")},
}
_FIRST, _SECOND, _THIRD = "input-conv1", "conv1-conv2", "conv2-output"
_PARTS, _PART = 16, 16    #: parts between which noise differs, and the images of each
_LIKE_PANELS = {connection: f"{connection}, {_PARTS * _PART} images" for connection in (_FIRST, _SECOND, _THIRD)}


def noise_and_bias(bench: Workbench) -> tuple:
    """Cosine of the gradient at first weights with that of rates, with its noise and without, by connection."""
    found: dict[str, dict[str, Likeness]] = {}
    for initial, variants in _ESTIMATES.items():
        for name, changes in variants.items():
            bench.observe("gradients", len(found), sum(map(len, _ESTIMATES.values())))
            words = [f"network.initial={initial}", *changes, f"seed={bench.seed}"]
            parts = in_parts(load_case(_PRESET, words, _PARTS * _PART), _PARTS)
            found[name] = likenesses(parts, true_gradients(parts))
    for connection, title in _LIKE_PANELS.items():
        both = [one[connection] for one in found.values()]
        bench.panels.append(Panel(title=title, x=list(found), y_label="cosine",
                                  x_label="first weights drawn; centred",
                                  series={"of the estimate": [one.cosine for one in both],
                                          "without its noise": [one.shared for one in both]}))
    first, second = ([one[connection] for one in found.values()] for connection in (_FIRST, _SECOND))
    (drawn, spikes, gentle, rates, still), (_, biased, unbiased, *_) = first, second
    return (Finding(quantity="cosine of conv1 at first weights as they are drawn", measured=drawn.cosine, low=0.95),
            Finding(quantity="the same where they are centred", measured=spikes.cosine, high=0.93),
            Finding(quantity="with beta = 0.2", measured=gentle.cosine, high=0.88),
            Finding(quantity="and without its noise", measured=gentle.shared, low=0.88),
            Finding(quantity="cosine of conv2 without its noise, centred", measured=biased.shared, high=0.95),
            Finding(quantity="with beta = 0.2", measured=unbiased.shared, low=0.97),
            Finding(quantity="cosine of conv1 in rates, which have no noise", measured=rates.cosine, high=0.95),
            Finding(quantity="with beta = 0.1", measured=still.cosine, low=0.98))


RECIPES = (
    Recipe(name="learning-limits", seconds=90, function=learning_limits, panels=_LEARNING_PANELS,
           claim="Phases of 12 + 2 x 8 steps are enough for the gradient of rates. Spikes lose it in the first "
                 "convolution while the network learns, less where the output flows back whole and only the layers "
                 "below are weak (0.3), and the error of a first epoch hardly suffers. mnist-ideal, 5,000 images, 200 "
                 "of them for the gradient, 2,000 test images.",
           source="docs/learning.md"),
    Recipe(name="dying-units", seconds=30, function=dying_units, panels=_DYING_PANELS,
           claim="The signals into a unit are positive, so that what its weights have in common decides whether it "
                 "speaks: units of the second convolution die within the first 5,000 images, and live where first "
                 "weights and gradients have mean 0 over the inputs of a unit. mnist-best on standardised images "
                 "with gains of 1, one epoch of 5,000, 2,000 test images.",
           source="docs/learning.md"),
    Recipe(name="noise-and-bias", seconds=20, function=noise_and_bias, panels=tuple(_LIKE_PANELS.values()),
           claim="At centred first weights the gradient is worse than at drawn ones: noise, which differs between "
                 "parts of the images, takes from the first convolution, and the bias of a nudge of 0.5 from the "
                 "second and from rates. A nudge of 0.2 has no bias, and more noise. mnist-ideal, 256 images in 16 "
                 "parts.",
           source="docs/learning.md"),
)
