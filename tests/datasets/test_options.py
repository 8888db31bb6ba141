"""The section `data`: every bad value is one sentence with its dotted key."""

import dataclasses
import re
import tomllib
from pathlib import Path

import pytest

from neurosim.datasets import DataOptions
from neurosim.tables import from_table

PAGE = Path(__file__).parents[2] / "docs" / "data.md"


@pytest.mark.parametrize("key, value, sentence", [
    ("name", "mnits", "unknown data set 'mnits'; did you mean 'mnist'"),
    ("name", 3, "3 is not text"),
    ("path", None, "None is not text"),
    ("crop", -1, "-1 is below 0"),
    ("crop", 28, "28 pixels can shift a whole 28 x 28 image"),
    ("pad", 1.5, "1.5 is not a whole number"),
    ("train_samples", True, "True is not a whole number"),
    ("validation_samples", 0, "0 is below 1"),
    ("test_samples", "all", "'all' is not a whole number"),
    ("normalise", "zscore", "unknown choice 'zscore'; choose 'unit' or 'standard'"),
    ("flip", 1, "1 is neither true nor false"),
    ("crop_fill", "zero", "unknown choice 'zero'; choose 'black' or 'edge'"),
    ("randaugment", 17, "17 exceeds 16"),
    ("randaugment", True, "True is not a whole number"),
    ("magnitude", 31, "31 exceeds 30"),
    ("magnitude", -1, "-1 is below 0"),
    ("mean", (0.1, 0.2, 0.3), "3 numbers do not fit the channels of mnist, which are 1; give one for each"),
    ("mean", "half", "'half' is not a number"),
    ("mean", 128.0, "128 lies outside -10 to 10; x is between 0 and 1, byte / 255"),
    ("std", 0.0, "0 lies outside 0.001 to 1000"),
    ("std", (True,), "True is not a number"),
])
def test_bad_values_name_their_key(key, value, sentence):
    with pytest.raises(ValueError, match=rf"^data\.{key}: {sentence}"):
        DataOptions(**{key: value})


def test_a_tenth_of_ones_own_images_validates():
    assert DataOptions().validation_samples == DataOptions().validation_of(60_000) == 10_000
    own = DataOptions(name="own")
    assert [own.validation_of(count) for count in (1, 6, 160, 10 ** 6)] == [1, 1, 16, 10_000]
    assert DataOptions(name="own", validation_samples=7).validation_of(160) == 7


@pytest.mark.parametrize("key, value, sentence", [
    ("randaugment", 2, "2 operations change brightness and colours, which events do not have; write 0"),
    ("crop_fill", "edge", '"edge" would repeat the events at the edge where nothing happened; write "black"'),
])
def test_events_have_no_augmentation_of_images(key, value, sentence):
    with pytest.raises(ValueError, match=rf"^data\.{key}: {sentence}"):
        DataOptions(name="events", **{key: value})


def test_a_frame_gives_a_crop_room():
    assert DataOptions(pad=2, crop=29).crop == 29
    with pytest.raises(ValueError, match="data.crop: 30 pixels can shift a whole 28 x 28 image out of sight; choose at "
                                         "most 29"):
        DataOptions(pad=2, crop=30)


def test_every_key_stands_in_the_documentation_with_its_default():
    text = PAGE.read_text(encoding="utf-8")
    rows = dict(re.findall(r"^\| `(\w+)`.*? \| (.*?) \|", text, re.MULTILINE))
    for field in dataclasses.fields(DataOptions):
        assert f"`{field.name}`" in text
        if field.name in rows:
            assert str(field.default).lower() == rows[field.name].strip("`\"") or field.default in (None, "")
    assert len(rows) >= 12


def test_the_sections_of_the_documentation_are_ones():
    sections = [tomllib.loads(block)["data"] for block in re.findall(r"```toml\n(.*?)```", PAGE.read_text(), re.DOTALL)]
    assert [from_table(DataOptions, section, "data").name for section in sections] == ["cifar10", "fashion-mnist"]
