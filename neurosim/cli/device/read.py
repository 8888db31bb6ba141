"""neurosim device read: what files of measurements hold, before anything is fitted to it."""

from __future__ import annotations

import json
import textwrap
from argparse import Namespace
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

from neurosim.whole import counted

if TYPE_CHECKING:
    from neurosim.cli.parsers import Parsers
    from neurosim.measurements.cells import Column
    from neurosim.measurements.reading import Reading

_DEVICES = 10    #: that are listed


def add_parser(actions: Parsers) -> None:
    """Add the action."""
    from neurosim.cli.device import add_action, add_reading
    parser = add_action(actions, "read", "show how files of measurements are understood",
                        "Read files that instruments and scripts write after each pulse - conductances, resistances, "
                        "or currents at a read voltage; text with any separator, decimal sign and encoding, .xlsx, "
                        ".mat, .npz, .h5 - and print how they are understood, as a table and a sketch. Where a file is "
                        "ambiguous, the message names the option that decides.",
                        ["neurosim device read measured.txt", "neurosim device read set.csv reset.csv --unit kohm",
                         "neurosim device read sweep.xlsx --data Sheet2 --read-voltage 0.1 --as clean.csv"])
    parser.add_argument("files", metavar="FILE", nargs="+", help="files of one measurement: all in one, set and reset "
                                                                 "pulses in two, or one for each device")
    add_reading(parser)
    parser.add_argument("--as", dest="clean", metavar="clean.csv",
                        help="write the clean table: device, cycle, pulse, direction, conductance [S]")
    parser.add_argument("--force", action="store_true", help="replace a table that already exists")
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    parser.set_defaults(run=run)


def run(arguments: Namespace) -> int:
    """Print what was understood, and write the clean table; returns the exit code."""
    from neurosim.cli.device import measured
    from neurosim.cli.idle import refuse_idle
    from neurosim.results.outputs import checked_output, refuse_replacing
    clean = checked_output("--as", arguments.clean, (".csv",)) if arguments.clean else None
    if not clean:
        refuse_idle(arguments, ("--force",), "belongs to --as; name the table to replace, or omit it")
    if clean:
        refuse_replacing("--as", arguments.clean, [clean], arguments.force)
    reading = measured(arguments.files, arguments)
    if arguments.json:
        print(json.dumps(_plain(reading)))
    else:
        _print(reading, arguments)
    if clean:
        from neurosim.results.atomic_write import atomic_write
        atomic_write(clean, reading.table().encode())
        if not arguments.json:
            print(f"table   {clean}")
    if not arguments.json:
        _print_next(clean, arguments)
    return 0


def _plain(reading: Reading) -> dict[str, Any]:
    files = [{"file": str(file.path), "how": file.how, "rows": file.rows,
              "columns": [{"number": column.number, "name": column.title, "meaning": column.meaning,
                           "unit": column.unit} for column in file.columns]} for file in reading.files]
    trains = [{"device": piece.device, "direction": piece.side, "pulses": len(piece.values),
               "lowest": float(piece.values.min()), "highest": float(piece.values.max())} for piece in reading.pieces]
    return {"understood": reading.trains.understood, "files": files, "trains": trains, "pulses": reading.pulses}


def _print(reading: Reading, arguments: Namespace) -> None:
    from neurosim.cli.terminal import print_table
    from neurosim.measurements.sketch import sketch
    from neurosim.memristor.device import RANGE
    from neurosim.memristor.si_format import quantity
    for file in reading.files[:_DEVICES]:
        print(f"{file.path}: {'; '.join([*file.how, *([counted(file.rows, 'row')] if file.rows else [])])}")
        if file.columns:
            print_table([("column", "name", "is", "unit", "from", "to"), *map(_column_row, file.columns)])
        print()
    if len(reading.files) > _DEVICES:
        print(f"and {counted(len(reading.files) - _DEVICES, 'more file')}\n")
    print(textwrap.fill(reading.trains.understood, 118), end="\n\n")
    if reading.pulses:
        said = (f"{key} {quantity(value, RANGE[key].unit, 3)}" for key, value in reading.pulses.items())
        print(f"pulses  {', '.join(said)}\n")
    print_table([("device", "direction", "trains", "pulses", "lowest", "highest"), *_train_rows(reading)])
    if len(reading.devices) > _DEVICES:
        print(f"and {counted(len(reading.devices) - _DEVICES, 'more device')}")
    print("", *sketch([piece for piece in reading.pieces if piece.device == reading.devices[0]]), "", sep="\n")


def _column_row(column: Column) -> tuple[str, ...]:
    return (str(column.number), column.title[:40] or "-", column.meaning, column.unit, *column.ends)


def _train_rows(reading: Reading) -> Iterator[tuple[str, ...]]:
    from neurosim.memristor.si_format import quantity
    for device in reading.devices[:_DEVICES]:
        for side, word in (("up", "set"), ("down", "reset")):
            found = [piece.values for piece in reading.pieces if (piece.device, piece.side) == (device, side)]
            if found:
                lengths = sorted(map(len, found))
                pulses = f"{lengths[0]:,}" if lengths[0] == lengths[-1] else f"{lengths[0]:,} to {lengths[-1]:,}"
                ends = (float(min(values.min() for values in found)), float(max(values.max() for values in found)))
                yield (device or "-", word, f"{len(found):,}", pulses, *(quantity(end, "S", 3) for end in ends))


def _print_next(clean: Path | None, arguments: Namespace) -> None:
    from neurosim.cli.device import reading_words
    from neurosim.cli.terminal import command
    words = [clean] if clean else [*map(Path, arguments.files), *reading_words(arguments)]
    print(f"next    {command('device', 'fit', *words, '-o', Path('my-device.toml'))}")
