"""Train a network: one call from a preset, a configuration or a network to a finished run."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any, TypeAlias

from neurosim.calls.course import follow
from neurosim.calls.data import Data, with_data
from neurosim.calls.overrides import assignments_of
from neurosim.calls.run import Run
from neurosim.calls.showing import Shown
from neurosim.calls.temporary import empty_removed, remove_at_exit, temporary_folder
from neurosim.datasets import DataOptions
from neurosim.experiment.config import Config, parse_config
from neurosim.experiment.shipped import PRESETS
from neurosim.learning.optimiser import OptimiserOptions
from neurosim.memristor.device import Device, load_device
from neurosim.network.graph import LayerSpec, Network, NetworkSpec, Neurons
from neurosim.results import outputs
from neurosim.results.reservation import reserved
from neurosim.tables import abbreviated, to_table
from neurosim.toml import read_toml, to_toml

#: What a training can begin with.
Trainable: TypeAlias = str | Path | Config | Network | NetworkSpec | Sequence[LayerSpec]

_RATE = 0.2    #: learning rate of all connections of a network that comes without a configuration


def train(config: Trainable = "mnist-small", data: Data = None, *, device: str | Path | Device | None = None,
          epochs: int | None = None, seed: int | None = None, out: str | Path | None = None, force: bool = False,
          callbacks: Sequence[object] = (), threads: int | None = None, progress: bool = True,
          assignments: Sequence[str] = (), **overrides: Any) -> Run:
    """Train a network, evaluate it on the test images and keep all of it in a run file, as `neurosim train` does.

        run = neurosim.train("mnist-small", epochs=2, device="choi-2018-epiram")
        run = neurosim.train("mnist-small", training={"batch": 10}, out="small.h5", **{"learning.beta": 0.3})
        run = neurosim.train([neurosim.dense(64), neurosim.dense(10)], data=(images, labels))

    config : name of a preset, path of a .toml file, Config, Network, or its layers
    data : name of a data set; path of a file or a folder of your own; (images, labels), or a dict of "train", "test"
        and "validation", each (images, labels); a Dataset; None = what the configuration names, see docs/python.md.
        The output layer of a preset or a file gets a unit for each class, which is said; other layers have to fit
    device : device card of the synapses by name or path, a Device, or "ideal"
    epochs, seed : in place of those of the configuration
    out : run file to write; None = a temporary one, which goes when Python ends unless the run is unfinished, and which
        `Run.save` keeps; force : replace a file that is there
    callbacks : objects with any of the methods on_batch, on_epoch, on_checkpoint and stop, see `calls.callbacks`
    threads : samples side by side, no result depends on it; progress : show it
    assignments, overrides : changes of the configuration, as words "training.batch=10" or as values
    returns : Run; an unfinished one where a callback, or Ctrl-C at a prompt, has stopped it
    raises : ValueError; what a callback has raised
    """
    name, table = begun(config)
    changes = {**_of_device(device), "training.epochs": epochs, "seed": seed, **overrides}
    dataset, table = with_data(data, table, overrides, resized_of(config, progress))
    wanted = parse_config(to_toml(table), name, assignments_of(changes, assignments))
    with chosen_place(out, name, force) as path:
        run = Run(path, dataset)
        follow(run, wanted, name, callbacks, progress, force=force, threads=threads)
    if out is None and run.finished:
        remove_at_exit(path.parent)
        Shown(progress).line(f"{path} is temporary and goes when Python ends; run.save(path) keeps the run")
    return run


def resized_of(config: object, progress: bool) -> Callable[[str], object] | None:
    """Return what says that data resize the output layer; None for layers that the call itself has sized."""
    return Shown(progress).line if isinstance(config, (str, Path, Config)) else None


def begun(config: Trainable) -> tuple[str, dict[str, Any]]:
    """Name of what is trained, and the table of its configuration."""
    if isinstance(config, (str, Path)):
        path = PRESETS.resolve(config)
        return path.stem, read_toml(path)
    if isinstance(config, Config):
        return "configuration", to_table(config)
    if isinstance(config, Network):
        spec, neurons = config.spec, config.neurons
    elif isinstance(config, NetworkSpec):
        spec, neurons = config, Neurons()
    elif isinstance(config, (list, tuple)) and all(isinstance(layer, LayerSpec) for layer in config):
        spec, neurons = NetworkSpec(layers=tuple(config)), Neurons()
    else:
        raise ValueError(f"config: is {abbreviated(config)}; give a preset, a TOML file, a Config, a Network, a "
                         "NetworkSpec or a list of layers, such as [neurosim.dense(10)]")
    return "network", to_table(Config(network=spec, neurons=neurons, data=DataOptions(name=_data_of(spec)),
                                      optimiser=OptimiserOptions(rates=_RATE)))


def _data_of(spec: NetworkSpec) -> str:
    return "events" if spec.input == "events" else "mnist"


def _of_device(device: str | Path | Device | None) -> dict[str, Any]:
    """Return the changes of a configuration that put synapses on a device."""
    if not isinstance(device, Device):
        return {} if device is None else {"synapses.device": str(device)}
    shipped = load_device(device.stem)
    changed = {key: value for key, value in device.values.items() if shipped.values.get(key) != value}
    return {"synapses.device": device.stem, "device": changed}


@contextlib.contextmanager
def chosen_place(out: str | Path | None, name: str, force: bool) -> Iterator[Path]:
    """Yield the path of a run file that is nobody else's within the block; a temporary one without `out`."""
    if out is None:
        if force:
            raise ValueError("force: a temporary run file replaces none; name one in out, or omit force")
        folder = temporary_folder()
        with empty_removed(folder), reserved(folder / f"{name}{outputs.RUNS[0]}") as path:
            yield path
    else:
        instead = ", continue it with neurosim.open_run(path).resume(),"
        with outputs.chosen_path("out", out, outputs.RUNS, force, instead) as path:
            yield path
