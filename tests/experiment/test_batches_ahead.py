"""A training whose batches a thread makes ahead: the same bits, the same errors, and no thread when it is over."""

import threading

import numpy as np
import pytest

from digits import config_of, write_digits
from neurosim.datasets import batches
from neurosim.experiment import training as module
from neurosim.experiment.observer import Unwatched
from neurosim.experiment.training import Training
from observers import StopAfter

CHANCE = ("data.crop=2", "data.crop_fill=edge", "data.flip=true", "data.randaugment=2", "training.batch=6")


@pytest.fixture(scope="module")
def digits(tmp_path_factory):
    return write_digits(tmp_path_factory.mktemp("digits"))


@pytest.fixture(autouse=True)
def no_thread_left_behind():
    yield
    assert "neurosim: batches" not in [thread.name for thread in threading.enumerate()]


class FailAfter(StopAfter):
    """Let an exception out in place of stopping."""

    def __init__(self, batches, error):
        super().__init__(batches)
        self.error = error

    def stop(self):
        if super().stop():
            raise self.error
        return False


def bits(training):
    return [np.asarray(values).tobytes() for arrays in training.model.stored().values() for values in arrays.values()]


@pytest.fixture(scope="module")
def straight(digits):
    training = Training(config_of(digits, *CHANCE, "training.prefetch=0"), threads=1)
    assert training.run(Unwatched())
    return training


@pytest.mark.parametrize("prefetch, threads", [(1, 1), (2, 2), (50, 1)])
def test_results_do_not_depend_on_how_far_ahead_batches_are_made(digits, straight, prefetch, threads):
    """Further than an epoch has batches, too."""
    training = Training(config_of(digits, *CHANCE, f"training.prefetch={prefetch}"), threads=threads)
    assert training.run(Unwatched())
    assert bits(training) == bits(straight)
    assert [entry["validation_error"] for entry in training.progress.history] == \
        [entry["validation_error"] for entry in straight.progress.history]


@pytest.mark.parametrize("last", [3, 10, 13])
def test_a_run_goes_on_with_another_number_of_batches_ahead(digits, straight, tmp_path, last):
    begun = Training(config_of(digits, *CHANCE, "training.prefetch=4"), tmp_path / "run.h5", threads=1)
    assert not begun.run(StopAfter(last))
    resumed = Training(config_of(digits, *CHANCE, "training.prefetch=0"), tmp_path / "run.h5", threads=1, resume=True)
    assert 10 * resumed.progress.epoch + resumed.progress.batch == last
    assert resumed.run(Unwatched())
    assert bits(resumed) == bits(straight)


@pytest.mark.parametrize("error", [KeyboardInterrupt(), RuntimeError("the disk is full")])
def test_an_error_of_the_training_ends_the_thread(digits, error):
    training = Training(config_of(digits, *CHANCE, "training.prefetch=3"), threads=1)
    with pytest.raises(type(error)) as caught:
        training.run(FailAfter(2, error))
    assert caught.value is error


@pytest.mark.parametrize("prefetch", [0, 3])
def test_an_error_of_the_data_comes_with_the_batch_that_has_it(digits, monkeypatch, prefetch):
    """Batches before it are learnt."""
    training = Training(config_of(digits, *CHANCE, f"training.prefetch={prefetch}"), threads=1)
    calls, error, augment = [], ValueError("sample 7 is broken"), batches.augment

    def broken(*arguments):
        calls.append(1)
        if len(calls) == 4:
            raise error
        return augment(*arguments)

    monkeypatch.setattr(batches, "augment", broken)
    with pytest.raises(ValueError, match="sample 7 is broken") as caught:
        training.run(Unwatched())
    assert caught.value is error and training.progress.batch == 3


def test_an_evaluation_draws_nothing(digits, straight, monkeypatch):
    def refuse(*arguments):
        raise AssertionError("an evaluation has no augmentation")

    monkeypatch.setattr(batches, "augment", refuse)
    data = straight.data
    found = straight.evaluate(data.validation_images, data.validation_labels)
    assert found.error == straight.progress.history[-1]["validation_error"]
    assert not hasattr(module, "augment")
