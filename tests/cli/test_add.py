"""neurosim device add: measured read noise and drift on a card."""

import json
import os

import h5py
import numpy as np
import pytest

from neurosim.cli import main
from neurosim.memristor.device import load_device

TIMES = np.geomspace(1, 1e4, 20)


@pytest.fixture
def here(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_read_noise_and_drift_are_added_one_after_the_other(here, capsys):
    rng = np.random.default_rng(0)
    rows = [f"{k},{5 * (1 + 0.02 * rng.standard_normal()):.6f},{20 * (1 + 0.02 * rng.standard_normal()):.6f}"
            for k in range(100)]
    (here / "reads.csv").write_text("\n".join(["read no.,LRS (uS),HRS (uS)", *rows]).replace("LRS", "G low").replace(
        "HRS", "G high"))
    assert main(["device", "add", "read-noise", "reads.csv", "--card", "choi-2018-epiram", "-o", "one.toml",
                 "--width", "3.5in"]) == 0
    assert int.from_bytes((here / "one-read-noise.png").read_bytes()[16:20]) == 3.5 * 200
    out = capsys.readouterr().out
    assert "200 reads of 2 states, reads.csv" in out and "neurosim device check one.toml" in out
    for label, nu in (("a", 0.04), ("b", 0.06)):
        values = 1e2 * TIMES ** nu * (1 + 0.001 * rng.standard_normal(20))    # resistances grow
        (here / f"{label}.txt").write_text("time (s)\tR (kohm)\n" + "\n".join(
            f"{time:.8g}\t{value:.8g}" for time, value in zip(TIMES, values)))
    words = ["add", "drift", "a.txt", "b.txt", "--card", "one.toml", "-o", "two.toml"]
    assert main(["device", *words, "--json"]) == 0
    report = json.loads(capsys.readouterr().out)
    assert report["series"] == 2 and report["values"]["drift"] == pytest.approx(0.05, abs=2e-3)
    card, before = load_device(here / "two.toml"), load_device("choi-2018-epiram")
    assert card["read_noise"] == pytest.approx(0.02, rel=0.2) and card["drift"] == pytest.approx(0.05, abs=2e-3)
    assert card["g_max"] == before["g_max"] and card.citation == before.citation
    assert card.sources["read_noise"].startswith("measured: 200 reads of 2 states, reads.csv, 95 % interval ")
    assert sorted(path for path in os.listdir(here) if path.endswith("png")) == ["one-read-noise.png", "two-drift.png"]


def test_stuck_devices_of_an_array_are_counted(here, capsys):
    rng, half = np.random.default_rng(1), np.linspace(0.05, 0.95, 20)
    course = np.concatenate([half, half[::-1]])[None, :, None, None] * np.ones((2, 1, 5, 4))
    course[:, :, 0, 0] = 1.0
    with h5py.File(here / "array.h5", "w") as file:
        file["G_reads"] = 2.4593e-7 + 1.21e-5 * (course + 0.005 * rng.standard_normal(course.shape))
    assert main(["device", "add", "stuck", "array.h5", "--card", "choi-2018-epiram", "-o", "one.toml"]) == 0
    assert "20 devices, array.h5" in capsys.readouterr().out
    card = load_device(here / "one.toml")
    assert card["stuck_on"] == 0.05 and card["stuck_off"] == 0


@pytest.mark.parametrize("unit, factor", [("s", 1.0), ("ms", 1e3), ("us", 1e6)])
def test_times_are_taken_in_their_unit(unit, factor, here):
    rows = [f"{factor * time:.8g},{5 * time ** -0.05:.8g}" for time in TIMES]
    (here / "decay.csv").write_text("\n".join([f"t ({unit}),G (uS)", *rows]))
    assert main(["device", "add", "drift", "decay.csv", "--card", "choi-2018-epiram", "-o", "one.toml"]) == 0
    card = load_device(here / "one.toml")
    assert card["drift_start"] == pytest.approx(1.0) and card["drift"] == pytest.approx(0.05)


@pytest.mark.parametrize("words, sentence", [
    (["drift", "reads.csv"], "holds no times; drift needs a column of times"),
    (["read-noise", "none.csv"], "No such file"),
    (["read-noise", "reads.csv", "--unit", "V"], "--unit 'V': is unknown"),
    (["read-noise", "short.csv"], "a series has 2 reads; give 5 or more"),
])
def test_what_cannot_be_added_is_one_sentence_and_writes_nothing(words, sentence, here, capsys):
    (here / "reads.csv").write_text("G (uS)\n" + "\n".join(map(str, (5, 6, 5, 5.5, 6, 5.2, 5.1))))
    (here / "short.csv").write_text("G (uS)\n5\n6\n")
    assert main(["device", "add", *words, "--card", "choi-2018-epiram", "-o", "one.toml"]) == 2
    assert sentence in capsys.readouterr().err and sorted(os.listdir(here)) == ["reads.csv", "short.csv"]
