"""neurosim data: which data sets there are, and their download."""

from __future__ import annotations

import json
import shlex
from argparse import Namespace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from neurosim.cli.terminal import print_table
from neurosim.whole import counted

if TYPE_CHECKING:
    from neurosim.cli.parsers import Parsers


def add_parser(subparsers: Parsers) -> None:
    parser = subparsers.add_parser("data", help="list or download data sets",
                                   description="List the known data sets or download one, checked by SHA-256.")
    actions = parser.add_subparsers(dest="action", required=True, metavar="ACTION")
    listing = actions.add_parser("list", help="the known data sets and where they are")
    listing.add_argument("--json", action="store_true", help="print one JSON object")
    fetching = actions.add_parser("fetch", help="download a data set into the cache folder")
    fetching.add_argument("name", metavar="NAME", help="mnist, fashion-mnist, cifar10 or cifar100")
    fetching.add_argument("--to", metavar="FOLDER", default="",
                          help="put the files here; use them with --set data.path=FOLDER")
    parser.set_defaults(run=run)


def run(arguments: Namespace) -> int:
    return {"list": _list, "fetch": _fetch}[arguments.action](arguments)


def _list(arguments: Namespace) -> int:
    from neurosim.datasets import CATALOGUE, locations
    found = {name: locations.find(card) for name, card in CATALOGUE.items()}
    if arguments.json:
        print(json.dumps({"datasets": [_described(card, found[name]) for name, card in CATALOGUE.items()]}))
        return 0
    rows = [("name", "images", "shape", "classes", "where", "licence")]
    rows += [(name, f"{card.train} + {card.test}", " x ".join(map(str, card.shape)), str(card.classes),
              str(found[name] or f"not here: neurosim data fetch {name}"), card.licence)
             for name, card in CATALOGUE.items()]
    print_table(rows)
    return 0


def _described(card: Any, folder: Path | None) -> dict[str, Any]:
    return {"name": card.name, "train_images": card.train, "test_images": card.test, "shape": list(card.shape),
            "classes": card.classes, "found": None if folder is None else str(folder), "licence": card.licence,
            "citation": card.citation,
            "files": [{"name": file.name, "bytes": file.bytes, "sha256": file.sha256} for file in card.files]}


def _fetch(arguments: Namespace) -> int:
    from neurosim.datasets import card, locations
    wanted = card(arguments.name)
    shipped = locations.shipped_folder(wanted)
    if shipped and not arguments.to:
        print(f"{wanted.name}: comes with neurosim, in {shipped}; nothing to download")
        return 0
    from neurosim.datasets.fetch import fetch
    folder = fetch(wanted, arguments.to)
    used = shlex.join(["--set", f"data.name={wanted.name}", f"data.path={folder}"])
    use = f"; use it with {used}" if arguments.to else ""
    print(f"{wanted.name}: {counted(wanted.files, 'file')} checked by SHA-256 in {folder}{use}")
    return 0
