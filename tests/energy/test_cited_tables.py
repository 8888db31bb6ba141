"""Every price of the cards that ship against the row of the table that it cites.

Rows are copied from the public repositories as they stood in 2026, in the units of the tables:
accelergy-library-plug-in (Accelergy-Project, library/...), cimloop (mit-emze,
workspace/models/arch/1_macro/wan_nature_2022 and memory_cells), DNN_NeuroSim_V2.1 (neurosim,
Training_pytorch/NeuroSIM/Param.cpp); Horowitz (ISSCC 2014) and Davies et al. (2018, Table 2) as they are quoted.
"""

import functools

import pytest

from neurosim.cards import card_names
from neurosim.energy import load_prices
from neurosim.energy.prices import FOLDER, KEYS
from neurosim.energy.scaling import area_factor

approx = functools.partial(pytest.approx, rel=1e-3, abs=0)

PICO, MICRO2 = 1e-12, 1e-12    # pJ -> J, um2 -> m2

#: bits: energy [pJ], area [um2]; library/isaac/isaac_adc.csv, 32 nm
ISAAC_ADC = {4: (0.79, 361.04), 5: (0.99, 476.91), 6: (1.20, 626.91), 7: (1.42, 845.18), 8: (1.67, 1200),
             9: (1.969078145, 1827.911647), 10: (2.379022742, 3002.008032)}
#: node [nm], energy [pJ], area [um2]
ISAAC_DAC = (32, 0.41667, 0.166015625)                  # isaac_dac.csv, one bit, "drive"
ISAAC_SHIFT_ADD = (32, 0.021, 60)                       # isaac_shift_add.csv, 16 bits
ISAAC_ROUTER = (32, 20.74, 150000)                      # isaac_router.csv, 256 bits
BRAHMS_DAC = (40, 0.291, 438)                           # brahms_dac.csv, 8 bits
TIMELY_COMPARATOR = (65, 0.0417, 40)                    # timely_charging_comparator.csv
ALADDIN_COUNTER = (40, 0.25074, 495.5)                  # aladdin_counter.csv, 32 bits
#: wan/components.csv, 130 nm, 1.8 V
WAN_SAMPLE, WAN_INTEGRATOR, WAN_ADC_STEP, WAN_SHIFT_ADD = (1.2, 350), (0.25, 350), (0.3, 400), (0.1, 170)
WAN_CELL_SQUARES, WAN_ADC_SECONDS = 125.73964497, 0.3e-6    # rram_wan_nature_2022.cell.yaml, variables_free.yaml
WAN_LINE_FEMTOFARAD, WAN_DRIVER_FEMTOFARAD = 1.5 + 0.6, 48    # arch.yaml
NEUROSIM_1T1R, NEUROSIM_SRAM = 4 * 4, {32: 8 * 20, 14: 300, 10: 400, 7: 600}    # Param.cpp, squares of the node
#: Horowitz, 45 nm, 0.9 V [pJ]
ADD8, ADD16, ADD32F, MULTIPLY8, MULTIPLY32F, ADD16F, MULTIPLY16F = 0.03, 0.05, 0.9, 0.2, 3.7, 0.4, 1.1
SRAM_8KB_64_BITS = 10
#: Davies et al., Table 2: [pJ], [ns], 14 nm, 0.75 V
LOIHI_EVENT, LOIHI_INACTIVE, LOIHI_UPDATE_NS, LOIHI_BARRIER_NS = 23.6, 52, 8.4, 465

