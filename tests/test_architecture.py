"""The rules of the house: imports, style, sizes, light imports, documented names."""

import ast
import builtins
import configparser
import os
import subprocess
import sys
from pathlib import Path

import pytest

import neurosim

PACKAGE = Path(neurosim.__file__).parent
ROOT = Path(__file__).resolve().parent.parent
MODULES = sorted(PACKAGE.rglob("*.py"))


def run(*arguments):
    """Run Python in the checkout, on the package that is being tested; returns the finished process."""
    paths = os.pathsep.join([str(PACKAGE.parent), os.environ.get("PYTHONPATH", "")])
    environment = {**os.environ, "PYTHONPATH": paths}
    return subprocess.run([sys.executable, *arguments], cwd=ROOT, capture_output=True, text=True, env=environment)


@pytest.mark.slow
def test_floors_import_downwards():
    lint = "lint_imports(config_filename='setup.cfg', no_cache=True)"
    done = run("-c", f"import sys; from importlinter.cli import lint_imports; sys.exit({lint})")
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.slow
def test_style():
    folders = [folder for folder in ("neurosim", "tests", "benchmarks", "examples", "docs") if (ROOT / folder).is_dir()]
    done = run("-m", "flake8", *folders)
    assert done.returncode == 0, done.stdout + done.stderr


def test_no_module_is_longer_than_300_lines():
    lengths = {str(path.relative_to(PACKAGE)): len(path.read_text(encoding="utf-8").splitlines()) for path in MODULES}
    assert {name: length for name, length in lengths.items() if length > 300} == {}


def test_importing_neurosim_imports_nothing_but_itself():
    """Neither its own modules nor those of others, so that it takes milliseconds."""
    new = "{name.partition('.')[0] for name in set(sys.modules) - before} - sys.stdlib_module_names"
    done = run("-c", f"import sys; before = set(sys.modules); import neurosim; print({new}, "
                     "[name for name in sys.modules if name.startswith('neurosim.')])")
    assert done.stdout.strip() == "{'neurosim'} []", done.stdout + done.stderr


def test_public_names_can_be_imported():
    assert all(getattr(neurosim, name) is not None for name in neurosim.__all__)
    assert set(neurosim.__all__) <= set(dir(neurosim))
    with pytest.raises(AttributeError, match="has no attribute 'nonsense'"):
        neurosim.nonsense


@pytest.mark.parametrize("path", MODULES, ids=lambda path: str(path.relative_to(PACKAGE)))
def test_public_names_are_documented(path):
    module = ast.parse(path.read_text(encoding="utf-8"))
    named = [node for node in module.body if isinstance(node, (ast.FunctionDef, ast.ClassDef))]
    public = [node for node in named if not node.name.startswith("_")]
    protocol = {"add_parser", "run"} if path.parent.name == "cli" else set()    # every verb has both
    assert [node.name for node in public if not ast.get_docstring(node) and node.name not in protocol] == []
    assert not module.body or ast.get_docstring(module)


def test_no_module_takes_the_name_of_a_builtin():
    """A module becomes an attribute of its package once it is imported, where it stands before the builtin."""
    assert [str(path) for path in (ROOT / "neurosim").rglob("*.py") if path.stem in vars(builtins)] == []


def test_every_package_is_installed():
    parser = configparser.ConfigParser()
    parser.read(ROOT / "setup.cfg", encoding="utf-8")
    listed = {name for name in parser["options"]["packages"].split() if not name.startswith("neurosim.shipped")}
    found = {".".join(file.parent.relative_to(ROOT).parts) for file in (ROOT / "neurosim").rglob("__init__.py")}
    assert listed == found
