"""The first sentences of a report, and what was run."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from neurosim.energy import latency, price
from neurosim.memristor.device import STEPS_FOLLOW
from neurosim.report.facts import amount, texts
from neurosim.report.markup import element, folded, joined, paragraph, section, table
from neurosim.results import paths
from neurosim.results.chip import programming
from neurosim.toml import parse_toml
from neurosim.whole import counted

if TYPE_CHECKING:
    from neurosim.energy import Workload
    from neurosim.report.facts import Facts
    from neurosim.report.markup import Html
    from neurosim.results.checking import RunOfTraining

#: Attributes of a run file that say where it comes from, and their names.
PROVENANCE = {
    "version": "version of neurosim", "commit": "commit", "started": "file written [UTC]", "command": "command",
    "host": "host", "cpu": "processor", "platform": "platform", "python": "Python", "numpy": "NumPy", "numba": "numba",
    "scipy": "SciPy", "h5py": "h5py"}
_ASKED = {
    "data": ("name", "train_samples", "validation_samples", "test_samples"),
    "neurons": ("kind", "epsilon", "lam"),
    "learning": ("loss", "rule", "truncation", "surrogate", "beta", "estimator", "phases", "free_steps", "nudge_steps",
                 "error_threshold", "state", "window"),
    "optimiser": ("rates", "momentum", "schedule"),
    "training": ("epochs", "batch"),
    "synapses": ("device", "pulses", "mapping", "programming", "ranges"),
    "array": ("tile", "word_line", "bit_line", "driver", "sense"),
    "readout": ("kind", "bits", "architecture", "noise"),
}


def verdict(run: RunOfTraining, facts: Facts) -> Html:
    """Return one paragraph and the numbers that people look for first, Html."""
    keys = _keys(run, facts)
    samples = len(run[paths.evaluation("test", "labels")].data)
    low, high = facts.interval
    when = f"After {_epochs(run)} of training" if run.attributes.get("epoch", 0) else "Without an epoch of training"
    text = [f"{when}, the network answers {_error(run):.2%} of {samples:,} test images wrongly "
            f"(95 % interval {low:.2%} to {high:.2%})."]
    for kind, one in (("inference", "One inference"), ("training", "Learning from one image")):
        if facts.workloads[kind] is not None:
            text.append(_cost(facts, kind, one))
    text.append(_pulse_sentence(run))
    cards = element("dl", *(element("div", element("dt", name), element("dd", value)) for name, value in keys.items()),
                    class_="keys")
    return joined(element("p", " ".join(filter(None, text)), class_="verdict"), _warnings(run), cards)


def _warnings(run: RunOfTraining) -> Html | str:
    """Return what kept the network from learning, where something did."""
    found = texts(run[paths.WARNINGS]) if paths.WARNINGS in run else []
    items = [element("li", f"{sentence[:1].upper()}{sentence[1:]}.") for sentence in found]
    return element("ul", *items, class_="warnings") if items else ""


def what_was_run(run: RunOfTraining, facts: Facts) -> Html:
    """Return the section on configuration, network, device and origin."""
    text = str(run.attributes["config"])
    config = parse_toml(text, f"run file {run.path}")
    parts = [_configuration(config), _layers(run, facts),
             folded("The whole configuration, as TOML", element("pre", element("code", text)))]
    parts += [_device(facts.device)] if facts.device else [paragraph("Synapses are ideal numbers; no device is used.")]
    rows = [(label, run.attributes[key]) for key, label in PROVENANCE.items() if key in run.attributes]
    return section("run", "What was run", *parts, element("h3", "Where it comes from"),
                   table("Versions, machine and command", ("what", "value"), rows, prose=(1,)))


def _keys(run: RunOfTraining, facts: Facts) -> dict[str, str]:
    low, high = facts.interval
    keys = {"test error": f"{_error(run):.2%}", "95 % interval": f"{low:.2%} to {high:.2%}"}
    sends, signals = texts(run[paths.evaluation("test", "sends")]), run[paths.evaluation("test", "signals")].data
    samples = len(run[paths.evaluation("test", "labels")].data)
    if "spikes" in sends:
        spikes = sum(int(count) for count, kind in zip(signals, sends) if kind == "spikes") / samples
        keys["spikes per inference"] = f"{spikes:,.0f}"
    for kind, one in (("inference", "inference"), ("training", "training image")):
        workload = facts.workloads[kind]
        if workload is not None:
            keys[f"energy per {one}"] = amount(_joules(workload, facts), "J", 3)
            keys[f"chip time per {one}"] = amount(_seconds(workload, facts), "s", 3)
    totals, _ = programming(run)
    if len(totals["set"]) > 1 and totals["set"].size:
        keys["pulses while learning"] = f"{_learnt(totals):,}"
    return keys


def _error(run: RunOfTraining) -> float:
    return float(run[paths.evaluation("test", "error")].data)


def _epochs(run: RunOfTraining) -> str:
    return counted(run.attributes.get("epoch", 0), "epoch")


def _joules(workload: Workload, facts: Facts) -> float:
    return price(workload, facts.prices, workload.simulated).per_sample


def _seconds(workload: Workload, facts: Facts) -> float:
    return latency(workload, facts.prices, workload.simulated).sample


def _cost(facts: Facts, kind: str, one: str) -> str:
    workload = facts.workloads[kind]
    spikes = sum(sum(counts.signals.values()) for counts in workload.phases.values()) / workload.samples
    return (f"{one} takes {workload.steps / workload.samples:,.4g} time steps, {spikes:,.0f} signals, "
            f"{amount(_joules(workload, facts), 'J', 3)} and {amount(_seconds(workload, facts), 's', 3)} on the "
            f"chip (energy per event: {facts.prices.stem}).")


def _learnt(totals: dict[str, np.ndarray]) -> int:
    return int(sum((totals[kind][-1] - totals[kind][0]).sum() for kind in ("set", "reset")))


def _pulse_sentence(run: RunOfTraining) -> str:
    totals, _ = programming(run)
    if not totals["set"].size:
        return "Its synapses are ideal numbers, so no pulse was sent."
    first = int(totals["set"][0].sum() + totals["reset"][0].sum())
    source = run.attributes.get("weights_from")
    begun = f"the first weights and then those of {source}" if source else "the first weights"
    if len(totals["set"]) == 1:
        return f"{first:,} programming pulses wrote {begun}."
    return f"Learning sent {_learnt(totals):,} programming pulses, after {first:,} to write {begun}."


def _configuration(config: dict) -> Html:
    asked = {name: {key: config[name][key] for key in keys if key in config.get(name, {})}
             for name, keys in _ASKED.items()} | {"device": config.get("device", {})}
    rows = [(name, _plain(values)[2:-2]) for name, values in asked.items() if values]
    return table("Configuration, the keys that matter most", ("section", "settings"),
                 [*rows, ("seed", _plain(config.get("seed", "")))], prose=(1,))


def _plain(value: object) -> str:
    if isinstance(value, dict):
        return "{ " + ", ".join(f"{key} = {_plain(item)}" for key, item in value.items()) + " }"
    if isinstance(value, list):
        return f"[{', '.join(map(_plain, value))}]"
    return f"{value:,}" if isinstance(value, int) and abs(value) >= 10_000 else str(value)


def _layers(run: RunOfTraining, facts: Facts) -> Html:
    test = {name: run[paths.evaluation("test", name)] for name in ("layers", "units", "sends")}
    rows = [(name, f"{units:,}", kind) for name, units, kind in
            zip(texts(test["layers"]), test["units"].data.tolist(), texts(test["sends"]))]
    shapes = {name: run.shape(paths.model("weights", name)) for name in facts.initial_weights}
    connections = [(name, " x ".join(map(str, shape)), f"{int(np.prod(shape)):,}") for name, shape in shapes.items()]
    return element("div", table("Layers", ("layer", "neurons", "sends"), rows, numbers=(1,)),
                   table("Connections", ("connection", "shape", "weights"), connections, numbers=(2,)), class_="pair")


def _device(device: Any) -> Html:
    entries = {key: entry for section in device.entries.values() for key, entry in section.items()}
    rows = [(entries[key].text if key in entries else key, key, _value(value, entries[key].unit), device.sources[key])
            for key, value in device.values.items() if key in device.sources]
    note = [paragraph(device.note)] if device.note else []
    return joined(element("h3", f"Device: {device.name}"), paragraph(f"Law {device.law}; {device.citation}"), *note,
                  paragraph(f"Steps follow the {device.steps_follow}: {STEPS_FOLLOW[device.steps_follow]}."),
                  table(f"Numbers of the device card {device.stem}", ("quantity", "key", "value", "source"), rows,
                        numbers=(2,), prose=(0, 3)))


def _value(value: Any, unit: str) -> str:
    values = value if isinstance(value, (tuple, list)) else (value,)
    return ", ".join(amount(item, unit) if item else "0" for item in values)
