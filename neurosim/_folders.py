"""The folder of this user in which neurosim keeps what it can make or fetch again."""

import os
import sys
from pathlib import Path


def cache_folder() -> Path:
    """Return $NEUROSIM_CACHE, else $XDG_CACHE_HOME/neurosim, else a folder in the platform's cache folder."""
    if chosen := os.environ.get("NEUROSIM_CACHE"):
        return Path(chosen).expanduser()
    if chosen := os.environ.get("XDG_CACHE_HOME"):
        return Path(chosen) / "neurosim"
    if sys.platform == "win32":
        return Path(os.environ.get("LOCALAPPDATA", Path.home() / "AppData" / "Local")) / "neurosim" / "cache"
    if sys.platform == "darwin":
        return Path.home() / "Library" / "Caches" / "neurosim"
    return Path.home() / ".cache" / "neurosim"
