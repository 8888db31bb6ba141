"""neurosim presets: the configurations that ship, and their text."""

from __future__ import annotations

import json
import re
from argparse import Namespace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from neurosim.alignment import aligned

if TYPE_CHECKING:
    from neurosim.cli.parsers import Parsers


def add_parser(subparsers: Parsers) -> None:
    parser = subparsers.add_parser(
        "presets", help="list the shipped configurations, or print one",
        description="List the shipped configurations. With a name, print the whole TOML file: "
                    "`neurosim presets mnist > my.toml` begins a configuration of your own.")
    parser.add_argument("name", metavar="NAME", nargs="?", help="print this preset as TOML")
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    parser.set_defaults(run=run)


def run(arguments: Namespace) -> int:
    from neurosim.experiment.shipped import PRESETS
    names = [arguments.name] if arguments.name else PRESETS.names()
    found = [_described(name, PRESETS.path(name)) for name in names]
    if arguments.json:
        print(json.dumps(found[0] if arguments.name else {"presets": found}))
    elif arguments.name:
        print(found[0]["toml"], end="")
    else:
        rows = [("name", "error", "time", "what it is")]
        rows += [(card["name"], card["error"] or "", card["time"] or "", card["summary"]) for card in found]
        print("\n".join(aligned(rows, names=None)))
    return 0


def _described(name: str, path: Path) -> dict[str, Any]:
    from neurosim.experiment.shipped import header, summary
    text = header(path)
    return {"name": name, "path": str(path), "summary": summary(path),
            **{key: expected(text, key) for key in ("error", "time", "size")},
            "toml": path.read_text(encoding="utf-8-sig")}


def expected(header: str, key: str) -> str | None:
    """What a header states on a line such as `error   3 %` or `expected error: 3 %`; None where it is silent."""
    match = re.search(rf"^\s*(?:expected )?{key}(?:\s*:\s*|\s{{2,}})(\S.*)$", header, re.MULTILINE | re.IGNORECASE)
    return match[1].strip() if match else None
