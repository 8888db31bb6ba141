"""Ticks that can be read, and points that are distinguished from a crowd."""

import numpy as np
import pytest
from matplotlib.figure import Figure

from neurosim.plots.sweeps.frame import cloud, show
from neurosim.plots.sweeps.points import Quantity, clipped


def ticks(quantity, places):
    axes = Figure().subplots()
    axes.plot(places, np.zeros(len(places)))
    show(axes.xaxis, quantity, np.asarray(places, float))
    axes.set_xlim(min(places), max(places))
    return [text.get_text() for text in axes.get_xticklabels()]


@pytest.mark.parametrize("scale, places, expected", [
    ("linear", [2, 4, 8], ["2", "4", "8"]), ("log", [0.001, 0.01, 0.3], ["0.001", "0.01", "0.3"]),
    ("log", np.geomspace(1, 20, 50), ["1", "2", "5", "10", "20"])])
def test_few_values_have_a_tick_each_and_many_share_round_ones(scale, places, expected):
    found = ticks(Quantity("x [1]", scale=scale), places)
    assert [text for text in found if text in expected] == expected
    assert scale == "linear" or len(places) > 8 or found == expected


def test_a_logarithmic_axis_with_zero_has_zero_and_powers_of_ten():
    places = [0.0, *np.geomspace(0.3, 40, 20)]
    assert ticks(Quantity("x [1]", scale="symlog", start=0.3), places) == ["0", "1", "10"]


def test_words_stand_in_their_order_and_long_ones_lose_their_middle():
    words = ("b", '[{kind = "conv", channels = 8}, {units = 10}]')
    assert ticks(Quantity("x", scale="text", words=words), [0, 1]) == ["b", '[{kind = "conv…{units = 10}]']
    assert clipped("x" * 28) == "x" * 28 and len(clipped("x" * 29)) == 28


@pytest.mark.parametrize("count, barred, whole", [(10, True, True), (1000, False, True), (5000, False, False)])
def test_a_crowd_has_no_error_bars_and_a_large_one_is_a_picture(count, barred, whole):
    axes = Figure().subplots()
    places, lengths = np.arange(count), [np.ones((2, count))]
    assert cloud(axes, places, places, lengths, "black") is barred
    assert bool(axes.collections) is barred and bool(axes.lines[0].get_rasterized()) is not whole
