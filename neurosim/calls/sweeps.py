"""Sweeps as calls, and runs beside each other."""

from __future__ import annotations

import filecmp
import shutil
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from neurosim import _signals
from neurosim.calls.data import Data, with_data
from neurosim.calls.overrides import assignments_of
from neurosim.calls.run import Run
from neurosim.calls.showing import Shown, interactive
from neurosim.calls.tables import Table
from neurosim.calls.temporary import remove_at_exit, temporary_folder
from neurosim.calls.training import Trainable, begun, resized_of
from neurosim.datasets import Dataset
from neurosim.experiment.ablation import paired_difference
from neurosim.experiment.data import write_arrays
from neurosim.experiment.overrides import apply_overrides
from neurosim.experiment.pipeline.interruption import Interruption
from neurosim.experiment.shipped import STUDIES
from neurosim.experiment.sweep.computing import computed, refuse_too_many
from neurosim.experiment.sweep.spec import read_sweep
from neurosim.experiment.sweep.store import Store
from neurosim.experiment.sweep.table import SweepResults, open_sweep
from neurosim.results import outputs
from neurosim.results.atomic_write import atomic_write
from neurosim.tables import abbreviated
from neurosim.toml import to_toml
from neurosim.user_files import path_of
from neurosim.whole import whole

if TYPE_CHECKING:
    from neurosim.experiment.evaluation import Evaluation

_SAVING = "finishing and saving the points in progress; interrupt again to stop immediately"


def sweep(base: Trainable | Run, axes: Mapping[str, Any] | None = None, data: Data = None, *,
          out: str | Path | None = None, fixed: Mapping[str, Any] | None = None, repeats: int = 1,
          method: str = "grid", samples: int = 0, jobs: int | None = None, dask: str | None = None,
          shard: tuple[int, int] = (0, 1), retry_failed: bool = False, progress: bool = True) -> SweepResults:
    """Train a network at every point of some axes, as `neurosim sweep` does; a second call continues where one stopped.

        found = neurosim.sweep("mnist-small", {"device.c2c": [0.01, 0.1], "synapses.pulses": ["nearest", "sign"]},
                               fixed={"synapses.device": "choi-2018-epiram"}, repeats=3, out="c2c")
        found["test_error"].mean(axis=-1)

    base : what is trained, as in `neurosim.train`; a Run, whose network is evaluated on the chip of every point;
        without `axes`, a sweep file or the name of a study
    axes : dict from keys to lists of values, or to {"linear": (low, high), "points": n} or {"log": ...}
    data : as in `neurosim.train`, not beside a Run, which has its own; arrays are written next to the folder
    out : folder of the results, the sweep file is written next to it; default: a temporary one, which is said, and
        which goes when Python ends unless points are left
    fixed : changes that all points share; repeats : runs of each point, with seeds that follow each other
    method, samples : "grid", "zip", "random", "sobol" or "saltelli", and how many points are drawn
    jobs : points in parallel; dask : compute on a Dask cluster, as `neurosim sweep --dask` says it
    shard : (i, n) computes only the points i, i + n, i + 2n, ...; retry_failed : compute points again that have failed
    progress : show it
    returns : SweepResults, whose states say which points are done
    raises : ValueError
    """
    if not (isinstance(shard, (tuple, list)) and len(shard) == 2
            and 0 <= whole(shard[0], "shard") < whole(shard[1], "shard", 1)):
        raise ValueError(f"shard: {abbreviated(shard)} is none; give (i, n) with i from 0 to n - 1")
    if axes is None:
        path = STUDIES.resolve(_named(base))
        _refuse_idle(data=(data, None), fixed=(fixed, None), repeats=(repeats, 1), method=(method, "grid"),
                     samples=(samples, 0))
        wanted = read_sweep(path)
        refuse_too_many(wanted, "sweep", jobs, dask)
        store = Store.begin(wanted.name if out is None else Path(out), wanted)
    elif not isinstance(axes, Mapping):
        raise ValueError(f"axes: is {abbreviated(axes)}; give a dict from keys to lists of values")
    else:
        top = {"method": method, **({"samples": samples} if samples else {}), "repeats": repeats}
        place = temporary_folder() / "sweep" if out is None else path_of(out, "out")
        with _undone_when_refused(place, out is None):
            wanted = read_sweep(_written(place, base, data, top, fixed or {}, axes, resized_of(base, progress)))
            refuse_too_many(wanted, "sweep", jobs, dask)
        store = Store.begin(place, wanted)
    with _signals.listening(), Interruption(_SAVING) as interruption:
        interruption.hold()
        computed(wanted, store, Shown(progress), interruption, jobs=jobs, cluster=dask, shard=shard,
                 retry_failed=retry_failed)
    found = open_sweep(store.folder)
    if out is None and axes is not None and (found.states != "").all():
        remove_at_exit(store.folder.parent)
    if interruption.wished and not interactive():
        raise KeyboardInterrupt
    return found


