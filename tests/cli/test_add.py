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


@pytest.mark.parametrize("unit, factor", [("s", 1.0), ("ms", 1e3), ("us", 1e6), ("min", 1 / 60), ("hours", 1 / 3600),
                                          ("seconds", 1.0)])
def test_times_are_taken_in_their_unit(unit, factor, here):
    rows = [f"{factor * time:.8g},{5 * time ** -0.05:.8g}" for time in TIMES]
    (here / "decay.csv").write_text("\n".join([f"t ({unit}),G (uS)", *rows]))
    assert main(["device", "add", "drift", "decay.csv", "--card", "choi-2018-epiram", "-o", "one.toml"]) == 0
    card = load_device(here / "one.toml")
    assert card["drift_start"] == pytest.approx(1.0) and card["drift"] == pytest.approx(0.05)


def test_a_read_without_a_time_is_left_out(here):
    rows = [f"{'' if number == 7 else time:.8},{5 * time ** -0.05:.8g}" for number, time in enumerate(TIMES)]
    (here / "decay.csv").write_text("\n".join(["t (s),G (uS)", *rows]))
    assert main(["device", "add", "drift", "decay.csv", "--card", "choi-2018-epiram", "-o", "one.toml"]) == 0
    card = load_device(here / "one.toml")
    assert card["drift_start"] == 1.0 and card["drift"] == pytest.approx(0.05)


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


def test_long_cycling_is_read_from_columns_of_states_or_of_directions(here, capsys):
    """Cycles are two pulses each; which column is the upper state is told by its values."""
    lives = {"a": 2e3, "b": 6e3, "c": 2e4, "d": 5e3}
    cycles = np.unique(np.geomspace(10, 1e5, 40).round())
    for label, life in lives.items():
        window = np.where(cycles < life, 40, 2)
        rows = [f"{cycle:.0f},{1e3 / 5:.4g},{1e3 / (5 + own):.6g}" for cycle, own in zip(cycles, window)]
        (here / f"{label}.csv").write_text("\n".join(["Cycle,HRS (kohm),LRS (kohm)", *rows]))
    words = ["--card", "choi-2018-epiram", "-o", "one.toml", "--json"]
    assert main(["device", "add", "endurance", *(f"{label}.csv" for label in lives), *words]) == 0
    first = json.loads(capsys.readouterr().out)
    assert first["values"]["endurance"] == pytest.approx(2 * np.exp(np.mean(np.log(list(lives.values())))), rel=0.15)
    card = load_device(here / "one.toml")
    assert card.worn == "sticks" and card["endurance_spread"] == first["values"]["endurance_spread"]
    rows = [f"{label},{cycle:.0f},{side},{g}" for label, life in lives.items() for cycle in cycles
            for side, g in (("set", 45 if cycle < life else 7), ("reset", 5))]
    (here / "all.csv").write_text("\n".join(["device,cycle,operation,G (uS)", *rows]))
    assert main(["device", "add", "endurance", "all.csv", *words, "--force"]) == 0
    second = json.loads(capsys.readouterr().out)
    assert second["values"] == first["values"] and second["series"] == 4


def test_curves_and_traces_are_put_on_a_card_in_place_of_what_it_had(here, capsys):
    volts = np.linspace(-0.5, 0.5, 41)
    for law, own in (("sinh", 0.2 * np.sinh(volts / 0.2)), ("cubic", volts * (1 + 9 * volts ** 2))):
        rng = np.random.default_rng(0)
        rows = [f"{v * 1e3:.6g};" + ";".join(f"{g * i * (1 + 0.01 * rng.standard_normal()):.8g}" for g in (5, 20))
                for v, i in zip(volts, own)]
        (here / f"{law}.csv").write_text("\n".join(["V (mV);I on (uA);I off (uA)", *rows]))
    card = ["--card", "gong-2018-reram-sb"]
    assert main(["device", "add", "iv", "sinh.csv", *card, "-o", "one.toml"]) == 0
    out = capsys.readouterr().out
    assert "fit     good: the law sinh leaves" in out and "better  " in out
    assert load_device(here / "one.toml")["iv_sinh"] == pytest.approx(0.2, rel=0.05)
    assert main(["device", "add", "iv", "cubic.csv", "--card", "one.toml", "-o", "two.toml"]) == 0
    two = load_device(here / "two.toml")
    assert two["iv_cubic"] == pytest.approx(9, rel=0.1) and two["iv_sinh"] == 0
    rng = np.random.default_rng(1)
    state = np.cumsum(rng.random(2000) < 0.05) % 2
    rows = [f"{0.01 * k:.2f},{5 + state[k] + 0.1 * rng.standard_normal():.6f}" for k in range(2000)]
    (here / "trace.csv").write_text("\n".join(["time (s),G (uS)", *rows]))
    assert main(["device", "add", "rtn", "trace.csv", "--card", "two.toml", "-o", "three.toml"]) == 0
    three = load_device(here / "three.toml")
    assert three["rtn_amplitude"] == pytest.approx(1 / 5.5, rel=0.05) and three["iv_cubic"] == two["iv_cubic"]
    assert "the upper state lasts" in capsys.readouterr().out


