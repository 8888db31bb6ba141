"""What this installation consists of, and whether it computes correctly."""

from __future__ import annotations

import importlib.metadata
import os
import platform
from collections.abc import Callable, Iterator
from typing import Any

from neurosim import __version__
from neurosim._folders import cache_folder
from neurosim._jit import compilation, kernels_folder, simd_bytes, thread_count
from neurosim.datasets import CATALOGUE, locations
from neurosim.experiment.checks import selftest
from neurosim.experiment.config import load_config
from neurosim.experiment.shipped import PRESETS
from neurosim.results.provenance import told

LIBRARIES = ("numpy", "numba", "llvmlite", "scipy", "h5py", "matplotlib", "tqdm")
_VARIABLES = {"data_cache": "NEUROSIM_CACHE", "kernel_cache": "NUMBA_CACHE_DIR"}
_PROVENANCE = {True: "name host, processor, command line and time; NEUROSIM_PROVENANCE=off leaves them out",
               False: "do not name host, processor, command line and time (NEUROSIM_PROVENANCE=off)"}


def installation_report(notice: Callable[[], object]) -> dict[str, Any]:
    """Versions, threads, folders, shipped files and a numerical test, as plain values; "problems" is a list of str.

    notice : called when kernels have to be compiled
    """
    report = {"versions": _versions(), "machine": _machine(), "folders": _folders(), "files": _files(),
              "provenance": told(), "selftest": _selftest(notice)}
    return report | {"problems": list(_problems(report))}


def _versions() -> dict[str, str]:
    return {"neurosim": __version__, "python": platform.python_version(),
            **{name: importlib.metadata.version(name) for name in LIBRARIES}}


def _machine() -> dict[str, Any]:
    return {"platform": platform.platform(), "threads": thread_count(), "simd_bits": 8 * simd_bytes()}


def _folders() -> dict[str, Any]:
    data = cache_folder()
    found = {}
    for name, folder in (("data_cache", data), ("kernel_cache", kernels_folder() or data / "kernels")):
        there = next(parent for parent in (folder, *folder.absolute().parents) if parent.exists())
        found[name] = {"path": str(folder), "exists": folder.exists(),
                       "writable": there.is_dir() and os.access(there, os.W_OK)}
    return found


def _files() -> dict[str, Any]:
    folder = locations.shipped_folder(CATALOGUE["mnist"])
    presets = {}
    for name in PRESETS.names():
        try:
            load_config(name)
            presets[name] = "ok"
        except ValueError as error:
            presets[name] = str(error)
    return {"mnist": folder and str(folder), "presets": presets}


def _selftest(notice: Callable[[], object]) -> dict[str, Any]:
    with compilation(notice):
        return {"events_equal_dense": selftest.events_equal_dense(),
                "gradient_relative_error": selftest.gradient_error(), "gradient_limit": selftest.LIMIT}


def _problems(report: dict[str, Any]) -> Iterator[str]:
    for name, folder in report["folders"].items():
        if not folder["writable"]:
            yield (f"{name.replace('_', ' ')} {folder['path']} is not writable; "
                   f"set {_VARIABLES[name]} to a folder that is")
    if not report["files"]["mnist"]:
        yield "the MNIST files that ship with neurosim are missing; install neurosim again"
    presets = report["files"]["presets"]
    if not presets:
        yield "the presets that ship with neurosim are missing; install neurosim again"
    for name, state in presets.items():
        if state != "ok":
            yield f"preset {name} cannot be read: {state}"
    test = report["selftest"]
    if not test["events_equal_dense"]:
        yield "self-test: event-driven and dense products differ in their bits; report this machine"
    if not test["gradient_relative_error"] <= test["gradient_limit"]:
        yield (f"self-test: the gradient is wrong by {test['gradient_relative_error']:.1e}, "
               f"more than {test['gradient_limit']:.0e}; report this machine")


def installation_lines(report: dict[str, Any]) -> list[str]:
    """Return an `installation_report` as lines of text."""
    machine, test = report["machine"], report["selftest"]
    rows = [*report["versions"].items(), ("platform", machine["platform"]),
            ("threads", str(machine["threads"])), ("SIMD width", f"{machine['simd_bits']} bits")]
    rows += [(name.replace("_", " "), folder["path"] + ("" if folder["writable"] else "  (not writable)"))
             for name, folder in report["folders"].items()]
    agreement = "agree bit for bit" if test["events_equal_dense"] else "DIFFER"
    rows += [("MNIST", report["files"]["mnist"] or "missing"),
             ("presets", ", ".join(report["files"]["presets"]) or "missing"),
             ("run files", _PROVENANCE[report["provenance"]]),
             ("self-test", f"events and dense products {agreement}"),
             ("", f"EP gradient against finite differences: relative error {test['gradient_relative_error']:.1e} "
                  f"(limit {test['gradient_limit']:.0e})")]
    return [*(f"{name:<12}  {value}" for name, value in rows),
            *(f"problem: {problem}" for problem in report["problems"]), "",
            f"{len(report['problems'])} problem(s)" if report["problems"] else "all is well"]
