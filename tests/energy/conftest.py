"""A chip small enough to be priced by hand, on a card whose prices are powers of two, so that sums are exact."""

import dataclasses

import pytest

from neurosim import cli
from neurosim.counts import Counts
from neurosim.energy import Array, Chip, Programming, Workload, load_prices
from neurosim.experiment import pricing, runs
from neurosim.experiment.config import parse_config

_CARD = """\
name = "powers of two"
citation = "none"
%s
[sources]
test = "chosen: powers of two"

[values]
"""
PRICES = {
    "node": (32, "nm", ""), "supply": (1.0, "V", ""), "driver_energy": (2.0 ** -45, "J", "node"),
    "driver_capacitance": (2.0 ** -46, "F", "node"), "line_capacitance": (2.0 ** -50, "F", "node"),
    "dac_8bit": (2.0 ** -36, "J", "node"), "sample": (2.0 ** -40, "J", "node"), "integrate": (2.0 ** -42, "J", "node"),
    "comparator": (2.0 ** -45, "J", "node"), "counter_cycle": (2.0 ** -44, "J", "node"), "adc_rate": (1e9, "Hz", ""),
    "accumulate": (2.0 ** -46, "J", "node"), "neuron_update": (2.0 ** -38, "J", "node"),
    "sram_bit": (2.0 ** -43, "J", "node"), "spike_hop": (2.0 ** -39, "J", "node"),
    "gradient_mac": (2.0 ** -41, "J", "node"), "leakage": (0, "W/m2", ""), "state_bits": (128, "1", ""),
    "stored_bits": (16, "1", ""), "gradient_bits": (32, "1", ""), "drive_seconds": (2.0 ** -30, "s", ""),
    "cycle_seconds": (2.0 ** -29, "s", ""), "neuron_seconds": (2.0 ** -28, "s", ""),
    "barrier_seconds": (2.0 ** -22, "s", ""), "cell_squares": (16, "1", ""), "sram_squares": (160, "1", ""),
    "driver_area": (1e-13, "m2", "node"), "dac_area": (1e-12, "m2", "node"),
    "integrator_area": (1e-10, "m2", "node"), "ramp_area": (1e-11, "m2", "node"),
}


def card_text(left_out=(), changed=None, cell=None):
    """TOML text of the card; `changed` maps keys to whole entries; `cell` : kind of memory cell."""
    entries = {key: f'{{ value = {value!r}, unit = "{unit}", source = "test", kind = "chosen"'
                    f'{", node = 32, voltage = 1.0" if node else ""} }}' for key, (value, unit, node) in PRICES.items()}
    entries.update(changed or {})
    values = "\n".join(f"{key} = {entry}" for key, entry in entries.items() if key not in left_out)
    return _CARD % (f'cell = "{cell}"' if cell else "") + values


@pytest.fixture
def write_card(tmp_path):
    """Function that writes a card and returns its path."""
    def write(left_out=(), changed=None, cell=None):
        path = tmp_path / "two.toml"
        path.write_text(card_text(left_out, changed, cell))
        return path
    return write


@pytest.fixture
def prices(write_card):
    return load_prices(write_card())


@pytest.fixture
def chip():
    """Two inputs, two outputs, four devices; read at 0.5 V for 2^-27 s."""
    array = Array(name="input-output", lower="input", upper="output", rows=2, columns=2, devices_per_weight=1,
                  backward=False)
    return Chip(arrays=(array,), layers={"input": 2, "output": 2}, read_voltage=0.5, read_seconds=2.0 ** -27,
                set_voltage=2.0, set_seconds=2.0 ** -24, reset_voltage=-1.0, reset_seconds=2.0 ** -23,
                half_select=0.5, mean_conductance=2.0 ** -16, readout="integrate-and-fire", mux=2)


@pytest.fixture
def counts():
    """One step in which both inputs send; the devices have 1, 2, 3 and 4 times 2^-20 S."""
    events = {"tile_reads": 1, "row_activations": 2, "cell_reads": 4, "conversions": 2, "firings": 3, "hops": 2}
    return Counts(1, 1, {"input": 2, "output": 1}, {"input-output forward": 4}, {"input-output forward": 4},
                  {"input-output forward": events}, {"input-output forward": 10 * 2.0 ** -20})


@pytest.fixture
def no_charges(counts):
    """The same counts by a converter that gives off no charges."""
    events = {read: {**found, "firings": 0} for read, found in counts.reads.items()}
    return dataclasses.replace(counts, reads=events)


@pytest.fixture
def inference(chip, counts):
    return Workload(chip=chip, phases={"inference": counts}, samples=1)


@pytest.fixture
def training(chip, counts):
    first = Programming(set=40, reset=10, verify=60, exposures=100, set_siemens=80 * 2.0 ** -20,
                        reset_siemens=10 * 2.0 ** -20)
    done = Programming(set=3, reset=1, verify=5, exposures=8, refreshes=1, set_siemens=6 * 2.0 ** -20,
                       reset_siemens=2.0 ** -20)
    return Workload(chip=chip, phases={phase: counts for phase in ("free", "nudge+", "nudge-")},
                    programming={"input-output": done}, initial={"input-output": first}, samples=1, updates=1)


@pytest.fixture
def energy(monkeypatch, capsys, tmp_path, inference, training):
    """Function that runs the verb on a run of the two-by-two chip; returns exit code, stdout and stderr."""
    found = {"inference": inference, "training": training}
    monkeypatch.setattr(pricing, "workloads", lambda run_file: found)
    monkeypatch.setattr(runs, "stored_config", lambda run_file: parse_config("", "run.h5", run.assignments))
    monkeypatch.chdir(tmp_path)

    def run(*words):
        code = cli.main(["energy", "run.h5", *map(str, words)])
        captured = capsys.readouterr()
        return code, captured.out, captured.err
    run.found, run.assignments = found, []
    return run
