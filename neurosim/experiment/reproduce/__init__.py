"""Recipes that rerun a claim of the README or of a paper at reduced size, and compare it with stated bounds.

    outcome = reproduce(find_recipe("gradient-slopes"))
    outcome.passed, outcome.findings
"""

from __future__ import annotations

from neurosim.experiment.reproduce import (arrays, devices, energy, gradients, growing, hopfield, learning, limits,
                                           lin2024, pooling)
from neurosim.experiment.reproduce.recipe import Finding, Outcome, Panel, Recipe, Workbench, near, reproduce
from neurosim.tables import nearest

#: name -> Recipe, in the order in which they are listed
RECIPES = {recipe.name: recipe
           for topic in (gradients, arrays, energy, devices, learning, limits, growing, pooling, lin2024, hopfield)
           for recipe in topic.RECIPES}

__all__ = ["RECIPES", "Finding", "Outcome", "Panel", "Recipe", "Workbench", "find_recipe", "near", "reproduce"]


def find_recipe(name: str) -> Recipe:
    """Return the Recipe `name`; an unknown name is a ValueError that offers the nearest."""
    if name not in RECIPES:
        raise ValueError(f"recipe {name!r}: unknown{nearest(name, RECIPES)}")
    return RECIPES[name]
