"""Recipes about devices: published curves from the cards, cards from curves, and the noise of single updates."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from neurosim.crossbar.devices import DeviceSynapses, Placement
from neurosim.experiment.chip import make_update
from neurosim.experiment.config import load_config
from neurosim.experiment.reproduce.recipe import Recipe, near
from neurosim.learning.single_updates import one_sample_step, update_statistics
from neurosim.memristor.array import DeviceArray
from neurosim.memristor.device import IMPERFECTIONS, load_device
from neurosim.memristor.fitting import fit
from neurosim.measurements.csv import PulseTrains
from neurosim.memristor.response import DOWN, UP, Response

if TYPE_CHECKING:
    from neurosim.experiment.reproduce.recipe import Workbench

_NOISE_FREE = {key: 0 for key in IMPERFECTIONS if key not in ("asymmetry", "drift_start", "temperature")}
_UNIFORM = {"step_spread": 0, "asymmetry_spread": 0, "g_min_spread": 0, "g_max_spread": 0}
_MEASURED, _NOISY = 1500, {"write_noise": 2e-7, "c2c": 0.5, **_UNIFORM}
_RPU, _REPEATS = "gokmen-2016-rpu", 60


def device_law(bench: Workbench) -> tuple:
    """Return the trains of pulses on the card of Gong et al., in weights of -1 to 1, without noise."""
    device = load_device("gong-2018-reram-es", _NOISE_FREE)
    up, down = (2 * (Response(device).walk(way, 500)[500] - device["g_min"]) / device.span - 1 for way in (UP, DOWN))
    array = DeviceArray(device, (2,), seed=bench.seed)
    array.pulse([0, 1000])
    for _ in range(4000):
        array.pulse([1, 1])
        array.pulse([-1, -1])
    ends = 2 * (array.conductances() - device["g_min"]) / device.span - 1
    return (near("weight after 500 set pulses from -1", up, -0.054225, 1e-5),
            near("weight after 500 reset pulses from 1", down, -0.406993, 1e-5),
            near("weight after pairs of set and reset pulses, from below", ends[0], -0.21723, 2e-3),
            near("weight after pairs of set and reset pulses, from above", ends[1], -0.21723, 2e-3))


def device_fit(bench: Workbench) -> tuple:
    """Measure one noisy device of a known card, and fit three laws to what was read."""
    truth = load_device("gong-2018-reram-es", _NOISY)
    device, trains = DeviceArray(truth, (1,), seed=bench.seed), []
    for pulse in (1, -1):
        reads = []
        for _ in range(_MEASURED):
            device.pulse([pulse])
            reads.append(device.conductances()[0])
        trains.append(reads)
    found = fit(PulseTrains(up=(trains[0],), down=(trains[1],), source="simulated device"),
                laws=("soft-bounds", "exponential", "neurosim"))
    best, asymmetry = found[0].values, truth["asymmetry"]
    true = {"g_min": truth["g_min"], "g_max": truth["g_max"], "step_up": truth["step_up"] * (1 + asymmetry),
            "step_down": truth["step_down"] * (1 - asymmetry)}
    return (near("rank of the true law among three", [one.law for one in found].index("exponential") + 1, 1, 0),
            *(near(f"{key} over its true value", best[key] / value, 1, 0.01 if key.startswith("g") else 0.07)
              for key, value in true.items()))


def single_updates(bench: Workbench) -> tuple:
    """Return the noise of one and the same update of one sample, relative to what was wanted, by rule."""
    noise = {}
    for done, rule in enumerate(("accumulate", "trains", "two-phase")):
        bench.observe("single updates", done, 3)
        config = load_config("mnist-small", [f"synapses.device={_RPU}", f"synapses.pulses={rule}",
                                             f"seed={bench.seed}"])
        step = one_sample_step(rate=0.01)
        zeros = {name: np.zeros_like(change) for name, change in step.changes.items()}
        placement = Placement(mapping="pair", programming="bidirectional", ranges=dict.fromkeys(zeros, 2.0))
        synapses = DeviceSynapses(load_device(_RPU), zeros, placement, bench.seed)
        noise[rule] = update_statistics(synapses, make_update(config, zeros, synapses), step, _REPEATS).noise
    return (near("noise with a register that accumulates", noise["accumulate"], 0.83, 0.1),
            near("noise of difference trains", noise["trains"], 1.22, 0.15),
            near("noise of one phase up, the other down", noise["two-phase"], 5.77, 0.6))


RECIPES = (
    Recipe(name="device-law", seconds=1, function=device_law,
           claim="The card of a ReRAM walks the curve of its published model, and pairs of opposite pulses bring it to "
                 "the published symmetry point. Without the noise and the spread of the card.",
           source="Gong et al., Nat. Commun. 9, 2102 (2018), as the preset ReRamES of aihwkit fits it"),
    Recipe(name="device-fit", seconds=5, function=device_fit,
           claim="A fit to 1500 noisy set and 1500 reset pulses of a known device finds its law again, its range "
                 "within 1 % and its steps within 7 %. Three laws of six compete.",
           source="docs/tutorials/your-device.md; examples/06_fit_your_csv.py"),
    Recipe(name="single-updates", seconds=1, function=single_updates,
           claim="Pulsing one phase up and the other down makes a single update 7 times as noisy as the difference in "
                 "a register. Three rules of eight, 60 updates of 64 x 64 weights here; 100 there.",
           source="docs/devices.md, Pulse rules; examples/08_pulse_rules.py"),
)
