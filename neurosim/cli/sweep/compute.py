"""neurosim sweep sweep.toml: compute its points, each once."""

from __future__ import annotations

import sys
from argparse import Namespace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from neurosim import _signals
from neurosim.cli.terminal import command

if TYPE_CHECKING:
    from neurosim.experiment.pipeline.display import Silence
    from neurosim.experiment.sweep.driver import Tally

_SAVING = "saving all points that are computed now; once more to stop at once"


def run(arguments: Namespace) -> int:
    """Compute the points of a sweep file; returns the exit code."""
    from functools import partial

    from neurosim.cli.sweep.show import print_state
    from neurosim.experiment.pipeline.display import choose_display
    from neurosim.experiment.pipeline.interruption import Interruption
    from neurosim.experiment.shipped import STUDIES
    from neurosim.experiment.sweep.measures import conclude
    from neurosim.experiment.sweep.point import compute
    from neurosim.experiment.sweep.running import compute_points, executor_for
    from neurosim.experiment.sweep.spec import read_sweep
    from neurosim.experiment.sweep.store import Store
    sweep = read_sweep(STUDIES.resolve(arguments.what))
    _refuse_too_large(sweep, arguments)
    store = Store.begin(arguments.out or sweep.name, sweep)
    display = choose_display(arguments.quiet)
    with _signals.listening(), Interruption(_SAVING) as interruption:
        interruption.hold()
        executor, work = executor_for(partial(compute, conclude=conclude), arguments.jobs, arguments.dask)
        if getattr(executor, "exposed", ""):
            display.warn(executor.exposed)
        first, shards = arguments.shard
        share = f"{len(range(first, len(sweep), shards)):,} of its " if shards > 1 else ""
        display.line(f"sweep {sweep.name}: {share}{len(sweep):,} points, {executor}; folder {store.folder}")
        try:
            driver = compute_points(sweep, store, work, executor, lambda tally: show_progress(display, tally),
                                    lambda: interruption.wished, arguments.shard, arguments.retry_failed)
        except KeyboardInterrupt as end:
            display.close()
            return _stopped(arguments, "stopped at once; points continue from their last checkpoint with",
                            getattr(end, "code", _signals.INTERRUPTED))
    display.close()
    if interruption.wished:
        return _stopped(arguments, "stopped; continue with", interruption.code)
    return print_state(store, arguments.json, driver.tally.elsewhere)


def _refuse_too_large(sweep: Any, arguments: Namespace) -> None:
    """Raise ValueError when points cannot fit this machine, where it is the one that computes them."""
    from neurosim._jit import thread_count
    from neurosim.experiment.memory import DECISIVE, refuse_too_large
    from neurosim.experiment.sweep.cluster import LOCAL
    if arguments.dask in (None, LOCAL):
        refuse_too_large(arguments.what, sweep.configurations(DECISIVE), arguments.jobs or thread_count())


def _stopped(arguments: Namespace, sentence: str, code: int) -> int:
    again = command("sweep", Path(arguments.what), *(["--out", Path(arguments.out)] if arguments.out else []))
    print(f"{sentence}: {again}", file=sys.stderr, flush=True)
    return code


def show_progress(display: Silence, tally: Tally) -> None:
    """Show how far the points of a sweep are."""
    from neurosim.experiment.pipeline.summary import duration
    figures = [f"{tally.running} running"]
    figures += ["the others wait until its kernels are compiled"] if tally.compiling else []
    figures += [f"{tally.failed} failed"] if tally.failed else []
    figures += [f"{duration(tally.left)} left"] if tally.left is not None else []
    display.advance("points", tally.done + tally.failed, tally.total, ", ".join(figures))