BOTH = {
    "dac_8bit": (BRAHMS_DAC[0], BRAHMS_DAC[1] * PICO), "dac_area": (BRAHMS_DAC[0], BRAHMS_DAC[2] * MICRO2),
    "sample": (130, WAN_SAMPLE[0] * PICO), "integrate": (130, WAN_INTEGRATOR[0] * PICO),
    "counter_cycle": (ALADDIN_COUNTER[0], ALADDIN_COUNTER[1] * 8 / 32 * PICO),
    "neuron_update": (45, (6 * 4 * MULTIPLY8 + 9 * ADD16) * PICO),
    "sram_bit": (45, SRAM_8KB_64_BITS / 64 * PICO), "spike_hop": (32, ISAAC_ROUTER[1] * 32 / 256 * PICO),
    "gradient_mac": (45, (MULTIPLY16F + ADD16F) * PICO), "leakage": (14, 3.34 / 32 / 60e-6),
    "neuron_seconds": (14, LOIHI_UPDATE_NS * 1e-9), "barrier_seconds": (14, LOIHI_BARRIER_NS * 1e-9),
    "driver_area": (32, ISAAC_DAC[2] * MICRO2),
    "integrator_area": (130, (WAN_SAMPLE[1] + WAN_INTEGRATOR[1] + WAN_ADC_STEP[1]) * MICRO2),
    "ramp_area": (65, (TIMELY_COMPARATOR[2] + ALADDIN_COUNTER[2] * 8 / 32 * area_factor(40, 65)) * MICRO2),
}
CITED = {
    "isaac-32nm": BOTH | {
        "driver_energy": (32, ISAAC_DAC[1] * PICO), "comparator": (65, TIMELY_COMPARATOR[1] * PICO),
        "adc_rate": (32, 1.2e9), "accumulate": (32, ISAAC_SHIFT_ADD[1] * PICO),
        "adc_bits": (None, tuple(ISAAC_ADC)), "adc_energy": (32, tuple(row[0] * PICO for row in ISAAC_ADC.values())),
        "adc_area": (32, tuple(row[1] * MICRO2 for row in ISAAC_ADC.values())),
        "cell_squares": (None, NEUROSIM_1T1R), "sram_squares": (32, NEUROSIM_SRAM[32])},
    "neurram-130nm": BOTH | {
        "comparator": (130, WAN_ADC_STEP[0] * PICO), "accumulate": (130, WAN_SHIFT_ADD[0] * PICO),
        "driver_capacitance": (130, WAN_DRIVER_FEMTOFARAD * 1e-15),
        "line_capacitance": (130, WAN_LINE_FEMTOFARAD * 1e-15), "adc_bits": (None, tuple(range(1, 11))),
        "adc_energy": (130, tuple((WAN_SAMPLE[0] + WAN_INTEGRATOR[0] + bits * WAN_ADC_STEP[0]) * PICO
                                  for bits in range(1, 11))),
        "adc_area": (130, ((WAN_SAMPLE[1] + WAN_INTEGRATOR[1] + WAN_ADC_STEP[1]) * MICRO2,) * 10),
        "cycle_seconds": (None, WAN_ADC_SECONDS), "cell_squares": (None, WAN_CELL_SQUARES),
        "sram_squares": (130, NEUROSIM_SRAM[32])},
    "digital-baselines": {
        "int8_mac": (45, (ADD8 + MULTIPLY8) * PICO), "int8_multiply": (45, MULTIPLY8 * PICO),
        "int8_add": (45, ADD8 * PICO), "fp32_add": (45, ADD32F * PICO),
        "fp32_mac": (45, (ADD32F + MULTIPLY32F) * PICO), "synaptic_event": (14, LOIHI_EVENT * PICO),
        "neuron_event": (14, LOIHI_INACTIVE * PICO)},
}


@pytest.mark.parametrize("stem, key", [(stem, key) for stem, rows in CITED.items() for key in rows])
def test_a_price_is_that_of_its_table(stem, key):
    found, (node, value) = load_prices(stem).prices[key], CITED[stem][key]
    assert found.value == approx(value) and (node is None or found.node == node)


@pytest.mark.parametrize("stem", card_names(FOLDER))
def test_what_cites_no_table_says_that_it_is_assumed_or_chosen(stem):
    card = load_prices(stem)
    for key, found in card.prices.items():
        assert found.year, key
        assert key in CITED[stem] or key == "node" or found.kind in ("assumed", "chosen"), key
        if found.kind == "assumed":
            assert "assumed" in found.source and "[assumed" in found.text, key


@pytest.mark.parametrize("node", NEUROSIM_SRAM)
def test_a_bit_of_sram_takes_the_squares_of_its_node(node):
    assert load_prices("isaac-32nm", node).value("sram_squares", "x") == approx(NEUROSIM_SRAM[node])
    assert load_prices("neurram-130nm", node).value("sram_squares", "x") == approx(NEUROSIM_SRAM[node])


@pytest.mark.parametrize("bits", ISAAC_ADC)
def test_a_chip_of_isaac_pays_and_builds_the_converters_of_the_table(bits, chip, no_charges):
    """Price and area of the chip, not of the card: two converters, two conversions."""
    from dataclasses import replace

    from neurosim.energy import Workload, area, price
    built, prices = replace(chip, readout="adc", adc_bits=bits, mux=1), load_prices("isaac-32nm")
    ledger = price(Workload(chip=built, phases={"inference": no_charges}, samples=1), prices)
    assert ledger.by("component")["conversion"] == approx(2 * ISAAC_ADC[bits][0] * PICO)
    assert area(built, prices)["converters"] == approx(2 * ISAAC_ADC[bits][1] * MICRO2)
    lines = {line.event: line.unit_price for line in ledger.lines}
    assert lines["lines driven"] == approx(ISAAC_DAC[1] * PICO)


def test_a_neuron_of_neurram_has_the_area_of_the_chip():
    """Wan et al., Fig. 11 f, as CiMLoop has it (_tests.py): 1270 um2 for a neuron, 170 of them its adder."""
    assert load_prices("neurram-130nm").value("integrator_area", "x") + WAN_SHIFT_ADD[1] * MICRO2 == approx(1270e-12)


def test_every_key_of_a_card_is_looked_at():
    held = set().union(*(load_prices(stem).prices for stem in CITED))
    assert held == set(KEYS)
