"""What a run file holds of its chip: conductances of its devices, and what programming took."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import numpy as np

from neurosim.results import paths

if TYPE_CHECKING:
    from neurosim.results.checking import RunOfTraining

_ROLES = "plus", "minus", "reference"


def programming(run: RunOfTraining) -> tuple[dict[str, np.ndarray], list[str]]:
    """Return what programming took in all: dict from kind to int (1 + epochs, connections), and the connections."""
    names = [str(name) for name in run[paths.programming("connections")].data]
    return {kind: np.asarray(run[paths.programming(kind)].data)
            for kind in ("set", "reset", "verify", "exposures", "refreshes")}, names


def pulse_rates(run: RunOfTraining) -> dict[str, dict[str, np.ndarray]]:
    """Return pulses per device: dict from connection to a dict from "set" and "reset" to float (1 + epochs).

    The first number is the initial programming, each other one an epoch; {} for ideal synapses.
    """
    totals, names = programming(run)
    sizes = {name: sum(values.size for values in roles.values()) for name, roles in conductances(devices(run)).items()}
    steps = {kind: np.diff(totals[kind], axis=0, prepend=0) for kind in ("set", "reset")}
    return {name: {kind: steps[kind][:, i] / sizes[name] for kind in steps} for i, name in enumerate(names)
            if name in sizes}


def card_range(run: RunOfTraining) -> tuple[float, ...]:
    """Return lowest and highest conductance of the card that a run file names [S]; () where it holds none."""
    card = json.loads(run.attributes.get("card", "{}"))
    return tuple(float(card[key]) for key in ("g_min", "g_max") if key in card)


def devices(run: RunOfTraining) -> dict:
    """Return the arrays of the devices that a run file holds, by name; {} for ideal synapses."""
    return {name: run[paths.model("devices", name)].data for name in run.names(paths.model("devices"))} \
        if paths.model("devices") in run else {}


def conductances(arrays: dict) -> dict:
    """Return conductances among the arrays of devices: dict from connection to a dict from role to an array [S].

    Roles are "plus", "minus" and "reference".
    """
    found: dict[str, dict] = {}
    for name, values in arrays.items():
        connection, _, role = name.removesuffix(".g").rpartition(".")
        if name.endswith(".g") and role in _ROLES:
            found.setdefault(connection, {})[role] = np.asarray(values)
    return {connection: dict(sorted(roles.items(), reverse=True)) for connection, roles in found.items()}
