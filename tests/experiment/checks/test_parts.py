"""Noise and bias of an estimate are separated by what differs between parts of the images."""

import numpy as np
import pytest

from neurosim.experiment.checks.case import CheckCase
from neurosim.experiment.checks.gradient import interior_case
from neurosim.experiment.checks.parts import in_parts, likeness, likenesses, true_gradients
from neurosim.learning.phases import Phases

PARTS, SIZE = 8, 20000


@pytest.fixture
def random():
    return np.random.default_rng(0)


def orthogonal(random):
    """Return two vectors of length 1 at a right angle."""
    return np.linalg.qr(random.normal(size=(SIZE, 2)))[0].T


def noise(random, size):
    """Return a vector for each part whose mean over the parts is about `size` long."""
    return size * np.sqrt(PARTS / SIZE) * random.normal(size=(PARTS, SIZE))


def test_noise_is_taken_out_and_bias_stays(random):
    """g = G + b + n with |G| = 1, |b| = 3/4 across it and |n| = 1 of the mean: 1 / sqrt(1 + 9/16 + 1) and 4/5."""
    truth, across = orthogonal(random)
    truths = truth + noise(random, 2.0)
    truths += truth - truths.mean(axis=0)
    found = likeness(truths + 0.75 * across + noise(random, 1.0), truths)
    assert found.cosine == pytest.approx(1 / np.sqrt(1 + 9 / 16 + 1), rel=0.02)
    assert found.shared == pytest.approx(0.8, rel=0.02)


def test_parts_that_differ_as_their_gradients_do_have_no_noise(random):
    truths = noise(random, 1.0)
    found = likeness(2 * truths.mean(axis=0) + truths, truths)
    assert [found.cosine, found.shared] == pytest.approx([1, 1])


def test_what_is_left_is_never_shorter_than_its_part_along_the_gradient(random):
    truth, _ = orthogonal(random)
    found = [likeness(truth + noise(random, 3.0), np.tile(truth, (PARTS, 1))) for _ in range(8)]
    assert max(one.shared for one in found) <= 1 + 1e-12 and min(one.shared for one in found) > 0.9
    assert all(one.cosine < 0.4 for one in found)


def test_one_part_is_refused():
    with pytest.raises(ValueError, match="likeness: 1 part of the images cannot differ from another; give 2 or more"):
        likeness([np.ones(3)], [np.ones(3)])


def test_phases_that_come_to_rest_find_the_gradient_of_every_part():
    case = interior_case()
    long = Phases(beta=1e-3, free_steps=100, nudge_steps=100, window=1)
    whole = CheckCase(**{**vars(case), "phases": long, "images": np.tile(case.images, (3, 1, 1, 1)),
                         "targets": np.tile(case.targets, (3, 1))})
    parts = in_parts(whole, 3)
    assert [len(part.images) for part in parts] == [2, 2, 2]
    found = likenesses(parts, true_gradients(parts))
    assert list(found) == ["input-conv1", "conv1-output"]
    for one in found.values():
        assert one.cosine == pytest.approx(1, abs=1e-6) and one.shared == pytest.approx(1, abs=1e-6)
