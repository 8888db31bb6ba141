"""Steps over the voltage of pulses: what made them is found again, whatever its factor, and with its interval."""

import numpy as np
import pytest

from neurosim.memristor.device import load_device
from neurosim.memristor.fitting.step_voltage import Pulses, step_voltage
from neurosim.memristor.response import Response

CARD, RISE = load_device("gong-2018-reram-sb"), 0.2
NORMAL = np.random.default_rng(0).standard_normal(80)
RAMP = [(side, volts) for _ in range(4) for side, key in enumerate(("set_voltage", "reset_voltage"))
        for volts in np.linspace(0.8, 1.3, 15) * CARD[key]]


def ramped(rng, rise=RISE, factor=1.3, noise=0.2, wide=False, read=1e-3):
    """Four ramps of set and of reset pulses, with steps that grow as exp(V / rise), and with the root of the width."""
    response, g, reads = Response(CARD), CARD["g_min"], []
    widths = 10 ** rng.uniform(-1, 1, len(RAMP)) if wide else np.ones(len(RAMP))
    for (side, volts), width in zip(RAMP, widths):
        over = abs(volts) - abs(CARD["reset_voltage" if side else "set_voltage"])
        step = factor * response.step(side, g) * np.exp(over / rise) * np.sqrt(width)
        g = min(max(g + step * (1 + noise * rng.standard_normal()), CARD["g_min"]), CARD["g_max"])
        reads.append(g)
    return Pulses(np.array([volts for _, volts in RAMP]), np.array(reads) + read * CARD.span * rng.standard_normal(
        len(RAMP)), CARD["set_width"] * widths if wide else None)


@pytest.mark.slow
@pytest.mark.parametrize("devices, spread", [(1, 0.0), (3, 0.1)])
def test_intervals_of_the_step_voltage_hold_the_truth(devices, spread):
    held = 0
    for seed in range(20):
        rng = np.random.default_rng(seed)
        found = step_voltage([ramped(rng, RISE * np.exp(spread * rng.standard_normal())) for _ in range(devices)], CARD,
                             "made")
        low, high = found.intervals["step_voltage"]
        held += low <= RISE <= high
    assert held >= 17


def test_neither_the_size_of_steps_nor_their_widths_are_taken_for_voltage():
    rng = np.random.default_rng(1)
    small, large = (step_voltage([ramped(np.random.default_rng(0), factor=factor, noise=0.02)], CARD, "made")
                    for factor in (0.7, 1.3))
    assert small.values["step_voltage"] == pytest.approx(RISE, rel=0.05)
    assert large.values["step_voltage"] == pytest.approx(RISE, rel=0.05)
    wide = step_voltage([ramped(rng, noise=0.02, wide=True) for _ in range(4)], CARD, "made")
    assert wide.values["step_voltage"] == pytest.approx(RISE, rel=0.05)
    power = float(wide.remarks[-1].split("power ")[1].split()[0])
    assert power == pytest.approx(0.5, abs=0.03) and wide.goodness.startswith(("good", "fair"))


@pytest.mark.parametrize("pulses, sentence", [
    (Pulses(np.ones(10), np.full(10, 2e-5), None), "a device has 10 pulses; give 21 or more"),
    (Pulses(np.full(40, 1.5), np.linspace(1e-5, 4e-5, 40), None), "all pulses of a device have about the same voltage"),
    (Pulses(np.linspace(1, 2, 40), np.full(40, 1e-3), None), "100 % of the reads lie beyond the range of the card"),
    (Pulses(np.tile([1.2, 1.8], 40), 2e-5 + np.cumsum(np.tile([2e-7, 5e-8], 40) + 5e-9 * NORMAL), None),
     "steps do not grow with the voltage"),
])
def test_what_tells_no_step_voltage_is_one_sentence(pulses, sentence):
    with pytest.raises(ValueError, match=sentence):
        step_voltage([pulses], CARD, "made")
