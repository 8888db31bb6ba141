"""neurosim device: the cards of published devices, their figures, and cards fitted to measurements."""

from __future__ import annotations

import argparse
import importlib
import textwrap
from argparse import ArgumentParser, Namespace
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from neurosim.cli.numbers import count, number

if TYPE_CHECKING:
    from neurosim.cli.parsers import Parsers
    from neurosim.measurements.reading import Reading
    from neurosim.measurements.stated import Stated
    from neurosim.memristor.device import Device

_ACTIONS = ("lists", "show", "check", "plot", "read", "fit", "add", "imports", "exports")


def add_parser(subparsers: Parsers) -> None:
    """Add the verb and its actions."""
    parser = subparsers.add_parser(
        "device", help="list, show, check, plot, read, fit, import or export memristive devices",
        description="Cards of published memristive devices: their list, their numbers with sources, their figures, "
                    "and cards fitted to measurements of your own.",
        epilog="examples:\n  neurosim device list\n  neurosim device plot choi-2018-epiram -o epiram.pdf\n"
               "  neurosim device read set.txt reset.txt --unit kohm\n"
               "  neurosim device fit measured.csv -o my-device.toml",
        formatter_class=argparse.RawDescriptionHelpFormatter)
    actions = parser.add_subparsers(dest="action", required=True, metavar="ACTION")
    for action in _ACTIONS:
        importlib.import_module(f"neurosim.cli.device.{action}").add_parser(actions)


def add_action(actions: Parsers, name: str, summary: str, description: str, examples: Sequence[str]) -> ArgumentParser:
    """Return the parser of one action; its help ends with examples, one command a line."""
    lines = "\n".join(f"  {line}" for line in examples)
    return actions.add_parser(name, help=summary, description=textwrap.fill(description, 100),
                              epilog=f"examples:\n{lines}", formatter_class=argparse.RawDescriptionHelpFormatter)


def add_card(parser: ArgumentParser) -> None:
    """Add the arguments of an action on one card."""
    parser.add_argument("card", metavar="NAME | card.toml",
                        help="card that ships, by its name in `neurosim device list`, or a card of your own")
    parser.add_argument("--set", metavar="key=value", nargs="+", action="extend", default=[], dest="assignments",
                        help="change numbers of the card, in SI units, for example --set c2c=0 g_max=1e-5")


def add_reading(parser: ArgumentParser) -> None:
    """Add what files of measurements may leave unsaid."""
    parser.add_argument("--unit", metavar="UNIT",
                        help="unit of conductances, resistances or currents, where the file gives none: S, uS, nS, "
                             "kohm, Mohm, uA, nA ...")
    parser.add_argument("--read-voltage", type=number, metavar="V",
                        help="voltage of a read [V], which converts currents to conductances")
    parser.add_argument("--columns", nargs="+", default=(), metavar="WORD",
                        help="meaning of the columns of the file, in order: up, down, conductance, resistance, "
                             "current, direction, device, cycle, pulse, time, voltage, or - for one that is not used")
    parser.add_argument("--sides", nargs="+", default=(), metavar="SIDE",
                        help="up or down, for each file that holds pulses of one direction only (default: from the "
                             "names of the files)")
    parser.add_argument("--pulses", type=count(), nargs=2, metavar=("SET", "RESET"),
                        help="number of set and of reset pulses in each cycle, where no column gives it")
    parser.add_argument("--beside", choices=("devices", "cycles"),
                        help="what several columns of one kind are, where their names do not say it: devices, or "
                             "cycles of one")
    parser.add_argument("--data", metavar="NAME", help="sheet of a spreadsheet, or array of a .mat, .npz or HDF5 file")
    parser.add_argument("--g-min", type=number, metavar="S",
                        help="lowest conductance [S], where the file is normalised")
    parser.add_argument("--g-max", type=number, metavar="S",
                        help="highest conductance [S], where the file is normalised")
    parser.add_argument("--scale", type=number, nargs=2, metavar=("LOW", "HIGH"),
                        help="values in the file that correspond to --g-min and --g-max (default: the lowest and the "
                             "highest)")


READING = ("--unit", "--read-voltage", "--columns", "--sides", "--pulses", "--beside", "--data", "--g-min", "--g-max",
           "--scale")


def stated_of(arguments: Namespace) -> Stated:
    """Return what the arguments of `add_reading` state; returns Stated, raises ValueError."""
    from neurosim.measurements.stated import Stated
    pulses, scale = (found and tuple(found) for found in (arguments.pulses, arguments.scale))
    return Stated(arguments.unit, arguments.read_voltage, tuple(arguments.columns), tuple(arguments.sides), pulses,
                  arguments.data, arguments.g_min, arguments.g_max, scale, arguments.beside)


def measured(files: Sequence[Path | str], arguments: Namespace) -> Reading:
    """Read measured pulse trains as the arguments say; returns Reading, raises ValueError."""
    from neurosim.measurements.reading import read
    return read(files, stated_of(arguments))


def reading_words(arguments: Namespace) -> Iterator[str]:
    """Yield the options of `add_reading` as words of a command; numbers as they were given."""
    for option in READING:
        value = getattr(arguments, option[2:].replace("-", "_"))
        if value is not None and value != ():
            words = value if isinstance(value, (list, tuple)) else [value]
            yield from (option, *(word if isinstance(word, str) else repr(word) for word in words))


def chosen_device(arguments: Namespace) -> Device:
    """Read the card that the arguments name, changed as they say; returns Device, raises ValueError."""
    from neurosim.experiment.overrides import apply_overrides
    from neurosim.memristor.device import load_device
    assignments = [text.strip().removeprefix("device.") for text in arguments.assignments]
    return load_device(arguments.card, apply_overrides({}, assignments))
