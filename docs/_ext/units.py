"""Keep a number and its unit on one line: the blank between them does not break."""

import re

from docutils import nodes

BLANK = re.compile(r"(?<=\d) (?=(?:%|points?|x|[numkMG]?(?:s|J|S|W|B|V|m)|uA|min|h|[KMG]iB)(?![\w-]))")


def bind(app, doctree):
    """Replace the blanks in front of units in all texts but code; mutates the doctree."""
    for text in [*doctree.findall(nodes.Text)]:
        if not isinstance(text.parent, (nodes.literal, nodes.literal_block, nodes.math, nodes.math_block)):
            bound = BLANK.sub("\N{NO-BREAK SPACE}", text)
            if bound != text:
                text.parent.replace(text, nodes.Text(bound))


def setup(app):
    """Register with Sphinx."""
    app.connect("doctree-read", bind)
    return {"parallel_read_safe": True}