def compare(runs: Sequence[Run | str | Path] | Run | str | Path) -> Table:
    """Set runs beside each other: errors with intervals, and differences from the first on the same test images.

        neurosim.compare([run, "other.h5"])

    returns : Table with a row for each run: run, its name, or its path where names repeat; test_error, low, high;
        difference, difference_low, difference_high, paired (Bonett, Price 2012), NaN where other images were answered,
        and 0 without an interval of the first run and of copies of it, which its text says
    raises : RunFileError for a run that was not evaluated yet
    """
    listed = [runs] if isinstance(runs, (Run, str, Path)) else runs
    if not isinstance(listed, (list, tuple)) or not all(isinstance(run, (Run, str, Path)) for run in listed):
        raise ValueError(f"runs: is {abbreviated(runs)}; give Runs or paths of run files, in a list")
    found = [run if isinstance(run, Run) else Run(run) for run in listed]
    if not found:
        raise ValueError("runs: the list is empty; give Runs or paths of run files")
    errors, answers = [run.test_error for run in found], [run.answers for run in found]
    same = [own.path.samefile(found[0].path) or filecmp.cmp(own.path, found[0].path, shallow=False) for own in found]
    paired = [(0.0,) * 3 if copy else _difference(own, answers[0]) for own, copy in zip(answers, same)]
    names = ("difference", "difference_low", "difference_high")
    told = [run.path.name for run in found]
    told = told if len(set(told)) == len(told) else [str(run.path) for run in found]
    remarks = [f"{name} is the same run as the first, byte for byte, so that nothing is compared"
               for name, copy in list(zip(told, same))[1:] if copy]
    return Table({"run": told, "test_error": [float(error) for error in errors],
                  "low": [error.low for error in errors], "high": [error.high for error in errors],
                  **{name: [row[place] for row in paired] for place, name in enumerate(names)}},
                 remarks=remarks)


def _difference(one: Evaluation, base: Evaluation) -> tuple[float, float, float]:
    """Return by how much an evaluation is worse than another on the same images, with its interval; NaN on others."""
    if not np.array_equal(one.labels, base.labels):
        return np.nan, np.nan, np.nan
    return paired_difference(one.answers != one.labels, base.answers != base.labels)


def _refuse_idle(**options: tuple[Any, Any]) -> None:
    """Raise ValueError for arguments that a sweep file states itself; options : values by name, each with its default.
    """
    given = [name for name, (value, default) in options.items() if value is not default and value != default]
    if given:
        raise ValueError(f"sweep: {', '.join(given)}: a sweep file, or a study, says itself what it sweeps; write it "
                         "there, or give axes")


def _named(base: Trainable | Run) -> str | Path:
    if isinstance(base, (str, Path)):
        return base
    raise ValueError("sweep: axes are missing; give a dict from keys to lists of values, or name a sweep file")


@contextmanager
def _undone_when_refused(place: Path, temporary: bool) -> Iterator[None]:
    """Remove the sweep file and its base that the block has written, where it ends in a ValueError.

    temporary : and the folder around them
    """
    new = [path for path in (_file(place), _base(place)) if not path.exists()]
    try:
        yield
    except ValueError:
        for path in new:
            path.unlink(missing_ok=True)
        if temporary:
            shutil.rmtree(place.parent, ignore_errors=True)
        raise


def _file(place: Path) -> Path:
    return place.with_name(f"{place.name}.toml")


def _base(place: Path) -> Path:
    return place.with_name(f"{place.name}-base.toml")


def _written(place: Path, base: Trainable | Run, data: Data, top: dict[str, Any], fixed: Mapping[str, Any],
             axes: Mapping[str, Any], resized: Callable[[str], object] | None) -> Path:
    """Write the sweep file next to the folder of its results, and what it names; returns its Path.

    resized : as of `with_data`
    """
    place.parent.mkdir(parents=True, exist_ok=True)
    shared: dict[str, Any] = {}
    if isinstance(base, Run):
        if data is not None:
            raise ValueError("data: a Run is evaluated on the data that it has learnt; leave out data")
        top = {**top, "run": {"evaluate": str(base.path.resolve())}}
        shared = {**fixed, **({"data.path": _saved(base.data, place, base.config.seed)} if base.data else {})}
    else:
        _, table = begun(base)
        dataset, table = with_data(data, table, fixed, resized)
        table = apply_overrides(table, assignments_of(fixed))
        if dataset is not None and not isinstance(data, (str, Path)):
            table["data"]["path"] = _saved(dataset, place, table.get("seed", 0))
        top = {**top, "base": _kept(_base(place), to_toml(table).encode()).name}
    listed = {key: _values(key, values) for key, values in axes.items()}
    file = {**top, "name": place.name, **({"fixed": shared} if shared else {}), "axes": listed}
    return _kept(_file(place), to_toml(file).encode())


def _kept(path: Path, content: bytes) -> Path:
    """Write a file that a sweep names; raises ValueError where another one is there."""
    if path.exists() and not outputs.holds(path, content):
        raise ValueError(f"out: {path} already exists with other content; choose another folder, or remove it")
    if not path.exists():
        atomic_write(path, content)
    return path


def _values(key: str, values: Any) -> Any:
    plain = values.tolist() if isinstance(values, np.ndarray) else values
    if isinstance(plain, Mapping):
        return {key: list(item) if isinstance(item, (tuple, list)) else item for key, item in plain.items()}
    if not isinstance(plain, (list, tuple, range)):
        raise ValueError(f"axes: {key} is {abbreviated(plain)}; give a list of values, or a range such as "
                         "{'linear': (0, 1), 'points': 5}")
    return [item.item() if isinstance(item, np.generic) else item for item in plain]


def _saved(dataset: Dataset, place: Path, seed: int) -> str:
    """Write arrays next to the folder of a sweep, for the processes that compute its points; returns their path."""
    return str(write_arrays(dataset, place.with_name(f"{place.name}-{dataset.digest[:12]}.npz"), seed))
