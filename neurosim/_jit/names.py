"""Names of what factories make, in machine code.

Machine code is linked by names, and numba names a function after its qualified name and how many it has compiled
before in its process. Two kernels of one factory, compiled in two processes and kept on the disk, may have one name;
whoever loads both would run the first one in place of the other.
"""

from __future__ import annotations

import hashlib
from contextlib import suppress
from pickle import PicklingError
from types import FunctionType
from typing import Any

from numba.core.serialize import dumps


def named_apart(function: Any, captured: str | None = None) -> Any:
    """Give a function that a factory has made a name that says what was put into it, MUTATING it; returns it.

    captured : text that identifies that, "" where nothing does and the function is kept nowhere; None = what it holds
    """
    if isinstance(function, FunctionType) and function.__closure__ and captured != "":
        with suppress(TypeError, AttributeError, PicklingError):    # of what nobody can keep on the disk
            held = _held(function) if captured is None else captured.encode()
            function.__qualname__ += f"_{hashlib.sha256(held).hexdigest()[:16]}"
    return function


def _held(function: FunctionType) -> bytes:
    return dumps(tuple(cell.cell_contents for cell in function.__closure__ or ()))    # type: ignore[no-untyped-call]
