"""neurosim device plot: the figure of a card."""

from __future__ import annotations

from argparse import Namespace
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from neurosim.cli.parsers import Parsers


def add_parser(actions: Parsers) -> None:
    """Add the action."""
    from neurosim.cli.device import add_action, add_card, add_reading
    from neurosim.cli.device.tables import add_tables
    from neurosim.cli.files import add_force, add_look
    from neurosim.cli.numbers import count
    parser = add_action(actions, "plot", "draw response, steps, drift and wear of a card",
                        "Draw the response of 200 fabricated devices to set and then reset pulses, over the noise-free "
                        "curve; single steps at three positions of the range; drift; faults and wear.",
                        ["neurosim device plot choi-2018-epiram", "neurosim device plot my-device.toml -o device.pdf",
                         "neurosim device plot my-device.toml --measured measured.csv",
                         "neurosim device plot choi-2018-epiram --set c2c_range=0",
                         "neurosim device plot choi-2018-epiram --panel response --width 89mm -o response.pdf"])
    add_card(parser)
    add_tables(parser)
    parser.add_argument("-o", "--output", metavar="FIGURE",
                        help="file to write, .png, .svg or .pdf (default: NAME.png in the current folder)")
    parser.add_argument("--measured", metavar="FILE", nargs="+",
                        help="measurements after each pulse, drawn on top; see `device read`")
    add_reading(parser)
    parser.add_argument("--seed", metavar="N", type=count(0), default=0,
                        help="seed of the fabricated devices (default: 0)")
    add_look(parser, "response, 'set steps', 'reset steps' or, of a card that drifts, ageing")
    add_force(parser)
    parser.set_defaults(run=run)


def run(arguments: Namespace) -> int:
    """Write the figure and print where it is; returns the exit code."""
    from neurosim.cli.device import READING, chosen_device, measured
    from neurosim.cli.device.tables import table_of
    from neurosim.cli.idle import refuse_idle
    from neurosim.results.outputs import figure_output
    device = chosen_device(arguments)
    output = figure_output("--output", arguments.output, f"{Path(device.stem).name}.png", arguments.force)
    table = table_of(device, arguments)
    if not arguments.measured:
        refuse_idle(arguments, READING, "says how the files of --measured are read, and none is named; name them, or "
                                        "omit it")
    trains = measured(arguments.measured, arguments).trains if arguments.measured else None
    from neurosim.plots import device_figure, device_panel, write
    shown: dict[str, Any] = {"measured": trains, "table": table, "seed": arguments.seed,
                             "width": arguments.width}
    write(device_panel(device, arguments.panel, **shown).figure if arguments.panel else
          device_figure(device, **shown), output)
    if trains:
        print(f"{trains.source}: {trains.understood}")
    print(f"{output}: {device.name}, 200 devices of seed {arguments.seed}")
    return 0
