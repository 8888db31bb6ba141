"""What every verb shares: help, errors in one sentence, exit codes, and a quick start."""

import errno
import os
import subprocess
import sys

import pytest

import neurosim
from neurosim import cli
from neurosim.cli import main, presets


def test_help_names_every_verb(capsys):
    assert main(["--help"]) == 0
    text = capsys.readouterr().out
    assert all(f"\n    {verb} " in text for verb in cli.VERBS)


def test_no_words_give_help(capsys):
    assert main([]) == 0
    assert capsys.readouterr().out.startswith("usage: neurosim")


def test_version(capsys):
    assert main(["--version"]) == 0
    assert capsys.readouterr().out == f"neurosim {neurosim.__version__}\n"


@pytest.mark.parametrize("words, sentence", [
    (["trian"], "'trian': unknown verb; did you mean 'train'?"),
    (["xyz"], f"'xyz': unknown verb; choose from {', '.join(cli.VERBS)}"),
    (["train", "--thread", "2", "--bogus"], "--bogus: unknown argument; see `neurosim train --help`"),
    (["evaluate"], "evaluate: the following arguments are required: run.h5; see `neurosim evaluate --help`"),
    (["train", "--threads", "0"],
     "train: argument --threads: 0 is below 1; give 1 to 4,096; see `neurosim train --help`"),
    (["presets", "mnits"], "preset 'mnits': unknown; did you mean 'mnist'?"),
    (["train", "mnits"], "preset 'mnits': unknown; did you mean 'mnist'?"),
    (["train", "--set", "trainng.epochs=2"], "trainng: unknown key; did you mean 'training'?"),
    (["train", "--set", "learning.beta=0"],
     "learning.beta: 0 makes no nudge and no gradient; choose 0 < |beta| < 1, for example 0.2"),
])
def test_errors_are_one_sentence(words, sentence, here, capsys):
    assert main(words) == 2
    captured = capsys.readouterr()
    assert captured.err == f"neurosim: {sentence}\n"
    assert captured.out == ""
    assert os.listdir(here) == []


@pytest.mark.parametrize("error, code, sentence", [
    (KeyboardInterrupt(), 130, "interrupted"),
    (OSError(errno.ENOSPC, "No space left on device"), 2, "No space left on device"),
    (PermissionError(errno.EACCES, "Permission denied", "x.toml"), 2, "x.toml: Permission denied"),
    (BrokenPipeError(errno.EPIPE, "Broken pipe"), 2, "the output was closed before everything was written"),
    (MemoryError(), 2, "there is not enough memory; lower training.batch or the size of the network"),
    (ValueError("owner: value,\n  limit, fix"), 2, "owner: value, limit, fix"),
])
def test_exit_codes(error, code, sentence, capsys, monkeypatch):
    def fail(arguments):
        raise error
    monkeypatch.setattr(presets, "run", fail)
    assert main(["presets"]) == code
    assert capsys.readouterr().err == f"neurosim: {sentence}\n"


def test_a_traceback_on_request(monkeypatch):
    monkeypatch.setenv("NEUROSIM_TRACEBACK", "1")
    with pytest.raises(ValueError, match="unknown verb"):
        main(["trian"])


def test_a_bug_is_not_hidden(monkeypatch):
    def fail(arguments):
        raise TypeError("bug")
    monkeypatch.setattr(presets, "run", fail)
    with pytest.raises(TypeError):
        main(["presets"])


@pytest.mark.parametrize("statement", [
    "import neurosim",
    "from neurosim.cli import main; main(['--help'])",
    "from neurosim.cli import main; main(['train', '--help'])",
])
def test_nothing_heavy_is_imported_before_a_verb_runs(statement):
    heavy = {"numpy", "numba", "h5py", "matplotlib", "scipy", "tqdm"}
    code = f"{statement}\nimport sys\nassert not {heavy} & set(sys.modules)"
    root = os.path.dirname(os.path.dirname(neurosim.__file__))
    subprocess.run([sys.executable, "-c", code], check=True, stdout=subprocess.DEVNULL,
                   env=os.environ | {"PYTHONPATH": root})


def test_every_public_name_is_there():
    assert all(getattr(neurosim, name) is not None for name in neurosim.__all__)
    assert set(neurosim.__all__) <= set(dir(neurosim))
    with pytest.raises(AttributeError, match="no attribute 'Netwrok'"):
        neurosim.Netwrok


def test_a_closed_pipe_ends_in_one_sentence(start, here):
    process = start("presets", "mnist", cwd=here)
    process.stdout.close()
    assert process.stderr.read() in ("", "neurosim: the output was closed before everything was written\n")
    process.stderr.close()
    assert process.wait() in (0, 2)
