"""What a run came to, as text for people."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from neurosim.alignment import aligned
from neurosim.whole import counted


def duration(seconds: float) -> str:
    """Return a time for people: "48 s", "4 min 08 s", "2 h 03 min"."""
    if seconds < 99.5:
        return f"{seconds:.1f} s" if seconds < 9.95 else f"{seconds:.0f} s"
    minutes, rest = divmod(round(seconds), 60)
    return f"{minutes} min {rest:02d} s" if minutes < 100 else f"{minutes // 60} h {minutes % 60:02d} min"


def measure_lines(report: dict[str, Any]) -> Iterator[str]:
    """Yield errors, chip, activity and energy of a report of `measures`, each behind an empty line."""
    for lines in (error_lines, chip_lines, activity_lines, energy_lines):
        yield ""
        yield from lines(report)


def error_lines(report: dict[str, Any]) -> Iterator[str]:
    """Yield one line per error that the report holds."""
    for split in ("test", "validation"):
        if report.get(f"{split}_error") is not None:
            error, samples = report[f"{split}_error"], report[f"{split}_samples"]
            low, high = report[f"{split}_error_interval"]
            yield (f"{split + ' error':<18}{error:.2%}  (95 % interval {low:.2%} to {high:.2%}; "
                   f"{round(error * samples):,} of {counted(samples, 'image')} wrong)")


def chip_lines(report: dict[str, Any]) -> Iterator[str]:
    """Yield what the weights are stored in, and how it is read."""
    yield from synapse_lines(report)
    yield from array_lines(report)


def synapse_lines(report: dict[str, Any]) -> Iterator[str]:
    """Yield what the weights are stored in and what programming has done to it."""
    synapses = report["synapses"]
    if synapses["device"] == "ideal":
        yield "synapses          ideal numbers"
        return
    pulses = synapses["set_pulses"] + synapses["reset_pulses"]
    yield (f"synapses          {counted(synapses['devices'], 'device')} {synapses['device']} ({synapses['name']}), "
           f"mapping {synapses['mapping']}, {synapses['programming']}")
    yield (f"pulses            {synapses['pulses_per_weight']:.1f} per weight by the rule {synapses['pulses']!r}, "
           f"{synapses['set_pulses'] / max(1, pulses):.0%} set; initial programming included; "
           f"{synapses['verify_reads'] / synapses['devices']:.1f} verify reads per device")
    yield (f"devices           {synapses['range_used']:.0%} of the conductance range used, "
           f"{synapses['stuck']:.2%} stuck, {synapses['worn']:.2%} worn out")


def array_lines(report: dict[str, Any]) -> Iterator[str]:
    """Yield how the arrays are wired and read."""
    array, readout = report["array"], report["readout"]
    parts = ("word_line", "bit_line", "driver", "sense")
    wires = ", ".join(f"{name.replace('_', ' ')} {array[name]:g} ohm" for name in parts if array[name])
    kind = readout["kind"] if readout["kind"] == "ideal" else f"{readout['kind']}, {counted(readout['bits'], 'bit')}"
    yield (f"array             tiles of {array['tile']} x {array['tile']}, wires {wires or 'ideal'}; readout {kind}; "
           f"read noise {readout['noise']}")


def energy_lines(report: dict[str, Any]) -> Iterator[str]:
    """Yield what an inference and, where it is known, learning from a sample takes on the chip."""
    from neurosim.memristor.si_format import quantity
    energy = report["energy"]
    parts = [f"{quantity(energy[f'joules_per_{unit}'], 'J', 3)} and "
             f"{quantity(energy[f'chip_seconds_per_{unit}'], 's', 3)} per {unit.replace('_', ' ')}"
             for unit in ("inference", "training_sample") if f"joules_per_{unit}" in energy]
    yield f"on the chip       {', '.join(parts)} (energy per event: {energy['prices']})"
    if energy.get("joules_of_initial_programming"):
        yield f"programmed once   {quantity(energy['joules_of_initial_programming'], 'J', 3)} before the first sample"


def activity_lines(report: dict[str, Any]) -> Iterator[str]:
    """Yield two tables: signals by layer, synaptic operations by read."""
    spikes, signals, density = (report[f"{kind}_by_layer"] for kind in ("spikes", "signals", "density"))
    sent = "spikes" if spikes else "non-zero signals"
    yield f"per inference, {report['steps']:.4g} time steps"
    yield from aligned([
        ("layer", sent, "of its units per step"),
        *((name if not spikes or name in spikes else f"{name} (analog)", f"{number:,.0f}", f"{density[name]:.2%}")
          for name, number in signals.items()),
        *([("all spikes", f"{report['spikes_per_inference']:,.0f}", "")] if spikes else [])], indent="  ")
    yield ""
    yield "synaptic operations per inference (NeuroBench counts the forward reads)"
    reads = report["operations_by_read"]
    sums = {"forward reads": report["neurobench"], "backward reads": report["backward_operations"]}
    names = {"spikes": "Effective_ACs", "graded spikes": "Effective_MACs", "states": "Effective_MACs"}
    used = {names[read["sends"]] for read in reads.values()}
    kinds = [name for name in dict.fromkeys(names.values()) if name in used]

    def effective(read: dict[str, Any]) -> Iterable[str]:
        return (f"{read['effective']:,.0f}" if names[read["sends"]] == kind else "" for kind in kinds)

    yield from aligned([
        ("read", *kinds, "Dense"),
        *((name, *effective(read), f"{read['dense']:,.0f}") for name, read in reads.items()),
        *((what, *(f"{found[kind]:,.0f}" for kind in kinds), f"{found['Dense']:,.0f}")
          for what, found in sums.items() if found["Dense"])], indent="  ")
