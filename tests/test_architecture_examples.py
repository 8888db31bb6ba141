"""The worked examples of docs/architecture.md run as they stand there: whoever adds a thing writes one module."""

import re
from pathlib import Path

import pytest

from neurosim.datasets import CATALOGUE
from neurosim.learning.optimisers import OPTIMISERS
from neurosim.memristor.laws import LAWS
from neurosim.network.connections import KINDS
from neurosim.neurons import law

PAGE = Path(__file__).resolve().parent.parent / "docs" / "architecture.md"


def sections():
    """Title of every section with examples -> its blocks of Python, in their order."""
    parts = re.split(r"^### ", PAGE.read_text(encoding="utf-8"), flags=re.MULTILINE)[1:]
    return {part.partition("\n")[0]: re.findall(r"^```python\n(.*?)^```$", part, re.MULTILINE | re.DOTALL)
            for part in parts}


EXAMPLES = sections()


def run(blocks):
    names = {"__name__": "example"}
    for number, block in enumerate(blocks, 1):
        exec(compile(block, f"docs/architecture.md, block {number}", "exec"), names)
    return names


@pytest.fixture(autouse=True)
def forgotten(tmp_path, monkeypatch):
    """Examples write in a folder of their own, and what they register is forgotten."""
    monkeypatch.chdir(tmp_path)
    registries = CATALOGUE, LAWS, law._LAWS, KINDS, OPTIMISERS
    before = [dict(known) for known in registries]
    yield
    for known, kept in zip(registries, before):
        known.clear()
        known.update(kept)


@pytest.mark.slow    # loops with laws outside the package are compiled in every process
@pytest.mark.parametrize("title", EXAMPLES)
def test_the_example_does_what_the_page_says(title):
    assert len(EXAMPLES[title]) == 2, "the module, and what shows that it works"
    run(EXAMPLES[title])


def test_there_is_an_example_for_everything_that_can_be_added():
    rows = re.findall(r"^\| an? ([a-z ]+) \|", PAGE.read_text(encoding="utf-8"), re.MULTILINE)
    assert {f"A {what}" if what[0] not in "aeiou" else f"An {what}" for what in rows} == set(EXAMPLES)


def test_files_that_the_page_names_exist():
    package = PAGE.parent.parent / "neurosim"
    names = re.findall(r"`((?:[a-z_]+/)+_?[a-z_]+\.py)", PAGE.read_text(encoding="utf-8"))
    new = {"learning/optimisers/sign.py", "losses/logistic.py", "memristor/laws/quadratic.py",
           "network/connections/scaled.py", "neurons/leaky.py"}
    missing = {name for name in names if not (package / name.removeprefix("neurosim/")).is_file()
               and not (PAGE.parent.parent / name).is_file()}
    assert len(names) > 30 and {name.removeprefix("neurosim/") for name in missing} == new
