"""What the site makes of plain docstrings, of links and of example scripts."""

import re
import sys

import doc_pages
import pytest

sys.path.insert(0, str(doc_pages.DOCS / "_ext"))

import examples  # noqa: E402
import plaintext  # noqa: E402
import site_pages  # noqa: E402


def test_fields_become_definitions_and_what_follows_them_does_not():
    made = plaintext.restructured(["beta : nudging factor [1]; loss : of a name", "    and more", "raises nothing"])
    assert [line for line in made if line] == [
        "**beta**", "    nudging factor [1]", "**loss**", "    of a name", "    and more", "raises nothing"]
    assert made[made.index("raises nothing") - 1] == ""


@pytest.mark.parametrize("plain, marked", [
    ("|x| and x_old * 2", r"\|x\| and x\_old \* 2"), ("see `make`", "see ``make``"),
    ("see `Phases`", "see :py:obj:`~neurosim.Phases`"), ("a `price`", "a ``price``"),
    ("arXiv:2509.26003", "`arXiv:2509.26003 <https://arxiv.org/abs/2509.26003>`__"),
    ("doi:10.1145/2063384.2063405.", "`doi:10.1145/2063384.2063405 <https://doi.org/10.1145/2063384.2063405>`__."),
])
def test_code_and_sources_are_marked_up_and_all_else_is_text(plain, marked):
    assert plaintext.inline(plain) == marked


@pytest.mark.parametrize("code, language", [("    run = train(1)", "python"), ("    E = 1/2 |x|^2 - b x", "text")])
def test_indented_blocks_are_code(code, language):
    assert plaintext.restructured([code])[0] == f".. code-block:: {language}"


@pytest.mark.parametrize("link, there", [
    ("[a](../CHANGELOG.md#x)", "[a](generated/changelog.md#x)"),
    ("[a](../examples/01_train_a_small_network.py)", "[a](generated/gallery/01_train_a_small_network.rst)"),
    ("[a](../examples/notebooks/1_own_network.ipynb)", "[a](generated/notebooks/1_own_network.ipynb)"),
    ("[a](energy.md), [b](https://example.org/x.md), [c](#d)",
     "[a](energy.md), [b](https://example.org/x.md), [c](#d)"),
])
def test_links_that_leave_the_folder_are_turned(link, there):
    assert site_pages.relinked(link, "docs/model.md", "model.md") == there


def test_links_of_copied_pages_are_turned():
    made = site_pages.relinked("[a](docs/model.md)", "CONTRIBUTING.md", "generated/contributing.md")
    assert made == "[a](../model.md)"


@pytest.mark.parametrize("path", examples.scripts(), ids=lambda path: path.stem)
def test_every_script_is_a_page_with_a_title_and_runs_as_before(path):
    script = path.read_text(encoding="utf-8")
    page = examples.as_page(script, "")
    header, body = page.split('"""', 2)[1:]
    title, line = header.strip().splitlines()[:2]
    assert len(title) > 10 and set(line) == {"="} and len(line) >= len(title)
    assert compile(body, path.name, "exec") and body.count("# %%\n") >= 2
    assert code_of(body) == code_of(script.split('"""', 2)[2])


def code_of(text):
    return [line for line in text.strip("\n").splitlines() if not line.startswith("#")]


def test_what_takes_minutes_runs_only_when_asked_for():
    short, every, none = map(examples.pattern, ("short", "all", "none"))
    assert all(re.search(every, str(path)) for path in examples.scripts())
    assert not any(re.search(none, str(path)) for path in examples.scripts())
    skipped = {path.stem for path in examples.scripts() if not re.search(short, str(path))}
    assert skipped == examples.LONG and all((doc_pages.DOCS / "figures" / f"{name}.png").is_file() for name in skipped)
