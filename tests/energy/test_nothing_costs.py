"""Prices of 0, which the bounds allow, and nothing counted: no share, ratio or logarithm of it ends in a traceback."""

import dataclasses
import json

import pytest

from neurosim.counts import Counts
from neurosim.energy import Workload, priced
from neurosim.energy.prices import KEYS
from neurosim.report.energy import energy as report_section

FREE = [key for key, one in KEYS.items() if one.entry.low <= 0 and not one.entry.many]


def refused(name):
    raise ValueError(f"{name} is not a JSON")


def checked(run, *words):
    """JSON and text of the verb, without a warning (they are errors) and without numbers that are none."""
    code, out, _ = run("--json", "--no-figure", *words)
    json.loads(out, parse_constant=refused)
    again, text, err = run("--no-figure", "--lines", *words)
    assert code == again == 0 and err == "" and "nan" not in text and "inf " not in text
    return text


@pytest.mark.parametrize("key", FREE)
def test_each_price_may_be_nothing(key, energy):
    energy.assignments = [f"price.{key}=0"]
    checked(energy)


@pytest.mark.parametrize("readout", ["adc", "integrate-and-fire"])
def test_all_prices_may_be_nothing(readout, energy, inference, training, no_charges, tmp_path):
    for kind, workload in (("inference", inference), ("training", training)):
        chip = dataclasses.replace(workload.chip, readout=readout)
        phases = workload.phases if readout != "adc" else dict.fromkeys(workload.phases, no_charges)
        energy.found[kind] = dataclasses.replace(workload, chip=chip, phases=phases)
    card = free_card(tmp_path)
    checked(energy, "--prices", card)
    assert energy("--prices", card, "--out", "drawn.png")[0] == 0


def free_card(folder):
    lines = []
    for key, one in KEYS.items():
        least = max(0, one.entry.low)
        value = {"node": 32, "supply": 0.9, "adc_rate": 1e9, "adc_bits": "[4, 8]"}.get(
            key, f"[{least}, {least}]" if one.entry.many else least)
        lines.append(f'{key} = {{ value = {value}, unit = "{one.entry.unit}", source = "free", kind = "chosen"'
                     f'{", node = 32" if one.scales else ""} }}')
    path = folder / "free.toml"
    path.write_text('name = "free"\ncitation = "none"\n[sources]\nfree = "chosen: free"\n[values]\n'
                    + "\n".join(lines))
    return path


def test_a_report_of_nothing(inference, training, tmp_path):
    from neurosim.energy import load_prices
    free = load_prices(free_card(tmp_path))
    facts = type("Facts", (), {"workloads": {"inference": inference, "training": training}, "prices": free,
                               "elsewhere": free})
    page = report_section(None, facts)
    assert "Initial programming" in page and "nan" not in page


@pytest.mark.parametrize("counts", [Counts(1, 0), Counts(1, 3)])
def test_nothing_counted(counts, chip, prices, energy, tmp_path):
    """No step, no signal, no read: ledgers of leakage and neurons alone, or of nothing at all."""
    energy.found.update(inference=Workload(chip=chip, phases={"inference": counts}, samples=1), training=None)
    checked(energy)
    card = free_card(tmp_path)
    assert "this chip needs no energy with this card" in checked(energy, "--prices", card)
    assert energy("--out", "drawn.png", "--prices", card)[0] == 0
    assert priced(energy.found["inference"], prices, prices_of_others()).break_even is None


def prices_of_others():
    from neurosim.energy import load_prices
    return load_prices("digital-baselines")
