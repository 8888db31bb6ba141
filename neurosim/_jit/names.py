"""Names of what factories make, in machine code.

Machine code is linked by names, and numba names a function after its qualified name and how many it has compiled
before in its process. Two kernels of one factory, compiled in two processes and kept on the disk, may have one name;
whoever loads both would run the first one in place of the other.
"""

from __future__ import annotations

import hashlib
from typing import Any

from neurosim._jit.foreign import closure_fingerprint


def named_apart(function: Any, captured: str | None = None) -> Any:
    """Give a function that a factory has made a name that says what was put into it, MUTATING it; returns it.

    captured : text that identifies that, "" where nothing does and the function is kept nowhere; None = what it holds
    """
    if getattr(function, "__closure__", None) and captured != "":
        held = closure_fingerprint(function) if captured is None else hashlib.sha256(captured.encode()).hexdigest()
        function.__qualname__ += f"_{held[:16]}" if held else ""
    return function
