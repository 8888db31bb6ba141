"""Rules of the house for kernels and private names: how many arguments, where they live, who may import them."""

import ast
from functools import partial
from pathlib import Path

import pytest

import neurosim
from neurosim._jit import inner_kernel, kernel
from neurosim._jit.parts import PartLibrary

PACKAGE = Path(neurosim.__file__).parent
DECORATORS = {"kernel", "inner_kernel"}
MOST_ARGUMENTS = 10

#: Kernels with more arguments; this list only shrinks.
LONG = set()

#: Packages in which a module is one law: its compiled function stands in it.
LAWS = ("neurosim.neurons", "neurosim.losses", "neurosim.memristor.laws")


def name_of(path):
    """Module of a file of the package, "neurosim.network.graph"."""
    return ".".join(("neurosim", *path.relative_to(PACKAGE).with_suffix("").parts)).removesuffix(".__init__")


MODULES = {name_of(path): ast.parse(path.read_text(encoding="utf-8")) for path in sorted(PACKAGE.rglob("*.py"))}
PACKAGES = {name_of(path) for path in PACKAGE.rglob("__init__.py")}


def kernels(tree):
    """Functions of a module that become kernels: decorated, or handed to one of the decorators by name."""
    calls = [node for node in ast.walk(tree) if isinstance(node, ast.Call) and ast.unparse(node.func) in DECORATORS]
    handed = {node.args[0].id for node in calls if node.args and isinstance(node.args[0], ast.Name)}
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef):
            decorators = {ast.unparse(one.func if isinstance(one, ast.Call) else one) for one in node.decorator_list}
            if decorators & DECORATORS or node.name in handed:
                yield node


def arguments(function):
    """How many arguments a function takes; a star is none, since it passes on what another one counts."""
    return len(function.args.posonlyargs + function.args.args + function.args.kwonlyargs)


def test_no_kernel_takes_more_than_ten_arguments():
    long = {f"{module}.{function.name}" for module, tree in MODULES.items() for function in kernels(tree)
            if arguments(function) > MOST_ARGUMENTS}
    assert long == LONG


def test_kernels_live_in_modules_of_their_own():
    found = {module for module, tree in MODULES.items() if any(kernels(tree))}
    assert len(found) > 8, "the search finds kernels at all"
    private = {module for module in found if module.rpartition(".")[2].startswith("_")}
    in_jit = {module for module in found if module.startswith("neurosim._jit")}
    assert found - private - in_jit - {module for module in found if module.startswith(LAWS)} == set()


def package_of(module):
    return module if module in PACKAGES else module.rpartition(".")[0]


def is_private(name):
    return name.startswith("_") and not name.startswith("__")


def is_foreign(target, module):
    """Whether a dotted name holds a private part that does not belong to the package of `module`.

    What stands right below `neurosim`, as `neurosim._jit`, belongs to the whole package.
    """
    parts = target.split(".")
    owners = [".".join(parts[:i]) for i in range(2, len(parts)) if is_private(parts[i])]
    return any(not f"{package_of(module)}.".startswith(f"{package_of(owner)}.") for owner in owners)


def used_names(tree):
    """Dotted names of the package that a module imports, and those that it reaches through what it has imported."""
    imported = {}
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("neurosim"):
            imported |= {alias.asname or alias.name: f"{node.module}.{alias.name}" for alias in node.names}
    yield from imported.values()
    for node in ast.walk(tree):
        if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name) and node.value.id in imported:
            yield f"{imported[node.value.id]}.{node.attr}"


@pytest.mark.parametrize("target, module, foreign", [
    ("neurosim.energy.adc._fit", "neurosim.energy.area", False), ("neurosim.energy.adc._fit", "neurosim.report", True),
    ("neurosim.crossbar._kernels.sum_pulses", "neurosim.crossbar.devices", False),
    ("neurosim.crossbar._kernels.sum_pulses", "neurosim.learning.rule", True),
    ("neurosim._jit.kernel", "neurosim.learning._kernels", False), ("neurosim.__version__", "neurosim.cli", False)])
def test_what_is_private_to_whom(target, module, foreign):
    assert is_foreign(target, module) is foreign


def test_no_package_uses_what_is_private_to_another():
    found = {(module, target) for module, tree in MODULES.items() for target in used_names(tree)
             if is_foreign(target, module)}
    assert found == set()


def test_kernels_of_kernels_become_machine_code_once_with_their_callers():
    @partial(inner_kernel, captured="")
    def add_one(x):
        return x + 1

    @partial(kernel, captured="")
    def shift(x):
        return add_one(x) * 2

    assert shift(2.0) == 6.0
    part, = add_one.overloads.values()
    assert isinstance(part.library, PartLibrary)
    assert part.library.get_pointer_to_function(part.fndesc.llvm_func_name) == 0
    whole, = shift.overloads.values()
    assert whole.library.get_pointer_to_function(whole.fndesc.llvm_func_name) != 0
