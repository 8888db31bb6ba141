"""`neurosim reproduce`: lists, runs, and ends with 1 when a claim does not hold."""

import json
from pathlib import Path

import pytest

from neurosim.cli import main
from neurosim.experiment import reproduce
from neurosim.experiment.reproduce import Finding, Panel, Recipe, near


@pytest.fixture
def ran(monkeypatch):
    """Replaces the recipes by three fakes, one of which fails; list of (name, seed, folder) of those that ran."""
    ran = []

    def fake(name, *findings):
        def function(bench):
            ran.append((name, bench.seed, bench.folder))
            bench.observe("working", 1, 1)
            return findings
        return Recipe(name=name, claim=f"The claim of {name}.", source="somewhere", seconds=0.5, function=function)

    recipes = (fake("good", near("a length", 1.02e-9, 1e-9, 1e-10, "m"),
                    Finding(quantity="an error", measured=2.0, high=6.0, unit="%")),
               fake("bad", near("a slope", 1.5, 1.0, 0.2), Finding(quantity="a cosine", measured=0.99, low=0.95)),
               fake("third", Finding(quantity="a ratio", measured=1, expected=1, low=0.5, high=3)))
    monkeypatch.setattr(reproduce, "RECIPES", {recipe.name: recipe for recipe in recipes})
    return ran


