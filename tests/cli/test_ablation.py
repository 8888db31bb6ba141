"""`neurosim evaluate --ablate`: what it prints, draws and refuses."""

import json
import shutil

import pytest

from neurosim.cli import main

CHIP = ["--set", "synapses.device=ideal-device", "synapses.tolerance=1.0", "device.stuck_on=0.2", "readout.kind=adc",
        "readout.bits=4", "readout.gain=0.1"]


@pytest.fixture
def ablate(finished, here, capsys):
    """Function that runs the verb on a run file of ideal synapses; returns exit code, stdout and stderr."""
    shutil.copy(finished, here / "run.h5")

    def run(*words):
        code = main(["evaluate", "run.h5", "--ablate", *words])
        captured = capsys.readouterr()
        return code, captured.out, captured.err
    return run


def test_json_holds_every_switch_with_its_interval(ablate, here):
    code, out, err = ablate(*CHIP, "--samples", "40", "--json", "--quiet", "--no-figure")
    report = json.loads(out)
    assert code == 0 and "because they are stuck" in err and [f"warning: {report['warnings'][0]}"] == err.splitlines()
    assert list(here.iterdir()) == [here / "run.h5"]
    assert report["samples"] == 40 and report["epochs"] == 3 and report["figure"] is None
    assert set(report["chips"]) == {"own", "numbers", "none", "all"}
    effects = {effect["name"]: effect for effect in report["imperfections"]}
    assert set(effects) == {"stuck devices", "converters", "converter errors"}
    costs = [effect["cost"] for effect in effects.values()]
    assert costs == sorted(costs, reverse=True)
    assert effects["converters"]["off"] == {"readout.kind": "ideal"}
    for effect in effects.values():
        for side in (effect["alone"], effect["among_all"]):
            assert side["low"] <= side["cost"] <= side["high"]
            assert side["cost"] == pytest.approx(side["on"] - side["off"])
    assert effects["stuck devices"]["alone"]["off"] == report["chips"]["none"]["error"]
    assert effects["stuck devices"]["among_all"]["on"] == report["chips"]["all"]["error"]


def test_text_figure_and_the_next_command(ablate, here):
    code, out, err = ablate(*CHIP, "seed=3", "--samples", "60")
    assert code == 0 and (here / "run-ablation.png").read_bytes().startswith(b"\x89PNG")
    for text in ("after 3 epochs, transferred to fresh chips, first 60 test images", "learnt weights as numbers",
                 "the run's own chip, as it is stored", "fresh chip, all imperfections", "stuck devices", "on alone",
                 "off alone", "* converters off: converter errors off in both.", "Bonett, Price 2012"):
        assert text in out
    assert "1 of " in err and "stuck devices alone: 60 of 60" in err
    assert out.splitlines()[-2] == "figure  run-ablation.png"
    assert out.splitlines()[-1].startswith("next    neurosim evaluate run.h5 --ablate --samples 60")
    assert max(map(len, out.splitlines()[:-1])) <= 118


def test_the_next_command_asks_for_more_images_while_there_are_more(ablate):
    quiet = ("--quiet", "--no-figure")
    vague = ["--set", "synapses.device=ideal-device", "synapses.tolerance=1.0", "readout.kind=adc", "readout.bits=16"]
    assert ablate(*vague, "--samples", "7", *quiet)[1].splitlines()[-1] == (
        f"next    neurosim evaluate run.h5 --ablate --samples 70 --set {' '.join(vague[1:])}    (more images)")
    assert ablate(*vague, *quiet)[1].splitlines()[-1] == (
        f"next    neurosim evaluate run.h5 --ablate --set {' '.join(vague[1:])} seed=1    (another chip)")


@pytest.mark.parametrize("words, sentence", [
    ([], "run file run.h5: its chip has no imperfection to switch"),
    ([*CHIP, "--samples", "0"], "samples: 0 is below 1"),
    ([*CHIP, "--out", "figure.txt"], "end it in .png or .svg or .pdf"),
    (["--set", "device.c2c=0.1"], "device.c2c: ideal synapses have no such value"),
])
def test_what_cannot_be_ablated(ablate, here, words, sentence):
    code, out, err = ablate(*words, "--quiet")
    assert code == 2 and out == "" and sentence in err and err.count("\n") == 1
    assert list(here.iterdir()) == [here / "run.h5"]


@pytest.mark.parametrize("word", ["--samples=5", "--out=figure.png", "--no-figure"])
def test_options_of_the_ablation_need_it(finished, capsys, word):
    assert main(["evaluate", str(finished), word]) == 2
    assert f"{word.partition('=')[0]}: belongs to --ablate" in capsys.readouterr().err
