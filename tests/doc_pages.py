"""Pages of the documentation as a reader on a code forge sees them: headings, links, images, commands."""

import re
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
DOCS = ROOT / "docs"
PAGES = sorted([*DOCS.glob("*.md"), *DOCS.glob("[a-z]*/*.md"), ROOT / "README.md", ROOT / "CONTRIBUTING.md",
                ROOT / "CHANGELOG.md", ROOT / "benchmarks" / "README.md"])
PAGES = [path for path in PAGES if not {"generated", "_build"} & set(path.relative_to(ROOT).parts)]

_FENCE = re.compile(r"^ *```.*?^ *```", re.MULTILINE | re.DOTALL)
_FILLED = {"$SLURM_ARRAY_TASK_ID/10": "0/10", "i/n": "0/2", "N": "2", "NAME": "aihwkit"}
_PATTERN = re.compile(r"\||\[|\.\.\.|'")    #: of usage, not of a command
_LINK = re.compile(r"(!?)\[((?:[^][]|\[[^]]*\])*)\]\(([^)\s]+)\)")


def name(path):
    return str(path.relative_to(ROOT))


def prose(path):
    """Text of a page without its blocks of code."""
    return _FENCE.sub("", path.read_text(encoding="utf-8"))


def links(path):
    """(text, target) of all links, and (alternative text, target) of all images of a page."""
    found = _LINK.findall(re.sub(r"`[^`\n]*`", lambda code: code[0].replace("[", "(").replace("]", ")"), prose(path)))
    return ([(text, target) for mark, text, target in found if not mark],
            [(text, target) for mark, text, target in found if mark])


def headings(path):
    """(level, text) of the headings of a page."""
    return [(len(marks), text) for marks, text in re.findall(r"^(#+) (.+)$", prose(path), re.MULTILINE)]


def anchors(path):
    """Anchors that forges and MyST give to headings: lower case, no punctuation, hyphens for blanks."""
    return {re.sub(r"[^\w\- ]", "", re.sub(r"[`*]", "", text).lower()).replace(" ", "-") for _, text in headings(path)}


def blocks(path, language):
    """Blocks of code of one language."""
    return re.findall(rf"^```{language}\n(.*?)^```", path.read_text(encoding="utf-8"), re.MULTILINE | re.DOTALL)


def commands(path):
    """Words of all whole commands `neurosim ...` of a page: in indented and shell blocks, and in code within sentences.

    Words that stand for others are filled in, and what a shell does with a command is left out.
    """
    text = path.read_text(encoding="utf-8")
    shell = [line.strip() for line in re.findall(r"^ {4,}(.+)$", text, re.MULTILINE)]
    shell += [line for block in blocks(path, "bash") for line in block.splitlines()]
    inline = re.findall(r"`([^`\n]+)`", _FENCE.sub("", text))
    for line in shell + inline:
        for command in re.split(r"&&|;|>| #", line):
            words = [_FILLED.get(word, word) for word in command.removeprefix("exec ").split()]
            if words[:1] == ["neurosim"] and len(words) > 1 and not _PATTERN.search(command):
                yield words[1:]