def test_pulses_of_several_voltages_tell_how_steps_grow(here, capsys):
    rng, g, rows = np.random.default_rng(0), 1e-5, []
    for k in range(120):
        volts = (1.2 + 0.06 * (k % 10)) * (1 if k // 10 % 2 == 0 else -1)
        towards = 4e-5 if volts > 0 else 1e-5
        g += (towards - g) / 20 * np.exp((abs(volts) - 1.5) / 0.25) * (1 + 0.1 * rng.standard_normal())
        rows.append(f"{volts:.3f},100,{1e6 * g:.6f}")
    (here / "ispp.csv").write_text("\n".join(["pulse voltage (V),width (ns),G (uS)", *rows]))
    assert main(["device", "add", "step-voltage", "ispp.csv", "--card", "gong-2018-reram-sb", "-o", "one.toml"]) == 0
    assert "119 pulses of 1 device, ispp.csv" in capsys.readouterr().out
    assert load_device(here / "one.toml")["step_voltage"] == pytest.approx(0.25, rel=0.1)


@pytest.mark.parametrize("words, text, sentence", [
    (["step-voltage"], "G (uS)\n" + "5\n6\n" * 20, "one column with the voltage of every pulse is needed"),
    (["endurance"], "no,HRS (kohm),LRS (kohm)\n1,20,2\n2,20,2\n", "no column counts the cycles; name it cycle"),
    (["endurance"], "cycle,G (uS)\n1,20\n2,20\n", "holds 1 column of conductances; give two for each device"),
    (["iv"], "V (V),G (uS)\n1,20\n2,20\n", "an I-V curve needs one column of voltages and one or more of currents"),
    (["iv"], "V (V),I\n1,20\n2,30\n", "currents reach 30 A; write their unit in the name"),
    (["iv"], "V (A),I (A)\n1,20\n2,30\n", "has the unit 'A', which is none of a voltage"),
    (["drift"], "time (fortnights),G (uS)\n1,5\n2,4\n", "has the unit 'fortnights', which is none of a time"),
    (["read-noise"], "read voltage (mW),I (uA)\n100,5\n100,6\n", "has the unit 'mW', which is none of a voltage"),
    (["step-voltage"], "pulse voltage (Vpp),G (uS)\n" + "1,5\n2,6\n" * 15,
     "has the unit 'Vpp', which is none of a voltage"),
    (["endurance"], "cycle,HRS (kohm),LRS (kohm)\nnan,20,2\n,20,2\n", "no row has a number of cycles"),
    (["endurance"], "cycle,HRS (kohm),LRS (kohm)\n1,,\n2,,\n", "none of conductances"),
    (["iv"], "V (V),I (uA)\n1,\n,2\n", "no row has a voltage and a current"),
    (["step-voltage"], "pulse voltage (V),G (uS)\n" + "1,5\n" * 30, "have about the same voltage"),
    (["step-voltage"], "pulse voltage (V),G (uS)\n" + "1,5\n1.5,5\n" * 15, "the conductance is the same after every"),
    (["drift"], "time (s),G (uS)\n" + ",5\n" * 9 + "1,5\n2,4\n", "a series has 2 reads; give 5 or more"),
    (["rtn"], "G (uS)\n" + "5\n6\n" * 20, "a trace has 40 reads; give 100 or more"),
])
def test_files_of_another_kind_are_one_sentence(words, text, sentence, here, capsys):
    (here / "file.csv").write_text(text)
    assert main(["device", "add", *words, "file.csv", "--card", "choi-2018-epiram", "-o", "one.toml"]) == 2
    assert sentence in capsys.readouterr().err and os.listdir(here) == ["file.csv"]


def test_the_command_offers_what_can_be_measured():
    from neurosim.cli.device.add import _QUANTITIES
    from neurosim.experiment.card_adding import QUANTITIES
    assert set(_QUANTITIES) == set(QUANTITIES)
