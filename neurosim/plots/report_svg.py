"""Figures and pictures as text that stands inside an HTML page, the same bytes for the same figure."""

from __future__ import annotations

import base64
import html
import io
import re
import xml.etree.ElementTree as ElementTree
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from neurosim.plots.style import rendered
from neurosim.tables import printable

if TYPE_CHECKING:
    from matplotlib.figure import Figure
    import numpy as np

_LINK = re.compile(r"(?<=#)([\w.-]+)")
_DROPPED = ("metadata", "style")
_LARGEST = 700_000    #: characters of a drawing above which pixels are smaller and look no worse


def inline_svg(name: str, label: str, draw: Callable[..., Figure], *arguments: Any) -> str:
    """Draw a figure and return it as an <svg> element without scripts, links or fonts from elsewhere.

    name : word that no other figure of the page has; every id of the figure begins with it
    label : what the figure shows, for readers who do not see it
    draw : function that returns a matplotlib Figure; arguments : what it gets
    """
    from matplotlib import rc_context
    settings = {"svg.hashsalt": name, "text.usetex": False, "font.size": 9}
    with rc_context(settings):
        root = ElementTree.fromstring(rendered(draw(*arguments), ".svg", outlines=True))
    for parent in root.iter():
        for child in [child for child in parent if _local(child.tag) in _DROPPED]:
            parent.remove(child)
    _rename(root, name)
    for key in ("width", "height", "version"):
        root.attrib.pop(key, None)
    root.attrib.update({"role": "img", "aria-label": printable(label)})
    return ElementTree.tostring(root, encoding="unicode")


def inline_figure(name: str, label: str, figure: Figure) -> str:
    """A figure as an <svg> element as `inline_svg` makes it, or as an <img> where so much is drawn that it is smaller.

    It is not drawn larger than it is, so that the figures of a page have letters of one size.

    name, label : as there; figure : matplotlib Figure
    """
    width = f'style="max-width: {6 * figure.get_size_inches()[0]:.4g}rem"'    # 96 pixels an inch, 16 a rem
    drawn = inline_svg(name, label, lambda: figure)
    if len(drawn) <= _LARGEST:
        return drawn.replace("<svg", f"<svg {width}", 1)
    source = "data:image/png;base64," + base64.b64encode(rendered(figure, ".png")).decode()
    return f'<img {width} src="{source}" alt="{html.escape(printable(label))}">'


def png_source(pixels: np.ndarray) -> str:
    """Return a picture as the address of an <img>, a data URI: uint8 (rows, columns, 1 or 3)."""
    from matplotlib import image
    grey = pixels.shape[-1] == 1
    kept = io.BytesIO()
    image.imsave(kept, pixels[..., 0] if grey else pixels, format="png", metadata={"Software": None},
                 **({"cmap": "gray_r", "vmin": 0, "vmax": 255} if grey else {}))
    return "data:image/png;base64," + base64.b64encode(kept.getvalue()).decode()


def _rename(root: ElementTree.Element, name: str) -> None:
    """Take namespaces away and give every id that is used the name of its figure; MUTATES the tree."""
    used = {word for item in root.iter() for key, value in item.attrib.items() if "#" in value and key != "id"
            for word in _LINK.findall(value)}
    for item in root.iter():
        item.tag = _local(item.tag)
        for key, value in list(item.attrib.items()):
            del item.attrib[key]
            if key == "id" and value not in used:
                continue
            if key == "id":
                value = f"{name}-{value}"
            elif value.startswith("#") and _local(key) == "href":
                value = f"#{name}-{value[1:]}"
            else:
                value = value.replace("url(#", f"url(#{name}-")
            item.attrib[_local(key)] = value


def _local(name: str) -> str:
    return name.rpartition("}")[2]
