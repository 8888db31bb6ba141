"""TOML files that ship with the package, each explained in its own header: presets and studies."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from neurosim.tables import abbreviated, nearest
from neurosim.user_files import path_of

PACKAGE = Path(__file__).resolve().parent.parent


@dataclass(frozen=True)
class ShippedFiles:
    """Files of one kind.

    kind : "preset" or "study"
    folders : where they may lie, the first that exists is it: installed; in a checkout
    """

    kind: str
    folders: tuple

    def names(self) -> list[str]:
        """Return names of all files, sorted."""
        return sorted(self._files())

    def path(self, name: str) -> Path:
        """Return the path of the file `name`; an unknown name is a ValueError that offers the nearest."""
        files = self._files()
        if name not in files:
            raise ValueError(f"{self.kind} {abbreviated(name)}: unknown{nearest(name, files)}")
        return files[name]

    def resolve(self, name_or_path: Path | str) -> Path:
        """Return the path of a file given by name, or of any file given by a path that ends in .toml.

        raises : ValueError when there is no such file
        """
        path = path_of(name_or_path, self.kind)
        if path.suffix != ".toml":
            if path.name != str(name_or_path):
                raise ValueError(f"{path}: neither a {self.kind} nor a .toml file; give a name or a path that ends in "
                                 ".toml")
            return self.path(path.name)
        if path.is_file():
            return path
        raise ValueError(f"{path}: no such file; check the path or name a {self.kind}: {', '.join(self.names())}")

    def _files(self) -> dict[str, Path]:
        folder = next((folder for folder in self.folders if folder.is_dir()), None)
        return {path.stem: path for path in folder.glob("*.toml")} if folder else {}


PRESETS = ShippedFiles("preset", (PACKAGE / "shipped" / "presets", PACKAGE.parent / "examples" / "presets"))
STUDIES = ShippedFiles("study", (PACKAGE / "shipped" / "studies", PACKAGE.parent / "examples" / "studies"))


def header(path: Path) -> str:
    """Return the block of comment lines at the top of a TOML file, without the marks."""
    lines = []
    for line in Path(path).read_text(encoding="utf-8-sig").splitlines():
        if not line.startswith("#"):
            break
        lines.append(line.removeprefix("#").removeprefix(" ").rstrip())
    return "\n".join(lines).strip("\n")


def summary(path: Path) -> str:
    """Return the first line of the header; empty where there is none."""
    return header(path).partition("\n")[0]


def expected(text: str, key: str) -> str | None:
    """Return what a header states on a line such as `error   3 %` or `expected error: 3 %`; None where it is silent."""
    match = re.search(rf"^\s*(?:expected )?{key}(?:\s*:\s*|\s{{2,}})(\S.*)$", text, re.MULTILINE | re.IGNORECASE)
    return match[1].strip() if match else None


def described(name: str, path: Path) -> dict[str, Any]:
    """What a file says of itself as plain values: name, path, summary, what is expected of it, and the whole text."""
    text = header(path)
    return {"name": name, "path": str(path), "summary": summary(path),
            **{key: expected(text, key) for key in ("error", "time", "size")},
            "toml": path.read_text(encoding="utf-8-sig")}
