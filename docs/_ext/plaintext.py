"""Turn the plain text of neurosim's docstrings into reStructuredText: nothing in them has to be escaped by hand.

A docstring is paragraphs; indented blocks, which are code or equations; and fields such as "beta : nudging factor [1]",
whose further lines are indented. What stands in single backquotes is code, or a link where it is a public name.
"""

import ast
import re
from itertools import groupby

import neurosim

FIELD = re.compile(r"[A-Za-z_][\w.]*(?:, [A-Za-z_][\w.]*)*(?: \[[^\]]+\])? : ")
FURTHER_FIELD = re.compile(r"; (?=[a-z_]\w*(?:, [a-z_]\w*)* : )")
DOI, ARXIV = re.compile(r"doi:(10\.\d+/\S*\w)"), re.compile(r"arXiv:(\d{4}\.\d{5})")


def restructured(lines):
    """Lines of a plain docstring, dedented, as lines of reStructuredText."""
    made = []
    for blank, block in groupby(lines, key=lambda line: not line.strip()):
        if blank:
            made.append("")
            continue
        block = list(block)
        made += verbatim(block) if all(line.startswith("    ") for line in block) else text(block)
    return made


def verbatim(block):
    """A block of code, marked up as Python where it is."""
    return [f".. code-block:: {'python' if is_python(block) else 'text'}", "", *block, ""]


def is_python(block):
    try:
        ast.parse("\n".join(line[4:] for line in block))
    except SyntaxError:
        return False
    return any(mark in line for line in block for mark in ("(", "import "))


def text(block):
    """Paragraphs as they are, and every field as an entry of a list of definitions."""
    made = []
    for line in block:
        if FIELD.match(line):
            for field in FURTHER_FIELD.split(line):
                name, _, meaning = field.partition(" : ")
                made += ["", f"**{inline(name)}**", f"    {inline(meaning)}"]
        else:
            behind_a_field = made and made[-1].startswith("    ") and not line.startswith("    ")
            made += [""] * bool(behind_a_field) + [inline(line)]
    return [*made, ""]


def inline(words):
    """A line with its code and its sources marked up, and everything else escaped."""
    parts = re.split(r"(`[^`]+`|doi:10\.\d+/\S*\w|arXiv:\d{4}\.\d{5}|https?://\S+)", words)
    return "".join(marked(part) if index % 2 else re.sub(r"([\\*_|`])", r"\\\1", part)
                   for index, part in enumerate(parts))


def marked(part):
    """What matched in `inline`, as reStructuredText."""
    if part.startswith("`"):
        return code(part.strip("`"))
    if match := DOI.fullmatch(part):
        return f"`{part} <https://doi.org/{match[1]}>`__"
    if match := ARXIV.fullmatch(part):
        return f"`{part} <https://arxiv.org/abs/{match[1]}>`__"
    return part


def code(name):
    """Code, or the link to a public name that is meant by "neurosim.x", "Name" or the path of its module."""
    last = name.rpartition(".")[2]
    meant = last in neurosim.__all__ and (last[:1].isupper() or name == f"neurosim.{last}")
    return f":py:obj:`~neurosim.{last}`" if meant else f"``{name}``"


def process_docstring(app, what, name, obj, options, lines):
    lines[:] = restructured(lines)


def setup(app):
    app.connect("autodoc-process-docstring", process_docstring)
    return {"parallel_read_safe": True}
