"""Where things stand in a run file is spelt in one module."""

import ast
import re
from pathlib import Path

import pytest

import neurosim
from neurosim.results import paths
from neurosim.results.schema import SCHEMA

PACKAGE = Path(neurosim.__file__).parent
SPELT = re.compile(r"^(results|history|ledger|model|states|spikes|records)/|^input_shape$")
OWNERS = {"results/paths.py", "results/schema.py"}


def spelt(path):
    """Texts in the code of a module, docstrings aside, that are paths in a run file."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    about = {id(node.value) for node in ast.walk(tree) if isinstance(node, ast.Expr)}
    return [node.value for node in ast.walk(tree) if isinstance(node, ast.Constant) and id(node) not in about
            and isinstance(node.value, str) and SPELT.match(node.value)]


def test_no_other_module_spells_a_path():
    modules = {str(path.relative_to(PACKAGE)): path for path in PACKAGE.rglob("*.py")}
    found = {name: spelt(path) for name, path in modules.items() if name not in OWNERS}
    assert {name: texts for name, texts in found.items() if texts} == {}


@pytest.mark.parametrize("path", [
    paths.INPUT_SHAPE, paths.WARNINGS, paths.PEAK_MEMORY, paths.model("weights", "{connection}"),
    paths.history("train_error"), paths.spikes("nudged"), paths.ledger("free", "signals"), paths.programming("set"),
    paths.evaluation("validation", "outputs"), paths.evaluation("test", f"{paths.LEDGER}/samples"),
    paths.mistakes("margin"), paths.wear("edges"), paths.records("labels"),
    paths.records("{phase}", "{layer}", "spikes"), paths.states("{variable}")])
def test_paths_are_those_of_the_schema(path):
    assert path in SCHEMA
