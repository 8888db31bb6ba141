"""Texts of figures are those of users: every one is drawn as it is."""

import warnings

import pytest
from matplotlib import rc_context
from matplotlib.figure import Figure

from neurosim.plots.style import literal, rendered

HOSTILE = ["a$b$.toml", "$", r"\frac{", r"$\frac{$", r"\$x\$", "x_1^2", "\x1b[2J\x00", "🙂中", "n" * 300, "a\rb",
           "\ud800", "<svg>&", "$" * 7, "\u202egnp"]


def figure_of(text):
    figure = Figure(figsize=(4, 3), layout="constrained")
    figure.suptitle(text)
    upper, lower = figure.subfigures(2)
    axes = upper.subplots()
    axes.plot([1, 100], [1, 2], label=text)
    axes.set(title=text, xlabel=text, ylabel=text, yticks=[1, 2], yticklabels=[text, "b"], xscale="log")
    axes.annotate(text, (1, 1))
    axes.legend(title=text)
    upper.legend(*axes.get_legend_handles_labels())
    lower.text(0, 0, text)
    return literal(figure), axes


@pytest.mark.parametrize("text", HOSTILE, ids=ascii)
def test_any_text_is_drawn_in_every_place(text):
    figure, axes = figure_of(text)
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", "constrained_layout not applied")    # of 4 inches, long words leave nothing
        for suffix in (".png", ".svg"):
            assert rendered(figure, suffix)
    assert len(axes.get_title()) <= 140 and len(axes.get_legend().get_texts()[0].get_text()) <= 70


def test_text_is_shown_as_it_is_and_numbers_of_matplotlib_stay_formulas():
    figure, axes = figure_of("a$b$_c")
    assert axes.title.get_text() == axes.get_yticklabels()[0].get_text() == r"a\$b\$_c"
    assert not axes.title._preprocess_math(axes.title.get_text())[1]
    assert axes.title._preprocess_math(axes.title.get_text())[0] == "a$b$_c"
    figure.canvas.draw()
    assert axes.get_xticklabels()[0].get_text().startswith(r"$\mathdefault{10^{")


def test_figures_without_hostile_text_are_what_they_were():
    def drawn(last):
        figure = Figure(layout="constrained")
        axes = figure.subplots()
        axes.plot([1, 10], [0, 1], label="line")
        axes.set(title="plain", yticks=[0, 1], yticklabels=["a", "b"], xscale="log")
        axes.legend()
        with rc_context({"svg.hashsalt": "x"}):
            return rendered(last(figure), ".svg")
    assert drawn(literal) == drawn(lambda figure: figure)
