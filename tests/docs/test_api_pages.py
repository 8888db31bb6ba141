"""The API pages name every public name once, and what they name exists."""

import importlib
import re

import doc_pages

import neurosim

DIRECTIVES = re.findall(r"^\.\. auto(class|function|data):: (\S+)", "\n".join(
    path.read_text(encoding="utf-8") for path in sorted((doc_pages.DOCS / "api").glob("*.md"))), re.MULTILINE)


def test_every_public_name_has_its_place():
    named = [name.removeprefix("neurosim.") for _, name in DIRECTIVES]
    assert len(named) == len(set(named))
    assert {name for name in named if "." not in name} == set(neurosim.__all__)


def test_what_is_named_exists_and_is_what_it_is_called():
    for kind, name in DIRECTIVES:
        module, _, last = name.rpartition(".")
        found = getattr(importlib.import_module(module), last)
        assert isinstance(found, type) == (kind == "class"), name
        assert callable(found) or kind == "data", name


def test_every_section_of_a_configuration_has_its_place():
    from dataclasses import fields, is_dataclass
    page = (doc_pages.DOCS / "api" / "configuration.md").read_text(encoding="utf-8")
    for field in fields(neurosim.Config):
        section = field.default_factory() if callable(field.default_factory) else None
        if is_dataclass(section):
            assert f"## [{field.name}]" in page and f"{type(section).__name__}\n" in page, field.name
