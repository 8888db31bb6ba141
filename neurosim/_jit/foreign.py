"""Compiled functions that do not belong to the package: what identifies their code, and why one cannot be used."""

import dis
import hashlib
import inspect
import math
import re
import types
from collections.abc import Callable, Iterator, Sequence
from typing import Any

import numpy as np
from numba.core.dispatcher import Dispatcher
from numba.core.errors import NumbaError

_PLAIN = (int, float, complex, str, bytes, bool, type(None), np.generic)


def kernel_fingerprint(kernel: Any) -> str:
    """Return the SHA-256, in hex, of a compiled function: its source, its code and all that both use.

    Functions that it calls and values that it takes from its module are part of it, those of libraries by name and
    version, those of neurosim by name. "" where something in it cannot be told from its like.
    """
    digest = hashlib.sha256()
    seen: set = set()
    try:
        for part in _parts(kernel.py_func, seen):
            digest.update(part if isinstance(part, bytes) else part.encode())
    except TypeError:
        return ""
    return digest.hexdigest()


def closure_fingerprint(function: Callable) -> str:
    """Return the SHA-256, in hex, of what a factory has put into a function; "" where that cannot be told."""
    digest = hashlib.sha256()
    try:
        for cell in getattr(function, "__closure__", None) or ():
            for part in _value_parts(cell.cell_contents, set()):
                digest.update((part if isinstance(part, bytes) else part.encode()) + b"\n")
    except (TypeError, ValueError):    # a value without an identity, a name that is not bound yet
        return ""
    return digest.hexdigest()


def _parts(function: Callable, seen: set) -> Iterator[str | bytes]:
    """Yield text and bytes that identify a function; raises TypeError for what has no identity."""
    if function in seen:
        return
    seen.add(function)
    try:
        yield inspect.getsource(function)
    except (OSError, TypeError):    # typed at a prompt; its code says what it does
        yield function.__qualname__
    yield from _code_parts(function.__code__)
    captured = inspect.getclosurevars(function)
    for name, value in sorted({**captured.nonlocals, **captured.globals}.items()):
        yield f"{name}="
        yield from _value_parts(value, seen)


def _code_parts(code: types.CodeType) -> Iterator[str | bytes]:
    yield code.co_code
    yield repr(code.co_names)
    for constant in code.co_consts:
        yield from _code_parts(constant) if isinstance(constant, types.CodeType) else [repr(constant)]


def _value_parts(value: Any, seen: set) -> Iterator[str | bytes]:
    module = getattr(value, "__module__", None) or ""
    if isinstance(value, types.ModuleType):
        yield f"{value.__name__} {getattr(value, '__version__', '')}"
    elif module.partition(".")[0] in ("neurosim", "numpy", "numba", "math", "builtins") or value is math:
        yield f"{module}.{getattr(value, '__qualname__', value)}"
    elif isinstance(value, Dispatcher):
        yield from _parts(value.py_func, seen)
    elif isinstance(value, types.FunctionType):
        yield from _parts(value, seen)
    elif isinstance(value, tuple):
        for item in value:
            yield from _value_parts(item, seen)
    elif isinstance(value, np.ndarray) and value.dtype != object:
        yield f"{value.dtype}{value.shape}"
        yield value.tobytes()
    elif isinstance(value, _PLAIN):
        yield repr(value)
    else:
        raise TypeError(f"{value!r} has no identity")


def kernel_error(kernel: Any, count: int, arguments: Sequence) -> str:
    """Return why a function cannot be part of a kernel, in words that continue a sentence; "" where it can.

    count : arguments that it has to take; arguments : such arguments, with which it is compiled and called once
    """
    if not isinstance(kernel, Dispatcher):
        return "is not compiled"
    taken = list(inspect.signature(kernel.py_func).parameters.values())
    if len(taken) != count or any(one.kind is not one.POSITIONAL_OR_KEYWORD for one in taken):
        return f"takes ({', '.join(map(str, taken))})"
    if line := _raising_line(kernel.py_func, set()):
        return f"raises in line {line}, where nobody can catch it"
    try:
        kernel(*arguments)
    except NumbaError as error:
        return _reason(str(error))
    return ""


def _raising_line(function: Callable, seen: set) -> int:
    """Return the number of the first line that raises, in a function or in one that it calls; 0 where none does."""
    seen.add(function)
    for step in dis.get_instructions(function):
        if step.opname == "RAISE_VARARGS":
            return (step.positions and step.positions.lineno) or function.__code__.co_firstlineno
    captured = inspect.getclosurevars(function)
    for value in [*captured.nonlocals.values(), *captured.globals.values()]:
        called = getattr(value, "py_func", value)
        if isinstance(called, types.FunctionType) and called not in seen:
            if line := _raising_line(called, seen):
                return line
    return 0


def _reason(text: str) -> str:
    """Return the first line of the compiler that says something, and where."""
    where = re.search(r"line (\d+):", text) or re.search(r"\((\d+)\)", text)
    line = f" in line {where[1]}" if where else ""
    if "NRT" in text or "allocate" in text:
        return f"allocates memory or makes objects{line}"
    lines = [line.strip(" -") for line in text.splitlines()[1:] if line.strip(" -|")]
    return f"does not compile{line} ({lines[0] if lines else 'no reason is given'})"
