"""The section `data`: every bad value is one sentence with its dotted key."""

import pytest

from neurosim.datasets import DataOptions


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
])
def test_bad_values_name_their_key(key, value, sentence):
    with pytest.raises(ValueError, match=rf"^data\.{key}: {sentence}"):
        DataOptions(**{key: value})
