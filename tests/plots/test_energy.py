"""The figure of a ledger shows the numbers of its lines."""

import functools

import numpy as np
import pytest

from neurosim.energy import Ledger, Line
from neurosim.plots.energy import COMPONENTS, energy_figure, squarified
from neurosim.plots.style import save

approx = functools.partial(pytest.approx, rel=1e-9, abs=0)    # joules are far below its usual tolerance

JOULES = {"conversion": 5e-6, "sram": 4e-6, "leak": 3e-6, "neurons": 1e-6, "cells": 1e-7, "drivers": 3e-8}


def ledger(scale=1.0, **more):
    lines = [Line(component=component, where=where, phase="inference", event="events", count=100,
                  unit_price=scale * share * joules, source="a test")
             for component, joules in {**JOULES, **more}.items() for where, share in (("conv1", 0.7), ("conv2", 0.3))]
    return Ledger(lines=tuple(lines), samples=100)


@pytest.fixture
def figure():
    ledgers = {"inference": ledger(), "training, digital": ledger(2, gradients=7e-6, programming=1e-6),
               "training, in-situ": ledger(2, programming=1e-6)}
    baselines = {"inference": {"dense int8 network": (8e-7, 3e-6), "Loihi-like synaptic events": (5e-4, 5e-4)},
                 "training, digital": {"dense int8 network": (2.4e-6, 8e-6),
                                       "Loihi-like synaptic events": (9e-4, 9e-4)}}
    return energy_figure(ledgers, baselines, "run.h5")


def test_bars_are_the_energies_of_the_components(figure):
    axes = figure.axes[0]
    bars = [bar for bar in axes.patches if bar.get_height() > 0]
    heights = {}
    for bar in bars:
        heights.setdefault(round(bar.get_x() + bar.get_width() / 2), []).append(bar.get_height())
    assert sum(heights[0]) == approx(sum(JOULES.values()) * 1e6)
    assert len(heights[0]) == len(JOULES) and len(heights[1]) == len(JOULES) + 2
    assert axes.get_ylabel() == "energy per sample [µJ]"
    assert [text.get_text() for text in axes.texts] == ["13.1 µJ", "42.3 µJ", "28.3 µJ"]


def test_baselines_stand_beside_the_chip_on_one_axis(figure):
    axes = figure.axes[1]
    lines = {line.get_label(): np.ravel(line.get_xdata()) for line in axes.lines}
    np.testing.assert_allclose(lines["training: baselines"], [2.4e-6, 8e-6, 9e-4, 9e-4])
    np.testing.assert_allclose(lines["inference: this chip"], sum(JOULES.values()))
    assert axes.get_xscale() == "log" and axes.get_xlabel() == "energy per sample [J]"


def test_areas_of_the_map_are_shares_of_the_energy(figure):
    axes = figure.axes[2]
    tiles = [patch for patch in axes.patches if patch.get_facecolor()[3] == 1]
    assert len(tiles) == 2 * len(JOULES)
    assert sum(tile.get_width() * tile.get_height() for tile in tiles) == approx(1.6)
    texts = [text.get_text() for text in axes.texts]
    assert f"conv1\nconversion\n{0.7 * 5e-6 / sum(JOULES.values()):.1%}" in texts


@pytest.mark.parametrize("values", [[5.0], [6, 6, 4, 3, 2, 2, 1], [1.0] * 10, [1e3, 1, 1e-3, 1e-6]])
def test_rectangles_fill_the_whole_without_overlap(values):
    boxes = squarified(values, 1.0, 2.0, 6.0, 4.0)
    areas = [width * height for _, _, width, height in boxes]
    np.testing.assert_allclose(areas, 24 * np.array(values) / sum(values), rtol=1e-9)
    for index, (x, y, width, height) in enumerate(boxes):
        assert x >= 1 - 1e-9 and y >= 2 - 1e-9 and x + width <= 7 + 1e-9 and y + height <= 6 + 1e-9
        for other_x, other_y, other_width, other_height in boxes[:index]:
            across = min(x + width, other_x + other_width) - max(x, other_x)
            along = min(y + height, other_y + other_height) - max(y, other_y)
            assert across < 1e-9 or along < 1e-9


def test_the_published_example_of_a_squarified_map():
    """Bruls et al. 2000, Fig. 5: a 6 x 4 rectangle; 6, 6 stacked in the first column, 4, 3 in the first row beside."""
    boxes = squarified([6, 6, 4, 3, 2, 2, 1], 0, 0, 6, 4)
    np.testing.assert_allclose(boxes[:2], [(0, 0, 3, 2), (0, 2, 3, 2)])
    np.testing.assert_allclose(boxes[2:4], [(3, 0, 12 / 7, 7 / 3), (3 + 12 / 7, 0, 9 / 7, 7 / 3)])


@pytest.mark.parametrize("chip", [0.0, 1.0])
@pytest.mark.parametrize("bounds", [(0.0, 0.0), (0.0, 1e-9), (1e-9, 2e-9)])
def test_what_costs_nothing_is_drawn_without_a_warning(chip, bounds, tmp_path):
    drawn = energy_figure({"inference": ledger(chip)}, {"inference": {"dense int8 network": bounds}})
    save(drawn, tmp_path / "energy.png")
    assert ("nothing" in " ".join(text.get_text() for text in drawn.axes[2].texts)) == (chip == 0)
    assert (drawn.axes[1].get_xscale() == "log") == (chip > 0 or max(bounds) > 0)


def test_every_component_has_a_colour_of_its_own():
    assert len(set(COMPONENTS.values())) == len(COMPONENTS)


def test_no_text_runs_out_of_the_figure(figure, tmp_path):
    save(figure, tmp_path / "energy.png")
    inside = figure.bbox
    for axes in figure.axes:
        box = axes.get_tightbbox()
        assert inside.x0 <= box.x0 <= box.x1 <= inside.x1 and inside.y0 <= box.y0 <= box.y1 <= inside.y1
