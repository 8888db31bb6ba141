"""Cards from and for other simulators: which one a file belongs to, what a card lacks, which files are written."""

from __future__ import annotations

import json
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from neurosim.exchange import aihwkit, crosssim, neurosim
from neurosim.exchange.aihwkit_export import aihwkit_table
from neurosim.exchange.draft import PULSES, Draft
from neurosim.memristor.device import load_device
from neurosim.results.atomic_write import atomic_write
from neurosim.results.outputs import checked_output
from neurosim.tables import nearest
from neurosim.user_files import TEXT_LIMIT, read_limited

if TYPE_CHECKING:
    from neurosim.measurements.types import StepTable
    from neurosim.memristor.device import Device

SIMULATORS = ("aihwkit", "neurosim", "crosssim")
_ENDINGS = {"aihwkit": (".json",), "neurosim": (".cpp", ".txt")}


def draft_of(path: Path, origin: str | None, *, data: str | None = None, g_min: float | None = None,
             g_max: float | None = None) -> Draft:
    """Read a device of another simulator; origin : one of SIMULATORS, None = from what the file holds.

    data : which device of Cell.cpp; g_min, g_max : conductances [S] of w_min and w_max of aihwkit
    returns : Draft; raises : ValueError
    """
    found = origin or _origin(path)
    _refuse_unknown(found)
    for option, value, home in (("--data", data, "neurosim"), ("--g-min", g_min, "aihwkit"),
                                ("--g-max", g_max, "aihwkit")):
        if value is not None and found != home:
            raise ValueError(f"{option} {value}: belongs to files of {home}, and {path} is one of {found}; omit it")
    if found == "crosssim":
        return crosssim.draft_of(path)
    return neurosim.draft_of(path, data) if found == "neurosim" else aihwkit.draft_of(path, g_min, g_max)


def _refuse_unknown(simulator: str) -> None:
    if simulator not in SIMULATORS:
        raise ValueError(f"{simulator!r}: no such simulator{nearest(simulator, SIMULATORS)}")


def _origin(path: Path) -> str:
    """Return which simulator a file belongs to; raises ValueError where that is not clear."""
    if path.is_dir():
        return "crosssim"
    content = read_limited(path, TEXT_LIMIT, "a device of another simulator")
    if content.lstrip(b"\xef\xbb\xbf \t\r\n").startswith(b"{") or b"Device(\n" in content or b"Device(" in content and \
            b"dw_min" in content:
        return "aihwkit"
    if b"maxConductance" in content or b"resistanceOn" in content:
        return "neurosim"
    raise ValueError(f"{path}: is neither a device of aihwkit, nor numbers of NeuroSim, nor a folder of CrossSim's "
                     "tables; use --from aihwkit, neurosim or crosssim")


def complete(draft: Draft, set_pulse: Sequence[float] | None, reset_pulse: Sequence[float] | None,
             read_voltage: float | None) -> None:
    """Give a Draft, MUTATED, its voltages [V] and durations [s]: as stated, as in the file, else assumed."""
    stated = {"read_voltage": read_voltage}
    for side, pulse in (("set", set_pulse), ("reset", reset_pulse)):
        stated[f"{side}_voltage"], stated[f"{side}_width"] = pulse or (None, None)
    for key, value in stated.items():
        if value is not None:
            draft.values[key], draft.sources[key] = value, "stated when the card was imported"
    draft.choose(PULSES, "assumed: the file does not give it")


def card_of(draft: Draft, file: str, name: str, citation: str | None) -> str:
    """Return the text of the card that a Draft becomes, once it can be read back; raises ValueError where it cannot be.

    file : name of the card, .toml; name, citation : of the device
    """
    cited = citation or draft.citation or draft.origin
    draft.device(Path(file).stem, name, cited)
    text = draft.card_text(name, cited)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / file
        path.write_text(text, encoding="utf-8")
        load_device(path)
    return text


def place_of(option: str, out: str | Path, simulator: str) -> Path:
    """Return the path of the file, or of the folder for CrossSim, that an export writes; errors begin with `option`."""
    _refuse_unknown(simulator)
    if simulator != "crosssim":
        return checked_output(option, out, _ENDINGS[simulator])
    path = Path(out)
    if path.exists() and not path.is_dir() or not path.parent.is_dir():
        raise ValueError(f"{option} {out}: is not a folder that can be made; choose another name")
    return path


def texts_of(device: Device, table: StepTable | None, simulator: str, place: Path) -> tuple[dict[Path, str], list[str]]:
    """Texts of the files that describe a Device to another simulator, by their paths, and what is lost, list of str.

    table : StepTable of the law "table"; place : of `place_of`
    """
    if simulator == "aihwkit":
        fields, losses = aihwkit_table(device, table)
        return {place: json.dumps(fields, indent=2) + "\n"}, losses
    if simulator == "neurosim":
        text, losses = neurosim.neurosim_text(device, table)
        return {place: text}, losses
    files, losses = crosssim.crosssim_files(device, table)
    return {place / name: text for name, text in files.items()}, losses


def write(texts: Mapping[Path, str]) -> None:
    """Write files, each whole or not at all; a folder that is missing is made."""
    for path, text in texts.items():
        path.parent.mkdir(exist_ok=True)
        atomic_write(path, text.encode())
