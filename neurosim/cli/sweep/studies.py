"""neurosim sweep list: the studies that ship."""

from __future__ import annotations

import json
from argparse import Namespace


def run(arguments: Namespace) -> int:
    """List the studies; returns the exit code."""
    from neurosim.cli.terminal import print_table
    from neurosim.experiment.shipped import STUDIES, expected, header, summary
    found: list[dict] = [{"name": name, "path": str(path), "question": summary(path),
                          "time": expected(header(path), "time")}
                         for name in STUDIES.names() for path in (STUDIES.path(name),)]
    if arguments.json:
        print(json.dumps({"studies": found}))
        return 0
    print_table([("study", "time", "question"), *((one["name"], one["time"] or "", one["question"]) for one in found)])
    print("next   neurosim sweep NAME")
    return 0
