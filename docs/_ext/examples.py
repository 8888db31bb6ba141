"""The scripts of examples/ as pages of a gallery: with their sections, what they print, their time and their figures.

A script is copied to docs/generated/examples with a title and marks between its sections, and runs there, so that what
it writes does not lie among the sources. Its figures are the PNG files that it writes.
"""

import os
import re
import shutil
from pathlib import Path

from site_pages import DOCS, GENERATED, ROOT, written
from plaintext import inline, restructured

#: Minutes on two cores; they run by EXECUTE=all alone, and otherwise show the figures kept in docs/figures.
LONG = {"08_pulse_rules", "09_rank_devices"}
COPIES = GENERATED / "examples"
HEADER = """Gallery
=======

Every script of ``examples/`` as it stands, with what it printed, the time that it took and the figures that it wrote.
Each one can be downloaded from the foot of its page, and runs from any folder.
"""
TITLE = r"^(.+?)(?:[.:](?=\s|$)|(?<=[?!])(?=\s|$))"
SECTION = re.compile(r"^# ([A-Z][^\n]*)$", re.MULTILINE)


def pattern(execute):
    """Regular expression of the copies that run: of EXECUTE = "none", "short" or "all"."""
    names = {"none": [], "short": [path.stem for path in scripts() if path.stem not in LONG],
             "all": [path.stem for path in scripts()]}[execute]
    return rf"{os.sep}(?:{'|'.join(names) or '(?!)'})\.py"


def scripts():
    return sorted((ROOT / "examples").glob("[0-9][0-9]_*.py"))


def copy_examples(execute):
    """Write the copies, those that do not run with the figures that are kept of them."""
    written(COPIES / "GALLERY_HEADER.rst", HEADER)
    for path in scripts():
        runs = re.search(pattern(execute), str(path))
        written(COPIES / path.name, as_page(path.read_text(encoding="utf-8"), "" if runs else kept_figure(path)))
    for copy in COPIES.glob("*.py"):
        if not (ROOT / "examples" / copy.name).is_file():
            copy.unlink()


def kept_figure(path):
    """Image of a script that was run before, as reStructuredText with the alternative text of its title."""
    figure = DOCS / "figures" / f"{path.stem}.png"
    if not figure.is_file():
        return ""
    return (f"\n.. image:: ../../figures/{figure.name}\n    :alt: {title_of(path.read_text(encoding='utf-8'))}\n"
            f"    :class: sphx-glr-single-img\n\nThe figure is kept from an earlier run.\n")


def title_of(script):
    """First sentence of the header of a script as far as its colon, without its full stop."""
    return re.match(TITLE, script.strip('r"'), re.DOTALL)[1].replace("\n", " ")


def as_page(script, figure):
    """A script with a title for its page, its header in reStructuredText, and a cell for every section."""
    header, body = re.match(r'"""(.*?)"""\n(.*)', script, re.DOTALL).groups()
    title, rest = title_of(script), re.sub(TITLE, "", header, count=1, flags=re.DOTALL).strip()
    rest = (rest[:1].upper() + rest[1:]).splitlines()
    text = "\n".join([inline(title), "=" * 2 * len(title), "", *restructured(rest)])
    body = SECTION.sub(lambda match: "\n".join(["# %%", f"# {match[1]}", f"# {'-' * len(match[1])}"]), body.strip("\n"))
    thumbnail = '# sphinx_gallery_thumbnail_path = "figures/{}"\n'.format(re.search(r"[\w.]+\.png", figure)[0]) \
        if figure else ""
    return f'r"""\n{text}{figure}"""\n{thumbnail}{body}\n'


class WrittenFigures:
    """Scraper of sphinx-gallery: the PNG files that a section of a script has written next to it."""

    def __init__(self):
        self._seen = self._written()

    def __call__(self, block, block_vars, gallery_conf):
        from sphinx_gallery.scrapers import figure_rst
        import matplotlib.pyplot as plt
        name, now = Path(block_vars["src_file"]).name, self._written()
        new = [path for path, stamp in now.items() if self._seen.get(path) != stamp]
        shown = [shutil.copy(path, next(block_vars["image_path_iterator"])) for path in new]
        self._seen = now
        plt.close("all")
        title = title_of((ROOT / "examples" / name).read_text(encoding="utf-8"))
        return figure_rst(shown, gallery_conf["src_dir"], fig_titles=title)

    @staticmethod
    def _written():
        """Files and when they were written."""
        return {path: path.stat().st_mtime_ns for path in sorted(COPIES.glob("*.png"))}

    def __repr__(self):
        return "WrittenFigures()"
