"""`neurosim device`: its list, its cards, its figures."""

import json
import os

import numpy as np
import pytest

from neurosim.cards import card_names, card_path
from neurosim.cli import main
from neurosim.memristor.citations import short_citation
from neurosim.memristor.device import load_device

CARD = "choi-2018-epiram"


@pytest.fixture
def refused(capsys):
    """Run a command that must end in one sentence; returns the sentence."""
    def run(*words):
        assert main(["device", *words]) == 2
        captured = capsys.readouterr()
        assert captured.out == "" and captured.err.count("\n") == 1
        return captured.err
    return run


def test_the_list_has_a_line_for_each_card_within_120_columns(capsys):
    assert main(["device", "list"]) == 0
    header, *lines = capsys.readouterr().out.splitlines()
    assert header.split() == ["name", "law", "range", "on/off", "pulses", "noise", "spread", "source"]
    rows = lines[:lines.index("")]
    assert [row.split()[0] for row in rows] == card_names()
    assert max(map(len, [header, *lines])) <= 120
    starts = [header.index(word) for word in header.split()[1:]]
    assert all(row[start - 2:start] == "  " and row[start] != " " for row in rows for start in starts)


def test_the_list_shows_ratio_pulses_and_noise_of_the_card(capsys):
    main(["device", "list", "--json"])
    found = {device["name"]: device for device in json.loads(capsys.readouterr().out)["devices"]}
    for name, device in found.items():
        card = load_device(name)
        assert device["on_off_ratio"] == pytest.approx(card["g_max"] / card["g_min"])
    epiram = found[CARD]
    assert epiram["travel"] == {"up": {"pulses": 64, "part": 1.0}, "down": {"pulses": 64, "part": 1.0}}
    assert epiram["step_noise_of_range"] == pytest.approx(0.02)
    assert epiram["source"] == "Choi, Nat. Mater. 2018"


def test_a_card_is_shown_with_every_number_and_its_source(capsys):
    assert main(["device", "show", CARD]) == 0
    text = capsys.readouterr().out
    device = load_device(CARD)
    assert all(key in text for key in device.values) and all(source in text for source in device.sources.values())
    assert "12.35 uS" in text and "on/off ratio 50.2" in text
    assert text.endswith(f"next  neurosim device plot {CARD}\n      neurosim train --device {CARD}\n")


def test_a_changed_number_is_shown_as_set_by_the_user(capsys):
    assert main(["device", "show", CARD, "--set", "device.c2c_range=0", "g_max=1e-5", "--json"]) == 0
    values = json.loads(capsys.readouterr().out)["values"]
    assert values["g_max"] | {"meaning": ""} == {"value": 1e-5, "unit": "S", "meaning": "", "source": "set by the user"}
    assert values["c2c_range"]["value"] == 0.0 and values["pulses_up"]["value"] == 64


def test_the_figure_is_named_after_the_card(here, capsys):
    assert main(["device", "plot", CARD]) == 0
    assert capsys.readouterr().out.startswith(f"{CARD}.png: EpiRAM (SiGe)")
    assert (here / f"{CARD}.png").read_bytes().startswith(b"\x89PNG")
    assert os.listdir(here) == [f"{CARD}.png"]


def test_a_card_of_ones_own_over_measured_points(here, capsys):
    (here / "mine.toml").write_text(card_path(CARD).read_text())
    (here / "mine.csv").write_text("up,down\n1e-6,9e-6\n2e-6,8e-6\n3e-6,7e-6\n")
    assert main(["device", "plot", "mine.toml", "--measured", "mine.csv", "-o", "mine.svg"]) == 0
    assert "pulses: 3 set, then 3 reset" in (here / "mine.svg").read_text()


