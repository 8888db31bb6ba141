"""The recipes that `neurosim reproduce` lists."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from neurosim.experiment.reproduce.recipe import Recipe


def print_recipes(recipes: Sequence[Recipe], as_json: bool) -> None:
    """Print recipes with their claims, sources and panels."""
    from neurosim.experiment.pipeline.summary import duration
    from neurosim.experiment.reproduce.text import claim_lines
    if as_json:
        print(json.dumps({"recipes": [{"name": recipe.name, "claim": recipe.claim, "source": recipe.source,
                                       "seconds": recipe.seconds, "panels": recipe.panels} for recipe in recipes]}))
        return
    width = max(len(recipe.name) for recipe in recipes)
    for recipe in recipes:
        print(f"{recipe.name:<{width}}  {duration(recipe.seconds)}")
        print("\n".join(claim_lines(recipe)))
    print(f"\ntimes on two idle cores, once all is compiled; next  neurosim reproduce {recipes[0].name}")
