"""Editors that complete names, show signatures and go to definitions."""

from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent.parent


def in_package(path):
    """Path of a file of the package, "neurosim/network/spec.py", in this checkout or where it is installed."""
    parts = path.parts
    return "/".join(parts[len(parts) - 1 - parts[::-1].index("neurosim"):])
