"""Recipes about the gradient: bias of the estimators, backpropagation through time, spikes and pooling."""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING, Any

from neurosim.experiment.checks.differences import exact_gradient
from neurosim.experiment.checks.gdu import check_gdu
from neurosim.experiment.checks.gradient import bias_orders, interior_case
from neurosim.experiment.checks.survival import survival
from neurosim.experiment.checks.settling import settle
from neurosim.experiment.checks.case import load_case
from neurosim.experiment.reproduce.recipe import Finding, Recipe, near
from neurosim.learning.phases import Phases
from neurosim.neurons import Schedule

if TYPE_CHECKING:
    from neurosim.experiment.reproduce.recipe import Workbench

_IMAGES = 16
_LONG = Phases(beta=0.1, free_steps=250, nudge_steps=50, window=50)
_ANNEALED = {"lam": Schedule(a=0.832, b=0.584), "epsilon": Schedule(a=0.843, b=0.092)}
_CONSTANT = {"lam": 0.6, "epsilon": 0.9}


def gradient_slopes(bench: Workbench) -> tuple:
    """Return the slopes of the relative errors of both estimators over beta, in a log-log plot."""
    biases = bias_orders(interior_case()).biases
    return tuple(near(f"order of the {name} error in beta", bias.slope, bias.expected, bias.tolerance)
                 for name, bias in biases.items())


def ep_is_bptt(bench: Workbench) -> tuple:
    """Return the steps of the nudged phase against steps of backpropagation."""
    result = check_gdu(load_case("mnist-small", [f"seed={bench.seed}"]),
                       lambda done, total: bench.observe("nudged phases", done, total))
    closer = max(max(p.error) / max(p.one_sided) for p in result.parameters)
    signs = max(max(p.sign_errors) for p in result.parameters)
    return (Finding(quantity="largest relative error of 15 steps, centred", measured=result.largest, expected=0,
                    high=1e-2),
            Finding(quantity="error of centred over that of one-sided increments", measured=closer, high=0.5),
            Finding(quantity="fraction of synapses with the wrong sign", measured=signs, expected=0, high=0.01))


def sigma_delta_rate(bench: Workbench) -> tuple:
    """Return the cosines of spiking gradients with that of the rate network."""
    annealed, mean, last = (_cosines(bench, neurons, phases, pool="average") for neurons, phases in
                            ((_ANNEALED, _LONG), (_CONSTANT, _LONG),
                             (_CONSTANT, dataclasses.replace(_LONG, state="final"))))
    return (Finding(quantity="smallest cosine, annealed lam, mean of 50 steps", measured=min(annealed), expected=1.0,
                    low=0.95),
            Finding(quantity="cosine of conv1, lam = 0.6, mean of 50 steps", measured=mean[0], expected=0.97, low=0.9),
            Finding(quantity="cosine of conv1, lam = 0.6, last state", measured=last[0], high=0.8))


def max_pooling(bench: Workbench) -> tuple:
    """Return the same for three ways of pooling, with annealed lam."""
    average, spikes, decoded = (min(_cosines(bench, _ANNEALED, _LONG, **pool)[:2]) for pool in
                                ({"pool": "average"}, {"pool": "max"}, {"pool": "max", "pool_on": "decoded"}))
    return (Finding(quantity="cosine of the convolutions, average pooling", measured=average, expected=1, low=0.95),
            Finding(quantity="the same, maxima of decoded currents", measured=decoded, expected=0.96, low=0.9),
            Finding(quantity="the same, maxima of raw spikes", measured=spikes, high=0.8))


def _cosines(bench: Workbench, neurons: Any, phases: Any, **pool: Any) -> list[float]:
    """Return the cosine of each connection of 8-16-10 with random weights, input first, over a few images of MNIST."""
    options = ", ".join(f'{key} = "{value}"' for key, value in pool.items())
    convolutions = (f'{{kind = "conv", channels = {channels}, {options}}}' for channels in (8, 16))
    case = load_case("mnist-whole-feedback",
                     [f'network.layers=[{", ".join(convolutions)}, {{units = 10}}]', "learning.targets=[0.0, 1.0]",
                      f"seed={bench.seed}"], _IMAGES)
    case.biases["output"][:] = 0.3    # outputs inside their clips
    rate = case.rate()
    truth, _, _ = exact_gradient(rate, case, settle(rate, case.images))
    found = survival(case.engine(**neurons), case, phases, truth, "")
    return [*found.weights.values()]


_SPIKING = "8 and 16 channels, 16 images and one network here; 4 networks there"

RECIPES = (
    Recipe(name="gradient-slopes", seconds=1, function=gradient_slopes,
           claim="The gradient of equilibrium propagation is wrong by O(beta) with one nudge and by O(beta^2) with two "
                 "of opposite sign. Here on rate neurons, conv - average pooling - dense, away from their clips.",
           source="Laborieux et al., Front. Neurosci. 15:633674 (2021)"),
    Recipe(name="ep-is-bptt", seconds=1, function=ep_is_bptt,
           claim="Every step of the nudged phase changes the products by what backpropagation through time adds when "
                 "it continues one step further back. Here 784-100-10 of rate neurons, 8 images, 15 steps.",
           source="Ernoult et al., NeurIPS (2019)"),
    Recipe(name="sigma-delta-rate", seconds=2, function=sigma_delta_rate,
           claim="Spikes keep the gradient of the rate network when states are means over a phase or lam is annealed, "
                 f"and lose it in the last state of constant steps: {_SPIKING}.",
           source="docs/model.md, What the papers leave open; examples/03_gradient_noise.py"),
    Recipe(name="max-pooling", seconds=4, function=max_pooling,
           claim="Max pooling of raw spikes breaks the gradient of the layers below; averages, or maxima of decoded "
                 f"currents, do not: {_SPIKING}.",
           source="Lin, Bal, Sengupta, Fig. 2 and 3; examples/04_average_or_max_pooling.py"),
)