@pytest.mark.parametrize("words, sentence", [
    (["show", "choi-2018"], "did you mean 'choi-2018-epiram'?"),
    (["show", "mine.toml"], "no such file"),
    (["show", CARD, "--set", "slope_up=0"], "the law 'neurosim' of choi-2018-epiram has no such value"),
    (["show", CARD, "--set", "g_max=12"], "in SI units"),
    (["plot", CARD, "-o", "."], "is a folder; give the name of a file"),
    (["plot", CARD, "-o", "figure.jpg"], "end it in .png or .svg or .pdf"),
    (["plot", CARD, "-o", "none/figure.png"], "there is no folder none"),
    (["plot", CARD, "--measured", "none.csv"], "none.csv: cannot be read"),
    (["plot", CARD, "--seed", "-1"], "--seed: -1 is below 0; give 0 or more"),
    (["show", "ideal"], "device card ideal: stands for real numbers in synapses.device, without a device and a "
                        "card; name ideal-device"),
    (["show", "idael"], "device card 'idael': unknown; did you mean 'ideal'"),
    (["draw"], "device: argument ACTION: invalid choice: 'draw'"),
])
def test_what_cannot_be_done_is_one_sentence(words, sentence, here, refused):
    assert sentence in refused(*words)
    assert os.listdir(here) == []


def test_a_figure_that_is_there_stays(here, refused, capsys):
    (here / "figure.png").write_bytes(b"old")
    (here / f"{CARD}.png").write_bytes(b"of a fit")
    assert "--output figure.png: already exists; choose another name or replace it with --force" in refused(
        "plot", CARD, "-o", "figure.png")
    assert main(["device", "plot", CARD]) == 0
    assert capsys.readouterr().out.startswith(f"{CARD}-2.png: ")
    assert (here / f"{CARD}.png").read_bytes() == b"of a fit"


def test_a_figure_that_cannot_be_written_leaves_the_old_one(here, refused, monkeypatch):
    (here / "figure.png").write_bytes(b"old")
    monkeypatch.setattr(os, "replace", _no_room)
    assert "figure.png: not written: No space left" in refused("plot", CARD, "-o", "figure.png", "--force")
    assert os.listdir(here) == ["figure.png"] and (here / "figure.png").read_bytes() == b"old"


def _no_room(source, target):
    raise OSError(28, "No space left on device", source)


@pytest.mark.parametrize("text, short", [
    ("Gong et al., Signal and noise, Nature Communications 9, 2102 (2018), doi:10.1038/s41467-018-04485-1",
     "Gong, Nat. Commun. 2018"),
    ("Kim et al., Metal-oxide ECRAM, IEDM 35.7 (2019), doi:10.1109/IEDM19573.2019.8993463", "Kim, IEDM 2019"),
    ("Kuzum et al., Synapses, Nano Letters 12, 2179 (2012), online 2011, doi:10.1021/nl201040y",
     "Kuzum, Nano Lett. 2012"),
    ("Rasch et al., AICAS 2021", "Rasch, AICAS 2021"),
    ("none: chosen, to compare devices with", "none: chosen, to compare devices with"),
])
def test_citations_in_a_few_words(text, short):
    assert short_citation(text) == short


@pytest.mark.parametrize("action", ["", "list", "show", "check", "plot", "read", "fit", "add", "import",
                                    "export"])
def test_help_ends_with_examples(action, capsys):
    assert main(["device", *filter(None, [action]), "--help"]) == 0
    examples = capsys.readouterr().out.partition("examples:")[2].strip().splitlines()
    assert examples and all(line.strip().startswith("neurosim device") for line in examples)


@pytest.fixture(scope="module")
def measured(tmp_path_factory):
    """CSV file of a device with a straight response, read with 1 % noise."""
    path, rng = tmp_path_factory.mktemp("measured") / "measured.csv", np.random.default_rng(2)
    up = 1e-6 + 1e-7 * np.arange(1, 61) + rng.normal(0, 6e-8, 60)
    down = 7e-6 - 1e-7 * np.arange(1, 61) + rng.normal(0, 6e-8, 60)
    path.write_text("up,down\n" + "".join(f"{a:.5g},{b:.5g}\n" for a, b in zip(up, down)))
    return path


@pytest.mark.slow
def test_a_fitted_card_can_be_shown_plotted_and_compared(measured, here, capsys):
    words = ["fit", str(measured), "-o", "mine.toml", "--law", "linear", "soft-bounds", "--folds", "2", "--quiet"]
    assert main(["device", *words, "--citation", "Me, my notebook 2026", "--set-pulse", "2", "1e-7"]) == 0
    text = capsys.readouterr().out
    assert text.index("linear  ") < text.index("soft-bounds  ") and "+0.0000" in text and "chosen" in text
    assert f"neurosim device plot mine.toml --measured {measured}" in text and "train --device mine.toml" in text
    device = load_device(here / "mine.toml")
    assert device.law == "linear" and device.citation == "Me, my notebook 2026" and device["set_voltage"] == 2.0
    assert device["step_up"] * (1 - device["slope_up"] / 2) == pytest.approx(1e-7, rel=0.1)
    assert "95 % interval" in device.sources["step_up"]
    assert sorted(os.listdir(here)) == ["mine.png", "mine.toml"]


