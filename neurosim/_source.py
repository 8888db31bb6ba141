"""What identifies the code that computes: a digest of the whole source of the package."""

import hashlib
from functools import cache
from pathlib import Path
from typing import Any

PACKAGE = Path(__file__).resolve().parent


@cache
def source_digest() -> Any:
    """Return the digest of the source that this process began with, see `read_source_digest`."""
    return read_source_digest()


def read_source_digest() -> Any:
    """Return the SHA-256 of all modules of the package as they lie on the disk now: names and contents, in hex.

    "" where there is no source to read, as in a zipped or a byte-compiled installation.
    """
    modules = sorted(PACKAGE.rglob("*.py"))
    digest = hashlib.sha256()
    for module in modules:
        text = module.read_bytes()
        digest.update(f"{module.relative_to(PACKAGE).as_posix()} {len(text)}\n".encode())
        digest.update(text)
    return digest.hexdigest() if modules else ""
