"""neurosim assess: what limits a device, how good it must become, and where it stands."""

from __future__ import annotations

import argparse
import json
import sys
import textwrap
from argparse import Namespace
from pathlib import Path
from typing import TYPE_CHECKING

from neurosim.cli.numbers import number

if TYPE_CHECKING:
    from neurosim.cli.parsers import Parsers
    from neurosim.experiment.sweep.driver import Tally

_SAVING = "finishing and saving the chips in progress; interrupt again to stop immediately"
_WIDTH = 118


def add_parser(subparsers: Parsers) -> None:
    from neurosim.cli.files import add_look
    from neurosim.cli.improve import add_options
    parser = subparsers.add_parser(
        "assess", help="find what limits a device, from its card",
        description="Train a small network on a device under the main pulse rules, with all imperfections of its card, "
                    "without each of them and with each one alone, and on the devices that ship. Write one page that "
                    "states what limits the device, how good its numbers must become, how it compares, and what was "
                    "assumed. The same command continues after Ctrl-C.",
        epilog="examples:\n  neurosim assess my.toml\n  neurosim assess choi-2018-epiram --budget 60 --seeds 10",
        formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("card", metavar="CARD", help="device card: a .toml file, or the name of one that ships")
    parser.add_argument("--network", metavar="CONFIG", default="mnist-small", help="preset or TOML file of the network "
                        "that learns (default: mnist-small)")
    parser.add_argument("--loss", metavar="LOSS", type=number, default=0.01,
                        help="tolerated loss of accuracy, a fraction (default: 0.01)")
    parser.add_argument("--retention", metavar="S", type=number, default=86400.0,
                        help="time from the last pulse to the test, for devices that drift (default: one day)")
    parser.add_argument("--beside", metavar="CARD", nargs="*", help="cards to compare with (default: all that ship)")
    add_look(parser, "standings, accumulate or nearest, as FOLDER/assess-NAME.png beside the page")
    add_options(parser, "page and table", "CARD-assess")
    parser.set_defaults(run=run)


def run(arguments: Namespace) -> int:
    """Do what `neurosim assess` asks for; returns the exit code."""
    from neurosim.cli.idle import refuse_idle
    from neurosim.cli.terminal import command
    from neurosim.experiment.assessment.assess import assess
    from neurosim.experiment.assessment.page import drawn, page, values
    from neurosim.experiment.assessment.questions import asked
    from neurosim.experiment.assessment.studies import PAGE, PANELS, TABLE
    from neurosim.experiment.pipeline.display import announced, choose_display
    from neurosim.experiment.pipeline.interruption import Interruption
    from neurosim.experiment.pipeline.summary import duration
    from neurosim.experiment.sweep.computing import show_progress
    from neurosim.results.atomic_write import atomic_write
    from neurosim.tables import nearest
    if arguments.panel and arguments.panel not in PANELS:
        raise ValueError(f"--panel {arguments.panel}: unknown{nearest(arguments.panel, PANELS)}")
    if not arguments.panel:
        refuse_idle(arguments, ("--width",), "belongs to one panel; name it with --panel, or omit --width")
    display, folder = choose_display(arguments.quiet), Path(arguments.out or f"{Path(arguments.card).stem}-assess")

    def observe(tally: Tally) -> None:
        interruption.hold()
        show_progress(display, tally)

    with announced(display), Interruption(_SAVING) as interruption:
        question = asked(arguments.card, network=arguments.network, assignments=tuple(arguments.assignments),
                         seeds=arguments.seeds, budget=60 * arguments.budget, samples=arguments.samples,
                         images=arguments.images, loss=arguments.loss, retention=arguments.retention,
                         beside=arguments.beside)
        found = assess(question, folder, jobs=arguments.jobs, dask=arguments.dask, force=arguments.force,
                       tell=lambda text, seconds: display.line(f"{text}: about {duration(seconds)}"),
                       observe=observe, wished=lambda: interruption.wished)
    display.close()
    again = command("assess", Path(arguments.card), *(["--out", folder] if arguments.out else []),
                    *(["--network", arguments.network] if arguments.network != "mnist-small" else []),
                    *(["--set", *arguments.assignments] if arguments.assignments else []),
                    "--budget", f"{arguments.budget:g}", "--seeds", str(arguments.seeds))
    if found is None:
        print(f"stopped; continue with: {again}", file=sys.stderr, flush=True)
        return interruption.code
    report = {"card": arguments.card, "network": arguments.network, "folder": str(folder), **values(found)}
    atomic_write(folder / TABLE, (json.dumps(report, indent=1) + "\n").encode())
    atomic_write(folder / PAGE, page(found, again).encode())
    if arguments.panel:
        from neurosim.plots import write
        write(drawn(found, arguments.panel, width=arguments.width), folder / PANELS[arguments.panel])
    if arguments.json:
        print(json.dumps(report))
    else:
        print("\n".join(textwrap.fill(sentence, _WIDTH) for sentence in report["verdict"]))
        print(f"\npage  {folder / PAGE}")
        if arguments.panel:
            print(f"figure  {folder / PANELS[arguments.panel]}")
    return 0