def test_a_claim_that_holds(ran, capsys):
    assert main(["reproduce", "good", "--quiet"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[:3] == ["good", "  The claim of good.", "  source: somewhere"]
    assert [line.split() for line in lines[3:6]] == [
        ["quantity", "measured", "expected", "tolerance"],
        ["a", "length", "1.02", "nm", "1", "nm", "+-", "100", "pm", "passed"],
        ["an", "error", "2", "%", "at", "most", "6", "%", "passed"]]
    assert lines[6].startswith("good: passed, ") and not any("claims hold" in line for line in lines)


def test_a_claim_that_does_not_hold_ends_with_1(ran, capsys):
    assert main(["reproduce", "bad"]) == 1
    out, err = capsys.readouterr()
    rows = [line for line in out.splitlines() if line.startswith(("  a slope", "  a cosine"))]
    assert rows[0].split()[2:] == ["1.5", "1", "+-", "0.2", "FAILED"]
    assert rows[1].split()[2:] == ["0.99", "at", "least", "0.95", "passed"]
    assert "bad: FAILED, " in out and "working: 1 of 1" in err


def test_all_goes_on_after_a_failure(ran, capsys):
    assert main(["reproduce", "all", "--seed", "4", "--quiet"]) == 1
    assert [(name, seed) for name, seed, _ in ran] == [("good", 4), ("bad", 4), ("third", 4)]
    out = capsys.readouterr().out
    assert "0.5 to 3" in out and out.endswith("2 of 3 claims hold; FAILED: bad\n")
    assert main(["reproduce", "third", "good", "--quiet"]) == 0
    assert capsys.readouterr().out.endswith("2 of 2 claims hold\n")


def test_json(ran, capsys):
    assert main(["reproduce", "all", "--json", "--quiet"]) == 1
    found = json.loads(capsys.readouterr().out)
    assert found["passed"] is False and found["seed"] == 0
    verdicts = {one["recipe"]: one["passed"] for one in found["recipes"]}
    assert verdicts == {"good": True, "bad": False, "third": True}
    assert found["recipes"][0]["findings"][1] == {"quantity": "an error", "measured": 2.0, "expected": None,
                                                  "low": None, "high": 6.0, "unit": "%", "passed": True}
    assert found["recipes"][1].keys() == {"recipe", "claim", "source", "passed", "seconds", "findings", "figure"}


@pytest.mark.parametrize("words", [[], ["--list"], ["all", "--list"]])
def test_recipes_are_listed_and_none_runs(words, ran, capsys):
    assert main(["reproduce", *words]) == 0
    out = capsys.readouterr().out
    assert not ran and [line for line in out.splitlines() if line.endswith("0.5 s")] == [
        "good   0.5 s", "bad    0.5 s", "third  0.5 s"]
    assert "  The claim of third.\n  source: somewhere\n" in out


def test_the_list_as_json_and_in_part(ran, capsys):
    assert main(["reproduce", "bad", "--list", "--json"]) == 0
    assert json.loads(capsys.readouterr().out) == {"recipes": [
        {"name": "bad", "claim": "The claim of bad.", "source": "somewhere", "seconds": 0.5, "panels": []}]}


def test_folders_are_kept_and_never_replaced(ran, here, capsys):
    (here / "kept" / "bad").mkdir(parents=True)
    assert main(["reproduce", "good", "--out", "kept", "--quiet"]) == 0
    assert str(ran[0][2]) == "kept/good"
    assert main(["reproduce", "good", "bad", "--out", "kept", "--quiet"]) == 2
    assert len(ran) == 1
    assert capsys.readouterr().err == ("neurosim: --out kept: kept/bad already exists; choose another folder, or "
                                       "remove it\n")
    (here / "taken").write_text("")
    assert main(["reproduce", "good", "--out", "taken"]) == 2
    assert capsys.readouterr().err == "neurosim: --out taken: is a file; name a folder\n"


def test_without_out_nothing_is_kept(ran, here):
    assert main(["reproduce", "good", "--quiet"]) == 0
    assert [*here.iterdir()] == [] and not ran[0][2].exists()


def test_an_unknown_name_offers_the_nearest_and_nothing_runs(ran, capsys):
    assert main(["reproduce", "good", "thrid"]) == 2
    assert capsys.readouterr().err == "neurosim: recipe 'thrid': unknown; did you mean 'third'?\n" and not ran


def test_a_recipe_with_panels_leaves_its_figure(monkeypatch, capsys, tmp_path):
    def draws(bench):
        bench.panels.append(Panel(title="t", x=("a",), series={"s": (1.0,)}))
        return (near("a", 1, 1, 0),)

    recipe = Recipe(name="drawn", claim="none", source="none", seconds=0.1, function=draws, panels=("t",))
    monkeypatch.setattr(reproduce, "RECIPES", {recipe.name: recipe})
    monkeypatch.chdir(tmp_path)
    assert main(["reproduce", "drawn", "--quiet"]) == 0
    assert "figure  drawn.png" in capsys.readouterr().out and Path("drawn.png").stat().st_size > 1000
    assert main(["reproduce", "drawn", "--quiet", "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["recipes"][0]["figure"] == "drawn-2.png"
    assert main(["reproduce", "drawn", "--quiet", "--no-figure"]) == 0
    assert main(["reproduce", "drawn", "--quiet", "--out", "kept"]) == 0
    assert sorted(path.name for path in Path().glob("**/*.png")) == ["drawn-2.png", "drawn.png", "drawn.png"]


def test_one_panel_of_one_recipe_is_drawn_as_wide_as_a_column(ran, monkeypatch, tmp_path, capsys):
    def function(bench):
        bench.panels.extend(Panel(title=title, x=[1, 2], series={"a": [1, 2]}) for title in ("first", "second"))
        return (near("a length", 1.0, 1.0, 0.1),)
    monkeypatch.setitem(reproduce.RECIPES, "drawn", Recipe(name="drawn", claim="c", source="s", seconds=1,
                                                           function=function, panels=("first", "second")))
    monkeypatch.chdir(tmp_path)
    assert main(["reproduce", "drawn", "--panel", "second", "--width", "3.5in", "--quiet"]) == 0
    assert int.from_bytes((tmp_path / "drawn.png").read_bytes()[16:20]) == 3.5 * 200
    assert main(["reproduce", "drawn", "good", "--panel", "second", "--quiet"]) == 2
    assert "--panel second: belongs to one recipe, and 2 are named; name one" in capsys.readouterr().err
