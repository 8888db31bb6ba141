"""Pages that lie elsewhere in the repository, and links that hold on a code forge and on the site alike."""

import os
import re
import shutil
from pathlib import Path

DOCS = Path(__file__).resolve().parents[1]
ROOT = DOCS.parent
GENERATED = DOCS / "generated"

#: File of the repository -> the page of the site that it becomes, both without a leading folder.
COPIED = {"CHANGELOG.md": "generated/changelog.md", "CONTRIBUTING.md": "generated/contributing.md",
          "benchmarks/README.md": "generated/benchmarks.md"}
LINK = re.compile(r"(\]\()([^)\s:#]+)((?:#[^)\s]*)?\))")


def page_of(file):
    """Page, or file, of the site, relative to docs/, that a file of the repository has become."""
    if file in COPIED:
        return COPIED[file]
    if match := re.fullmatch(r"examples/(\d\d_\w+)\.py", file):
        return f"generated/gallery/{match[1]}.rst"
    if match := re.fullmatch(r"examples/notebooks/(\w+\.ipynb)", file):
        return f"generated/notebooks/{match[1]}"
    return os.path.relpath(ROOT / file, DOCS)


def relinked(text, file, page):
    """Markdown of `file`, a path in the repository, with its relative links turned into those of `page` in docs/."""
    def there(match):
        target = os.path.normpath(Path(file).parent / match[2])
        return match[1] + os.path.relpath(DOCS / page_of(target), (DOCS / page).parent) + match[3]
    return LINK.sub(there, text)


def written(path, text):
    """Write a text where it is not there yet, so that what is unchanged is not built again."""
    path.parent.mkdir(parents=True, exist_ok=True)
    if not path.is_file() or path.read_text(encoding="utf-8") != text:
        path.write_text(text, encoding="utf-8")


def copy_pages():
    """Put the copied pages and the notebooks below docs/generated."""
    for file, page in COPIED.items():
        if (ROOT / file).is_file():
            written(DOCS / page, relinked((ROOT / file).read_text(encoding="utf-8"), file, page))
    for notebook in (ROOT / "examples" / "notebooks").glob("*.ipynb"):
        written(GENERATED / "notebooks" / notebook.name, notebook.read_text(encoding="utf-8"))


def relink(app, name, source):
    """Turn the links of a page that leave docs/ into links of the site, as it is read."""
    path = Path(app.env.doc2path(name))
    if path.suffix == ".md" and GENERATED not in path.parents:
        page = os.path.relpath(path, DOCS)
        source[0] = relinked(source[0], f"docs/{page}", page)


def forget(app):
    """Remove generated pages whose source is gone."""
    for notebook in (GENERATED / "notebooks").glob("*.ipynb"):
        if not (ROOT / "examples" / "notebooks" / notebook.name).is_file():
            notebook.unlink()
    if not (ROOT / "examples").is_dir():
        shutil.rmtree(GENERATED / "gallery", ignore_errors=True)


def setup(app):
    forget(app)
    copy_pages()
    app.connect("source-read", relink)
    return {"parallel_read_safe": True}
