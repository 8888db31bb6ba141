"""Check a site that was built: links and anchors, names of pictures, order of headings, landmarks.

    python docs/check_site.py docs/_build/html

Prints what is wrong, one line each, and ends with exit code 1 where something is; `make html` runs it.
"""

import sys
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import unquote

LANDMARKS = ("header", "main", "nav", "footer")
WRITTEN_BY_SPHINX = {"genindex.html", "search.html", "py-modindex.html"}    #: without contents of ours

DECORATION = "_thumb."    #: of pictures inside of links whose text says the same


class Page(HTMLParser):
    """What a reader, a screen reader and a browser find on a page."""

    def __init__(self, path):
        super().__init__()
        self.names, self.links, self.pictures, self.headings, self.landmarks = [], [], [], [], set()
        self.language = self.skip = None
        self.feed(path.read_text(encoding="utf-8"))

    def handle_starttag(self, tag, attrs):
        found = dict(attrs)
        self.names += [found["id"]] if found.get("id") else []
        self.links += [found[key] for key in ("href", "src") if found.get(key)]
        self.landmarks |= {tag, found.get("role")} & {*LANDMARKS}
        if tag == "html":
            self.language = found.get("lang")
        if tag == "img":
            self.pictures.append((found.get("src", ""), found.get("alt", "").strip()))
        if tag in ("h1", "h2", "h3", "h4", "h5", "h6") and not found.get("class", "").startswith("footer"):
            self.headings.append(int(tag[1]))
        if tag == "a" and found.get("href") == "#main-content":
            self.skip = True


def complaints(root):
    """Everything that is wrong on the pages below a folder, sentences."""
    pages = {path: Page(path) for path in sorted(root.rglob("*.html")) if "_static" not in path.parts}
    for path, page in pages.items():
        name = path.relative_to(root)
        for link in page.links:
            file, _, anchor = unquote(link).partition("#")
            if ":" in file or file.startswith("//"):
                continue
            there = (path.parent / file.partition("?")[0]).resolve() if file else path
            if not there.exists():
                yield f"{name}: {link} leads nowhere"
            elif anchor and there in pages and anchor not in pages[there].names:
                yield f"{name}: {link} names no place on its page"
        yield from (f"{name}: {src} says {text!r} to those who cannot see it" for src, text in page.pictures
                    if (not text or text.endswith(".png")) and DECORATION not in src)
        missing = {*LANDMARKS} - page.landmarks
        if missing or page.language != "en" or not page.skip:
            yield f"{name}: lacks {', '.join(sorted(missing)) or 'a language or a link to its contents'}"
        levels = page.headings
        jumps = any(after > before + 1 for before, after in zip(levels, levels[1:]))
        if str(name) not in WRITTEN_BY_SPHINX and (levels.count(1) != 1 or jumps):
            yield f"{name}: headings of levels {levels}"


if __name__ == "__main__":
    wrong = list(complaints(Path(sys.argv[1]).resolve()))
    print("\n".join(wrong) or "every link leads somewhere, every picture says what it shows")
    sys.exit(bool(wrong))