def test_what_was_understood_is_printed_before_the_fit(here, capsys):
    rows = "".join(f"{k},{1 + k},{5 - k}\n" for k in range(5))
    (here / "measured.csv").write_text(f"pulse,LTP (uS),LTD (uS)\n{rows}")
    assert main(["device", "fit", "--quiet", "measured.csv", "-o", "mine.toml"]) == 2
    out, err = capsys.readouterr()
    assert out == "measured.csv: 1 cycle of 5 set and 5 reset pulses, 1 uS to 5 uS; column 1 = pulse numbers\n\n"
    assert "too few for a fit" in err and sorted(os.listdir(here)) == ["measured.csv"]


@pytest.mark.parametrize("words, sentence", [
    (["measured.csv", "-o", "new.toml", "--panel", "respons"], "--panel respons: unknown; did you mean 'response'"),
    (["measured.csv", "-o", "old.toml"], "already exists; choose another name or replace it with --force"),
    (["measured.csv", "-o", "mine.txt"], "end it in .toml"),
    (["measured.csv", "-o", "mine.toml", "--figure", "mine.jpg"], "end it in .png or .svg or .pdf"),
    (["measured.csv", "-o", "mine.toml", "--law", "linaer"], "did you mean 'linear'?"),
    (["measured.csv", "-o", "mine.toml", "--folds", "1"], "nothing would be held out"),
    (["measured.csv", "-o", "mine.toml", "--g-min", "1e-6"], "need both g_min and g_max"),
    (["none.csv", "-o", "mine.toml"], "cannot be read"),
])
def test_what_cannot_be_fitted_leaves_nothing_behind(words, sentence, here, refused):
    (here / "measured.csv").write_text("up,down\n1e-6,9e-6\n2e-6,8e-6\n")
    (here / "old.toml").write_text("old")
    assert sentence in refused("fit", "--quiet", *words)
    assert sorted(os.listdir(here)) == ["measured.csv", "old.toml"] and (here / "old.toml").read_text() == "old"


def test_read_prints_what_was_understood_and_writes_a_clean_table(here, capsys):
    rows = "".join(f"{k};{10 + k},5;{500 - k},25\n" for k in range(1, 7))
    (here / "lab.csv").write_text(f"Read voltage: 0,1 V\nPulse;I LTP (nA);I LTD (nA)\n{rows}")
    assert main(["device", "read", "lab.csv", "--as", "clean.csv"]) == 0
    out = capsys.readouterr().out
    assert "lab.csv: semicolons, decimal commas; 1 line above the table; 6 rows" in out
    assert "2       I LTP (nA)  current after set pulses    nA at 0.1 V  11.5    16.5" in out
    assert "1 cycle of 6 set and 6 reset pulses, 115 nS to 4.99 uS" in out and "12 pulses: + set, o reset" in out
    assert main(["device", "read", "clean.csv", "--json"]) == 0
    report = json.loads(capsys.readouterr().out)
    assert [train["lowest"] for train in report["trains"]] == pytest.approx([115e-9, 4.9425e-6])
    assert main(["device", "read", "lab.csv", "--as", "clean.csv"]) == 2
    assert "already exists" in capsys.readouterr().err


@pytest.mark.parametrize("above, column, volts", [("Read voltage: 0.25 V", "I LTP (nA);I LTD (nA)", 0.25),
                                                  ("", "LTP (nS);LTD (nS)", 0.1)])
def test_a_card_takes_the_read_voltage_of_the_file(above, column, volts, here, capsys):
    """Currents say at which voltage they were read; where nothing is said 0.1 V is assumed."""
    rows = "".join(f"{k};{1000 + 10 * k + k % 3};{1600 - 10 * k - k % 3}\n" for k in range(60))
    (here / "lab.csv").write_text(f"{above}\nPulse;{column}\n{rows}")
    assert main(["device", "fit", "lab.csv", "-o", "lab.toml", "--law", "linear", "--folds", "2", "--quiet"]) == 0
    assert load_device("lab.toml")["read_voltage"] == volts


