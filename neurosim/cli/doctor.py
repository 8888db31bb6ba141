"""neurosim doctor: what this installation consists of, and whether it computes correctly."""

from __future__ import annotations

import json
from argparse import Namespace
from typing import TYPE_CHECKING, Any

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

    from neurosim.experiment.checks.installation import installation_report
    report = installation_report(lambda: print("compiling kernels (once per machine, about 30 s)", file=sys.stderr,
                                               flush=True))
    if arguments.json:
        print(json.dumps(report))
    else:
        _print(report)
    return 1 if report["problems"] else 0


_PROVENANCE = {True: "name host, processor, command line and time; NEUROSIM_PROVENANCE=off leaves them out",
               False: "do not name host, processor, command line and time (NEUROSIM_PROVENANCE=off)"}


def _print(report: dict[str, Any]) -> None:
    machine, test = report["machine"], report["selftest"]
    rows = [*report["versions"].items(), ("platform", machine["platform"]),
            ("threads", str(machine["threads"])), ("SIMD width", f"{machine['simd_bits']} bits")]
    rows += [(name.replace("_", " "), folder["path"] + ("" if folder["writable"] else "  (not writable)"))
             for name, folder in report["folders"].items()]
    agreement = "agree bit for bit" if test["events_equal_dense"] else "DIFFER"
    rows += [("MNIST", report["files"]["mnist"] or "missing"),
             ("presets", ", ".join(report["files"]["presets"]) or "missing"),
             ("run files", _PROVENANCE[report["provenance"]]),
             ("self-test", f"events and dense products {agreement}"),
             ("", f"EP gradient against finite differences: relative error {test['gradient_relative_error']:.1e} "
                  f"(limit {test['gradient_limit']:.0e})")]
    for name, value in rows:
        print(f"{name:<12}  {value}")
    for problem in report["problems"]:
        print(f"problem: {problem}")
    print("\nall is well" if not report["problems"] else f"\n{len(report['problems'])} problem(s)")
