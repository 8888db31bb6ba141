"""neurosim device add: noise of reads, drift or stuck devices, measured one at a time, put on a card."""

from __future__ import annotations

import json
import textwrap
from argparse import Namespace
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from neurosim.cli.parsers import Parsers
    from neurosim.measurements.series import Series
    from neurosim.memristor.fitting.ageing import Measured


def add_parser(actions: Parsers) -> None:
    """Add the action."""
    from neurosim.cli.device import add_action, add_reading
    parser = add_action(actions, "add", "put measured read noise, drift or stuck devices on a card",
                        "Find the noise of reads from repeated reads of states that nobody touches, drift and its "
                        "spread from conductances over time, or the fractions of stuck devices from the pulse trains "
                        "of many, each with its 95 % interval, and put it on a card. Every column, device or file is a "
                        "series of its own; files are read as by `device read`.",
                        ["neurosim device add read-noise reads.csv --card mine.toml -o mine-2.toml",
                         "neurosim device add drift retention-*.txt --card mine.toml -o mine-2.toml --unit kohm",
                         "neurosim device add stuck array.h5 --card mine.toml -o mine-2.toml"])
    parser.add_argument("quantity", choices=("read-noise", "drift", "stuck"), help="what the files tell")
    parser.add_argument("files", metavar="FILE", nargs="+", help="reads of devices, without pulses but for stuck")
    parser.add_argument("--card", metavar="NAME | card.toml", required=True, help="card to begin with")
    parser.add_argument("-o", "--output", metavar="card.toml", required=True, help="card to write")
    parser.add_argument("--figure", metavar="FIGURE",
                        help="figure to write, .png, .svg or .pdf (default: card-QUANTITY.png beside the card)")
    parser.add_argument("--force", action="store_true", help="replace card and figure that are there already")
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    add_reading(parser)
    parser.set_defaults(run=run)


def run(arguments: Namespace) -> int:
    """Write card and figure, print what was found; returns the exit code."""
    from neurosim.experiment.card_adding import added
    from neurosim.plots import rendered
    from neurosim.plots.series import series_figure
    from neurosim.results.atomic_write import atomic_write
    from neurosim.results.outputs import CARDS, checked_output, figure_output, refuse_replacing
    output = checked_output("--output", arguments.output, CARDS)
    refuse_replacing("--output", arguments.output, [output], arguments.force)
    figure = figure_output("--figure", arguments.figure, output.with_name(f"{output.stem}-{arguments.quantity}.png"),
                           arguments.force)
    series = _series(arguments)
    found = _measured(arguments, series, ", ".join(Path(file).name for file in arguments.files[:3]))
    text, _ = added(arguments.card, found, output.stem)
    times = [one.times for one in series if one.times is not None] if arguments.quantity == "drift" else None
    drawn = rendered(series_figure(f"{output.stem}: {arguments.quantity}", [one.values for one in series], found.lines,
                                   times), figure.suffix)
    atomic_write(output, text.encode())
    atomic_write(figure, drawn)
    if arguments.json:
        print(json.dumps({"values": found.values, "intervals": found.intervals, "series": len(series),
                          "remarks": found.remarks, "card": str(output), "figure": str(figure)}))
    else:
        _print(found, output, figure)
    return 0


def _series(arguments: Namespace) -> list[Series]:
    """What the files hold, one Series for each device or state."""
    from neurosim.cli.device import measured, stated_of
    from neurosim.measurements.series import of_trains, read_series
    if arguments.quantity != "stuck":
        return read_series(arguments.files, stated_of(arguments))
    return of_trains(measured(arguments.files, arguments))


def _measured(arguments: Namespace, series: list[Series], owner: str) -> Measured:
    from neurosim.memristor.device import load_device
    from neurosim.memristor.fitting.ageing import drift, read_noise, stuck
    if arguments.quantity == "read-noise":
        return read_noise([one.values for one in series], owner)
    if arguments.quantity == "stuck":
        card = load_device(arguments.card)
        return stuck([one.values for one in series], card["g_min"], card["g_max"], owner)
    pairs = [(one.times, one.values) for one in series if one.times is not None]
    if len(pairs) < len(series):
        raise ValueError(f"{owner}: holds no times; drift needs a column of times after the last pulse, name it time "
                         "or say --columns time ...")
    return drift(pairs, owner)


def _print(found: Measured, output: Path, figure: Path) -> None:
    from neurosim.cli.terminal import command
    from neurosim.memristor.device import IMPERFECTIONS
    from neurosim.memristor.si_format import quantity
    print(found.source)
    for key, value in found.values.items():
        unit = IMPERFECTIONS[key].unit
        low, high = (quantity(end, unit, 4) for end in found.intervals[key])
        between = f" ({low} to {high})" if low != high else ""
        print(f"  {key:<12}  {quantity(value, unit, 4)}{between}  {IMPERFECTIONS[key].text}")
    for remark in found.remarks:
        print(f"note    {textwrap.fill(remark, 100, subsequent_indent=' ' * 8)}")
    print(f"card    {output}\nfigure  {figure}\nnext    {command('device', 'check', output)}")
