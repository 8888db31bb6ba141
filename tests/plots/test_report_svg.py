"""Drawings that stand in one page do not meet, and say what they show."""

import re
import xml.etree.ElementTree as ElementTree

import numpy as np
import pytest

from neurosim.plots.report_svg import inline_figure, inline_svg, png_source

LABEL = '"a" < <script>b</script> & c'


def wave(text="x"):
    from matplotlib.figure import Figure
    figure = Figure(figsize=(2, 1))
    axes = figure.subplots()
    axes.plot([1, 10], [0, 2], label=text)
    axes.set(xscale="log", ylabel=text)
    axes.imshow(np.eye(3), extent=(1, 2, 0, 1), aspect="auto")
    return figure


def names(drawing):
    return set(re.findall(r' id="([^"]*)"', drawing))


def links(drawing):
    return set(re.findall(r'url\(#([^)]*)\)', drawing)) | set(re.findall(r' href="#([^"]*)"', drawing))


@pytest.fixture(scope="module")
def first():
    return inline_svg("first", LABEL, wave)


def test_ids_of_two_drawings_are_disjoint_and_every_link_has_its_target(first):
    second = inline_svg("second", LABEL, wave)
    assert links(first) and links(first) == names(first) and links(second) == names(second)
    assert not names(first) & names(second)


def test_a_drawing_is_the_same_bytes_each_time(first):
    assert inline_svg("first", LABEL, wave) == first


def test_the_label_is_kept_and_nothing_points_elsewhere(first):
    root = ElementTree.fromstring(first)
    assert root.get("aria-label") == LABEL and root.get("role") == "img" and root.get("viewBox")
    assert "http" not in first and "<metadata" not in first and "<style" not in first and "<!--" not in first


def test_text_in_a_drawing_is_outlines():
    drawing = inline_svg("a", "label", wave, "</svg><script>")
    assert "script" not in drawing and "<text" not in drawing


@pytest.mark.slow
def test_a_figure_of_many_marks_becomes_pixels_that_are_smaller():
    from matplotlib.figure import Figure
    figure = Figure(figsize=(5, 4))
    figure.subplots().scatter(*np.random.default_rng(1).random((2, 7000)), s=np.linspace(1, 3, 7000))
    drawing = inline_figure("many", LABEL, figure)
    root = ElementTree.fromstring(drawing.replace(">", "/>") if drawing.startswith("<img") else drawing)
    assert root.tag == "img" and root.get("alt") == LABEL
    assert len(drawing) < len(inline_svg("many", LABEL, lambda: figure))
    assert root.get("src").startswith("data:image/png;base64,") and root.get("style") == "max-width: 30rem"


def test_a_figure_is_not_drawn_larger_than_it_is():
    root = ElementTree.fromstring(inline_figure("one", LABEL, wave()))
    assert root.tag == "svg" and root.get("style") == "max-width: 12rem" and root.get("aria-label") == LABEL


@pytest.mark.parametrize("channels", (1, 3))
def test_a_picture_is_read_back_as_it_was(channels):
    import base64
    import io
    from matplotlib.image import imread
    pixels = np.arange(4 * 5 * channels, dtype=np.uint8).reshape(4, 5, channels) * 4
    kind, data = png_source(pixels).split(",")
    read = np.rint(255 * imread(io.BytesIO(base64.b64decode(data)))[..., :3]).astype(np.uint8)
    shown = 255 - pixels if channels == 1 else pixels    # grey ones as ink on paper
    assert kind == "data:image/png;base64" and np.abs(read.astype(int) - shown).max() <= 1
