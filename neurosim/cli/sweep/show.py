"""neurosim sweep status, table and plot: how far a sweep is, its points, its figures."""

from __future__ import annotations

import json
import sys
from argparse import Namespace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from neurosim.cli.idle import refuse_idle
from neurosim.cli.terminal import command
from neurosim.tables import printable
from neurosim.whole import counted

if TYPE_CHECKING:
    from neurosim.experiment.sweep.store import Store, Survey

_LISTED = 5    #: failed points, and damaged files, that are listed
_ALWAYS = ("index", "state")    #: columns of the table that are shown even where they never change


def run(arguments: Namespace) -> int:
    """Show what is asked for of the folder of a sweep; returns the exit code."""
    from neurosim.experiment.sweep.store import Store
    if not arguments.folder:
        raise ValueError(f"sweep {arguments.what}: the folder of a sweep is missing; write neurosim sweep "
                         f"{arguments.what} FOLDER")
    store = Store.open(arguments.folder)
    if arguments.what == "plot":
        from neurosim.cli.sweep import plot
        return plot.run(arguments, store)
    return print_state(store, arguments.json) if arguments.what == "status" else _print_table(store, arguments)


def surveyed(store: Store) -> Survey:
    """Return the rows of a sweep, a Survey; damaged files are named on stderr."""
    survey = store.survey()
    for sentence in [*survey.damaged.values()][:_LISTED]:
        print(f"warning: {sentence}", file=sys.stderr, flush=True)
    if len(survey.damaged) > _LISTED:
        more = counted(len(survey.damaged) - _LISTED, "more file that does", "more files that do")
        print(f"warning: ... and {more} not count", file=sys.stderr)
    return survey


def print_state(store: Store, as_json: bool, elsewhere: int = 0) -> int:
    """Print how far a sweep is; returns the exit code: 1 when points have failed, 3 when some are left to others.

    elsewhere : points of the share of a driver that other drivers compute
    """
    from neurosim.cli import INCOMPLETE
    survey = surveyed(store)
    states, failed = store.states(survey.rows), [row for row in survey.rows if row["state"] == "failed"]
    code = 1 if failed else INCOMPLETE if elsewhere else 0
    if as_json:
        print(json.dumps({"folder": str(store.folder), "name": store.description["name"], **vars(states),
                          "waiting": states.waiting, "elsewhere": elsewhere, "damaged": survey.damaged,
                          "errors": {row["id"]: row["error"] for row in failed}}))
        return code
    print(f"sweep {store.description['name']} in {store.folder}: {states.done:,} of {counted(states.total, 'point')} "
          f"done, {states.failed} failed, {states.running} running, {states.interrupted} interrupted, "
          f"{states.waiting:,} waiting")
    if elsewhere:
        print(f"not complete: {counted(elsewhere, 'point is', 'points are')} left to another driver, which has locked "
              f"{'it' if elsewhere == 1 else 'them'}; the same command continues when it has ended")
    for row in failed[:_LISTED]:
        print(f"failed  {row['id']} {_text(row['point'])}: {printable(row['error'])}")
    if failed:
        print(f"{f'... and {len(failed) - _LISTED} more; ' if len(failed) > _LISTED else ''}"
              "try them again with --retry-failed")
    if states.done == states.total:
        print(f"next    {command('sweep', 'plot', store.folder)}\n        {command('report', store.folder)}")
    else:
        print(f"next    {_again(store)}")
        if states.done:
            print(f"        {command('sweep', 'plot', store.folder)}")
    return code


def _again(store: Store) -> str:
    """Return the command that continues."""
    about = store.description
    named = about["name"] == str(store.folder)
    return command("sweep", Path(about["path"]), *([] if named else ["--out", store.folder]))


def _text(point: dict[str, Any]) -> str:
    from neurosim.toml import value_text
    return ", ".join(f"{key} = {value_text(value)}" for key, value in point.items())


def _print_table(store: Store, arguments: Namespace) -> int:
    from neurosim.results.outputs import chosen_path
    from neurosim.experiment.sweep.table import table_rows, write_csv
    if not arguments.csv:
        refuse_idle(arguments, ("--force",), "belongs to --csv; name the file to replace, or omit it")
    survey = surveyed(store)
    if arguments.csv:
        with chosen_path("--csv", arguments.csv, (".csv",), arguments.force) as path:
            write_csv(store, survey.rows, path)
        print(json.dumps({"csv": arguments.csv}) if arguments.json else f"csv  {arguments.csv}")
        return 0
    header, *rows = table_rows(store, survey.rows)
    if arguments.json:
        print(json.dumps([dict(zip(header, row)) for row in rows]))
        return 0
    from neurosim.cli.terminal import print_table
    columns = [[name, *map(_short, cells)] for name, *cells in zip(header, *rows)
               if name in _ALWAYS or len(rows) < 2 or len(set(map(repr, cells))) > 1]
    print_table([*zip(*columns)])
    if len(columns) < len(header):
        left = counted(len(header) - len(columns), "column that is", "columns that are")
        print(f"without {left} the same in all rows; --csv writes all")
    return 0


def _short(cell: object) -> str:
    return f"{cell:.4g}" if isinstance(cell, float) else str(cell)
