"""Whole numbers that calls take, and that sentences name."""

import numpy as np
import pytest

from neurosim._jit import thread_count
from neurosim.cli import main
from neurosim.memristor.fitting import refuse_folds
from neurosim.streams import stream
from neurosim.whole import counted, whole


@pytest.mark.parametrize("value", [3, np.int64(3), np.uint8(3)])
def test_whole_numbers_pass_as_int(value):
    assert type(whole(value, "seeds", 1, 5)) is int and whole(value, "seeds", 3, 3) == 3


@pytest.mark.parametrize("value, sentence", [
    (2.0, "seeds: 2.0 is not a whole number; give 1 to 5,000"), (True, "seeds: True is not a whole number"),
    (np.float64(2.5), "seeds: 2.5 is not"), ("3", "seeds: '3' is not"), (None, "seeds: None is not"),
    (0, "seeds: 0 is below 1, alas; give 1 to 5,000"), (np.int8(-3), "seeds: -3 is below 1"),
    (6000, "seeds: 6000 exceeds 5,000, too many; give 1 to 5,000"), ("x" * 500, "seeds: 'xxx"),
    pytest.param(10 ** 5000, "seeds: a very long number exceeds", id="long"),
])
def test_others_are_refused_in_a_sentence(value, sentence):
    with pytest.raises(ValueError) as refusal:
        whole(value, "seeds", 1, 5000, least="alas", most="too many")
    assert str(refusal.value).startswith(sentence) and len(str(refusal.value)) < 200


def test_counted():
    assert [counted(number, "word") for number in (0, 1, 2, 1200)] == ["0 words", "1 word", "2 words", "1,200 words"]
    assert counted([7], "index", "indices") == "1 index" and counted("ab", "index", "indices") == "2 indices"


@pytest.mark.parametrize("seed", [-1, 1.5, "1", None, 2 ** 63])
def test_no_stream_has_an_odd_seed(seed):
    with pytest.raises(ValueError, match="^seed: "):
        stream(seed, "order")


def test_threads_processes_and_folds_have_bounds():
    for number in (0, -3, 2.5, 10 ** 6):
        with pytest.raises(ValueError, match="^jobs: .*; give 1 to 4,096$"):
            thread_count(number, "jobs")
    assert thread_count(7) == 7 and thread_count() >= 1
    for number in (1, 51, 1000, 2.5):
        with pytest.raises(ValueError, match="^--folds: .*; give 2 to 50$"):
            refuse_folds(number, "--folds")


@pytest.mark.parametrize("words", [
    "train --threads -3", "train --threads 1.5", "train --threads 10000", "evaluate run.h5 --threads 0",
    "evaluate run.h5 --ablate --samples -1", "improve run.h5 --seeds 1", "improve run.h5 --seeds -2",
    "improve run.h5 --images -1", "improve run.h5 --samples 0", "improve run.h5 --jobs 0", "assess card --jobs x",
    "optimise design.toml --trials 0", "optimise design.toml --jobs -1", "sweep sweep.toml --jobs 0",
    "reproduce gradient-slopes --seed -1", "device plot ideal-device --seed -1", "record run.h5 --samples 0",
    "device fit m.csv -o c.toml --folds 1", "device fit m.csv -o c.toml --folds 1000",
    "device read m.csv --pulses 5 -5", "export spice run.h5 --connection a-b --tile -1",
    "export spice run.h5 --connection a-b --line -1", "import nir net.nir --steps 0",
])
def test_options_that_count_are_refused_by_their_names(words, capsys, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert main(words.split()) == 2
    said = capsys.readouterr().err
    option = next(word for word in reversed(words.split()) if word.startswith("--"))
    assert f"{option}: " in said and "; give " in said and len(said.splitlines()) == 1
    assert not any(tmp_path.iterdir())
