"""Annotations: mypy, strict, finds nothing wrong."""

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
def test_a_wrong_type_is_found(tmp_path):
    """Of a caller of the package, which finds its annotations by py.typed."""
    (tmp_path / "caller.py").write_text("from neurosim.streams import stream\n\nstream([0.5])\n")
    done = mypy(str(tmp_path / "caller.py"), cache=tmp_path)
    assert done.returncode == 1 and "arg-type" in done.stdout


def test_only_modules_with_kernels_are_excused():
    parser = configparser.ConfigParser()
    parser.read(ROOT / "setup.cfg", encoding="utf-8")
    listed = [module for name in parser.sections() if name.startswith("mypy-neurosim")
              for module in name.removeprefix("mypy-").split(",")]
    assert listed and all(map(has_kernels, listed))
