"""No reader fails on a run file that is sound HDF5: what the schema lets through is read, the rest is a sentence.

Mutated ones by the hundred meet every reader in tests/fuzz.
"""

import numpy as np
import pytest

from digits import config_of, write_digits
from fuzz.run_files import read, write
from neurosim.cli import main
from neurosim.experiment.pipeline.display import Silence
from neurosim.experiment.pipeline.conclusion import completed
from neurosim.experiment.runs import learnt
from neurosim.experiment.training import Training
from neurosim.results import RunFileError
from neurosim.results.schema import SCHEMA, entry_of

CHIP = ("synapses.device=choi-2018-epiram", "synapses.rounds=20", "readout.kind=adc", "readout.bits=6")


@pytest.fixture(scope="module")
def bases(tmp_path_factory):
    """Run files on a data set of patterns: ideal synapses, and devices behind converters."""
    folder = tmp_path_factory.mktemp("bases")
    return [trained(folder / f"{name}.h5", write_digits(folder), changes)
            for name, changes in (("ideal", ()), ("chip", CHIP))]


def trained(out, digits, changes):
    training = Training(config_of(digits, "record.layers=['conv1', 'output']", "record.samples=2", "record.phases=all",
                                  *changes), out, threads=1)
    training.run()
    completed(training, Silence())
    return out


def test_what_neurosim_writes_keeps_to_the_schema(bases):
    """Every data set of a run with devices, converters and records stands in the schema, with its unit."""
    for base in bases:
        for name, (_, units, description) in read(base)[0].items():
            entry, _ = entry_of(name)
            assert entry is not None, name
            assert units == entry.unit and description.startswith(entry.text.split(" after")[0][:20])


def test_every_reader_takes_what_neurosim_writes(bases, tmp_path):
    """Layers with the longest names, and warnings of whole sentences among it."""
    name = "n" * 40
    odd = trained(tmp_path / "odd.h5", bases[0].parent, [f"network.layers.0.name={name}",
                                                         f"record.layers=['{name}']"])
    tree, attributes = read(odd)
    tree["results/warnings"] = np.array([b"a sentence " * 90, b"another"]), "1", "of a test"
    write(tmp_path / "warned.h5", tree, attributes)
    for path in (*bases, odd, tmp_path / "warned.h5"):
        assert main(["energy", "--no-figure", str(path)]) == 0
    for path in (*bases, tmp_path / "warned.h5"):    # the last one holds all of the odd one, and more
        assert main(["report", "--force", "-o", str(tmp_path / "r.html"), str(path)]) == 0


@pytest.mark.parametrize("name", [name for name, entry in SCHEMA.items() if entry.part is not None and "{" not in name
                                  ][::5])
def test_a_part_that_lacks_a_data_set_is_named(name, bases, tmp_path):
    tree, attributes = read(bases[1])
    del tree[name]
    write(tmp_path / "run.h5", tree, attributes)
    with pytest.raises(RunFileError) as refused:
        learnt(tmp_path / "run.h5")
    assert str(refused.value) == (f"run file {tmp_path}/run.h5: it has no data set {name}, so neurosim did not write "
                                  "it; use an unchanged run file")


@pytest.mark.parametrize("name, values, sentence", [
    ("history/seconds", np.float64(3), "history/seconds has no axis, where 1 axis belong"),
    ("history/seconds", np.zeros(3), "history/seconds and the attribute epoch do not fit each other (epochs: 3 and "),
    ("history/train_error", np.array([0.5, np.nan]), "history/train_error holds nan, which is not in 0 ... 1"),
    ("ledger/free/steps", np.array([-1, 5]), "ledger/free/steps holds -1, which is not in 0 ... 9.0072e+15"),
    ("ledger/free/steps", np.array([1.5, 5]), "ledger/free/steps holds float64, where whole numbers belong"),
    ("results/test/ledger/samples", np.array([0]), "results/test/ledger/samples holds 0, which is not in 1 ... "),
    ("results/test/layers", np.array([b"input", b"input", b"output"]), "results/test/layers holds a name twice"),
    ("results/test/labels", np.full(20, 10), "results/test/labels holds 10, which is not in 0 ... 9")])
def test_the_entry_that_is_wrong_is_named(name, values, sentence, bases, tmp_path, capsys):
    tree, attributes = read(bases[1])
    if name == "results/test/labels":
        values = np.full(tree[name][0].shape, 10)
    tree[name] = values, "1", "of a test"
    write(tmp_path / "run.h5", tree, attributes)
    assert {main([*words, str(tmp_path / "run.h5")]) for words in (["energy", "--no-figure"], ["plot"])} <= {0, 2}
    assert f"run.h5: {sentence}" in capsys.readouterr().err
