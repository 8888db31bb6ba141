"""Recipes about energy: published figures of a chip and of digital hardware, from counts and cards of prices."""

from __future__ import annotations

from typing import TYPE_CHECKING

from neurosim.counts import Counts
from neurosim.energy import Array, Chip, Workload, baselines, load_prices, price
from neurosim.energy.prices import BASELINES
from neurosim.experiment.reproduce.recipe import Finding, Recipe, near

if TYPE_CHECKING:
    from neurosim.experiment.reproduce.recipe import Workbench


def neurram_energy(bench: Workbench) -> tuple:
    """Return one product of all weights of a core with 1-bit inputs and 3-bit outputs, per multiplication and addition.
    """
    array = Array(name="a-b", lower="a", upper="b", rows=128, columns=256)
    chip = Chip(arrays=(array,), layers={}, read_voltage=0.5, read_seconds=10e-9, readout="integrate-and-fire")
    events = {"row_activations": 128, "cell_reads": array.cells, "conversions": 256, "firings": 896}
    counts = Counts(1, 1, {}, {}, {}, {"a-b forward": events}, {"a-b forward": array.cells * 2.5e-6})
    ledger = price(Workload(chip=chip, phases={"inference": counts}, samples=1), load_prices("neurram-130nm"))
    parts = {name: joules / array.weights for name, joules in ledger.by("component").items()}
    lines, cells = parts["drivers"], parts["cells"]
    neurons = parts["conversion"] + parts["accumulate"]
    return (near("a multiplication and addition", lines + neurons + cells, 46e-15, 5e-15, "J"),
            near("word lines", lines, 18.0e-15, 4e-15, "J"),
            near("neuron circuits", neurons, 21.2e-15, 2e-15, "J"),
            Finding(quantity="input pulses and cells", measured=cells, expected=6.9e-15, low=6.9e-15, high=13.8e-15,
                    unit="J"))


def digital_baselines(bench: Workbench) -> tuple:
    """Return the second convolution of 2C2FC, 13 x 13 x 128 -> 11 x 11 x 256, one step with 3.50 M synaptic operations.
    """
    array = Array(name="conv1-conv2", lower="conv1", upper="conv2", rows=1152, columns=256, positions=121, row_tiles=9,
                  column_tiles=4)
    chip = Chip(arrays=(array,), layers={"conv2": 30976})
    read, operations = "conv1-conv2 forward", 3_500_000
    counts = Counts(1, 1, {"conv1": 2139}, {read: operations}, {read: array.synapses},
                    {read: {"cell_reads": 2 * operations}}, {read: 2 * operations * 20e-6})
    workload = Workload(chip=chip, phases={"inference": counts}, samples=1)
    others = {one.name: one.joules for one in baselines(workload, load_prices(BASELINES))}
    cells = price(workload, load_prices()).by("component")["cells"]
    expected = {"Loihi-like synaptic events": 82.6e-6, "dense int8 network": 8.2e-6, "dense fp32 network": 164e-6,
                "event-driven fp32 additions": 3.15e-6}
    return (*(near(name, others[name], joules, 0.01 * joules, "J") for name, joules in expected.items()),
            near("memristive cells alone", cells, 56e-9, 0.56e-9, "J"))


RECIPES = (
    Recipe(name="neurram-energy", seconds=0.1, function=neurram_energy,
           claim="A core of 256 x 256 devices at full activity takes 46 fJ per multiplication and addition, with 1-bit "
                 "inputs and 3-bit outputs. Prices of the card neurram-130nm; every cell at the mean conductance, an "
                 "upper bound; 3.5 charges per conversion.",
           source="Wan et al., Nature 608, 504 (2022), as CiMLoop breaks it down (wan_nature_2022)"),
    Recipe(name="digital-baselines", seconds=0.1, function=digital_baselines,
           claim="One time step of the second convolution of 2C2FC costs 82.6 uJ in Loihi-like synaptic events and "
                 "8.2 uJ in dense 8-bit arithmetic; the cells of a crossbar take 56 nJ. Counts of one step, by hand; "
                 "each price at the node of its source, without memory.",
           source="Davies et al., IEEE Micro 38(1), 82 (2018); Horowitz, ISSCC (2014); network of Lin, Bal, Sengupta"),
)
