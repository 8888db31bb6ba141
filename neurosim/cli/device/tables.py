"""The folder of measured steps, for cards of the law "table"."""

from __future__ import annotations

from argparse import ArgumentParser, Namespace
from typing import TYPE_CHECKING

from neurosim.cli.idle import refuse_idle

if TYPE_CHECKING:
    from neurosim.measurements.types import StepTable
    from neurosim.memristor.device import Device


def add_tables(parser: ArgumentParser) -> None:
    """Add the folder of measured tables, for cards of the law "table"."""
    parser.add_argument("--tables", metavar="FOLDER",
                        help="folder with the tables of measured steps that cards of the law 'table' name "
                             "(default: the current one)")


def table_of(device: Device, arguments: Namespace) -> StepTable | None:
    """Return the measured steps of a card of the law "table", None of others; raises ValueError."""
    from neurosim.experiment.chip import measured_table
    table = measured_table(device, arguments.tables or ".", "--tables FOLDER")
    if table is None:
        refuse_idle(arguments, ("--tables",),
                    f"the card {device.stem} names no table of measured steps, its law is {device.law}; omit it")
    return table
