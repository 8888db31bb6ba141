"""No reader fails on a run file that is sound HDF5: what the schema lets through is read, the rest is a sentence."""

import os

import numpy as np
import pytest

from fuzz.run_files import attacked, make_bases, outcome, read, readers, write
from neurosim.results.schema import SCHEMA, entry_of


@pytest.fixture(scope="module")
def bases(tmp_path_factory):
    return make_bases(tmp_path_factory.mktemp("bases"))


@pytest.mark.slow
def test_mutated_files_are_read_or_refused_in_one_sentence(bases, tmp_path):
    """The long form is tests/fuzz/run_files.py; each mutation meets one of the seven readers here."""
    (tmp_path / "readers").mkdir()
    found = list(attacked(bases, 90, 7, tmp_path, every=7))
    assert [(reader, told, text) for happened, text, reader, told in found if happened == "broken"] == []
    assert {happened for happened, *_ in found} == {"read", "refused"}
    assert sorted(os.listdir(tmp_path)) == ["mutated.h5", "page.html", "readers"][:len(os.listdir(tmp_path))]


def test_what_neurosim_writes_keeps_to_the_schema(bases):
    """Every data set of a run with devices, converters and records stands in the schema, with its unit."""
    for base in bases:
        for name, (_, units, description) in read(base)[0].items():
            entry, _ = entry_of(name)
            assert entry is not None, name
            assert units == entry.unit and description.startswith(entry.text.split(" after")[0][:20])


@pytest.mark.parametrize("name", [name for name, entry in SCHEMA.items() if entry.part is not None and "{" not in name
                                  ][::5])
def test_a_part_that_lacks_a_data_set_is_named(name, bases, tmp_path):
    tree, attributes = read(bases[1])
    del tree[name]
    write(tmp_path / "run.h5", tree, attributes)
    happened, text = outcome(readers(tmp_path)["source"], tmp_path / "run.h5")
    assert (happened, text) == ("refused", f"run file {tmp_path}/run.h5: it has no data set {name}, so neurosim did "
                                "not write it; use an unchanged run file")


@pytest.mark.parametrize("name, values, sentence", [
    ("history/seconds", np.float64(3), "history/seconds has no axis, where 1 axis belong"),
    ("history/seconds", np.zeros(3), "history/seconds and the attribute epoch do not fit each other (epochs: 3 and "),
    ("history/train_error", np.array([0.5, np.nan]), "history/train_error holds nan, which is not in 0 ... 1"),
    ("ledger/free/steps", np.array([-1, 5]), "ledger/free/steps holds -1, which is not in 0 ... 9.0072e+15"),
    ("ledger/free/steps", np.array([1.5, 5]), "ledger/free/steps holds float64, where whole numbers belong"),
    ("results/test/layers", np.array([b"input", b"input", b"output"]), "results/test/layers holds a name twice"),
    ("results/test/labels", np.full(20, 10), "results/test/labels holds 10, which is not in 0 ... 9")])
def test_the_entry_that_is_wrong_is_named(name, values, sentence, bases, tmp_path):
    tree, attributes = read(bases[1])
    if name == "results/test/labels":
        values = np.full(tree[name][0].shape, 10)
    tree[name] = values, "1", "of a test"
    write(tmp_path / "run.h5", tree, attributes)
    found = [outcome(readers(tmp_path)[reader], tmp_path / "run.h5") for reader in ("energy", "plot")]
    assert "broken" not in dict(found)
    assert any(happened == "refused" and f"run.h5: {sentence}" in text for happened, text in found)
