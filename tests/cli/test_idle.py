"""Options that would have no effect are refused in one sentence, before anything is read or computed."""

import pytest

from neurosim.cli import main

REFUSED = {
    "train --out a.h5 --out b.h5": "--out: is given twice; give it once",
    "train --out=": "--out: is empty; give a value, or omit it",
    "train ": "PRESET | config.toml: is empty; give a value, or omit it",
    "improve ": "run.h5 | CONFIG: is empty; give a value, or omit it",
    "device read  a.txt": "FILE: is empty; give a value, or omit it",
    "device list x": "x: unknown argument; see `neurosim device list --help`",
    "energy r.h5 --node x": "--node: 'x' is not a finite number; give one",
    "device read m.csv --g-min nan": "--g-min: 'nan' is not a finite number; give one",
    "train --out x": "--out x: has no ending; end it in .h5 or .hdf5",
    "train --force": "--force: a run file with a default name replaces none",
    "evaluate r.h5 --out f.png": "--out: belongs to --ablate",
    "evaluate r.h5 --ablate --no-figure --out f.png": "--out: --no-figure draws no figure; omit one of them",
    "evaluate r.h5 --ablate --no-figure --width 3in": "--width: --no-figure draws no figure",
    "energy r.h5 --no-figure --panel components": "--panel: --no-figure draws no figure",
    "energy r.h5 --no-figure --force": "--force: --no-figure draws no figure",
    "reproduce --panel none": "--panel: nothing is run where recipes are listed; name a recipe",
    "reproduce dying-units --list --seed 0": "--seed: nothing is run where recipes are listed; omit --list",
    "reproduce gradient-slopes --panel none": "--panel none: gradient-slopes has no figure; omit it",
    "reproduce gradient-slopes --width 3in": "--width: gradient-slopes has no figure; omit it",
    "reproduce dying-units --panel none": "--panel 'none': unknown; choose from 5,000 images",
    "reproduce dying-units --no-figure --width 3in": "--width: --no-figure draws no figure",
    "sweep list folder": "FOLDER folder belongs to status, table, plot; omit it",
    "sweep list --out x": "--out: belongs to sweep plot and a sweep file that is computed; omit it",
    "sweep status folder --csv f.csv": "--csv: belongs to sweep table; omit it",
    "sweep status folder --shard 0/2": "--shard: belongs to a sweep file that is computed; omit it",
    "sweep table folder --panel map": "--panel: belongs to sweep plot; omit it",
    "sweep plot folder --csv f.csv": "--csv: belongs to sweep table; omit it",
    "sweep plot folder --retry-failed": "--retry-failed: belongs to a sweep file",
    "sweep sweep.toml --force": "--force: belongs to sweep table and sweep plot; omit it",
    "sweep sweep.toml folder": "FOLDER folder belongs to status, table, plot; name the folder of results with --out",
    "device plot ideal-device --unit uS": "--unit: says how the files of --measured are read",
    "device plot ideal-device --tables x": "--tables: the card ideal-device names no table",
    "device export ideal-device --to aihwkit -o x.json --tables x": "--tables: the card ideal-device names no table",
    "device read m.csv --force": "--force: belongs to --as",
    "assess ideal-device --width 3in": "--width: belongs to one panel; name it with --panel",
}


@pytest.mark.parametrize("words", REFUSED)
def test_what_would_have_no_effect_is_refused(words, capsys, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert main(words.split(" ")) == 2
    said = capsys.readouterr().err
    assert REFUSED[words] in said and len(said.splitlines()) == 1 and not any(tmp_path.iterdir())


def test_files_of_one_simulator_take_no_options_of_another(capsys, tmp_path):
    (tmp_path / "Cell.cpp").write_text("maxConductance = 1e-5; minConductance = 1e-6;")
    file, card = str(tmp_path / "Cell.cpp"), str(tmp_path / "c.toml")
    assert main(["device", "import", file, "-o", card, "--g-min", "1e-6"]) == 2
    assert "--g-min 1e-06: belongs to files of aihwkit, and " in capsys.readouterr().err


def test_options_may_stand_several_times_where_all_count(capsys):
    assert main(["device", "show", "ideal-device", "--set", "c2c=0", "--set", "g_max=1e-4", "--json"]) == 0
    assert '"g_max"' in capsys.readouterr().out
