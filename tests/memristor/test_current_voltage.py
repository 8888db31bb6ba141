"""I-V curves: the law that made them is chosen, its number lies in the interval as often as it says, prices know it."""

import numpy as np
import pytest

from neurosim.crossbar.wires import Cubic, Linear, PooleFrenkel, Sinh, cells_of, chord, gain
from neurosim.memristor.device import load_device
from neurosim.memristor.fitting.current_voltage import Curve, current_voltage

VOLTS = np.linspace(-1, 1, 41)
LAWS = {"iv_cubic": (lambda number: Cubic(a=number), 1.5), "iv_sinh": (lambda number: Sinh(v_0=number), 0.3),
        "iv_poole_frenkel": (lambda number: PooleFrenkel(v_0=number), 0.2)}


def curves(rng, key, devices=1, spread=0.0, noise=0.02):
    law, number = LAWS[key]
    return [Curve(VOLTS, (1 + noise * rng.standard_normal(VOLTS.size)) * law(
        number * np.exp(spread * rng.standard_normal())).current(np.full(VOLTS.size, 10 ** rng.uniform(-7, -4)), VOLTS))
        for _ in range(devices)]


@pytest.mark.parametrize("devices, spread", [(1, 0.0), (4, 0.1)])
@pytest.mark.parametrize("key", LAWS)
def test_intervals_of_cells_hold_the_truth(key, devices, spread):
    held = 0
    for seed in range(25):
        found = current_voltage(curves(np.random.default_rng(seed), key, devices, spread), "made")
        low, high = found.intervals.get(key, (np.inf, np.inf))
        held += low <= LAWS[key][1] <= high and list(found.values) == [key]
    assert held >= 20


def test_what_tells_no_law_is_one_sentence():
    rng = np.random.default_rng(0)
    straight = Curve(VOLTS, 1e-5 * VOLTS * (1 + 0.02 * rng.standard_normal(41)))
    swept = np.concatenate([np.linspace(0, 1, 30), np.linspace(1, 0, 30)])
    switched = Curve(swept, swept * np.where(np.arange(60) < 25, 1e-6, 1e-4))
    for curve, sentence in ((straight, "as good as proportional to voltages up to 1 V"), (switched, "a curve switches"),
                            (Curve(VOLTS[:8], VOLTS[:8]), "a curve has 8 points")):
        with pytest.raises(ValueError, match=sentence):
            current_voltage([curve], "made")


def test_laws_that_small_voltages_do_not_tell_apart_are_named():
    found = current_voltage([Curve(VOLTS / 10, Sinh(v_0=0.1).current(np.full(41, 1e-6), VOLTS / 10) * (
        1 + 0.03 * np.random.default_rng(1).standard_normal(41)))], "made")
    assert "do not distinguish it from" in found.remarks[0]


def test_a_card_holds_one_law_that_follows_its_conductances():
    """The conductance of a card is that of a read: at the read voltage the gain is 1, far below it is the chord's."""
    device = load_device("choi-2018-epiram", {"iv_sinh": 0.5})
    cells = cells_of(device)
    assert cells == Sinh(v_0=0.5) and cells_of(load_device("choi-2018-epiram")) == Linear()
    read = device["read_voltage"]
    assert gain(cells, read, read) == 1 and gain(Linear(), 5.0, read) == 1
    assert gain(cells, -5.0, read) == pytest.approx(np.sinh(10) / 10 / (np.sinh(2 * read) / (2 * read)))
    assert chord(Cubic(a=2.0), 0.5) == pytest.approx(1.5)
    with pytest.raises(ValueError, match="iv_cubic and iv_sinh are two laws of one cell"):
        load_device("choi-2018-epiram", {"iv_sinh": 0.5, "iv_cubic": 1.0})
    with pytest.raises(ValueError, match="iv_sinh = 0.01 V lets a pulse of 5 V carry"):
        load_device("choi-2018-epiram", {"iv_sinh": 0.01})
