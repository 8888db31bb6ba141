"""The language of messages, help texts, docstrings and pages: no literal translations, terms of the field."""

import ast
import io
import re
import subprocess
import sys
import tokenize
from pathlib import Path

import pytest

from neurosim.cli import build_parser

ROOT = Path(__file__).resolve().parent.parent
#: Phrases that read as translated, and what is said instead.
PHRASES = {
    r"leav(?:e|es|ing) (?:\S+ ){0,4}away\b": "omit",
    r"\banew\b": "again; retrain, rewrite, recalibrate",
    r"\bdearest\b": "costliest",
    r"once more to stop|\bstop at once": "interrupt again to stop immediately",
    r"\btold from chance|tells? nothing of chance": "distinguished from chance",
    r"\btold apart|\btells? (?:\w+ )?apart": "distinguished",
    r"\b(?:is|are) there already": "already exists",
    r"(?<!there )\b(?:is|are) no (?:whole |finite |valid )?(?:array|class|device|digit|direction|file|folder|key|law"
    r"|list|matrix|multiple|name|number|picture|run|step|text|train|value|vector|width)s?\b": "is not a ...",
    r"\bsays? (?:nothing|none) of\b|the file says none": "does not give",
    r"\bsay (?:by )?--": "use --",
    r"\bof one's own\b": "of your own",
    r"\bgo(?:es)? on (?:with|after|when|where|in|from)\b|command goes on": "continues",
    r"\btak(?:e|es|en|ing) away\b": "remove",
    r"\bdied of it\b|\blooks away\b|\bthe function has come\b|\bwhat chance does\b": "say what happens",
    r"stops? (?:\w+ ){0,3}with a sentence|Error (?:of|in) (?:one|a) sentence": "stops with a message",
    r"\buphill\b": "the energy rises",
    r"\bsee to it that\b|\bat worst place\b": "check",
}
_WORDS = re.compile("|".join(f"(?:{pattern})" for pattern in PHRASES), re.IGNORECASE)
#: Pages and scripts whose sentences are read by users.
PAGES = ["docs", "examples", "benchmarks", "CONTRIBUTING.md", "README.md", "CHANGELOG.md"]
#: Of a device card: what nobody has measured is assumed. A price card has "chosen" for decisions about the chip.
_CHOSEN = re.compile(r"= \"chosen: ")


def tracked(*folders):
    """Paths of the files of the repository in folders, relative to it."""
    found = subprocess.run(["git", "ls-files", *folders], cwd=ROOT, capture_output=True, text=True)
    if found.returncode:
        pytest.skip("not a checkout")
    return [path for path in found.stdout.split("\n") if path and (ROOT / path).is_file()]


def texts_of_python(path):
    """Strings, with parts that follow one another joined, and comments of a module: pairs of line and text."""
    source = (ROOT / path).read_text(encoding="utf-8")
    inner = set()
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.JoinedStr):
            inner.update(id(part) for part in ast.walk(node) if part is not node)
            if id(node) not in inner:
                parts = (part.value if isinstance(part, ast.Constant) else "X" for part in node.values)
                yield node.lineno, "".join(parts)
        elif isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in inner:
            yield node.lineno, node.value
    for token in tokenize.generate_tokens(io.StringIO(source).readline):
        if token.type == tokenize.COMMENT:
            yield token.start[0], token.string


def texts(path):
    if path.endswith(".py"):
        yield from texts_of_python(path)
    else:
        yield from enumerate((ROOT / path).read_text(encoding="utf-8").split("\n"), 1)


def found(paths):
    """Places of sentences that read as translated: "path:line: the phrase, what to say instead"."""
    for path in paths:
        for line, text in texts(path):
            plain = " ".join(text.split())
            for match in _WORDS.finditer(plain):
                better = next(word for pattern, word in PHRASES.items()
                              if re.fullmatch(pattern, match[0], re.IGNORECASE))
                yield f"{path}:{line}: {match[0]!r}, {better!r}"


@pytest.mark.parametrize("sentence", [
    "give one; or leave it away", "leave synapses.device away", "the weights are written anew", "x is no number",
    "3 processes died of it", "an Observer that looks away", "a full disk stops the sweep with a sentence",
    "what chance does to every training sample", "nothing is left to do: the function has come",
    "run.h5: is there already", "cannot be told from chance", "ValueError of one sentence", "say --unit uS"])
def test_sentences_of_that_kind_are_found(sentence):
    assert _WORDS.search(sentence)


@pytest.mark.parametrize("sentence", [
    "there is no number of that name", "it is no longer there", "omit it", "is not a number", "give it away for free",
    "nobody says --help aloud"])
def test_plain_sentences_are_left_alone(sentence):
    assert not _WORDS.search(sentence)


def test_messages_help_texts_and_docstrings_read_as_english():
    paths = [path for path in tracked("neurosim") if path.endswith((".py", ".pyi"))]
    wrong = list(found(paths))
    assert wrong == [], "\n".join(wrong)


def test_pages_examples_and_cards_read_as_english():
    paths = [path for path in tracked(*PAGES, "devices") if path.endswith((".md", ".py", ".toml", ".ipynb", ".rst"))]
    wrong = list(found(paths))
    assert wrong == [], "\n".join(wrong)


def test_numbers_that_nobody_measured_are_assumed():
    cards = [path for path in tracked("devices") if Path(path).parent.name == "devices" and path.endswith(".toml")]
    assert cards and not any(_CHOSEN.search((ROOT / path).read_text(encoding="utf-8")) for path in cards)


def test_every_help_text_is_free_of_them():
    """As it is printed, verb by verb, so that what several modules add together is seen too."""
    def helps(parser):
        yield parser.prog, parser.format_help()
        for action in parser._actions:
            for own in (action.choices or {}).values() if hasattr(action.choices, "values") else ():
                yield from helps(own)
    wrong = [f"{name}: {match[0]}" for name, text in helps(build_parser())
             for match in _WORDS.finditer(" ".join(text.split()))]
    assert wrong == []


#: Terms that are spelled out in the help text where a user meets them first.
SPELLED = {"check": "gdu (gradient-descending updates)", "energy": "half-selected cells, those that share"}


@pytest.mark.parametrize("verb", SPELLED)
def test_terms_are_spelled_out_where_they_are_met(verb):
    shown = subprocess.run([sys.executable, "-m", "neurosim", verb, "--help"], cwd=ROOT, capture_output=True, text=True)
    assert SPELLED[verb] in " ".join(shown.stdout.split())
