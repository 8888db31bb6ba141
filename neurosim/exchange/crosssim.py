"""CrossSim's tables of steps: from a folder with dG_increasing.txt and dG_decreasing.txt to a card, and back."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np

from neurosim.exchange.draft import Draft, lost
from neurosim.measurements.csv import read_steps
from neurosim.measurements.types import StepTable
from neurosim.memristor.device import Device
from neurosim.memristor.response import DOWN, UP, Response

_BINS, _PROBABILITIES = 65, 101
FILES = ("dG_increasing.txt", "dG_decreasing.txt")


def draft_of(folder: Path) -> Draft:
    """Make a card of the law "table" of a folder of tables; the tables stay where they are. raises : ValueError"""
    table = read_steps(folder)
    draft = Draft("table", f"imported from {folder.name}, CrossSim's tables of steps", table=folder.name)
    draft.set("g_min", float(table.g[0]), "first conductance bin")
    draft.set("g_max", float(table.g[-1]), "last conductance bin")
    draft.set("scatter", 1.0, "scatter of the steps as in the tables")
    return draft


def crosssim_files(device: Device, table: Any = None) -> tuple[dict[str, str], list[str]]:
    """Return the text of both files by their names, and what is lost, a list of str.

    table : StepTable of the law "table", which is written as it is; other laws are tabulated at 65 conductances, their
    noise from step to step as a normal distribution at 101 probabilities
    """
    losses = []
    if table is None:
        table = _tabulated(device)
        losses.append(f"the law {device.law} became {_BINS} conductances and {_PROBABILITIES} probabilities")
    texts = {name: _text(device, table, steps) for name, steps in zip(FILES, (table.up, table.down))}
    return texts, losses + lost(device, ("c2c", "c2c_additive", "c2c_scaled", "c2c_range", "c2c_slope", "asymmetry"))


def _tabulated(device: Device) -> StepTable:
    from scipy.special import ndtri
    g = np.linspace(device["g_min"], device["g_max"], _BINS)
    cdf = (np.arange(_PROBABILITIES) + 0.5) / _PROBABILITIES
    response, sides = Response(device), []
    for side in (UP, DOWN):
        steps = np.array([response.step(side, place) for place in g])
        sigma = np.sqrt((device["c2c"] * steps) ** 2 + device["c2c_additive"] ** 2 + device["c2c_scaled"] ** 2
                        + (device["c2c_range"] * device.span) ** 2 + (device["c2c_slope"] * (g - g[0])) ** 2)
        sides.append(steps + sigma * ndtri(cdf)[:, None])
    return StepTable(g=g, cdf=cdf, up=sides[0], down=sides[1], source=device.stem)


def _text(device: Device, table: StepTable, steps: np.ndarray) -> str:
    rows = [table.g, table.cdf, *steps]
    title = " ".join(device.name.replace(",", " ").split())
    return "\n".join([f"table of {title}", *(", ".join(repr(float(value)) for value in row) for row in rows)]) + "\n"
