"""The recipes that ship: the short ones hold, a broken engine is found by them, and all say what they claim."""

import dataclasses
import inspect
import re
from pathlib import Path

import pytest

from neurosim.experiment.reproduce import RECIPES, arrays, find_recipe, gradients, reproduce
from neurosim.engines.events.engine import EventsEngine
from neurosim.engines.protocol import Products

ROOT = Path(__file__).resolve().parents[3]
SHORT = [pytest.param(name, marks=pytest.mark.slow) if recipe.seconds > 0.2 else name
         for name, recipe in RECIPES.items() if recipe.seconds <= 2]


@pytest.mark.parametrize("name", [*SHORT, pytest.param("noise-and-bits", marks=pytest.mark.slow)])
def test_short_claims_hold(name):
    outcome = reproduce(RECIPES[name])
    assert tuple(panel.title for panel in outcome.panels) == RECIPES[name].panels
    assert outcome.passed, [finding.numbers() for finding in outcome.findings if not finding.passed]


def test_every_recipe_says_what_it_claims_where_and_how_long_it_takes():
    for name, recipe in RECIPES.items():
        assert recipe.name == name and re.fullmatch(r"[a-z0-9-]+", name)
        assert recipe.claim.endswith(".") and len(recipe.claim) > 60 and recipe.source
        assert 0 < recipe.seconds <= 3600
        for path in re.findall(r"examples/[\w/-]+\.\w+", recipe.source):
            assert (ROOT / path).is_file(), path
    assert {recipe.function.__doc__ is None for recipe in RECIPES.values()} == {False}


def test_every_recipe_that_draws_names_its_panels_before_it_runs():
    """So that --panel is refused at once, and not after an hour."""
    for recipe in RECIPES.values():
        assert bool(recipe.panels) == ("panels" in inspect.getsource(recipe.function)), recipe.name
        assert len(set(recipe.panels)) == len(recipe.panels)
        for panel in recipe.panels:
            recipe.refuse_panel(panel)
        with pytest.raises(ValueError, match="^--panel "):
            recipe.refuse_panel("none", "--panel")


def test_an_unknown_recipe_offers_the_nearest():
    assert find_recipe("stuck-heal") is RECIPES["stuck-heal"]
    with pytest.raises(ValueError, match="^recipe 'stuckheal': unknown; did you mean 'stuck-heal'"):
        find_recipe("stuckheal")


@pytest.mark.slow
def test_a_gradient_whose_centred_error_is_linear_is_found(monkeypatch):
    right = gradients.bias_orders

    def linear(case):
        orders = right(case)
        centred = dataclasses.replace(orders.biases["centred"], slope=1.0)
        return dataclasses.replace(orders, biases={**orders.biases, "centred": centred})

    monkeypatch.setattr(gradients, "bias_orders", linear)
    first, second = reproduce(RECIPES["gradient-slopes"]).findings
    assert first.passed and not second.passed


@pytest.mark.slow
def test_a_gradient_of_the_wrong_sign_is_found(monkeypatch):
    from neurosim.experiment.checks import gdu
    right = EventsEngine.correlate

    def wrong(*arguments):
        products = right(*arguments)
        return Products({name: -values for name, values in products.weights.items()}, products.biases)

    monkeypatch.setattr(gdu, "nudged_steps", _with(gdu, "nudged_steps", wrong))
    assert not any(finding.passed for finding in reproduce(RECIPES["ep-is-bptt"]).findings)


def _with(module, name, correlate):
    """The function of a module, whose engine has another `correlate` while it runs."""
    function = getattr(module, name)

    def replaced(*arguments):
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(EventsEngine, "correlate", correlate)
            return [*function(*arguments)]

    return replaced


@pytest.mark.slow
def test_wires_without_resistance_are_found(monkeypatch):
    monkeypatch.setattr(arrays, "effective_conductances", lambda conductances, wires: conductances)
    assert not any(finding.passed for finding in reproduce(RECIPES["crossbar-loss"]).findings)
    equal, *others = reproduce(RECIPES["reciprocity"]).findings
    assert equal.passed and not any(finding.passed for finding in others)
