"""The page of a sweep in a real browser, where one is installed: its table sorts, and nothing is complained about."""

import json
import re
import shutil
import subprocess

import pytest

from neurosim.report.sweep import sweep_report
from neurosim.report.sweep.points import SORTING
from pages import Page

BROWSERS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
COLUMNS = {"number": ["10", "9", "-1", "1e-3", "", "9"], "word": ["b", "a", "", "B", "10", "9"],
           "index": ["0", "1", "2", "3", "4", "5"]}


@pytest.fixture(scope="module")
def browse(tmp_path_factory):
    """Open the text of a page in a browser without a window; returns the page as it then is, and what was logged."""
    program = next(filter(None, map(shutil.which, BROWSERS)), None)
    if program is None:
        pytest.skip(f"no browser is installed ({', '.join(BROWSERS)})")
    folder = tmp_path_factory.mktemp("browser")

    def open_page(text, width=1280):
        path = folder / "page.html"
        path.write_text(text, encoding="utf-8")
        done = subprocess.run(
            [program, "--headless", "--no-sandbox", "--disable-gpu", f"--user-data-dir={folder / 'profile'}",
             f"--window-size={width},2000", "--enable-logging=stderr", "--v=0", "--dump-dom", path.as_uri()],
            capture_output=True, text=True, encoding="utf-8", errors="replace", timeout=300)
        return done.stdout, [line for line in done.stderr.splitlines() if "CONSOLE" in line]
    if "it starts" not in open_page("<!DOCTYPE html><p>it starts")[0]:
        pytest.skip(f"{program} is installed but does not start here")
    return open_page


@pytest.mark.slow
@pytest.mark.parametrize("width", (1280, 390))
def test_a_browser_has_nothing_to_say_and_makes_headings_buttons(browse, facts_of, width):
    text = sweep_report(facts_of({"learning.beta": [0.1, 0.4], "device.c2c": [0.1, 0.2]},
                                 lambda beta, c2c, seed: beta / 2 + c2c))
    found, complaints = browse(text, width)
    assert complaints == []
    page = Page(found)
    heads = [element for element in page.all("th") if element["scope"] == "col"
             and element["text"].strip() in ("point", "seed", "time [s]")]
    buttons = [element["text"] for element in page.all("button")]
    assert heads and {element["text"] for element in heads} <= set(buttons)
    refused = browse(text.replace("<main>", "<main><script>alert(1)</script>"))[1]
    assert len(refused) == 1 and "Content Security Policy" in refused[0], "another script does not run"


@pytest.mark.slow
def test_the_script_sorts_numbers_words_and_gaps(browse):
    heads = "".join(f"<th>{name}</th>" for name in COLUMNS)
    rows = "".join(f"<tr>{''.join(f'<td>{cell}</td>' for cell in row)}</tr>" for row in zip(*COLUMNS.values()))
    presses = ("const told = [];"
               "for (const column of [0, 0, 1, 1, 2]) {"
               "  const head = document.querySelectorAll('th')[column]; head.querySelector('button').click();"
               "  told.push([head.getAttribute('aria-sort'), document.querySelectorAll('th[aria-sort]').length,"
               "    [...document.querySelectorAll('tbody tr')].map(row => row.cells[2].textContent).join('')]); }"
               "document.body.dataset.told = JSON.stringify(told);")
    found, complaints = browse(f"<!DOCTYPE html><title>a</title><link rel=icon href='data:,'><table class=sortable>"
                               f"<caption>a</caption><thead><tr>{heads}</tr></thead><tbody>{rows}</tbody></table>"
                               f"<script>{SORTING}</script><script>{presses}</script>")
    assert complaints == []
    told = json.loads(re.search("data-told=\"([^\"]*)\"", found)[1].replace("&quot;", '"'))
    assert told == [
        ["ascending", 1, "231504"],     # -1, 0.001, 9, 9, 10, gap: equal numbers keep their order
        ["descending", 1, "015324"],    # the gap stays last
        ["ascending", 1, "543102"],     # 9, 10, then B, a, b, gap
        ["descending", 1, "013452"],    # b, a, B, 10, 9, gap
        ["ascending", 1, "012345"]]
