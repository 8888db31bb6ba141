"""neurosim doctor: what this installation consists of, and whether it computes correctly."""

from __future__ import annotations

import json
from argparse import Namespace
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from neurosim.cli.parsers import Parsers


def add_parser(subparsers: Parsers) -> None:
    parser = subparsers.add_parser(
        "doctor", help="show versions and folders, and test the arithmetic",
        description="Show versions, threads, folders and shipped files, and run a small numerical test. "
                    "The exit code is 1 when something is wrong.")
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    parser.set_defaults(run=run)


def run(arguments: Namespace) -> int:
    import sys

    from neurosim.experiment.checks.installation import installation_lines, installation_report
    report = installation_report(lambda: print("compiling kernels (once per machine, about 30 s)", file=sys.stderr,
                                               flush=True))
    if arguments.json:
        print(json.dumps(report))
    else:
        print("\n".join(installation_lines(report)))
    return 1 if report["problems"] else 0
