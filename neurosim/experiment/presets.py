"""Presets: complete configurations that ship with the package, one TOML file each, explained in its own header."""

from pathlib import Path

from neurosim.tables import nearest

PACKAGE = Path(__file__).resolve().parent.parent
FOLDERS = (PACKAGE / "shipped" / "presets", PACKAGE.parent / "examples" / "presets")    #: installed; in a checkout


def preset_names():
    """Names of all presets, sorted."""
    return sorted(_files())


def preset_path(name):
    """Path of the preset `name`; an unknown name is a ValueError that offers the nearest."""
    files = _files()
    if name not in files:
        raise ValueError(f"preset {name!r}: unknown{nearest(name, files)}")
    return files[name]


def resolve(name_or_path):
    """Path of a preset given by name, or of a file given by a path that ends in .toml.

    raises : ValueError when there is no such preset or file
    """
    path = Path(name_or_path)
    if path.suffix != ".toml":
        if path.name != str(name_or_path):
            raise ValueError(f"{path}: neither a preset nor a .toml file; give a name or a path that ends in .toml")
        return preset_path(path.name)
    if path.is_file():
        return path
    raise ValueError(f"{path}: no such file; check the path or name a preset: {', '.join(preset_names())}")


def header(path):
    """The block of comment lines at the top of a TOML file, without the marks."""
    lines = []
    for line in Path(path).read_text(encoding="utf-8-sig").splitlines():
        if not line.startswith("#"):
            break
        lines.append(line.removeprefix("#").removeprefix(" ").rstrip())
    return "\n".join(lines).strip("\n")


def summary(path):
    """First line of the header; empty where there is none."""
    return header(path).partition("\n")[0]


def _files():
    folder = next((folder for folder in FOLDERS if folder.is_dir()), None)
    return {path.stem: path for path in folder.glob("*.toml")} if folder else {}
