"""Identity of a sweep and of its points: what is used of files counts, and neither their bytes nor their places."""

import gzip
import os
import re
import shutil

import pytest

from digits import config_of, write_digits
from neurosim.cards import FOLDERS
from neurosim.experiment.sweep.spec import read_sweep
from neurosim.experiment.sweep.store import Store
from neurosim.experiment.training import Training
from neurosim.results import RunFile, read_run, write_run
from neurosim.toml import to_toml

CARD = next(folder / "ideal-device.toml" for folder in FOLDERS if folder.is_dir()).read_text()
PRICES = next(folder / "prices" / "isaac-32nm.toml" for folder in FOLDERS if folder.is_dir()).read_text()


@pytest.fixture
def names(tmp_path):
    """Function from the text of a sweep file to its identity, and the id of its first point."""
    def read(text):
        (tmp_path / "sweep.toml").write_text(text)
        sweep = read_sweep(tmp_path / "sweep.toml")
        return sweep.identity, sweep.point(0).id
    return read


@pytest.mark.parametrize("key, text", [
    ("synapses.device", CARD), ("energy.prices", PRICES)])
@pytest.mark.parametrize("axis", [False, True])
def test_numbers_of_a_card_count_and_its_comments_time_and_place_do_not(names, tmp_path, key, text, axis):
    card = tmp_path / "mine.toml"
    sweep = f'base = "mnist-small"\nrepeats = 2\n[{"axes" if axis else "fixed"}]\n"{key}" = '
    listed = (lambda path: f'["{path}"]\n') if axis else (lambda path: f'"{path}"\n')
    card.write_text(text)
    first = names(sweep + listed(card))
    card.write_text(f"# explained better\n{text}\n\n")
    os.utime(card, (1, 1))
    assert names(sweep + listed(card)) == first
    if not axis:    # whose values are labels of the results
        card.rename(tmp_path / "moved.toml")
        assert names(sweep + listed(tmp_path / "moved.toml")) == first
    card.write_text(changed_number(text))
    other = names(sweep + listed(card))
    assert other[0] != first[0] and other[1] != first[1]


def changed_number(text):
    """A card one of whose numbers has another last digit."""
    value = re.search(r"value = (\d[\d.e+-]*)", text)
    assert value
    return text[:value.start(1)] + repr(float(value[1]) * 1.01) + text[value.end(1):]


def test_images_count_and_not_where_or_how_they_are_kept(names, tmp_path):
    (tmp_path / "a").mkdir()
    folder = write_digits(tmp_path / "a")
    sweep = 'base = "mnist-small"\nrepeats = 2\n[fixed]\n"data.path" = "{}"\n'
    first = names(sweep.format(folder))
    shutil.copytree(folder, tmp_path / "b")
    for file in [*(tmp_path / "b").glob("*.gz")]:
        file.with_suffix("").write_bytes(gzip.decompress(file.read_bytes()))
        file.unlink()
    assert names(sweep.format(tmp_path / "b")) == first
    images = next((tmp_path / "b").glob("train-images*"))
    content = bytearray(images.read_bytes())
    content[-1] ^= 1
    images.write_bytes(content)
    assert names(sweep.format(tmp_path / "b"))[0] != first[0]


def test_weights_of_a_run_count_and_not_what_else_its_file_holds(names, tmp_path):
    (tmp_path / "digits").mkdir()
    config = config_of(write_digits(tmp_path / "digits"))
    run = tmp_path / "run.h5"
    Training(config, run).save()
    text = f'[run]\nevaluate = "{run}"\n[axes]\n"learning.free_steps" = [10, 20]\n'
    first = names(text)
    sweep = read_sweep(tmp_path / "sweep.toml")
    Store.begin(tmp_path / "out", sweep)
    tree, attributes = read_run(run)
    write_run(run, tree, attributes | {"command": "neurosim record run.h5"})
    assert names(text) == first
    assert Store.begin(tmp_path / "out", read_sweep(tmp_path / "sweep.toml")), "the same sweep as before"
    moved = tmp_path / "moved.h5"
    run.rename(moved)
    assert names(text.replace("run.h5", "moved.h5")) == first
    name = next(iter(tree["model"]["weights"]))
    tree["model"]["weights"][name].data[...] *= 1.001
    write_run(moved, tree, attributes)
    assert names(text.replace("run.h5", "moved.h5"))[0] != first[0]
    with RunFile(moved) as kept:
        assert kept.attributes["config"] == to_toml(config)
