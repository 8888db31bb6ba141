"""Graphs as files (HDF5), by the package `nir`, which is imported when it is first needed."""

from __future__ import annotations

import importlib
import io
from pathlib import Path
from typing import Any

from neurosim.cards import Entry
from neurosim.user_files import open_regular

#: Time step of graphs that name none [s]: that of snnTorch.
DT = 1e-4
_STEP = Entry("s", 1e-12, 1e3)
#: What a damaged file, or one of something else, makes `nir` and h5py raise.
_DAMAGED = (OSError, ValueError, TypeError, KeyError, IndexError, AttributeError, AssertionError, RuntimeError,
            UnicodeError)


def checked_step(dt: float) -> float:
    """Return a time step [s]; raises ValueError unless it is one."""
    return _STEP.check(dt, "dt")


def library() -> Any:
    """Return the module `nir`; raises ValueError where it is not installed."""
    try:
        return importlib.import_module("nir")
    except ImportError as error:
        raise ValueError("nir: reads and writes graphs and is not installed; run pip install 'neurosim-ep[nir]'"
                         ) from error


def read_graph(path: Path | str) -> Any:
    """Read a graph of a file; returns a nir.NIRGraph, whose types are not checked. raises : ValueError"""
    nir = library()
    open_regular(path, "a NIR graph").close()
    try:
        graph = nir.read(str(path), type_check=False)
    except _DAMAGED as error:
        reason = " ".join(str(error).split())[:200] or "it has a node of a kind that nir does not know"
        raise ValueError(f"{path}: is not a NIR graph that nir {nir.version} can read ({reason}); give a file that "
                         "nir.write made") from error
    if not isinstance(graph, nir.NIRGraph):
        raise ValueError(f"{path}: holds a single {type(graph).__name__} node; give a graph from an Input to an Output")
    return graph


def graph_bytes(graph: Any) -> bytes:
    """Return the file of a nir.NIRGraph, as `nir.write` makes it."""
    stream = io.BytesIO()
    library().write(stream, graph)
    return stream.getvalue()
