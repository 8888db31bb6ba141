"""Parts of a page: sections, tables, figures, of the elements of `neurosim.markup`."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from neurosim.markup import Html, element, escaped, joined

__all__ = ["Html", "element", "escaped", "figure", "folded", "joined", "paragraph", "picture", "section", "table"]


def picture(source: str, text: str) -> Html:
    """Return an <img> with its alternative text."""
    return Html(f'<img src="{escaped(source)}" alt="{escaped(text)}">')


def paragraph(*children: object) -> Html:
    """Return a paragraph of text and Html."""
    return element("p", *children)


def section(anchor: str, title: str, *children: object) -> Html:
    """Return a section of the page with its heading, which names it for screen readers."""
    return element("section", element("h2", title, id=anchor), *children, aria_labelledby=anchor)


def table(caption: str, head: Iterable[object], rows: Iterable[Sequence], numbers: Iterable[int] = (),
          prose: Iterable[int] = (), **attributes: object) -> Html:
    """Return a table in a box that scrolls; the first cell of each row is its heading.

    head : texts of the columns; rows : sequences of text or Html; numbers : columns that are set to the right;
    prose : columns of sentences, which break lines; attributes : of the <table>, as for `element`
    """
    def styled(column: int) -> dict:
        return {"class_": "number"} if column in numbers else {"class_": "prose"} if column in prose else {}

    top = element("tr", *(element("th", text, scope="col", **styled(i)) for i, text in enumerate(head)))
    body = [element("tr", element("th", row[0], scope="row", **styled(0)),
                    *(element("td", cell, **styled(i)) for i, cell in enumerate(row[1:], 1))) for row in rows]
    whole = element("table", element("caption", caption), element("thead", top), element("tbody", *body),
                    **attributes)
    return element("div", whole, class_="scroll", role="region", tabindex="0", aria_label=caption)


def figure(drawing: str, caption: str, wide: bool = False) -> Html:
    """Return a drawing with its caption; a wide one keeps a readable size and scrolls in its box.

    drawing : text of an <svg> or <img> element
    """
    box = element("div", Html(drawing), class_="drawing wide" if wide else "drawing",
                  **({"tabindex": "0", "role": "region", "aria_label": caption} if wide else {}))
    return element("figure", box, element("figcaption", caption))


def folded(summary: str, *children: object) -> Html:
    """Return what is shown when its summary is opened; print opens nothing."""
    return element("details", element("summary", summary), *children)
