"""neurosim check: is the physics of a network right?"""

from __future__ import annotations

import json
from argparse import Namespace
from collections.abc import Callable
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from neurosim.cli.parsers import Parsers
    from neurosim.experiment.pipeline.display import Silence

KINDS = ("adjoint", "gradient", "gdu", "energy")    #: those of "all", which are about the physics
ENGINES = "engines"
DEFAULT = "mnist"
FAILED = 1    #: exit code: a criterion is not met


def add_parser(subparsers: Parsers) -> None:
    parser = subparsers.add_parser(
        "check", help="check adjoints, gradients and energies of a network, or compare both engines",
        description="adjoint: the backward pass of every connection is the exact adjoint of its forward pass. "
                    "gradient: equilibrium propagation against finite differences of the loss, and how much of it "
                    "remains with spikes. gdu (gradient-descending updates): each step of the nudged phase matches one "
                    "step of backpropagation through time. energy: the energy of the free phase never rises where it "
                    "must not. engines: the engines 'dense' (PyTorch) and 'events' give the same spikes, counts and "
                    "weight changes; also reports which is faster. For a trained network only the exact parts decide; "
                    "how spikes change its gradient is reported. Exit code 1 when a criterion is not met.")
    parser.add_argument("kind", metavar="adjoint|gradient|gdu|energy|all|engines",
                        choices=(*KINDS, "all", ENGINES),
                        help="what to check")
    parser.add_argument("source", metavar="PRESET | config.toml | run.h5", nargs="?", default=None,
                        help=f"network with its initial weights, or a run file with its own (default: {DEFAULT}; "
                             "adjoint then also checks every kind of edge)")
    parser.add_argument("--set", metavar="key=value", nargs="+", action="extend", default=[], dest="assignments",
                        help="change the configuration, for example --set neurons.lam=0.6")
    parser.add_argument("--quiet", action="store_true", help="show no progress")
    parser.add_argument("--json", action="store_true", help="print the results as one JSON object")
    parser.set_defaults(run=run)


def run(arguments: Namespace) -> int:
    from neurosim.experiment.pipeline.display import announced, choose_display
    from neurosim.experiment.checks import CHECKS, load_case
    display = choose_display(arguments.quiet)
    case = load_case(arguments.source or DEFAULT, arguments.assignments)
    wanted = KINDS if arguments.kind == "all" else (arguments.kind,)
    tasks: list[tuple] = [(kind, case) for kind in wanted]
    if arguments.source is None and "adjoint" in wanted:
        tasks.insert(0, ("adjoint", None))
    results = []
    with announced(display):
        for kind, what in tasks:
            results.append((kind, CHECKS[kind](what, _shown(display, kind))))
            if not arguments.json:
                display.close()
                print("\n".join(results[-1][1].lines()) + "\n", flush=True)
    display.close()
    passed = all(result.passed for _, result in results)
    if arguments.json:
        print(json.dumps({"passed": passed, "checks": [{"check": kind, "passed": result.passed} | result.numbers()
                                                       for kind, result in results]}))
    return 0 if passed else FAILED


def _shown(display: Silence, kind: str) -> Callable[[int, int], None]:
    return lambda done, total: display.advance(f"checking {kind}", done, total, "")
