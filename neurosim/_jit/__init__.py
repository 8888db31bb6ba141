"""The only package that imports numba: the decorators of kernels, threads, and loops in vector registers."""

import os
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from functools import cache
from typing import Any

from numba import njit
from numba.core.event import Listener, install_listener
from numba.extending import register_jitable

from neurosim._jit.foreign import kernel_error, kernel_fingerprint
from neurosim._jit.indices import look_up, merge_flags, pack_nonzero
from neurosim._jit.integers import LARGEST, add_short_rows
from neurosim._jit.kernel_cache import KernelCache, kernels_digest, kernels_folder
from neurosim._jit.names import named_apart
from neurosim._jit.parts import PartCompiler
from neurosim._jit.vectors import BLOCK, add_products, add_row_pairs, add_rows, add_scaled, scale_and_shift, simd_bytes
from neurosim.whole import THREADS, whole

__all__ = ["BLOCK", "LARGEST", "add_products", "add_row_pairs", "add_rows", "add_scaled", "add_short_rows",
           "compilation", "dispatch", "inner_kernel", "kernel", "kernel_error", "kernel_fingerprint", "kernels_digest",
           "kernels_folder", "look_up", "merge_flags", "pack_nonzero", "scalar_law", "scale_and_shift", "side_by_side",
           "simd_bytes", "thread_count"]


def kernel(function: Callable, captured: str | None = None, **options: Any) -> Any:
    """Compile a kernel to machine code, cached on disk and free of the interpreter lock.

    Threads can run kernels side by side. `contract` lets a product and a sum become one fused instruction; no other
    rule of IEEE arithmetic is relaxed. The cache belongs to this source of the whole package and to this processor, see
    `kernel_cache`. Where no folder takes it, kernels are compiled again in every process, as are those of other files.

    captured : text that identifies what a factory has put into the function; "" where nothing does, and the kernel is
        not cached

    Kernels allocate nothing, so they are compiled without numba's runtime: what they work on belongs to their callers,
    and no slice of an array counts references, which would take longer than many a loop over it.

    Kernels copy arrays in loops: an assignment between slices carries the text of its error message, which takes
    seconds to compile.
    """
    options |= {"_nrt": False, "nogil": True, "error_model": "numpy", "fastmath": {"contract"}}
    dispatcher = njit(**options)(named_apart(function, captured))
    if captured != "":
        with suppress(RuntimeError):
            dispatcher._cache = KernelCache(function, captured)
    return dispatcher


def inner_kernel(function: Callable, captured: str | None = None) -> Any:
    """The same for a kernel that only kernels call: it has no entry from Python and becomes part of its callers.

    Only they are optimised and turned into machine code, see `parts`.

    A call would copy the plan, hundreds of numbers, which takes as long as a short read.
    """
    return kernel(function, captured, no_cpython_wrapper=True, no_cfunc_wrapper=True, forceinline=True,
                  pipeline_class=PartCompiler)


def dispatch(kernels: Sequence) -> Any:
    """Make one inner kernel of several: call(code, *arguments) runs number `code` of them; nothing is returned."""
    first, *others = kernels
    if not others:
        def call(code: int, *arguments: Any) -> None:
            first(*arguments)
    else:
        rest = dispatch(others)

        def call(code: int, *arguments: Any) -> None:
            if code == 0:
                first(*arguments)
            else:
                rest(code - 1, *arguments)
    return inner_kernel(call, captured="")


def scalar_law(function: Callable) -> Callable:
    """Decorate a scalar function that kernels take as an argument of their factory.

    It stays a function of Python, by whose name the cache on disk knows the kernel again, and kernels that call it
    compile it into themselves.
    """
    return register_jitable(named_apart(function))


def thread_count(wanted: int | None = None, owner: str = "threads") -> int:
    """Return how many threads, or processes, are wanted; None = as many as this process may use processors.

    owner : what the user calls them, for the ValueError that refuses fewer than one
    """
    if wanted is not None:
        return whole(wanted, owner, 1, THREADS)
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def side_by_side(task: Callable, items: Sequence, threads: int) -> list:
    """Call `task(item)` for every item on `threads` threads and return the results in the order of the items."""
    if threads == 1 or len(items) == 1:
        return [task(item) for item in items]
    return list(_pool(threads).map(task, items))


@contextmanager
def compilation(notice: Callable[[], object]) -> Iterator[None]:
    """Call `notice()` once before the first kernel that no cache holds is compiled within the block."""
    with install_listener("numba:compile", _FirstEvent(notice)):
        yield


class _FirstEvent(Listener):
    def __init__(self, notice: Callable[[], object]) -> None:
        self.notices = [notice]

    def on_start(self, event: Any) -> None:
        if self.notices:
            self.notices.pop()()

    def on_end(self, event: Any) -> None:
        """Nothing to do."""


@cache
def _pool(threads: int) -> ThreadPoolExecutor:
    return ThreadPoolExecutor(threads, thread_name_prefix="neurosim")
