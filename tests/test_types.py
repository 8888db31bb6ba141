"""Annotations: mypy finds nothing wrong, and what is not annotated yet is listed in setup.cfg."""

import configparser
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent

#: How many entries the list of what is not annotated may have: it only shrinks.
UNTYPED = 8


def mypy(*arguments, cache):
    return subprocess.run([sys.executable, "-m", "mypy", "--cache-dir", str(cache), *arguments], cwd=ROOT,
                          capture_output=True, text=True)


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
    sections = [name for name in parser.sections() if name.startswith("mypy-")
                and "implicit_reexport" in parser[name]]    # not the modules with compiled functions
    assert sum(len(name.removeprefix("mypy-").split(",")) for name in sections) <= UNTYPED
