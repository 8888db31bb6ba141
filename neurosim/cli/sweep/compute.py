"""neurosim sweep sweep.toml: compute its points, each once."""

from __future__ import annotations

import sys
from argparse import Namespace
from pathlib import Path

from neurosim import _signals
from neurosim.cli.terminal import command

_SAVING = "finishing and saving the points in progress; interrupt again to stop immediately"


def run(arguments: Namespace) -> int:
    """Compute the points of a sweep file; returns the exit code."""
    from neurosim.cli.sweep.show import print_state
    from neurosim.experiment.pipeline.display import choose_display
    from neurosim.experiment.pipeline.interruption import Interruption
    from neurosim.experiment.shipped import STUDIES
    from neurosim.experiment.sweep.computing import computed, refuse_too_many
    from neurosim.experiment.sweep.spec import read_sweep
    from neurosim.experiment.sweep.store import Store
    sweep = read_sweep(STUDIES.resolve(arguments.what))
    refuse_too_many(sweep, arguments.what, arguments.jobs, arguments.dask)
    store = Store.begin(arguments.out or sweep.name, sweep)
    with _signals.listening(), Interruption(_SAVING) as interruption:
        interruption.hold()
        try:
            driver = computed(sweep, store, choose_display(arguments.quiet), interruption, jobs=arguments.jobs,
                              cluster=arguments.dask, shard=arguments.shard or (0, 1),
                              retry_failed=arguments.retry_failed)
        except KeyboardInterrupt as end:
            return _stopped(arguments, "stopped at once; points continue from their last checkpoint with",
                            getattr(end, "code", _signals.INTERRUPTED))
    if interruption.wished:
        return _stopped(arguments, "stopped; continue with", interruption.code)
    return print_state(store, arguments.json, driver.tally.elsewhere)


def _stopped(arguments: Namespace, sentence: str, code: int) -> int:
    again = command("sweep", Path(arguments.what), *(["--out", Path(arguments.out)] if arguments.out else []))
    print(f"{sentence}: {again}", file=sys.stderr, flush=True)
    return code
