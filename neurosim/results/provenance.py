"""Where a run comes from: versions, machine, command, time."""

import datetime
import importlib.metadata
import os
import platform
import re
import shlex
import socket
import sys
from pathlib import Path
from typing import Any

from neurosim._source import PACKAGE, source_digest

VARIABLE = "NEUROSIM_PROVENANCE"    #: of the environment; "off" keeps what tells of a person or a machine out of files


def provenance(seed: int) -> dict[str, Any]:
    """Describe this process as attributes of a run file.

    seed : int, the run's seed
    returns : dict of str and int: seed, version, commit (only in a git checkout), source and kernels (SHA-256 of the
        package's source, and of all that decided the machine code), python, the versions of the core libraries and,
        unless they are switched off, platform, cpu, host, command and started (UTC, ISO 8601)
    """
    from neurosim._jit import kernels_digest
    libraries = {name: importlib.metadata.version(name) for name in ("numpy", "numba", "scipy", "h5py")}
    commit = git_commit(PACKAGE.parent)
    return {
        "seed": int(seed),
        "version": getattr(sys.modules[__name__.partition(".")[0]], "__version__", "unknown"),
        **({"commit": commit} if commit else {}),
        "source": source_digest(),
        "kernels": kernels_digest(),
        "python": platform.python_version(),
        **(_circumstances() if told() else {}),
        **libraries,
    }


def told() -> bool:
    """Return whether run files say on which machine, by which command and when they were written."""
    return os.environ.get(VARIABLE, "").strip().lower() not in ("off", "0", "no", "false")


def _circumstances() -> dict[str, str]:
    return {
        "platform": platform.platform(),
        "cpu": _cpu(),
        "host": socket.gethostname(),
        "command": shlex.join(sys.argv),
        "started": datetime.datetime.now(datetime.timezone.utc).isoformat(timespec="seconds"),
    }


def git_commit(folder: Path) -> str:
    """Commit that the checkout `folder` stands on, read from its .git without calling git; "" where there is none.

    Whether files were changed since is not known. Work trees (.git is a file) and packed references are followed.
    """
    try:
        git = Path(folder) / ".git"
        if git.is_file():
            git = (git.parent / git.read_text().removeprefix("gitdir:").strip()).resolve()
        head = (git / "HEAD").read_text().strip()
        if head.startswith("ref:"):
            head = _reference(git, head.removeprefix("ref:").strip())
    except (OSError, UnicodeDecodeError):
        return ""
    return head if re.fullmatch(r"[0-9a-f]{40}|[0-9a-f]{64}", head) else ""


def _reference(git: Path, name: str) -> str:
    common = git / "commondir"
    home = (git / common.read_text().strip()).resolve() if common.is_file() else git
    if (home / name).is_file():
        return (home / name).read_text().strip()
    for line in (home / "packed-refs").read_text().splitlines():
        commit, _, reference = line.partition(" ")
        if reference == name:
            return commit
    return ""


def _cpu() -> str:
    try:
        text = Path("/proc/cpuinfo").read_text()
    except OSError:
        return platform.processor() or platform.machine()
    model = re.search(r"^model name\s*:\s*(.+)$", text, re.MULTILINE)
    return model[1] if model else platform.machine()
