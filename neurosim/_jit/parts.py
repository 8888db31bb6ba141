"""Compiler of kernels that only kernels call: they get no machine code of their own, since they become part of it.

numba optimises a function and turns it into machine code before its callers take it in, so that a kernel ten calls deep
is compiled ten times. Here a part is linked into its callers as it is, and optimised and compiled once, with them.
"""

from typing import Any

from numba.core.codegen import JITCodeLibrary
from numba.core.compiler import CompilerBase, DefaultPassBuilder
from numba.core.compiler_machinery import FunctionPass, register_pass
from numba.core.typed_passes import NoPythonSupportedFeatureValidation


class PartLibrary(JITCodeLibrary):
    """A compiled kernel that other libraries link; only they are optimised and turned into machine code."""

    def _optimize_final_module(self) -> None:
        """Leave that to the callers."""

    def _finalize_final_module(self) -> None:
        self._finalize_dynamic_globals()
        self._verify_declare_only_symbols()
        self._finalized = True

    @property
    def codegen(self) -> "PartLibrary":
        """The owner of environments: none, since only entries from Python look constants up in them."""
        return self

    def set_env(self, name: str, environment: Any) -> None:
        """Set nothing, see `codegen`."""

    def get_pointer_to_function(self, name: str) -> int:
        """Return 0, which stands for a function without an entry."""
        self._ensure_finalized()
        return 0

    def serialize_using_object_code(self) -> tuple[str, str, bytes]:
        """Return what the cache keeps: the code that is linked."""
        return self.serialize_using_bitcode()


@register_pass(mutates_CFG=False, analysis_only=True)    # type: ignore[no-untyped-call]
class _UsePartLibrary(FunctionPass):
    _name = "part_library"

    def __init__(self) -> None:
        FunctionPass.__init__(self)    # type: ignore[no-untyped-call]

    def run_pass(self, state: Any) -> bool:
        state.library = PartLibrary(state.targetctx.codegen(), state.func_id.func_qualname)
        return False


class PartCompiler(CompilerBase):
    """numba's pipeline, whose last step lowers a kernel into a `PartLibrary`."""

    def define_pipelines(self) -> list:
        """Return the only pipeline."""
        pipeline = DefaultPassBuilder.define_nopython_pipeline(self.state)    # type: ignore[no-untyped-call]
        pipeline.add_pass_after(_UsePartLibrary, NoPythonSupportedFeatureValidation)
        pipeline.finalize()
        return [pipeline]
