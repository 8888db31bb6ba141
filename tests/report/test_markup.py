"""Text stays text: whatever a user writes, no element and no attribute comes of it."""

from html.parser import HTMLParser

from hypothesis import given, strategies

from neurosim.report.markup import Html, element, figure, joined, picture, section, table
from neurosim.tables import printable


class Reader(HTMLParser):
    """Elements with their attributes, and all text, as a browser finds them."""

    def __init__(self, page):
        super().__init__()
        self.found, self.text = [], ""
        self.feed(page)
        self.close()

    def handle_starttag(self, tag, attrs):
        self.found.append((tag, dict(attrs)))

    def handle_data(self, data):
        self.text += data


words = strategies.text(strategies.characters(codec="utf-8", exclude_characters="\r\0"), max_size=30) \
    | strategies.sampled_from(["<script>alert(1)</script>", '" onload="x', "&lt;", "-->", "</p>"])


@given(words, words)
def test_text_and_attributes_come_back_as_they_were(text, attribute):
    read = Reader(element("p", text, title=attribute))
    assert read.found == [("p", {"title": printable(attribute, "\n\t")})] and read.text == printable(text, "\n\t")


@given(words)
def test_every_part_of_a_page_escapes(text):
    made = joined(section("a", text, text), table(text, (text,), [(text,)]), figure("<svg></svg>", text, wide=True),
                  picture("data:,", text))
    assert {tag for tag, _ in Reader(made).found} <= {
        "section", "h2", "div", "table", "caption", "thead", "tbody", "tr", "th", "td", "figure", "figcaption", "svg",
        "img"}


def test_html_is_not_escaped_twice():
    inner = element("b", "a & b")
    assert element("p", inner, " < ") == Html("<p><b>a &amp; b</b> &lt; </p>")
