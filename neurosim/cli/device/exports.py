"""neurosim device export: a card for aihwkit, NeuroSim or CrossSim."""

from __future__ import annotations

import json
import textwrap
from argparse import Namespace
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from neurosim.cli.parsers import Parsers
    from neurosim.memristor.device import Device

_ENDINGS = {"aihwkit": (".json",), "neurosim": (".cpp", ".txt")}


def add_parser(actions: Parsers) -> None:
    """Add the action."""
    from neurosim.cli.device import add_action, add_card, add_tables
    parser = add_action(actions, "export", "write a card for aihwkit, NeuroSim or CrossSim",
                        "Write a card for another simulator, so that a result can be repeated there: JSON whose fields "
                        "build the device in IBM's aihwkit; lines of NeuroSim's Cell.cpp; a folder with CrossSim's two "
                        "tables. What the other one cannot do is listed in a sentence.",
                        ["neurosim device export choi-2018-epiram --to neurosim -o epiram.cpp",
                         "neurosim device export my-device.toml --to aihwkit -o device.json",
                         "neurosim device export my-device.toml --to crosssim -o my-tables"])
    add_card(parser)
    add_tables(parser)
    parser.add_argument("--to", choices=("aihwkit", "neurosim", "crosssim"), required=True, help="the other simulator")
    parser.add_argument("-o", "--output", metavar="FILE", required=True,
                        help="file to write, .json or .cpp; for CrossSim a folder, which is made")
    parser.add_argument("--force", action="store_true", help="replace files that are there already")
    parser.set_defaults(run=run)


def run(arguments: Namespace) -> int:
    """Write the files and print what was lost; returns the exit code."""
    from neurosim.cli.device import chosen_device
    from neurosim.experiment.chip import measured_table
    from neurosim.results.atomic_write import atomic_write
    from neurosim.results.outputs import checked_output, refuse_replacing
    device = chosen_device(arguments)
    table = measured_table(device, arguments.tables or ".", "--tables FOLDER")
    output = Path(arguments.output)
    if arguments.to == "crosssim":
        if output.exists() and not output.is_dir() or not output.parent.is_dir():
            raise ValueError(f"--output {output}: is no folder that can be made; choose another name")
    else:
        output = checked_output("--output", arguments.output, _ENDINGS[arguments.to])
    texts, losses = _texts(device, table, arguments.to, output)
    refuse_replacing("--output", arguments.output, list(texts), arguments.force)
    if arguments.to == "crosssim":
        output.mkdir(exist_ok=True)
    for path, text in texts.items():
        atomic_write(path, text.encode())
    if losses:
        print(textwrap.fill(f"left out: {'; '.join(losses)}", 118, subsequent_indent="  "))
    print("\n".join(f"written {path}" for path in texts))
    return 0


def _texts(device: Device, table: Any, target: str, output: Path) -> tuple[dict[Path, str], list[str]]:
    """Texts of the files to write by their paths, and what is lost."""
    if target == "aihwkit":
        from neurosim.exchange.aihwkit_export import aihwkit_table
        fields, losses = aihwkit_table(device, table)
        return {output: json.dumps(fields, indent=2) + "\n"}, losses
    if target == "neurosim":
        from neurosim.exchange.neurosim import neurosim_text
        text, losses = neurosim_text(device, table)
        return {output: text}, losses
    from neurosim.exchange.crosssim import crosssim_files
    files, losses = crosssim_files(device, table)
    return {output / name: text for name, text in files.items()}, losses
