"""The command line reads words and writes words; what it says is computed below it, where Python finds it too."""

import ast
from pathlib import Path

import pytest

import neurosim.cli

CLI = Path(neurosim.cli.__file__).parent
MODULES = sorted(CLI.rglob("*.py"))
#: What modules of the command line may import of the package, by its beginning.
BELOW = ("neurosim.cli", "neurosim.experiment", "neurosim.report", "neurosim.plots", "neurosim.results",
         "neurosim.memristor", "neurosim.measurements", "neurosim.datasets", "neurosim.cards", "neurosim.tables",
         "neurosim.toml", "neurosim.alignment", "neurosim._signals", "neurosim._jit", "neurosim.engines.ranks",
         "neurosim.learning.sharing", "neurosim.exchange", "neurosim.user_files", "neurosim.whole",
         "neurosim.summaries")
#: The same of everything else: what reads words and writes them.
WORDS = {"__future__", "argparse", "collections", "contextlib", "dataclasses", "difflib", "functools", "importlib",
         "json", "math", "os", "pathlib", "re", "shlex", "sys", "tempfile", "textwrap", "time", "typing"}


def imported(path):
    """Names of the modules that a module imports, wherever in it."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        if isinstance(node, ast.ImportFrom):
            yield from ([f"neurosim.{alias.name}" for alias in node.names] if node.module == "neurosim"
                        else [node.module])


@pytest.mark.parametrize("path", MODULES, ids=lambda path: str(path.relative_to(CLI)))
def test_modules_read_and_write_words(path):
    strange = [name for name in imported(path) if name != "neurosim.__version__"
               and not name.startswith(BELOW) and name.partition(".")[0] not in WORDS]
    assert strange == [], "numbers are computed below the command line"


@pytest.mark.parametrize("path", MODULES, ids=lambda path: str(path.relative_to(CLI)))
def test_modules_are_short(path):
    assert len(path.read_text(encoding="utf-8").splitlines()) <= 120
