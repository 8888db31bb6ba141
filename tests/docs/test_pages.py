"""Pages can be followed: every link leads somewhere, every figure says what it shows and who made it."""

import ast
import re
import tomllib

import doc_pages
import pytest

import neurosim
from neurosim.cli import VERBS, build_parser

each_page = pytest.mark.parametrize("path", doc_pages.PAGES, ids=doc_pages.name)


@each_page
def test_links_lead_somewhere(path):
    text, images = doc_pages.links(path)
    for _, target in text + images:
        if re.match(r"[a-z]+:", target):
            assert target.startswith("https://"), target
            continue
        file, _, anchor = target.partition("#")
        there = (path.parent / file).resolve() if file else path
        assert there.exists() and there.is_relative_to(doc_pages.ROOT), target
        assert not anchor or anchor in doc_pages.anchors(there), target


@each_page
def test_headings_go_down_one_level_at_a_time(path):
    levels = [level for level, _ in doc_pages.headings(path)]
    assert levels[0] == 1 and levels.count(1) == 1
    assert all(after <= before + 1 for before, after in zip(levels, levels[1:]))


@each_page
def test_images_say_what_they_show(path):
    _, images = doc_pages.links(path)
    shortest = 5 if path.name == "README.md" else 20
    assert [target for text, target in images if len(text) < shortest] == []


def test_every_page_is_part_of_the_site():
    listed = set()
    for path in doc_pages.DOCS.rglob("*.md"):
        for block in re.findall(r"```\{toctree\}\n(.*?)```", path.read_text(encoding="utf-8"), re.DOTALL):
            entries = [re.sub(r".*<(.*)>", r"\1", line) for line in block.splitlines() if line and line[0] != ":"]
            listed |= {f"docs/{entry}.md" for entry in entries}
    written = {doc_pages.name(path) for path in doc_pages.PAGES if doc_pages.DOCS in path.parents}
    read_elsewhere = {"docs/index.md", "docs/figures/README.md"}
    assert written - read_elsewhere == {name for name in listed if "/generated/" not in name}


def test_every_figure_is_made_by_a_command_and_shown():
    folder = doc_pages.DOCS / "figures"
    kept = {path.relative_to(folder).as_posix() for path in folder.rglob("*.png")}
    table = re.findall(r"^\| (`.*?) \| `", (folder / "README.md").read_text(encoding="utf-8"), re.MULTILINE)
    assert {name for row in table for name in re.findall(r"`([^`]+\.png)`", row)} == kept
    shown = {(path.parent / target).resolve() for path in doc_pages.PAGES for _, target in doc_pages.links(path)[1]}
    assert {folder / name for name in kept} <= shown


@pytest.mark.parametrize("path", [path for path in doc_pages.PAGES if path.name != "CHANGELOG.md"], ids=doc_pages.name)
def test_commands_exist(path):
    """Every command is one that the parser takes; a bare verb in a sentence may lack what it needs."""
    parser = build_parser()
    for words in doc_pages.commands(path):
        try:
            assert parser.parse_known_args(words)[1] == [], words
        except ValueError as error:
            assert "arguments are required" in str(error) and not any(word.startswith("-") for word in words), words
        except SystemExit:
            assert {"--help", "--version"} & {*words}


@each_page
def test_blocks_of_code_are_whole(path):
    for block in doc_pages.blocks(path, "python"):
        tree = ast.parse(block)
        for node in ast.walk(tree):
            if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name) and node.value.id == "neurosim":
                assert node.attr in neurosim.__all__ or hasattr(neurosim, node.attr), node.attr
    for block in doc_pages.blocks(path, "toml"):
        tomllib.loads(block)


def test_presets_reach_what_their_page_says():
    rows = dict(re.findall(r"^\| `([\w-]+)`(?: \(default\))? \| .*? \| (.*?) \|", (
        doc_pages.DOCS / "presets.md").read_text(encoding="utf-8"), re.MULTILINE))
    presets = {path.stem: path for path in (doc_pages.ROOT / "examples" / "presets").glob("*.toml")}
    assert rows.keys() == presets.keys()
    for name, path in presets.items():
        error = re.search(r"^#   error +([\d.]+) %", path.read_text(encoding="utf-8"), re.MULTILINE)[1]
        assert f"{error} %" in rows[name], name


def test_the_page_of_commands_names_every_verb():
    named = set(re.findall(r"`neurosim ([a-z]+)", (doc_pages.DOCS / "commands.md").read_text(encoding="utf-8")))
    assert set(VERBS) == named & set(VERBS)


def test_every_recipe_stands_on_the_page_of_the_papers():
    from neurosim.experiment.reproduce import RECIPES
    page = (doc_pages.DOCS / "papers.md").read_text(encoding="utf-8")
    names = {recipe.name for recipe in RECIPES} if not isinstance(RECIPES, dict) else set(RECIPES)
    missing = {name for name in names if name not in page}
    assert missing == set() and f"lists {len(names)} recipes" in page
