"""neurosim device fit: a card from measured pulse trains."""

from __future__ import annotations

import json
import textwrap
from argparse import Namespace
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from neurosim.cli.parsers import Parsers


def add_parser(actions: Parsers) -> None:
    """Add the action."""
    from neurosim.cli.device import add_action, add_reading
    from neurosim.cli.files import add_look
    from neurosim.cli.numbers import count, number
    parser = add_action(actions, "fit", "fit a card to measured pulse trains",
                        "Fit the laws of response to conductances measured after each pulse, choose the simplest law "
                        "that predicts held-out pulses as well as the best one, and write it as a card with 95 % "
                        "intervals and a figure of data and fit. Several devices are fitted one by one; the card holds "
                        "their means and the spreads between them, both with intervals.",
                        ["neurosim device fit measured.csv -o my-device.toml",
                         "neurosim device fit measured.csv -o my-device.toml --law soft-bounds power --folds 10",
                         "neurosim device fit device-*.csv -o my-device.toml --unit uS",
                         "neurosim device fit normalised.csv -o my-device.toml --g-min 1e-6 --g-max 1e-5"])
    parser.add_argument("measured", metavar="FILE", nargs="+",
                        help="measurements after each pulse: two columns up,down, or conductance,direction, or any "
                             "other file that `neurosim device read` understands")
    parser.add_argument("-o", "--output", metavar="card.toml", required=True, help="card to write")
    parser.add_argument("--force", action="store_true", help="replace card and figure that already exist")
    parser.add_argument("--name", help="name of the device (default: the name of the card)")
    parser.add_argument("--citation", help="who measured it, and where that is published")
    add_reading(parser)
    for side, voltage in (("set", "1"), ("reset", "-1")):
        parser.add_argument(f"--{side}-pulse", type=number, nargs=2, metavar=("V", "S"),
                            help=f"voltage [V] and duration [s] of a {side} pulse (default: what the file "
                                 f"says, else {voltage} 1e-6)")
    parser.add_argument("--law", metavar="LAW", nargs="+", action="extend", default=[], dest="laws",
                        help="fit these laws only (default: all)")
    parser.add_argument("--folds", metavar="N", type=count(), default=5, help="parts of the pulses that are held out "
                        "(2 to 50, default: 5)")
    parser.add_argument("--figure", metavar="FIGURE",
                        help="figure to write, .png, .svg or .pdf (default: card.png next to the card)")
    add_look(parser, "response, residuals, steps or laws")
    parser.add_argument("--quiet", action="store_true", help="show no progress")
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    parser.set_defaults(run=run)


def run(arguments: Namespace) -> int:
    """Fit, write card and figure, print what was found; returns the exit code."""
    from neurosim.cli.device import measured
    from neurosim.experiment.card_fitting import chosen_laws, stated_programming, write_card
    from neurosim.experiment.pipeline.display import choose_display
    from neurosim.experiment.population_fitting import fitted_measurement
    from neurosim.memristor.fitting import refuse_folds
    from neurosim.results.outputs import CARDS, checked_output, figure_output, refuse_replacing
    output = checked_output("--output", arguments.output, CARDS)
    refuse_replacing("--output", arguments.output, [output], arguments.force)
    figure = figure_output("--figure", arguments.figure, output.with_suffix(".png"), arguments.force)
    if arguments.panel:
        from neurosim.plots.fits import PANELS
        from neurosim.tables import nearest
        if arguments.panel not in PANELS:
            raise ValueError(f"--panel {arguments.panel}: unknown{nearest(arguments.panel, PANELS)}")
    laws = chosen_laws(arguments.laws, "--law")
    refuse_folds(arguments.folds, "--folds")
    reading = measured(arguments.measured, arguments)
    trains = reading.trains
    if not arguments.json:
        print(f"{trains.source}: {trains.understood}\n", flush=True)
    found = fitted_measurement(reading, laws, arguments.folds, choose_display(arguments.quiet))
    citation = arguments.citation or f"measured: {', '.join(Path(file).name for file in arguments.measured)}"
    write_card(found, output, figure, arguments.name or output.stem, citation,
               stated_programming(arguments.set_pulse, arguments.reset_pulse, arguments.read_voltage, reading.pulses),
               arguments.panel, arguments.width)
    report = found.report() | {"card": str(output), "figure": str(figure)}
    if arguments.json:
        print(json.dumps(report))
    else:
        _print(report, arguments)
    return 0


def _print(report: dict[str, Any], arguments: Namespace) -> None:
    from neurosim.cli.device import reading_words
    from neurosim.cli.terminal import command
    from neurosim.experiment.card_fitting_text import law_lines, said, value_lines
    for line in (*law_lines(report), "", *value_lines(report)):
        print(line)
    for word, sentence in said(report):
        print(f"\n{word:<8}{textwrap.fill(sentence, 100, subsequent_indent=' ' * 8)}", end="")
    print()
    print(f"\ncard    {report['card']}\nfigure  {report['figure']}")
    card, files = Path(report["card"]), map(Path, arguments.measured)
    print(f"next    {command('device', 'plot', card, '--measured', *files, *reading_words(arguments))}\n"
          f"        {command('train', '--device', card)}")
