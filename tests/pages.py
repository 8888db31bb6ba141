"""Pages of reports as a browser reads them, and what every one of them has to be."""

import re
from html.parser import HTMLParser

EMPTY = {"meta", "link", "img", "br", "wbr", "path", "use", "image", "rect"}


class Page(HTMLParser):
    """A page as a list of elements, each a dict with its tag, attributes and text."""

    def __init__(self, text):
        super().__init__()
        self.elements, self._open = [], []
        self.feed(text)
        self.close()
        assert self._open == []

    def handle_starttag(self, tag, attrs):
        self.elements.append({"tag": tag, "text": "", "inside": [e["tag"] for e in self._open], **dict(attrs)})
        if tag not in EMPTY:
            self._open.append(self.elements[-1])

    def handle_startendtag(self, tag, attrs):
        self.elements.append({"tag": tag, "text": "", "inside": [], **dict(attrs)})

    def handle_endtag(self, tag):
        if tag not in EMPTY:
            assert self._open.pop()["tag"] == tag

    def handle_data(self, data):
        for element in self._open:
            element["text"] += data

    def all(self, *tags):
        return [element for element in self.elements if element["tag"] in tags]


def table(page, caption):
    """Rows of text of the table whose caption begins with a text."""
    captions = [element["text"] for element in page.all("caption")]
    assert [text for text in captions if text.startswith(caption)], captions
    found, rows = False, []
    for element in page.elements:
        if element["tag"] == "table":
            found = element["text"].startswith(caption)
        if found and element["tag"] == "tr":
            rows.append([])
        if found and element["tag"] in ("th", "td"):
            rows[-1].append(element["text"])
    return rows[1:]


def assert_whole(page):
    """Nothing comes from elsewhere and nothing runs by itself."""
    assert page.all("iframe", "foreignobject", "object", "embed", "base", "form") == []
    for element in page.elements:
        for key, value in element.items():
            if key in ("src", "href", "xlink:href"):
                assert value.startswith(("#", "data:")), (element["tag"], value)
            assert not key.startswith("on")
            assert key == "text" or "url(" not in (value or "") or "url(#" in value
    assert "@import" not in page.all("style")[0]["text"] and "url(" not in page.all("style")[0]["text"]


def assert_linked(page):
    """Every link and label has its one target."""
    names = [element["id"] for element in page.elements if "id" in element]
    assert len(names) == len(set(names))
    asked = [element[key].removeprefix("#") for element in page.elements for key in ("href", "aria-labelledby")
             if key in element and not element[key].startswith("data:")]
    asked += [name for element in page.elements for key, value in element.items() if key != "text" and value
              for name in re.findall(r"url\(#([^)]*)\)", str(value))]
    assert asked and set(asked) <= set(names)


def assert_readable(page, drawings):
    """Headings go down one level at a time, and so many drawings say what they show, each something else."""
    assert page.all("html")[0]["lang"] == "en"
    levels = [int(element["tag"][1]) for element in page.all("h1", "h2", "h3")]
    assert levels[0] == 1 and levels.count(1) == 1
    assert all(after <= before + 1 for before, after in zip(levels, levels[1:]))
    shown = [element for element in page.all("svg") if "svg" not in element["inside"]]
    assert len(shown) == drawings and len({element["aria-label"] for element in shown}) == drawings
    assert all(element["role"] == "img" and "figure" in element["inside"] for element in shown)
    assert all(element["alt"] for element in page.all("img"))
    assert all(element["scope"] in ("row", "col") for element in page.all("th"))
