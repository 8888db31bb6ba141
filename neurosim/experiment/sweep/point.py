"""One point of a sweep, computed wherever it is sent: a training, from initial weights or from those of a run."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from neurosim.experiment.config import parse_config
from neurosim.experiment.runs import refuse_other_config
from neurosim.experiment.sweep.schema import is_measure
from neurosim.experiment.sweep.store import Store
from neurosim.experiment.observer import Stopped, Unwatched
from neurosim.experiment.training import Training
from neurosim.results import RunFileError
from neurosim.results.atomic_write import no_room

if TYPE_CHECKING:
    from neurosim.experiment.config import Config


@dataclass(frozen=True)
class Job:
    """What has to be known to compute a point; plain text, so that it can be sent anywhere.

    index, id, values, config : as in Point; folder : of the sweep
    source : run file whose weights are written to the chip before it learns or is evaluated; "" = initial weights
    stop : file whose presence asks to stop
    """

    index: int
    id: str
    values: dict
    config: str
    folder: str
    source: str
    stop: str

    def row(self, state: str, results: dict[str, float], error: str = "", seconds: float = 0.0) -> dict:
        """Return the row of the point: what the same sweep gives everywhere, but for the seconds.

        results : dict of numbers, of which those that nothing can have measured are left out, as infinities
        """
        finite = {name: value for name, value in results.items() if is_measure(value)}
        return {"index": self.index, "id": self.id, "state": state, "point": self.values, "results": finite,
                "error": error, "seconds": seconds}


def compute(job: Job, conclude: Callable) -> dict[str, Any] | None:
    """Compute a point, or continue it from its checkpoint, and keep its row; whatever fails is kept as its error.

    A full disk is not a fault of the point: that is raised.

    conclude : function from a trained Training, and one that is called between parts of evaluations and may raise
        Stopped, to the dict of its results; it saves what the run file is to hold
    returns : the row, or None when the point was asked to stop and has saved a checkpoint
    """
    store, begin = Store(job.folder, {}), time.monotonic()
    try:
        results = _results(job, store.run_path(job.id), conclude)
    except Exception as error:    # also of a kernel or a library: a point that fails must not end the sweep
        if no_room(error):
            raise
        row = job.row("failed", {}, _sentence(error), time.monotonic() - begin)
    else:
        if results is None:
            return None
        row = job.row("done", results, seconds=time.monotonic() - begin)
    store.write_row(row)
    return row


def _results(job: Job, path: Path, conclude: Callable) -> Any:
    training = _training(parse_config(job.config, f"point {job.id}"), path, job.source)
    stoppable = _Stoppable(job.stop)
    if not training.progress.finished and not training.run(stoppable):
        return None
    try:
        return conclude(training, stoppable.look)
    except Stopped:
        return None


def _training(config: Config, path: Path, source: Any) -> Training:
    """Return the Training as its checkpoint has it; a damaged checkpoint, or a link, is one that was never written."""
    if path.is_symlink():
        path.unlink()
    if path.is_file():
        try:
            if _continues(config, path):
                return Training(config, path, threads=1, resume=True)
        except RunFileError:
            pass
        path.unlink()
    training = Training(config, path, threads=1)
    if source:
        training.begin_with(source)
    return training


def _continues(config: Config, path: Path | str) -> bool:
    """Return whether a checkpoint was written with this configuration, and not with files that have moved since."""
    try:
        refuse_other_config(path, config)
    except RunFileError:
        raise
    except ValueError:
        return False
    return True


class _Stoppable(Unwatched):
    """Saves after the first batch, by when all kernels of learning are compiled, and stops when it is asked to."""

    def __init__(self, stop: Path | str) -> None:
        self._stop, self._begun = Path(stop), False

    def batch(self, training: Training, samples: int) -> None:
        if not self._begun:
            self._begun = True
            training.save()

    def stop(self) -> bool:
        return self._stop.exists()

    def look(self) -> None:
        """Raise Stopped when it is asked to stop."""
        if self.stop():
            raise Stopped


def _sentence(error: Any) -> str:
    text = " ".join(str(error).split())
    if isinstance(error, MemoryError):
        return "there is not enough memory; lower training.batch, the size of the network or --jobs"
    return text if text and isinstance(error, (ValueError, OSError)) else f"{type(error).__name__}: {text}"
