"""neurosim sweep status, table and plot: how far a sweep is, its points, its figures."""

import json

_LISTED = 5    #: failed points that are listed


def run(arguments):
    """Show what is asked for of the folder of a sweep; returns the exit code."""
    from neurosim.experiment.sweep.store import Store
    if not arguments.folder:
        raise ValueError(f"sweep {arguments.what}: the folder of a sweep is missing; write neurosim sweep "
                         f"{arguments.what} FOLDER")
    store = Store.open(arguments.folder)
    if arguments.what == "plot":
        from neurosim.cli.sweep import plot
        return plot.run(arguments)
    return print_state(store, arguments.json) if arguments.what == "status" else _print_table(store, arguments)


def print_state(store, as_json, elsewhere=0):
    """Print how far a sweep is; returns the exit code, 1 when points have failed."""
    rows = store.rows()
    states, failed = store.states(rows), [row for row in rows if row["state"] == "failed"]
    if as_json:
        print(json.dumps({"folder": str(store.folder), "name": store.description["name"], **vars(states),
                          "waiting": states.waiting, "errors": {row["id"]: row["error"] for row in failed}}))
        return 1 if failed else 0
    print(f"sweep {store.description['name']} in {store.folder}: {states.done:,} of {states.total:,} points done, "
          f"{states.failed} failed, {states.running} running, {states.interrupted} interrupted, "
          f"{states.waiting:,} waiting")
    if elsewhere:
        print(f"{elsewhere} points are computed by another driver; this one has left them alone")
    for row in failed[:_LISTED]:
        print(f"failed  {row['id']} {_text(row['point'])}: {row['error']}")
    if failed:
        print(f"{f'... and {len(failed) - _LISTED} more; ' if len(failed) > _LISTED else ''}"
              "try them again with --retry-failed")
    if states.done == states.total:
        print(f"next    neurosim sweep plot {store.folder}\n        neurosim report {store.folder}")
    elif states.done:
        print(f"next    neurosim sweep table {store.folder}\n        neurosim sweep plot {store.folder}")
    return 1 if failed else 0


def _text(point):
    from neurosim.toml import value_text
    return ", ".join(f"{key} = {value_text(value)}" for key, value in point.items())


def _print_table(store, arguments):
    from neurosim.experiment.sweep.table import table_rows, write_csv
    if arguments.csv:
        write_csv(store, arguments.csv)
        print(json.dumps({"csv": arguments.csv}) if arguments.json else f"csv  {arguments.csv}")
        return 0
    header, *rows = table_rows(store)
    if arguments.json:
        print(json.dumps([dict(zip(header, row)) for row in rows]))
        return 0
    from neurosim.cli.device import print_table
    print_table([header, *([_short(cell) for cell in row] for row in rows)])
    return 0


def _short(cell):
    return f"{cell:.4g}" if isinstance(cell, float) else str(cell)
