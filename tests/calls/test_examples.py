"""The examples of docstrings and of docs/python.md run as they stand there, on a preset that is small."""

import re
import textwrap
from pathlib import Path

import numpy as np
import pytest

import neurosim
from neurosim.calls.callbacks import Callbacks
from neurosim.experiment import shipped

PAGE = Path(__file__).resolve().parents[2] / "docs" / "python.md"
BLOCKS = re.findall(r"^```python\n(.*?)^```$", PAGE.read_text(encoding="utf-8"), re.MULTILINE | re.DOTALL)
DOCUMENTED = {"train": neurosim.train, "open_run": neurosim.open_run, "compare": neurosim.compare,
              "evaluate": neurosim.Run.evaluate, "record": neurosim.Run.record, "Run": neurosim.Run,
              "Callbacks": Callbacks, "sweep": neurosim.sweep}


@pytest.fixture
def names(preset, patterns, trained, tmp_path, monkeypatch):
    """What examples may use, in a folder of their own, where mnist-small is a network of the tests."""
    monkeypatch.chdir(tmp_path)
    small = tmp_path / "presets" / "mnist-small.toml"
    small.parent.mkdir()
    small.write_text(preset.read_text())
    object.__setattr__(shipped.PRESETS, "folders", (small.parent, *(before := shipped.PRESETS.folders)))
    for name in ("mnist.h5", "other.h5"):
        trained.save(tmp_path / name)
    yield {"__name__": "__main__", "neurosim": neurosim, "np": np, "images": np.tile(patterns[0], (2, 1, 1)),
           "labels": np.arange(400) % 10, "run": trained.save(tmp_path / "mine.h5")}
    object.__setattr__(shipped.PRESETS, "folders", before)


def example(function):
    """The indented block of a docstring."""
    paragraphs = textwrap.dedent(re.sub(r"^", "    ", function.__doc__, count=1)).split("\n\n")
    found = [text for text in paragraphs if text.startswith("    ") and not text.startswith("    " * 5)]
    return textwrap.dedent(found[0])


@pytest.mark.slow
def test_the_page_does_what_it_says(names, monkeypatch):
    space = {"__name__": "__main__"}
    for number, block in enumerate(BLOCKS, 1):
        exec(compile(block, f"docs/python.md, block {number}", "exec"), space)
    assert len(BLOCKS) == 10 and (Path.cwd() / "rates.toml").is_file()


@pytest.mark.slow
@pytest.mark.parametrize("name", DOCUMENTED)
def test_the_example_of_a_docstring_runs(name, names):
    exec(compile(example(DOCUMENTED[name]), f"docstring of {name}", "exec"), names)
