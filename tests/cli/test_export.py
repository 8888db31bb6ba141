"""neurosim export spice: a tile of a run as a netlist."""

import json
import os
import shutil

import numpy as np
import pytest

from neurosim.cli import main
from neurosim.exchange.spice import has_ngspice

CHIP = ["--set", "synapses.device=choi-2018-epiram", "synapses.tolerance=1.0", "array.tile=32", "array.word_line=2",
        "array.bit_line=3", "array.driver=50", "array.sense=20"]


@pytest.fixture
def run(finished, here):
    shutil.copy(finished, here / "run.h5")
    return "run.h5"


def test_a_tile_of_a_run_is_written_with_what_is_expected(run, here, capsys):
    words = ["export", "spice", run, "--connection", "conv1-output", "--tile", "1", *CHIP]
    simulate = ["--run"] if has_ngspice() else []
    assert main([*words, *simulate, "--json"]) == 0
    report = json.loads(capsys.readouterr().out)
    text = (here / "run-conv1-output-1.cir").read_text()
    assert (report["word_lines"], report["bit_lines"]) == (32, 20) and report["tiles"] > 1
    assert f"* run.h5, conv1-output, tile 1 of {report['tiles']}: 32 word lines, 20 bit lines, forward" in text
    assert "vr0 r0 0 dc 0.5" in text and "rw0x0 r0 w0x0 52.0" in text and "rb0x1 b0x0 b0x1 3.0" in text
    assert not simulate or report["ngspice_difference"] < 1e-6
    assert main([*words, "-o", "other.cir", "--direction", "backward", "--line", "3", "--voltage", "0.2",
                 "--cells", "sinh:0.3"]) == 0
    text = (here / "other.cir").read_text()
    assert "vc3 c3 0 dc 0.2" in text and "vc4 c4 0 dc 0.0" in text and "sinh(v(w0x0,b0x31)/0.3)" in text
    assert main([*words, "-o", "card.cir", "--set", "device.iv_sinh=0.5"]) == 0
    expected = [float(line.split("=")[1]) for name in ("run-conv1-output-1", "card")
                for line in (here / f"{name}.cir").read_text().splitlines() if line.startswith("* i(vc0)")]
    assert "sinh(v(w0x0,b0x31)/0.5)" in (here / "card.cir").read_text()    # of the conductances that a read finds
    assert expected[1] == pytest.approx(expected[0], rel=0.05) and expected[1] != expected[0]
    assert main(words) == 2 and "already exists" in capsys.readouterr().err


@pytest.mark.parametrize("words, sentence", [
    (["--connection", "conv2-output", *CHIP], "--connection conv2-output: unknown; did you mean 'conv1-output'?"),
    (["--connection", "conv1-output"], "the synapses of this run are ideal and have no devices"),
    (["--connection", "conv1-output", "--tile", "999", *CHIP], "--tile 999: conv1-output has"),
    (["--connection", "conv1-output", "--line", "99", *CHIP], "--line 99: the tile has 32 driven lines"),
    (["--connection", "conv1-output", "--cells", "cubic", *CHIP], "--cells cubic: is not a law of a cell"),
    (["--connection", "conv1-output", "--voltage", "nan", *CHIP], "--voltage: 'nan' is not a finite number"),
    (["--connection", "conv1-output", "-o", "netlist.txt", *CHIP], "end it in .cir or .sp"),
])
def test_what_cannot_be_exported_is_one_sentence_and_writes_nothing(words, sentence, run, here, capsys):
    assert main(["export", "spice", run, *words]) == 2
    error = capsys.readouterr().err
    assert sentence in error and error.count("\n") == 1 and os.listdir(here) == ["run.h5"]


def test_a_large_netlist_is_said_before_it_is_written(run, here, capsys, monkeypatch):
    monkeypatch.setattr("neurosim.exchange.spice.LARGE", 600)
    assert main(["export", "spice", run, "--connection", "conv1-output", *CHIP]) == 2
    error = capsys.readouterr().err
    assert "--tile 0: 640 cells are a netlist of some 0 MB" in error and "use --large to write it" in error
    assert os.listdir(here) == ["run.h5"]
    assert main(["export", "spice", run, "--connection", "conv1-output", "--large", *CHIP]) == 0


def test_tiles_hold_every_device_once(run):
    from neurosim.experiment.changes import restored
    from neurosim.experiment.tiles import tile_of
    training, _ = restored(run, CHIP[1:], 1)
    first = tile_of(training.model, "conv1-output", 0)
    tiles = [tile_of(training.model, "conv1-output", number) for number in range(first.count)]
    found = np.sort(np.concatenate([tile.conductances.ravel() for tile in tiles]))
    held = training.model.synapses.mappings["conv1-output"].conductances().values()
    assert np.array_equal(found, np.sort(np.concatenate([values.ravel() for values in held]).astype(float)))
