"""neurosim sweep sweep.toml: compute its points, each once."""

import sys
from pathlib import Path


def run(arguments):
    """Compute the points of a sweep file; returns the exit code."""
    from functools import partial

    from neurosim.cli import INTERRUPTED
    from neurosim.cli.display import choose_display
    from neurosim.cli.sweep.show import print_state
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
    return print_state(store, arguments.json, driver.tally.elsewhere)


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


def _processors():
    from neurosim._jit import thread_count
    return thread_count()


def _progress(display, tally):
    from neurosim.cli.summary import duration
    figures = [f"{tally.running} running"]
    figures += [f"{tally.failed} failed"] if tally.failed else []
    figures += [f"{duration(tally.left)} left"] if tally.left is not None else []
    display.advance("points", tally.done + tally.failed, tally.total, ", ".join(figures))
