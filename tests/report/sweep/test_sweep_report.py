"""The page of a sweep: its words and its table hold the numbers of the points, and it is whole in itself."""

import base64
import hashlib
import re

import numpy as np
import pytest
from scipy.stats import qmc

from neurosim.report.sweep import sweep_report
from neurosim.report.sweep.points import SORTING
from pages import Page, assert_linked, assert_readable, assert_whole, table

HOSTILE = '<script>alert("1")</script> & $\\frac{$'
AXES = {"device.c2c": [0.001, 0.1, 0.5], "learning.beta": [0.1, 0.4]}


def rising(c2c, beta, seed):
    """Error that rises by 40 percentage points with c2c and by 3 with beta; the seeds lie 2 apart."""
    return 0.05 + 0.8 * c2c + 0.1 * beta + 0.02 * seed


@pytest.fixture
def page(facts_of, undrawn):
    def of(axes=AXES, error=rising, **options):
        return Page(sweep_report(facts_of(axes, error, **options)))
    return of


@pytest.fixture(scope="module")
def hostile():
    return {"synapses.device": ["ideal", HOSTILE, 'x" onload="y'], "learning.beta": [0.1, 0.2, 0.4]}


@pytest.fixture
def whole(facts_of, hostile):
    """Text of a page with all its drawings, of a sweep whose user is out for trouble."""
    def error(device, beta, seed):
        return f"{HOSTILE} failed" if beta == 0.4 and seed else 0.1 + beta / 10 + len(device) / 1000
    return sweep_report(facts_of(hostile, error, name=HOSTILE, title=HOSTILE, file=f"name = '''{HOSTILE}'''",
                                 base=f"note = '''{HOSTILE}'''"))


def verdict(page):
    return next(element["text"] for element in page.all("p") if element.get("class") == "verdict")


def script(page):
    """The one script of a page."""
    only, = page.all("script")
    return only["text"]


@pytest.mark.slow
def test_a_hostile_sweep_is_whole_and_shows_its_text(whole, facts_of):
    page = Page(whole)
    assert_whole(page)
    assert_linked(page)
    assert_readable(page, drawings=3)
    assert script(page) == SORTING
    assert page.all("h1")[0]["text"] == page.all("title")[0]["text"] == HOSTILE
    assert any(HOSTILE in row for row in table(page, "18 points"))
    assert [HOSTILE in element["text"] for element in page.all("pre")] == [True, True, False]
    assert f"{HOSTILE} failed" in [row[2] for row in table(page, "Errors of failed points")]


@pytest.mark.slow
def test_the_same_sweep_gives_the_same_bytes(facts_of):
    assert sweep_report(facts_of(AXES, rising)) == sweep_report(facts_of(AXES, rising))


def test_browsers_run_the_script_that_sorts_and_no_other(page):
    found = page()
    policy = next(element["content"] for element in found.all("meta") if "http-equiv" in element)
    parts = dict(part.strip().split(" ", 1) for part in policy.split(";"))
    digest = base64.b64encode(hashlib.sha256(script(found).encode()).digest()).decode()
    assert parts["default-src"] == "'none'" and parts["script-src"] == f"'sha256-{digest}'"
    assert set(parts) == {"default-src", "img-src", "style-src", "script-src"} and parts["img-src"] == "data:"


def test_the_first_sentences_say_what_came_out(page):
    words = verdict(page())
    assert "lowest test error is 7.08% (mean of 2 seeds, 6.08% to 8.08%), at c2c 0.001, beta 0.1" in words
    assert "device.c2c matters most: from the best point, going to c2c 0.5 alone adds 39.92 percentage points." in words
    assert "12 of 12 points are done." in words


def test_axes_that_the_seeds_do_not_tell_apart_are_not_ranked(page):
    def noisy(c2c, beta, seed):
        return 0.1 + c2c / 10 + (beta - 0.1) / 8 * (4 if seed else 0)
    words = verdict(page(error=noisy))
    assert "matters most cannot be distinguished by these seeds" in words and "learning.beta matters most" not in words
    assert "learning.beta adds 7.50 percentage points, device.c2c adds 4.99 percentage points" in words


def test_an_unfinished_sweep_says_so_first(page):
    found = page(error=lambda c2c, beta, seed: rising(c2c, beta, seed) if c2c < 0.5 and not seed else None)
    assert verdict(found).startswith("4 of 12 points are done; 8 not begun. The lowest test error is 6.08% (one of 2 ")
    assert dict(zip([e["text"] for e in found.all("dt")], [e["text"] for e in found.all("dd")]))["missing"] == "8"


@pytest.mark.parametrize("error", [None, "no memory"])
def test_a_sweep_without_any_result_has_a_page(page, error):
    found = page(error=lambda *_: error)
    state = "12 not begun" if error is None else "12 failed"
    assert verdict(found) == f"0 of 12 points are done; {state}. No point is done yet."
    assert found.all("svg") == [] and bool(error) == ("no memory" in found.all("main")[0]["text"])


def test_drawn_points_are_ranked_by_correlation(page):
    rng = np.random.default_rng(2)
    axes = {"device.c2c": rng.random(30).tolist(), "learning.beta": rng.random(30).tolist()}
    found = page(axes, lambda c2c, beta, seed: 0.1 + beta ** 3 / 4 + c2c / 100, method="random", seeds=1)
    assert re.search(r"follows learning.beta most closely \(rank correlation (0.9\d|1.00) over 30", verdict(found))
    label = found.all("svg")[0]["aria-label"]
    low, high = (float(text) for text in re.findall(r"(\d+\.\d+)%", label)[2:4])
    assert low < high and "where learning.beta is at most" in label


