"""Compiled kernels on the disk: one folder for each source, library and processor, and none that outlives its use.

numba's own cache asks whether the file of a kernel has changed. The kernels of neurosim compile functions of other
files into themselves, so that here everything that decides machine code is part of the folder's name.
"""

import contextlib
import hashlib
import os
import platform
import re
import shutil
import time
from functools import cache
from pathlib import Path
from types import FunctionType

import llvmlite
import llvmlite.binding
from typing import Any
import numba
from numba.core import config
from numba.core.caching import Cache, CompileResultCacheImpl, IndexDataCacheFile, _CacheLocator

from neurosim import __version__
from neurosim._folders import cache_folder
from neurosim._jit.foreign import closure_fingerprint
from neurosim._source import PACKAGE, read_source_digest, source_digest

KEPT = 8                    #: folders of other versions that stay
IN_USE = 3600.0             #: a folder used so recently is never removed [s]
_FORGOTTEN = 90 * 86400.0   #: and one unused for so long always is [s]
_NAME = re.compile(r"neurosim-[0-9][0-9A-Za-z.+]*-[0-9a-f]{20}")
_OPTIONS = ("OPT", "LOOP_VECTORIZE", "SLP_VECTORIZE", "BOUNDSCHECK", "ENABLE_AVX", "CPU_NAME", "CPU_FEATURES",
            "USING_SVML")


@cache
def kernels_digest() -> str:
    """Return the SHA-256, in hex, of all that decides machine code.

    The source of the package, the versions of Python, numba and llvmlite, the processor with its features, and the
    settings of numba that reach the compiler.
    """
    parts = [source_digest(), platform.python_version(), numba.__version__, llvmlite.__version__,
             llvmlite.binding.get_default_triple(), llvmlite.binding.get_host_cpu_name(),
             llvmlite.binding.get_host_cpu_features().flatten(),
             *(f"{name}={getattr(config, name, None)}" for name in _OPTIONS)]
    return hashlib.sha256("\n".join(parts).encode()).hexdigest()


@cache
def kernels_folder() -> Path | None:
    """Return the folder of the compiled kernels of this process, made if need be; None where none can be written.

    A folder in $NUMBA_CACHE_DIR if that is set, else in the user's cache, else in the package. Making a new one removes
    those that have not been used for long.
    """
    if not source_digest():
        return None
    name = f"neurosim-{__version__}-{kernels_digest()[:20]}"
    settings: Any = config    # numba fills it in as it is imported
    homes = [Path(settings.CACHE_DIR)] if settings.CACHE_DIR else [cache_folder() / "kernels", PACKAGE / "__pycache__"]
    for folder in (home / name for home in homes):
        with contextlib.suppress(OSError):
            if not folder.is_dir():
                remove_unused(folder.parent, keep=name)
                folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            os.utime(folder)
            if os.access(folder, os.W_OK):
                return folder
    return None


def remove_unused(home: Path, keep: str = "") -> None:
    """Remove folders of kernels from `home`: all but the KEPT last used ones, and none that may be in use.

    Nothing else in that folder is touched, and no link is followed.
    """
    now, found = time.time(), []
    with contextlib.suppress(OSError):
        found = [(entry.stat(follow_symlinks=False).st_mtime, entry.path) for entry in os.scandir(home)
                 if _NAME.fullmatch(entry.name) and entry.name != keep and entry.is_dir(follow_symlinks=False)]
    for index, (used, folder) in enumerate(sorted(found, reverse=True)):
        if now - used > (IN_USE if index >= KEPT else _FORGOTTEN):
            shutil.rmtree(folder, ignore_errors=True)


class KernelLocator(_CacheLocator):
    """Says where numba finds the machine code of a kernel of the package, and whether it is still that of its file.

    Kernels of other files are kept nowhere: what they call may change and leave their own file as it is.
    """

    def __init__(self, function: FunctionType, file: str) -> None:
        self._py_file, self._line = file, function.__code__.co_firstlineno

    @classmethod
    def from_function(cls, py_func: Any, py_file: str) -> "KernelLocator | None":
        inside = Path(py_file).is_file() and Path(py_file).resolve().is_relative_to(PACKAGE)
        known = getattr(py_func, "captured", "") or not _compiles_strangers(py_func)
        kept = inside and kernels_folder() and known
        return cls(py_func, py_file) if kept else None

    def get_cache_path(self) -> str:
        folder = kernels_folder()
        assert folder is not None    # or there were no locator
        return str(folder / Path(self._py_file).resolve().parent.relative_to(PACKAGE))

    def get_source_stamp(self) -> str:
        return hashlib.sha256(Path(self._py_file).read_bytes()).hexdigest()

    def get_disambiguator(self) -> str:
        return str(self._line)


def _compiles_strangers(function: FunctionType) -> bool:
    """Whether functions that a kernel was made with stand outside the package: the cache would not see them change."""
    given = [cell.cell_contents for cell in function.__closure__ or ()]
    functions = [one for one in (getattr(one, "py_func", one) for one in given) if isinstance(one, FunctionType)]
    return any(not Path(one.__code__.co_filename).resolve().is_relative_to(PACKAGE) or _compiles_strangers(one)
               for one in functions)


class _KernelFiles(CompileResultCacheImpl):
    _locator_classes = [KernelLocator]


class _CompiledFiles(IndexDataCacheFile):
    """The files of one kernel, each named after what it was compiled for.

    numba numbers them: two processes that compile one kernel for different types at the same time would give both files
    one number, and every later process would load the machine code of the wrong types.
    """

    def save(self, key: Any, data: Any) -> None:
        overloads = self._load_index()
        base = self._index_name.removesuffix(".nbi")
        overloads[key] = f"{base}.{hashlib.sha256(repr(key).encode()).hexdigest()[:16]}.nbc"
        self._save_data(overloads[key], data)
        self._save_index(overloads)


class KernelCache(Cache):
    """numba's cache of one kernel, in `kernels_folder`; it keeps nothing of a source that has changed since.

    captured : text that identifies what a factory has put into the kernel, for example laws of a user; None where there
        is none. numba would tell compiled functions apart by a number that every process draws again.
    """

    _impl_class = _KernelFiles    # type: ignore[assignment]

    def __init__(self, function: Any, captured: str | None = None) -> None:
        function.captured = captured
        super().__init__(function)    # type: ignore[no-untyped-call]
        self._captured, impl = captured, self._impl
        self._cache_file = _CompiledFiles(self._cache_path, impl.filename_base, impl.locator.get_source_stamp())

    def _index_key(self, sig: Any, codegen: Any) -> tuple:
        """Return what distinguishes overloads: types, processor, and what a factory has put into the kernel.

        numba takes the pickle of that, whose bytes may change from process to process, so that nothing is found again.
        """
        held = closure_fingerprint(self._py_func) if self._captured is None else self._captured
        if self._py_func.__closure__ and not held:
            return super()._index_key(sig, codegen)    # type: ignore[no-untyped-call]
        return sig, codegen.magic_tuple(), hashlib.sha256(held.encode()).hexdigest()

    def load_overload(self, sig: Any, target_context: Any) -> Any:
        """Return what was kept, or None; also where it needs a module that is there no more, as of a notebook."""
        try:
            return super().load_overload(sig, target_context)    # type: ignore[no-untyped-call]
        except ImportError:
            return None

    def save_overload(self, sig: Any, data: Any) -> None:
        if read_source_digest() == source_digest():
            with contextlib.suppress(OSError):
                super().save_overload(sig, data)    # type: ignore[no-untyped-call]
