"""Annotations: mypy finds nothing wrong, and what is not annotated yet is listed in setup.cfg."""

import configparser
import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent

#: How many entries the list of what is not annotated may have: it only shrinks.
UNTYPED = 5


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
def test_a_wrong_type_is_found(tmp_path):
    """Of a caller of the package, which finds its annotations by py.typed."""
    (tmp_path / "caller.py").write_text("from neurosim.streams import stream\n\nstream([0.5])\n")
    done = mypy(str(tmp_path / "caller.py"), cache=tmp_path)
    assert done.returncode == 1 and "arg-type" in done.stdout


def test_the_list_of_what_is_not_annotated_only_shrinks():
    parser = configparser.ConfigParser()
    parser.read(ROOT / "setup.cfg", encoding="utf-8")
    listed = [module for name in parser.sections() if name.startswith("mypy-neurosim")
              for module in name.removeprefix("mypy-").split(",")]
    assert len([module for module in listed if not has_kernels(module)]) <= UNTYPED
