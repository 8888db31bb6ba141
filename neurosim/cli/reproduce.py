"""neurosim reproduce: rerun claims of the README and of papers, and say whether they hold."""

from __future__ import annotations

import json
import math
import textwrap
from argparse import Namespace
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from neurosim.cli.parsers import Parsers
    from neurosim.experiment.reproduce.recipe import Finding, Outcome, Recipe

FAILED = 1    #: exit code: a claim does not hold
EVERYTHING = "all"
_WIDTH = 118


def add_parser(subparsers: Parsers) -> None:
    parser = subparsers.add_parser(
        "reproduce", help="rerun claims of this software and of papers at reduced size",
        description="Rerun claims of the README and of papers at reduced size and compare what is found with bounds "
                    "that were stated beforehand. Without a name, list the recipes. "
                    "Exit code 1 when a claim does not hold.")
    parser.add_argument("names", metavar="NAME", nargs="*",
                        help="recipes to run, in their order, or all (default: list them)")
    parser.add_argument("--list", action="store_true", help="list the recipes, or those named, and run none")
    parser.add_argument("--out", metavar="FOLDER",
                        help="keep what is trained, and figures, in FOLDER/NAME (default: keep figures alone, here)")
    parser.add_argument("--no-figure", action="store_false", dest="figure", help="draw no figure of what was found")
    parser.add_argument("--seed", type=int, default=0, help="seed of all that is drawn (default: 0)")
    parser.add_argument("--quiet", action="store_true", help="show no progress")
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    parser.set_defaults(run=run)


def run(arguments: Namespace) -> int:
    from neurosim.cli.display import choose_display
    from neurosim.cli.train import announced
    from neurosim.experiment.reproduce import RECIPES, find_recipe, reproduce
    everything = EVERYTHING in arguments.names or not arguments.names
    recipes = [*RECIPES.values()] if everything else [find_recipe(name) for name in arguments.names]
    if arguments.list or not arguments.names:
        _print_list(recipes, arguments.json)
        return 0
    folders = _folders(recipes, arguments.out)
    display, outcomes, figures = choose_display(arguments.quiet), [], {}
    with announced(display):
        for recipe in recipes:
            outcomes.append(reproduce(recipe, folders[recipe.name], arguments.seed,
                                      lambda title, done, total: display.advance(title, done, total, "")))
            display.close()
            if arguments.figure and outcomes[-1].panels:
                figures[recipe.name] = str(_draw(outcomes[-1], folders[recipe.name]))
            if not arguments.json:
                drawn = [f"figure  {figures[recipe.name]}"] if recipe.name in figures else []
                print("\n".join([*_lines(outcomes[-1]), *drawn]) + "\n", flush=True)
    failed = [outcome.recipe.name for outcome in outcomes if not outcome.passed]
    if arguments.json:
        print(json.dumps({"passed": not failed, "seed": arguments.seed,
                          "recipes": [outcome.numbers() | {"figure": figures.get(outcome.recipe.name)}
                                      for outcome in outcomes]}))
    elif len(outcomes) > 1:
        print(f"{len(outcomes) - len(failed)} of {len(outcomes)} claims hold"
              + (f"; FAILED: {', '.join(failed)}" if failed else ""))
    return FAILED if failed else 0


def _folders(recipes: Sequence[Recipe], out: str | None) -> Mapping[str, Path | None]:
    """Folder of each recipe, or None; one that is there already is refused before anything runs."""
    if out is None:
        return {recipe.name: None for recipe in recipes}
    if Path(out).is_file():
        raise ValueError(f"--out {out}: is a file; name a folder")
    folders = {recipe.name: Path(out) / recipe.name for recipe in recipes}
    for folder in folders.values():
        if folder.exists():
            raise ValueError(f"--out {out}: {folder} is there already; choose another folder, or remove it")
    Path(out).mkdir(parents=True, exist_ok=True)
    return folders


def _draw(outcome: Outcome, folder: Path | None) -> Path:
    """Draw the figure of a recipe in its folder, or here, under a name that is free; returns its path."""
    from neurosim.cli.files import free_names, write_figure
    from neurosim.plots.claims import claim_figure
    (folder or Path()).mkdir(parents=True, exist_ok=True)
    path, = free_names([(folder or Path()) / f"{outcome.recipe.name}.png"])
    write_figure(claim_figure(outcome), path)
    return path


def _print_list(recipes: Sequence[Recipe], as_json: bool) -> None:
    from neurosim.cli.summary import duration
    if as_json:
        print(json.dumps({"recipes": [{"name": recipe.name, "claim": recipe.claim, "source": recipe.source,
                                       "seconds": recipe.seconds} for recipe in recipes]}))
        return
    width = max(len(recipe.name) for recipe in recipes)
    for recipe in recipes:
        print(f"{recipe.name:<{width}}  {duration(recipe.seconds)}")
        print("\n".join(_claim(recipe)))
    print(f"\ntimes on two idle cores, once all is compiled; next  neurosim reproduce {recipes[0].name}")


def _lines(outcome: Outcome) -> list[str]:
    """What a recipe claims, the table of what it found, and the verdict."""
    from neurosim.cli.summary import duration
    from neurosim.experiment.checks.table import table, verdict
    rows = [("quantity", "measured", "expected", "tolerance", "")]
    rows += [(found.quantity, _text(found.measured, found.unit),
              "" if found.expected is None else _text(found.expected, found.unit), _tolerance(found),
              verdict(found.passed)) for found in outcome.findings]
    return [outcome.recipe.name, *_claim(outcome.recipe), *table(rows),
            f"{outcome.recipe.name}: {verdict(outcome.passed)}, {duration(outcome.seconds)}"]


def _claim(recipe: Recipe) -> Iterator[str]:
    for text in (recipe.claim, f"source: {recipe.source}"):
        yield from textwrap.wrap(text, _WIDTH, initial_indent="  ", subsequent_indent="  ")


def _tolerance(found: Finding) -> str:
    """What passes: "+- 0.2", "0.5 to 1.2", "at most 6 %", "at least 0.95"."""
    if math.isinf(found.low):
        return f"at most {_text(found.high, found.unit)}"
    if math.isinf(found.high):
        return f"at least {_text(found.low, found.unit)}"
    half = (found.high - found.low) / 2
    centred = found.expected is not None and math.isclose(found.low + half, found.expected, rel_tol=1e-9, abs_tol=1e-30)
    return (f"+- {_text(half, found.unit, 3)}" if centred else
            f"{_text(found.low, found.unit)} to {_text(found.high, found.unit)}")


def _text(value: float, unit: str, digits: int = 4) -> str:
    from neurosim.memristor.si_format import quantity
    return f"{value:.{digits}g} %" if unit == "%" else quantity(value, unit, digits)
