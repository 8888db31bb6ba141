"""Annotations: mypy, strict, finds nothing wrong."""

import ast
import configparser
import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent


def mypy(*arguments, cache):
    return subprocess.run([sys.executable, "-m", "mypy", "--cache-dir", str(cache), *arguments], cwd=ROOT,
                          capture_output=True, text=True)


def has_kernels(module):
    """Whether a listed module holds kernels: they are compiled for the types they are called with, numba's."""
    path = ROOT.joinpath(*module.split(".")).with_suffix(".py")
    text = path.read_text(encoding="utf-8") if path.is_file() else ""
    return re.search(r"^ *@(inner_kernel|kernel|scalar_law|intrinsic)$", text, re.MULTILINE)


@pytest.mark.slow
def test_types_agree(tmp_path):
    done = mypy("neurosim", cache=tmp_path)
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.slow
def test_wrong_types_and_missing_modules_are_found(tmp_path):
    """Of a caller of the package, which finds its annotations by py.typed; also where imports serve types alone."""
    (tmp_path / "caller.py").write_text(
        "from typing import TYPE_CHECKING\nfrom neurosim.streams import stream\n\nif TYPE_CHECKING:\n"
        "    from neurosim.nowhere import Nothing\n\n\ndef call(nothing: 'Nothing') -> None:\n    stream([0.5])\n")
    done = mypy(str(tmp_path / "caller.py"), cache=tmp_path)
    assert done.returncode == 1 and "arg-type" in done.stdout and "neurosim.nowhere" in done.stdout


def test_only_modules_with_kernels_are_excused():
    parser = configparser.ConfigParser()
    parser.read(ROOT / "setup.cfg", encoding="utf-8")
    listed = [module for name in parser.sections() if name.startswith("mypy-neurosim")
              for module in name.removeprefix("mypy-").split(",")]
    assert listed and all(map(has_kernels, listed))


def public_functions(body):
    """Functions and methods that others may call, those of public classes with __init__."""
    for node in body:
        if isinstance(node, ast.ClassDef) and not node.name.startswith("_"):
            yield from public_functions(node.body)
        if isinstance(node, ast.FunctionDef) and (not node.name.startswith("_") or node.name == "__init__"):
            yield node


def untyped(package):
    """Parameters and returned values of a package that are Any, "module.py function parameter"."""
    for path in sorted((ROOT / "neurosim" / package).rglob("*.py")):
        for function in public_functions(ast.parse(path.read_text(encoding="utf-8")).body):
            own = function.args
            named = [one for one in (*own.posonlyargs, *own.args, *own.kwonlyargs, own.vararg, own.kwarg) if one]
            given = {one.arg: one.annotation for one in named} | {"return": function.returns}
            for name, annotation in given.items():
                if annotation is not None and ast.unparse(annotation) == "Any":
                    yield f"{path.relative_to(ROOT)} {function.name} {name}"


@pytest.mark.parametrize("package, left", [("cli", 2), ("report", 3), ("plots", 4), ("experiment", 35)])
def test_few_public_signatures_say_any(package, left):
    """Of what goes anywhere: values of JSON and TOML, arguments passed on, objects of packages that may be missing.

    These numbers only shrink.
    """
    found = list(untyped(package))
    assert len(found) <= left, "\n".join(found)
