"""What a run came to, as numbers: what `--json` prints and `Run.evaluate` reports."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from neurosim import __version__
from neurosim.confidence import wilson
from neurosim.crossbar.synapses import IdealSynapses
from neurosim.crossbar.wear import wear
from neurosim.experiment.diagnosis import diagnose

if TYPE_CHECKING:
    from neurosim.energy import Workload
    from neurosim.energy.prices import PriceCard
    from neurosim.experiment.evaluation import Evaluation
    from neurosim.experiment.pipeline.conclusion import Outcome
    from neurosim.experiment.training import Training
    from neurosim.network.graph import Network


def measured_error(split: str, evaluation: Evaluation) -> dict[str, Any]:
    """The error of an Evaluation on `split` ("test" or "validation") with its interval and sample number, as a dict."""
    samples = len(evaluation.labels)
    return {f"{split}_error": evaluation.error, f"{split}_error_interval": list(wilson(evaluation.error, samples)),
            f"{split}_samples": samples}


def measured_activity(network: Network, evaluation: Evaluation) -> dict[str, Any]:
    """Return signals and synaptic operations of one inference on average, as a dict.

    Operations have NeuroBench's names: Effective_ACs where what is read is a spike of 1 or -1, Effective_MACs where it
    is a number, a graded spike or a state, Dense for all synapses of every step. NeuroBench knows forward reads;
    backward ones have sums of their own.
    """
    mean, steps = evaluation.counts.per_sample(), evaluation.counts.steps / evaluation.counts.samples
    signals = {layer.name: mean["signals"][layer.name] for layer in network.layers}
    spikes = {name: number for name, number in signals.items() if not network.sends_states(name)}
    senders = _senders(network)
    once = "input" if network.sends_states("input") else None    # an analog input is read once per image
    sends = {layer.name: "states" if layer.sends_states else "graded spikes" if layer.bits > 1 else "spikes"
             for layer in network.layers}
    reads = {read: {"sends": sends[senders[read]],
                    "effective": number, "dense": mean["dense"][read]} for read, number in mean["operations"].items()}
    totals = {direction: _totals([read for name, read in reads.items() if name.endswith(f" {direction}")])
              for direction in ("forward", "backward")}
    return {
        "steps": steps,
        "spikes_per_inference": sum(spikes.values()),
        "spikes_by_layer": spikes,
        "signals_by_layer": signals,
        "density_by_layer": {layer.name: signals[layer.name] / (layer.units * (1 if layer.name == once else steps))
                             for layer in network.layers},
        "synaptic_operations_per_inference": sum(mean["operations"].values()),
        "neurobench": totals["forward"], "backward_operations": totals["backward"],
        "operations_by_read": reads,
    }


def _totals(reads: Iterable[dict]) -> dict[str, int]:
    sums = {name: sum(read["effective"] for read in reads if (read["sends"] == "spikes") == added)
            for name, added in (("Effective_MACs", False), ("Effective_ACs", True))}
    return sums | {"Dense": sum(read["dense"] for read in reads)}


def _senders(network: Any) -> dict[str, str]:
    """Name of the layer that sends, by read."""
    return {f"{c.name} {direction}": sender for c in network.connections
            for direction, sender in (("forward", c.lower), ("backward", c.upper))}


def evaluation_report(training: Training, name: str, evaluations: dict[str, Evaluation]) -> dict[str, Any]:
    """Return what is known of a network by evaluating it; a dict that JSON can hold, errors as fractions.

    evaluations : dict from split to Evaluation; the first one is also counted
    """
    main, first = next(iter(evaluations.items()))
    report = {"config": name, "version": __version__, "data": training.config.data.name, "seed": training.config.seed,
              "threads": training.model.engine.threads, "epochs": training.progress.epoch}
    for split, evaluation in evaluations.items():
        report |= measured_error(split, evaluation)
    return (report | measured_activity(training.model.network, first) | measured_synapses(training)
            | {"readout": vars(training.config.readout) | {"mux": training.config.array.mux},
               "array": vars(training.config.array), "energy": measured_energy(training, first),
               "warnings": diagnose(training, first, main)})


def measured_energy(training: Training, evaluation: Evaluation) -> dict[str, Any]:
    """Return what one inference takes on the chip at the prices of the configuration, as a dict of numbers [J, s]."""
    from neurosim.experiment.pricing import inference_workload, prices_of
    workload = inference_workload(training.config, training.model.network, evaluation.counts)
    return _priced(workload, prices_of(training.config), "inference")


def _priced(workload: Workload, prices: PriceCard, unit: str) -> dict[str, Any]:
    from neurosim.energy import latency, price
    return {"prices": prices.stem, f"joules_per_{unit}": price(workload, prices, workload.simulated).per_sample,
            f"chip_seconds_per_{unit}": latency(workload, prices, workload.simulated).sample}


def measured_synapses(training: Training) -> dict[str, Any]:
    """Return what the synapses are and, for devices, what programming has done to them, as a dict under "synapses"."""
    options, synapses = training.config.synapses, training.model.synapses
    if isinstance(synapses, IdealSynapses):
        return {"synapses": {"device": options.device}}
    return {"synapses": {"device": options.device, "name": synapses.device.name, "pulses": options.pulses,
                         "mapping": options.mapping, "programming": options.programming, **wear(synapses)}}


def training_report(training: Training, name: str, outcome: Outcome) -> dict[str, Any]:
    """Return the same of a finished training, with its duration and speed.

    outcome : Outcome
    """
    from neurosim.energy import price_initial
    from neurosim.experiment.pricing import prices_of, workloads
    seconds = sum(entry["seconds"] for entry in training.progress.history)
    report = evaluation_report(training, name, {"test": outcome.test, "validation": outcome.validation})
    learning = workloads(training.out)["training"]
    if learning is not None:
        initial = price_initial(learning, prices_of(training.config))
        report["energy"] |= {"joules_of_initial_programming": initial.joules}
        report["energy"] |= _priced(learning, prices_of(training.config), "training_sample")
        report["spikes_per_training_sample"] = sum(
            count for phase in learning.phases.values() for name, count in phase.signals.items()
            if not training.model.network.sends_states(name)) / learning.samples
    return report | {
        "feedforward": training.config.network.feedforward,
        "seconds": seconds, "samples_per_second": training.progress.epoch * training.samples / max(seconds, 1e-9),
        "peak_rss_mb": outcome.peak_memory}