def test_a_card_takes_the_pulses_of_the_file_unless_the_command_says_them(here, capsys):
    rows = "".join(f"{k};{1000 + 10 * k + k % 3};{1600 - 10 * k - k % 3}\n" for k in range(60))
    (here / "lab.csv").write_text(f"V_set = 1.2 V; t_set = 300 ns; V_reset = -1.4 V\nPulse;LTP (nS);LTD (nS)\n{rows}")
    assert main(["device", "read", "lab.csv"]) == 0
    assert "pulses  set_voltage 1.2 V, set_width 300 ns, reset_voltage -1.4 V" in capsys.readouterr().out
    words = "fit lab.csv -o lab.toml --law linear --folds 2 --quiet --reset-pulse -2 5e-7"
    assert main(["device", *words.split()]) == 0
    card = load_device("lab.toml")
    keys = {"set_voltage": 1.2, "set_width": 3e-7, "reset_voltage": -2.0, "reset_width": 5e-7, "read_voltage": 0.1}
    assert {key: card[key] for key in keys} == keys
    assert [card.sources[key] for key in keys] == [*["stated in the file"] * 2,
                                                   *["stated when the card was fitted"] * 2, "assumed"]


def test_every_way_of_reading_is_repeated_in_the_command(here, capsys):
    """What a file leaves unsaid and the command said stands in the command for the fit."""
    rows = "".join(f"{value}\n" for value in (*range(1, 7), *range(6, 0, -1)))
    (here / "bare.txt").write_text(f"conductance\n{rows}")
    for words in ("--unit uS --pulses 6 6", "--pulses 6 6 --g-min 1e-06 --g-max 6e-06 --scale 1.0 6.0"):
        assert main(["device", "read", "bare.txt", *words.split()]) == 0
        out = capsys.readouterr().out
        assert "1 cycle of 6 set and 6 reset pulses, 1 uS to 6 uS" in out
        assert f"neurosim device fit bare.txt {words} -o" in out
    (here / "wide.csv").write_text("dir,A (uS),B (uS)\n" + "".join(
        f"{side},{k},{2 * k}\n" for side, course in (("up", range(1, 7)), ("down", range(6, 0, -1))) for k in course))
    assert main(["device", "read", "wide.csv", "--beside", "devices"]) == 0
    out = capsys.readouterr().out
    assert "2 devices, 2 cycles" in out and "neurosim device fit wide.csv --beside devices -o" in out


@pytest.mark.parametrize("words, sentence", [
    (["lab.csv"], "--unit uS"), (["lab.csv", "--unit", "S/m"], "--unit 'S/m': is unknown"),
    (["lab.csv", "--unit", "uS", "--as", "table.xlsx"], "end it in .csv"),
    (["lab.csv", "--sides", "up", "down"], "2 directions for 1 file"),
])
def test_what_cannot_be_read_is_one_sentence_and_writes_nothing(words, sentence, here, refused):
    (here / "lab.csv").write_text("pulse,LTP,LTD\n1,5,9\n2,6,8\n3,7,7\n")
    assert sentence in refused("read", *words)
    assert os.listdir(here) == ["lab.csv"]


@pytest.mark.slow
def test_several_devices_make_one_card_with_spreads(here, capsys):
    rng = np.random.default_rng(5)
    for label, step in (("a", 1e-7), ("b", 1.2e-7), ("c", 0.8e-7)):
        up = 1e-6 + step * np.arange(1, 61) + rng.normal(0, 4e-8, 60)
        down = up[-1] - step * np.arange(1, 61) + rng.normal(0, 4e-8, 60)
        (here / f"{label}.csv").write_text("up,down\n" + "".join(f"{x:.5g},{y:.5g}\n" for x, y in zip(up, down)))
    words = ["fit", "a.csv", "b.csv", "c.csv", "-o", "mine.toml", "--law", "linear", "--folds", "2", "--quiet"]
    assert main(["device", *words]) == 0
    out = capsys.readouterr().out
    assert "a.csv and 2 more: 3 devices, 3 cycles of 60 set and 60 reset pulses" in out
    assert "step_spread" in out and "better  6 more devices would halve the interval of the spreads" in out
    card = load_device(here / "mine.toml")
    assert card["step_spread"] == pytest.approx(0.2, rel=0.5) and (here / "mine.png").stat().st_size > 10_000