@pytest.mark.parametrize("weight, clear", [(0.05, True), (0.3, False)])
def test_a_saltelli_design_is_ranked_by_total_indices(page, weight, clear):
    count = 64
    first, second = qmc.Sobol(4, scramble=False).random(count).T.reshape(2, 2, count)    # samples A and B of two axes
    rows = [np.concatenate(parts) for parts in ((first[0], second[0], second[0], first[0]),
                                                (first[1], second[1], first[1], second[1]))]
    found = page(dict(zip(AXES, map(np.ndarray.tolist, rows))),
                 lambda c2c, beta, seed: 0.2 + 0.3 * c2c + weight * beta, method="saltelli", seeds=1,
                 design=np.arange(4 * count).reshape(4, count))
    words = verdict(found)
    pattern = r"total Sobol' index, .*?, is (\d.\d\d) \(95 % interval" if clear else r"device\.c2c (\d.\d\d)"
    index = float(re.search(pattern, words)[1])
    assert index == pytest.approx(0.3 ** 2 / (0.3 ** 2 + weight ** 2), abs=0.02)
    assert ("matters most cannot be distinguished by these samples" in words) == (not clear)
    assert not clear or words.count("device.c2c matters most") == 1
    assert "with interactions" in found.all("svg")[-1]["aria-label"]


def test_drawings_say_their_numbers(page):
    labels = [element["aria-label"] for element in page().all("svg")]
    assert [label.partition(".")[0] for label in labels] == [
        "Test error against each axis", "Test error over two axes", "Energy and test error", "Which axis matters most"]
    axes, over, energy, ranking = labels
    assert "by device.c2c, over all other axes: 0.001: 7.08% to 10.08%; 0.1: 15.00% to 18.00%" in axes
    assert "Lowest 7.08% at c2c 0.001, beta 0.1; highest 50.00% at c2c 0.5, beta 0.4" in over
    assert "One point is the best in both: 7.08% at 1.5 nJ" in energy
    assert "device.c2c, 0.001 to 0.5: 39.92 percentage points; learning.beta, 0.1 to 0.4: 3.00" in ranking


def test_the_table_holds_every_point_the_best_first(page):
    rows = table(page(), "12 points")
    assert [float(row[4]) for row in rows] == sorted(float(row[4]) for row in rows)
    for index, c2c, beta, seed, error, joules, seconds, name in rows:
        assert float(error) == pytest.approx(100 * rising(float(c2c), float(beta), int(seed)), rel=1e-3)
        assert float(joules) == pytest.approx(1 + int(index)) and name == f"{int(index):016x}.h5" and seconds == "1.5"
    assert {int(row[0]) for row in rows} == set(range(12))


def test_failed_points_lead_to_their_error(page):
    found = page(error=lambda c2c, beta, seed: "too large" if c2c == 0.5 else "odd" if (c2c, beta) == (0.1, 0.4)
                 else rising(c2c, beta, seed))
    errors = table(found, "Errors of failed points")
    assert errors == [["1", "4", "too large", "8"], ["2", "2", "odd", "6"]]
    states = {row[0]: row[4] for row in table(found, "12 points")}
    assert states["0"] == "done" and states["8"] == "failed, error 1" and states["7"] == "failed, error 2"
    assert_linked(found)


def test_what_was_swept_and_what_stayed_the_same(page):
    found = page()
    assert table(found, "Axes")[0] == ["device.c2c", "-", "3", "log", "0.001, 0.1, 0.5"]
    assert ["base", "mnist-small"] in table(found, "The sweep")
    assert table(found, "The same at all points") == [["training.epochs", "2"]]
    assert found.all("pre")[0]["text"].startswith('base = "mnist-small"')
    assert ["host", "somewhere"] in table(found, "Versions and machine")
    assert "neurosim sweep a-folder.toml --out a-folder" in found.all("pre")[-1]["text"]


def test_values_in_si_units_have_their_prefix_in_the_heading(page):
    found = page({"device.write_noise": [1e-7, 2e-7]}, lambda noise, seed: 0.1 + seed / 100)
    assert table(found, "Axes")[0][1] == "nS" and {row[1] for row in table(found, "4 points")} == {"100", "200"}


@pytest.mark.slow
def test_thousands_of_points_stay_a_small_page(facts_of):
    rng = np.random.default_rng(1)
    axes = {f"device.{key}": rng.random(5000).tolist() for key in ("c2c", "step_spread", "stuck_on", "asymmetry")}
    text = sweep_report(facts_of(axes, lambda *values: float(values[0]) / 2 + 0.01 * values[1], "random", seeds=1))
    assert len(text.encode()) < 5e6
    page = Page(text)
    shown = int(re.match("[0-9,]+", next(e["text"] for e in page.all("caption") if "smallest" in e["text"]))[0]
                .replace(",", ""))
    assert 1000 < shown < 5000 and len(table(page, f"{shown:,} points")) == shown
    assert f"{5000 - shown:,} more points are left out" in page.all("main")[0]["text"]
    assert "neurosim sweep table a-folder --csv points.csv" in [element["text"] for element in page.all("code")]


def test_long_texts_cannot_swell_the_page(page):
    axes = {"network.layers": [f"{'x' * 10_000} {place}" for place in range(40)]}
    found = page(axes, lambda value, seed: f"{value} failed" if seed else 0.1, file="")
    assert max(len(cell) for row in table(found, "80 points") for cell in row) <= 300
    assert len(found.all("main")[0]["text"]) < 60_000
    assert max(len(element["aria-label"]) for element in found.all("svg")) < 2000
