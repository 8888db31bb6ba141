"""Networks of other programs: from a NIR graph to a run, and from a run to a graph."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from neurosim.calls.data import Data, with_data
from neurosim.calls.overrides import assignments_of
from neurosim.calls.run import Run
from neurosim.calls.training import Trainable, begun, chosen_place
from neurosim.exchange import nir
from neurosim.exchange.nir.files import DT
from neurosim.experiment.nir_networks import STEPS, begin_imported, config_of, graph_of_run
from neurosim.results import outputs
from neurosim.results.atomic_write import atomic_write


def import_nir(graph: str | Path | Any, config: Trainable = "mnist-small", data: Data = None, *, steps: int = STEPS,
               dt: float | None = None, out: str | Path | None = None, force: bool = False, threads: int | None = None,
               assignments: Sequence[str] = (), **overrides: Any) -> Run:
    """Make a run of a feedforward NIR graph, with its weights, thresholds and resets, before its first epoch.

        run = neurosim.import_nir("net.nir")
        run.evaluate().error, run.resume()

    Conv2d, Affine, Linear, AvgPool2d, SumPool2d and Flatten become connections, and IF, LIF, CubaLIF, Threshold, I, LI
    and CubaLI layers of "lif" and "li" neurons, see `neurosim.neurons.integrate_and_fire`; it learns by
    backpropagation.

    graph : path of a file that nir.write made, or a nir.NIRGraph
    config, data : what it is evaluated on and learns from, as in `neurosim.train`; its network is not used
    steps : time steps in which the spikes of the outputs are counted
    dt : time step of the graph [s]; None = what neurosim has noted in it, or 1e-4, that of snnTorch
    out : run file to write; None = a temporary one; force : replace a file that is there
    threads, assignments, overrides : as in `neurosim.train`
    returns : Run
    raises : ValueError that names a node which cannot be carried, a cycle, missing weights, or data that do not fit
    """
    whole, source = (nir.read_graph(graph), str(graph)) if isinstance(graph, (str, Path)) else (graph, "graph")
    found, (name, table) = nir.imported(whole, dt), begun(config)
    dataset, table = with_data(data, table, overrides)
    wanted = config_of(found, table, name, assignments_of(overrides, assignments), steps)
    with chosen_place(out, Path(source).stem, force) as path:
        begin_imported(found, wanted, source, path, force, threads)
    return Run(path, dataset)


def export_nir(run: Run | str | Path, path: str | Path | None = None, *, dt: float = DT,
               force: bool = False) -> list[str]:
    """Write the network of a run as a NIR graph whose signals flow up, for snnTorch, Norse, Sinabs, Lava and others.

        lost = neurosim.export_nir(run, "net.nir")

    Feedforward networks of "lif", "li" and "linear" neurons behind an analog input are carried exactly.

    run : Run, or path of a run file; path : .nir, default: next to the run file; dt : time step of the graph [s]
    force : replace a file that is there
    returns : list of what is lost, sentences
    raises : ValueError for what no graph can say, such as maximum pooling
    """
    source = run.path if isinstance(run, Run) else Path(run)
    with outputs.chosen_path("path", path or source.with_suffix(".nir"), (".nir",), force) as place:
        content, losses = graph_of_run(source, dt)
        atomic_write(place, content)
    return losses
