"""One point of a sweep, computed wherever it is sent: a training, or an evaluation of weights that are there."""

import time
from dataclasses import dataclass, replace
from pathlib import Path

from neurosim.experiment.config import parse_config
from neurosim.experiment.model import Model
from neurosim.experiment.runs import load_history, stored_config
from neurosim.experiment.sweep.store import Store
from neurosim.experiment.training import Training, Unwatched
from neurosim.results import RunFile, RunFileError


@dataclass(frozen=True)
class Job:
    """What has to be known to compute a point; plain text, so that it can be sent anywhere.

    index, id, values, config : as in Point; folder : of the sweep; source : run file that is evaluated, or ""
    stop : file whose presence asks to stop
    """

    index: int
    id: str
    values: dict
    config: str
    folder: str
    source: str
    stop: str

    def row(self, state, results, error="", seconds=0.0):
        """The row of the point: what the same sweep gives everywhere, but for the seconds."""
        return {"index": self.index, "id": self.id, "state": state, "point": self.values, "results": results,
                "error": error, "seconds": seconds}


def compute(job, conclude):
    """Compute a point, or continue it from its checkpoint, and keep its row; whatever fails is kept as its error.

    conclude : function from a trained Training to the dict of its results; it saves what the run file is to hold
    returns : the row, or None when the point was asked to stop and has saved a checkpoint
    """
    store, begin = Store.open(job.folder), time.monotonic()
    try:
        results = _results(job, store.run_path(job.id), conclude)
    except Exception as error:    # also of a kernel or a library: a point that fails must not end the sweep
        row = job.row("failed", {}, _sentence(error), time.monotonic() - begin)
    else:
        if results is None:
            return None
        row = job.row("done", results, seconds=time.monotonic() - begin)
    store.write_row(row)
    return row


def _results(job, path, conclude):
    config = parse_config(job.config, f"point {job.id}")
    if job.source:
        return conclude(transferred(config, job.source, path))
    training = _training(config, path)
    return conclude(training) if training.progress.finished or training.run(_Stoppable(job.stop)) else None


def _training(config, path):
    """The Training as its checkpoint has it; a damaged checkpoint is one that was never written."""
    if path.is_file():
        try:
            return Training(config, path, threads=1, resume=True)
        except RunFileError:
            path.unlink()
    return Training(config, path, threads=1)


def transferred(config, source, path):
    """A Training whose model is a new chip of `config` with the weights and biases of a run file.

    The images are those of the run. Weights are written to the devices, ideal synapses take them over; converters are
    calibrated on training images.

    source : run file that is read; path : run file that `save` writes
    raises : ValueError when the weights do not fit the network of `config`
    """
    learnt = stored_config(source)
    training = Training(replace(config, seed=learnt.seed), path, threads=1)
    training.config = config
    training.model = model = Model(config, training.model.network.layers[0].shape, training.data.classes, threads=1)
    with RunFile(source) as run:
        weights, biases = ({name: run[f"model/{group}/{name}"].data for name in run.names(f"model/{group}")}
                           for group in ("weights", "biases"))
        training.progress.epoch = int(run.attributes.get("epoch", 0))
    for kind, held, wanted in (("weights", weights, model.synapses.weights), ("biases", biases, model.biases)):
        if {name: array.shape for name, array in held.items()} != {name: a.shape for name, a in wanted.items()}:
            raise ValueError(f"run file {source}: its {kind} do not fit the network of this point; leave [network] "
                             "as it is")
    (model.synapses.load if config.synapses.device == "ideal" else model.synapses.write)(weights)
    for name, values in biases.items():
        model.biases[name][...] = values
    model.refresh()
    training.calibrate()
    training.progress.history, training.progress.finished = load_history(source), True
    return training


class _Stoppable(Unwatched):
    """Saves after the first batch, by when all kernels of learning are compiled, and stops when it is asked to."""

    def __init__(self, stop):
        self._stop, self._begun = Path(stop), False

    def batch(self, training, samples):
        if not self._begun:
            self._begun = True
            training.save()

    def stop(self):
        return self._stop.exists()


def _sentence(error):
    text = " ".join(str(error).split())
    if isinstance(error, MemoryError):
        return "there is not enough memory; lower training.batch, the size of the network or --jobs"
    return text if text and isinstance(error, (ValueError, OSError)) else f"{type(error).__name__}: {text}"
