"""neurosim reproduce: rerun claims of the README and of papers, and say whether they hold."""

from __future__ import annotations

import json
from argparse import Namespace
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from neurosim.cli.numbers import count
from neurosim.cli.files import LOOK, add_look
from neurosim.cli.idle import refuse_idle
from neurosim.cli.recipes import print_recipes

if TYPE_CHECKING:
    from neurosim.cli.parsers import Parsers
    from neurosim.experiment.reproduce.recipe import Outcome, Recipe

FAILED = 1    #: exit code: a claim does not hold
EVERYTHING = "all"


def add_parser(subparsers: Parsers) -> None:
    parser = subparsers.add_parser(
        "reproduce", help="rerun claims of this software and of papers at reduced size",
        description="Rerun claims of the README and of papers at reduced size and compare the results with bounds that "
                    "were fixed beforehand. Without a name, list the recipes. Exit code 1 when a claim does not hold.")
    parser.add_argument("names", metavar="NAME", nargs="*",
                        help="recipes to run, in their order, or all (default: list them)")
    parser.add_argument("--list", action="store_true", help="list the recipes, or those named, and run none")
    parser.add_argument("--out", metavar="FOLDER",
                        help="keep run files and figures in FOLDER/NAME (default: only figures, in the current folder)")
    parser.add_argument("--no-figure", action="store_true", help="draw no figure of the results")
    add_look(parser, "by its title, of one recipe that is named, see --list")
    parser.add_argument("--seed", metavar="N", type=count(0), help="seed of all random numbers (default: 0)")
    parser.add_argument("--quiet", action="store_true", help="show no progress")
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    parser.set_defaults(run=run)


def run(arguments: Namespace) -> int:
    from neurosim.experiment.pipeline.display import announced, choose_display
    from neurosim.experiment.reproduce import RECIPES, find_recipe, reproduce
    from neurosim.experiment.reproduce.text import outcome_lines
    everything = EVERYTHING in arguments.names or not arguments.names
    recipes = [*RECIPES.values()] if everything else [find_recipe(name) for name in arguments.names]
    if arguments.list or not arguments.names:
        refuse_idle(arguments, ("--out", "--no-figure", *LOOK, "--seed"), "nothing is run where recipes are listed; "
                    f"{'omit --list' if arguments.list else 'name a recipe'}, or omit it")
        print_recipes(recipes, arguments.json)
        return 0
    seed = arguments.seed or 0
    _refuse_looks(arguments, recipes)
    folders = _folders(recipes, arguments.out)
    display, outcomes, figures = choose_display(arguments.quiet), [], {}
    with announced(display):
        for recipe in recipes:
            outcomes.append(reproduce(recipe, folders[recipe.name], seed,
                                      lambda title, done, total: display.advance(title, done, total, "")))
            display.close()
            if not arguments.no_figure and outcomes[-1].panels:
                figures[recipe.name] = str(_draw(outcomes[-1], folders[recipe.name], arguments))
            if not arguments.json:
                drawn = [f"figure  {figures[recipe.name]}"] if recipe.name in figures else []
                print("\n".join([*outcome_lines(outcomes[-1]), *drawn]) + "\n", flush=True)
    failed = [outcome.recipe.name for outcome in outcomes if not outcome.passed]
    if arguments.json:
        print(json.dumps({"passed": not failed, "seed": seed,
                          "recipes": [outcome.numbers() | {"figure": figures.get(outcome.recipe.name)}
                                      for outcome in outcomes]}))
    elif len(outcomes) > 1:
        print(f"{len(outcomes) - len(failed)} of {len(outcomes)} claims hold"
              + (f"; FAILED: {', '.join(failed)}" if failed else ""))
    return FAILED if failed else 0


def _refuse_looks(arguments: Namespace, recipes: Sequence[Recipe]) -> None:
    """Raise ValueError, before anything runs, for a look of figures that none of the recipes can have."""
    if arguments.no_figure:
        refuse_idle(arguments, LOOK, "--no-figure draws no figure; omit one of them")
    if arguments.panel and len(recipes) > 1:
        raise ValueError(f"--panel {arguments.panel}: belongs to one recipe, and {len(recipes)} are named; name one")
    if arguments.panel:
        recipes[0].refuse_panel(arguments.panel, "--panel")
    if not any(recipe.panels for recipe in recipes):
        refuse_idle(arguments, ("--width",), f"{', '.join(recipe.name for recipe in recipes)} has no figure; omit it")


def _folders(recipes: Sequence[Recipe], out: str | None) -> Mapping[str, Path | None]:
    """Return the folder of each recipe, or None; one that already exists is refused before anything runs."""
    if out is None:
        return {recipe.name: None for recipe in recipes}
    if Path(out).is_file():
        raise ValueError(f"--out {out}: is a file; name a folder")
    folders = {recipe.name: Path(out) / recipe.name for recipe in recipes}
    for folder in folders.values():
        if folder.exists():
            raise ValueError(f"--out {out}: {folder} already exists; choose another folder, or remove it")
    Path(out).mkdir(parents=True, exist_ok=True)
    return folders


def _draw(outcome: Outcome, folder: Path | None, arguments: Namespace) -> Path:
    """Draw the figure of a recipe in its folder, or here, under a name that is free; returns its path."""
    from neurosim.plots import write
    from neurosim.plots.claims import claim_figure, claim_panel
    from neurosim.results.outputs import free_names
    (folder or Path()).mkdir(parents=True, exist_ok=True)
    path, = free_names([(folder or Path()) / f"{outcome.recipe.name}.png"])
    write(claim_panel(outcome, arguments.panel, width=arguments.width).figure if arguments.panel else
          claim_figure(outcome, arguments.width), path)
    return path
