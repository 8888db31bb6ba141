"""neurosim device list: a line for each card."""

from __future__ import annotations

import json
from argparse import Namespace
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from neurosim.cli.parsers import Parsers
    from neurosim.memristor.device import Device

_WIDTH = 120    #: of the table, in characters


def add_parser(actions: Parsers) -> None:
    """Add the action."""
    from neurosim.cli.device import add_action
    parser = add_action(actions, "list", "list all cards",
                        "List the devices that ship: law of response, conductance range, on/off ratio, pulses from one "
                        "end of the range to the other, noise of a step, spread between devices.",
                        ["neurosim device list", "neurosim device list --json"])
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    parser.set_defaults(run=run)


def run(arguments: Namespace) -> int:
    """Print the table; returns the exit code."""
    from neurosim.cards import card_names
    from neurosim.memristor.derived import summary
    from neurosim.memristor.device import load_device
    devices = [load_device(name) for name in card_names()]
    if arguments.json:
        print(json.dumps({"devices": [summary(device) for device in devices]}))
        return 0
    rows: list[tuple[str, ...]] = [("name", "law", "range", "on/off", "pulses", "noise", "spread", "source")]
    rows += [_row(device, summary(device)) for device in devices]
    _print(rows)
    return 0


def _row(device: Device, found: dict[str, Any]) -> tuple[str, ...]:
    from neurosim.memristor.derived import SPREADS, travel_text
    spread = next((text.format(factor * device[key]) for key, text, factor in SPREADS if device[key]), "-")
    ratio, noise = found["on_off_ratio"], found["step_noise_of_range"]
    return (device.stem, device.law,
            _range(device),
            f"{ratio:.3g}" if ratio and ratio < 1e4 else "-" if not ratio else ">10,000",
            f"{found['levels']:g} levels" if found["levels"] else travel_text(found["travel"]),
            _noise_text(noise, device["write_noise"] / device.span), spread, found["source"])


def _noise_text(step: Any, stored: Any) -> str:
    """Return "2 %", "0.37+5.1 %" where what is stored is noisy too."""
    if step is None:
        return "table"
    kinds = [f"{100 * share:.2g}" for share in (step, stored) if share or share is step and stored]
    return f"{'+'.join(kinds)} %" if kinds else "-"


def _range(device: Device) -> str:
    """Return "3.08 - 38.5 nS", both in the prefix of the higher end."""
    from neurosim.memristor.si_format import prefix
    factor, letter = prefix(device["g_max"])
    return f"{device['g_min'] / factor:.3g} - {device['g_max'] / factor:.3g} {letter}S"


def _print(rows: list) -> None:
    from neurosim.cli.terminal import print_table
    used = sum(max(map(len, column)) + 2 for column in list(zip(*rows))[:-1])
    room = max(_WIDTH - used, 12)
    print_table([(*row[:-1], row[-1] if len(row[-1]) <= room else row[-1][:room - 3].rstrip() + "...") for row in rows])
    print("\npulses: from one end of the range to the other, noise-free, set / reset; ~ = to 95 % of the range, or to "
          "where\nthe steps vanish; noise: of a set step in mid-range (+ write noise), over the range; "
          "spread: of steps\nbetween devices")
    print("next    neurosim device show NAME\n        neurosim device plot NAME")
