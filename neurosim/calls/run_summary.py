"""What a run shows of itself."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from neurosim.experiment.pipeline.summary import duration
from neurosim.memristor.si_format import quantity
from neurosim.summaries import Summary
from neurosim.whole import counted

if TYPE_CHECKING:
    from neurosim.calls.run import Run
    from neurosim.experiment.config import Config


def run_summary(run: Run) -> Summary:
    """Return the Summary of a Run: what was learnt with which error, on what, at what price; its warnings below."""
    config, history = run.config, run.history
    heading = f"run {run.path}: {counted(run.epochs, 'epoch')} on {config.data.name}, seed {config.seed}"
    rows = [("", ""), *(_evaluated(run, config) if run.finished else _unfinished(run, config))]
    if run.epochs:
        rows.append(("learnt in", f"{duration(float(history.seconds.sum()))}, training error of the last epoch "
                                  f"{history.train_error[-1]:.2%}"))
    return Summary(heading=heading, rows=rows, remarks=[f"warning: {sentence}" for sentence in run.warnings])


def _unfinished(run: Run, config: Config) -> Iterator[tuple[str, str]]:
    yield "not finished", f"{run.epochs} of {counted(config.training.epochs, 'epoch')}; run.resume() continues"
    yield "synapses", config.synapses.device


def _evaluated(run: Run, config: Config) -> Iterator[tuple[str, str]]:
    yield "test error", repr(run.test_error)
    yield "validation error", repr(run.validation_error)
    layers, synapses, energy = run.layers, run.synapses, run.energy
    yield "layers", ", ".join(f"{name} {units:,}" for name, units in zip(layers.layer, layers.units))
    spikes = float(layers.signals[layers.sends == "spikes"].sum())
    yield "per inference", (f"{counted(round(spikes), 'spike')}, "
                            f"{quantity(energy.joules_per_inference or 0.0, 'J', 3)} "
                            f"(energy per event: {energy.bill.prices.stem})")
    told = "ideal numbers" if config.synapses.ideal else (
        f"{counted(int(synapses.devices.sum()), 'device')} {config.synapses.device}, "
        f"{synapses.pulses_per_device.mean():.1f} pulses each by the rule {config.synapses.pulses!r}")
    yield "synapses", f"{counted(int(synapses.weights.sum()), 'weight')}, {told}"
