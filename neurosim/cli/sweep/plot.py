"""neurosim sweep plot: the figures of a sweep, and the Sobol' indices of one that was designed for them."""

from __future__ import annotations

import json
from argparse import Namespace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from neurosim.cli.sweep.indices import indices_of, plain, print_indices
from neurosim.cli.sweep.show import surveyed
from neurosim.cli.terminal import command
from neurosim.results.outputs import FIGURES, checked_output, free_names, refuse_replacing

if TYPE_CHECKING:
    from neurosim.experiment.sweep.store import Store

_FORMATS = "png,svg"
_MEASURE = "test_error"


def run(arguments: Namespace, store: Store) -> int:
    """Write the figures of the sweep in a Store; returns the exit code."""
    from neurosim.experiment.sweep.table import results_of
    from neurosim.plots import write
    measure, endings = arguments.measure or _MEASURE, _endings(arguments.format or _FORMATS)
    if arguments.tolerance is not None and not measure.endswith("error"):
        raise ValueError(f"--tolerance {arguments.tolerance:g}: is a loss of accuracy, which {measure} is not; omit "
                         "it")
    if not arguments.out:
        prefix = f"{_own_folder(store)}/" + ("" if measure == _MEASURE else f"{measure}-")
    else:
        prefix = f"{arguments.out}-"
        checked_output("--out", f"{prefix}axes{endings[0]}", endings)
    results = results_of(store, surveyed(store))
    figures = _figures(results, measure, arguments)
    Path(prefix + "axes").parent.mkdir(exist_ok=True)
    paths = _free([Path(f"{prefix}{name}{ending}") for ending in endings for name in figures], arguments)
    written = {name: [str(path) for path in paths[index::len(figures)]] for index, name in enumerate(figures)}
    for name, figure in figures.items():
        for path in map(Path, written[name]):
            if path.is_symlink() and not arguments.out:    # a sweep writes in its own folder alone
                path.unlink()
            write(figure, path)
    indices, note = indices_of(results, measure)
    if arguments.json:
        print(json.dumps({"folder": arguments.folder, "measure": measure, "figures": written,
                          "sensitivity": indices and plain(indices), "note": note}))
        return 0
    for name in (name for names in written.values() for name in names):
        print(f"figure  {name}")
    if indices:
        print_indices(indices)
    if note:
        print(f"note    {note}")
    print(f"next    {command('report', Path(arguments.folder))}")
    return 0


def _figures(results: Any, measure: str, arguments: Namespace) -> dict[str, Any]:
    """Return all figures of a sweep by name, or the one panel that is asked for."""
    from neurosim.plots.sweeps import TOLERANCE, sweep_figures, sweep_panel
    from neurosim.plots.sweeps.pareto import ENERGY
    tolerance = TOLERANCE if arguments.tolerance is None else arguments.tolerance
    if arguments.panel:
        axes = sweep_panel(results, arguments.panel, width=arguments.width, measure=measure, tolerance=tolerance,
                           energy=arguments.energy or ENERGY)
        return {arguments.panel: axes.figure}
    if arguments.width:
        raise ValueError("--width: belongs to one panel; name it with --panel, or omit --width")
    return sweep_figures(results, measure, tolerance, arguments.energy or ENERGY)


def _own_folder(store: Store) -> Path:
    """Return folder for figures within that of the sweep; raises ValueError where something else is."""
    folder = store.folder / "figures"
    if folder.is_symlink() or folder.exists() and not folder.is_dir():
        raise ValueError(f"{folder}: is a link or a file, where figures go; remove it, or name another folder with "
                         "--out")
    return folder


def _free(paths: list[Path], arguments: Namespace) -> list[Path]:
    """Return where figures go: numbered together where they already exist, refused if the user chose their names."""
    if arguments.out:
        refuse_replacing("--out", arguments.out, paths, arguments.force)
    return free_names(paths, arguments.force)


def _endings(text: str) -> tuple[str, ...]:
    endings = tuple(dict.fromkeys(f".{name.strip()}" for name in text.split(",")))
    unknown = [ending for ending in endings if ending not in FIGURES]
    if unknown:
        raise ValueError(f"--format {text}: {unknown[0][1:]!r} is not a format of a figure; give "
                         f"{', '.join(ending[1:] for ending in FIGURES)}, or several with commas between")
    return endings
