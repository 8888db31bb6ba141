"""Verbs on runs and sweeps that a path may name: evaluate, report, export."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any, Literal

from neurosim.calls.evaluated import EvaluationResult
from neurosim.calls.overrides import assignments_of
from neurosim.calls.run import Run
from neurosim.experiment.netlists import netlist_of_tile
from neurosim.experiment.pipeline.facts import gathered_sweep
from neurosim.experiment.sweep.store import Store
from neurosim.experiment.tiles import tile_of_run
from neurosim.results import outputs
from neurosim.results.atomic_write import atomic_write
from neurosim.user_files import path_of


def evaluate(run: Run | str | Path, split: str = "test", data: Any = None, **options: Any) -> EvaluationResult:
    """Classify images with a trained network, under changes of its configuration, as `neurosim evaluate` does.

        neurosim.evaluate("run.h5", readout={"kind": "adc", "bits": 5}).error

    run : Run, or path of a run file; split, data, options : as of `Run.evaluate`
    returns : EvaluationResult
    raises : ValueError
    """
    return _run_of(run).evaluate(split, data, **options)


def write_report(source: Run | str | Path, out: str | Path | None = None, *, title: str | None = None,
                 prices: str | Path | None = None, force: bool = False) -> Path:
    """Write one HTML page about a run or a sweep, as `neurosim report` does.

    source : Run, path of a run file, or folder of a sweep, finished or not
    out : .html, default: next to the run file or the folder; title : of the page; force : replace a page that is there
    prices : card that prices a run, default: its own; the points of a sweep are priced already
    returns : Path of the page; raises : ValueError
    """
    if isinstance(source, Run) or not path_of(source, "source").is_dir():
        return _run_of(source).report(out, title=title, prices=prices, force=force)
    from neurosim.report.sweep import sweep_report
    if prices is not None:
        raise ValueError("prices: the points of a sweep have been priced as their configuration says; omit prices")
    folder = Path(source).resolve()
    with outputs.chosen_path("out", out or folder.with_name(f"{folder.name}.html"), outputs.PAGES, force) as page:
        store = Store.open(source)
        atomic_write(page, sweep_report(gathered_sweep(store, store.survey(), title)).encode())
    return page


def export_netlist(run: Run | str | Path, connection: str, out: str | Path, *, tile: int = 0,
                   direction: Literal["forward", "backward"] = "forward", voltage: float | None = None,
                   line: int | None = None, cells: str = "linear", large: bool = False, compare: bool = False,
                   threads: int | None = None, force: bool = False, assignments: Sequence[str] = (),
                   **overrides: Any) -> float | None:
    """Write one tile of the chip of a run as a netlist for ngspice, as `neurosim export spice` does.

    run : Run, or path of a run file; connection : "conv1-conv2"; out : .cir or .sp; force : replace what is there
    tile : which of its tiles, row by row; direction : "forward" drives word lines, "backward" bit lines
    voltage : of the driven lines [V], default: that of a read; line : the only one that is driven
    cells : current-voltage law, "linear", "cubic:A", "sinh:V0" or "poole-frenkel:V0"
    large : write more than 262,144 cells, too; compare : run ngspice
    assignments, overrides : changes of the configuration, as of `Run.evaluate`
    returns : the largest difference of ngspice over the largest current [1], None without `compare`
    raises : ValueError
    """
    source = _run_of(run).path
    path = outputs.checked_output("out", out, (".cir", ".sp"))
    outputs.refuse_replacing("out", str(out), [path], force)
    found = tile_of_run(source, assignments_of(overrides, assignments), connection, tile, threads)
    text, apart = netlist_of_tile(found, f"{source.name}, {connection}, tile {found.number} of {found.count}",
                                  direction=direction, voltage=voltage, line=line, cells=cells, large=large,
                                  compare=compare)
    atomic_write(path, text.encode())
    return apart


def _run_of(run: Any) -> Run:
    """Return the Run of a path; raises ValueError for anything else."""
    if isinstance(run, Run):
        return run
    if isinstance(run, (str, Path)):
        return Run(run)
    raise ValueError(f"run: a {type(run).__name__} is not a run; give a Run, or the path of a run file")
