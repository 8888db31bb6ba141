"""Why a network answers badly: parts of it that take no part, and signs that nothing was learnt."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import numpy as np

from neurosim.crossbar.misses import programming_warnings
from neurosim.datasets import prepare
from neurosim.experiment.evaluation import FAINT

if TYPE_CHECKING:
    from neurosim.experiment.evaluation import Evaluation
    from neurosim.experiment.training import Training
    from neurosim.network.graph import Network

INPUTS = 500           #: training images that are looked at
OFTEN = 10             #: images of a class from which on its output unit should have spiked
SIGNIFICANT = 0.01     #: probability of as many right answers by chance below which a network has learnt something
UNMOVED = 1e-4         #: change of a connection over its initial weights, rms, below which it has not learnt
HARDLY = 0.75          #: of the errors that chance makes; more are hardly better
_DEAD, _SATURATED, _AT_ONE_END, _VANISHED = 0.5, 0.5, 0.9, 1e-3
_END = 0.05            #: part of the range that counts as its end; noise of the steps keeps devices off the bound


class LearningWarning(UserWarning):
    """A training came to its end and has probably learnt nothing, or a part of the network takes no part."""


def diagnose(training: Training, evaluation: Evaluation, split: str = "test") -> list[str]:
    """Find what kept a network from learning, or keeps it from answering.

    training : Training, finished or restored; evaluation : Evaluation of its network on `split`
    returns : list of sentences with what was seen, the likely reason and what to change; the verdict comes last
    """
    signs = [*input_signs(training), *programming_warnings(training.model.synapses),
             *layer_signs(evaluation, training.model.network)]
    if training.config.training.epochs:
        signs += [*movement_signs(training), *loss_signs(training.progress.history)]
    return [*signs, *chance_signs(evaluation, split, bool(signs))]


def input_signs(training: Training) -> Iterator[str]:
    """Yield a sentence where no input comes near 0 or 1, which spikes need, or where there are no events."""
    if training.config.network.input == "events":
        samples = training.data.train_images[:INPUTS]
        empty = np.count_nonzero(~samples.any(axis=tuple(range(1, samples.ndim))))
        if empty:
            yield f"{empty} of the first {len(samples)} training samples have no events; check how they were cut"
    if not training.model.network.source.encodes:
        return
    inputs = prepare(training.data.train_images[:INPUTS], training.config.data, training.measured)
    low, high = float(inputs.min()), float(inputs.max())
    if low > 0.1 or high < 0.9:
        yield (f"the inputs lie between {low:.3g} and {high:.3g} and never reach {'0' if low > 0.1 else '1'}: the "
               "images have little contrast, so that their spikes differ little; stretch them to [0, 1], or use "
               "data.normalise=standard with network.input=analog")


def layer_signs(evaluation: Evaluation, network: Network) -> Iterator[str]:
    """Yield sentences about layers that do not take part, and about output units that never spike."""
    output = network.layers[-1].name
    for name, fraction in evaluation.dead.items():
        if fraction > _DEAD and name != output:
            yield (f"layer {name} is mostly dead: {fraction:.1%} of its units leave 0 for no image; "
                   'write network.initial = "centred" and optimiser.centralise = true, raise network.gains or '
                   "learning.free_steps, or lower optimiser.rates")
    for name, fraction in evaluation.saturated.items():
        if fraction > _SATURATED:
            yield (f"layer {name} is saturated: {fraction:.1%} of its units sit at their upper clip; "
                   "lower network.gains or optimiser.rates")
    if not network.sends_states(output):
        seen = np.bincount(evaluation.labels, minlength=evaluation.outputs.shape[1]) >= OFTEN
        dead = np.flatnonzero(seen & (evaluation.outputs.max(axis=0) <= FAINT))
        if dead.size == np.count_nonzero(seen) and dead.size > 1:
            yield (f"no unit of layer {output} spikes for any image; raise learning.free_steps, neurons.epsilon or "
                   "network.gains, or lower optimiser.rates")
        elif dead.size:
            one = dead.size == 1
            yield (f"output unit{'' if one else 's'} {', '.join(map(str, dead))} of layer {output} "
                   f"spike{'s' if one else ''} for no image, so that the errors made there reach no hidden layer; "
                   "lower optimiser.rates, or put learning.targets inside (0, 1)")


def movement_signs(training: Training) -> Iterator[str]:
    """Yield a sentence about connections that learning has not moved, and about devices that are all at one end."""
    still = [name for name, change in _changes(training).items() if change < UNMOVED]
    if still:
        reason = "too small to fire a pulse" if training.model.synapses.pulsed else "too small"
        yield (f"no weight of {', '.join(still)} has changed by more than {UNMOVED:g} of its size: the updates are "
               f"{reason}; raise optimiser.rates, or check "
               "optimiser.clip_norm, learning.beta and learning.targets")
    gone = [name for name, weights in training.model.synapses.weights.items()
            if np.mean(weights ** 2) < _VANISHED ** 2 * np.mean(training.model.network.initial_weights(
                training.config.seed)[name] ** 2)]
    if gone:
        yield (f"the weights of {', '.join(gone)} have vanished: less than {_VANISHED:g} of what they began with is "
               "left; lower optimiser.weight_decay or optimiser.rates")
    yield from _end_signs(training.model.synapses)


def _changes(training: Training) -> dict[str, float]:
    """How far learning has moved each connection that has a rate: rms change over the rms of the initial weights.

    For devices, the pulses of learning. What began with the weights of another run, and has learnt nothing since, is
    left out.
    """
    model = training.model
    rated = [name for name in model.synapses.weights if model.optimiser.rates[name] > 0]
    pulsed, counts, initial = model.synapses.pulsed, model.synapses.counts, model.synapses.initial
    if training.progress.weights_from and not (pulsed and training.progress.history):
        return {}
    if pulsed:
        return {name: sum(getattr(counts, kind)[name] - getattr(initial, kind)[name] for kind in ("set", "reset"))
                for name in rated}
    begin, now = model.network.initial_weights(training.config.seed), model.synapses.weights
    return {name: float(np.sqrt(np.mean((now[name] - begin[name]) ** 2) / max(np.mean(begin[name] ** 2), 1e-30)))
            for name in rated}


def _end_signs(synapses: Any) -> Iterator[str]:
    for name, arrays in synapses.arrays_by_connection().items():
        low, span = arrays[0].device["g_min"], arrays[0].device.span
        x = (np.concatenate([array.conductances().ravel() for array in arrays]) - low) / span
        for end, share in (("lowest", np.mean(x < _END)), ("highest", np.mean(x > 1 - _END))):
            if share > _AT_ONE_END:
                yield (f"{share:.1%} of the devices of {name} are at their {end} conductance, where they hold no "
                       "weight; lower optimiser.rates, or check the steps of the device and synapses.programming")


def loss_signs(history: list[dict]) -> Iterator[str]:
    """Yield a sentence where the training error is high and has not fallen since the first epoch."""
    errors = [entry["train_error"] for entry in history]
    if len(errors) < 2 or errors[0] < 0.5:
        return
    samples = max(1, history[0]["counts"]["free"].samples)
    noise = 2 * np.sqrt(errors[0] * (1 - errors[0]) / samples)
    if min(errors[1:]) >= errors[0] - noise:
        yield (f"the training error never fell: {errors[0]:.1%} in the first epoch, {errors[-1]:.1%} in the last; "
               "lower or raise optimiser.rates tenfold, or check learning.targets and learning.beta")


def chance_signs(evaluation: Evaluation, split: str, explained: bool) -> Iterator[str]:
    """Yield a sentence where the answers are no better than that of the most frequent class, or hardly.

    P(k or more right of n | p) > SIGNIFICANT, binomial, p the share of the most frequent class.

    explained : whether a likely reason has been given
    """
    from scipy.special import bdtrc
    labels, answers = evaluation.labels, evaluation.answers
    count, right = len(labels), int(np.sum(answers == labels))
    classes = np.bincount(labels)
    share = classes.max() / count
    probability = bdtrc(right - 1, count, share) if right else 1.0
    same = f"; every one is answered with {answers[0]}" if len(set(answers.tolist())) == 1 and count > 1 else ""
    chance = probability > SIGNIFICANT
    if count > 1 and share < 1 and (chance or 1 - right / count > HARDLY * (1 - share)):
        why = "see above" if explained else "lower or raise optimiser.rates, or begin with a preset (neurosim presets)"
        yield (f"the answers are {'no' if chance else 'hardly'} better than chance: "
               f"{1 - right / count:.1%} of the {count} {split} images are wrong, and {1 - share:.1%} "
               f"would be if every one were called {classes.argmax()}{same}; {why}")
