"""neurosim sweep: compute many runs that differ in a few numbers, and show what came of them."""

import argparse
import json
import re
import sys
from pathlib import Path

_SHOWS = ("status", "table")
_LISTED = 5    #: failed points that are listed at the end of a sweep


def add_parser(subparsers):
    parser = subparsers.add_parser(
        "sweep", help="train or evaluate at many points, each once",
        description="Compute every point of a sweep file, on several processes of this machine. Points that are done "
                    "are skipped and interrupted ones continue, so the same command goes on after Ctrl-C, a crash, or "
                    "on other machines that share the folder.",
        epilog="examples:\n  neurosim sweep c2c.toml --jobs 4\n  neurosim sweep status c2c\n"
               "  neurosim sweep table c2c --csv c2c.csv\n"
               "  sbatch --array=0-9 --wrap 'neurosim sweep c2c.toml --jobs 1 --shard $SLURM_ARRAY_TASK_ID/10'",
        formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("what", metavar="sweep.toml | status | table", help="sweep to compute; or what to show of one")
    parser.add_argument("folder", metavar="FOLDER", nargs="?", help="folder of the sweep, for status and table")
    parser.add_argument("--out", metavar="FOLDER", help="where results go (default: the name of the sweep)")
    parser.add_argument("--jobs", metavar="N", type=_jobs, help="processes (default: all processors); no result "
                        "depends on it")
    parser.add_argument("--shard", metavar="i/n", type=_shard, default=(0, 1),
                        help="compute only the points i, i + n, i + 2n, ...; i counts from 0")
    parser.add_argument("--retry-failed", action="store_true", help="compute points again that have failed")
    parser.add_argument("--csv", metavar="FILE", help="for table: write all columns as CSV")
    parser.add_argument("--quiet", action="store_true", help="show no progress")
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    parser.set_defaults(run=run)


def _jobs(text):
    if not text.isdecimal() or int(text) < 1:
        raise argparse.ArgumentTypeError(f"{text!r} is not a number of processes; give 1 or more")
    return int(text)


def _shard(text):
    match = re.fullmatch(r"(\d+)/(\d+)", text)
    if not match or int(match[1]) >= int(match[2]):
        raise argparse.ArgumentTypeError(f"{text!r} is not a shard; write i/n with i from 0 to n - 1, as in 0/4")
    return int(match[1]), int(match[2])


def run(arguments):
    if arguments.what in _SHOWS:
        return _show(arguments)
    if arguments.folder or arguments.csv:
        raise ValueError(f"sweep {arguments.what}: {'FOLDER' if arguments.folder else '--csv'} belongs to status and "
                         "table; name the folder of results with --out")
    return _compute(arguments)


def conclude(training):
    """Evaluate a trained network, or read what was kept of that; returns its measures, a dict of numbers."""
    from neurosim.cli import outcome
    from neurosim.cli.display import Silence
    from neurosim.cli.measures import evaluation_report
    kept = outcome.kept(training) if Path(training.out).is_file() else None
    result = kept or outcome.concluded(training, Silence())
    report = evaluation_report(training, "", {"test": result.test, "validation": result.validation})
    history = training.progress.history
    return {"test_error": report["test_error"], "validation_error": report["validation_error"],
            **({"train_error": history[-1]["train_error"]} if history else {}),
            "steps_per_inference": report["steps"],
            **{name: report[name] for name in ("spikes_per_inference", "synaptic_operations_per_inference")},
            **{name: report["energy"][name] for name in ("joules_per_inference", "chip_seconds_per_inference")}}


def _compute(arguments):
    from functools import partial

    from neurosim.cli import INTERRUPTED
    from neurosim.cli.display import choose_display
    from neurosim.cli.watching import Interruption
    from neurosim.experiment.sweep.driver import Driver
    from neurosim.experiment.sweep.engines import Processes
    from neurosim.experiment.sweep.point import compute
    from neurosim.experiment.sweep.spec import read_sweep
    from neurosim.experiment.sweep.store import Store
    sweep = read_sweep(arguments.what)
    store = Store.begin(arguments.out or sweep.name, sweep)
    jobs = arguments.jobs or _processors()
    executor, display = Processes(jobs), choose_display(arguments.quiet)
    driver = Driver(sweep, store, partial(compute, conclude=conclude), executor, jobs, arguments.shard,
                    arguments.retry_failed)
    display.line(f"sweep {sweep.name}: {len(driver.indices):,} of {len(sweep):,} points, {jobs} at once; folder "
                 f"{store.folder}")
    with Interruption() as interruption:
        try:
            driver.run(lambda tally: _progress(display, tally), lambda: interruption.wished)
        except BaseException:
            executor.kill()
            raise
        finally:
            driver.release()
    executor.shutdown()
    display.close()
    if interruption.wished:
        print(f"stopped; continue with: neurosim sweep {arguments.what}"
              f"{f' --out {arguments.out}' if arguments.out else ''}", file=sys.stderr, flush=True)
        return INTERRUPTED
    return _print_state(store, arguments.json, driver.tally.elsewhere)


def _processors():
    from neurosim._jit import thread_count
    return thread_count()


def _progress(display, tally):
    from neurosim.cli.summary import duration
    figures = [f"{tally.running} running"]
    figures += [f"{tally.failed} failed"] if tally.failed else []
    figures += [f"{duration(tally.left)} left"] if tally.left is not None else []
    display.advance("points", tally.done + tally.failed, tally.total, ", ".join(figures))


def _show(arguments):
    from neurosim.experiment.sweep.store import Store
    if not arguments.folder:
        raise ValueError(f"sweep {arguments.what}: the folder of a sweep is missing; write neurosim sweep "
                         f"{arguments.what} FOLDER")
    store = Store.open(arguments.folder)
    return _print_state(store, arguments.json) if arguments.what == "status" else _print_table(store, arguments)


def _print_state(store, as_json, elsewhere=0):
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
    if states.done:
        print(f"next    neurosim sweep table {store.folder}")
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
