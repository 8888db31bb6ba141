"""A learnt network under a changed configuration: its weights mean what they were learnt for, or it is refused."""

from dataclasses import fields, is_dataclass

import numpy as np
import pytest

from digits import config_of, write_digits
from neurosim.experiment import changes
from neurosim.experiment.changes import CALIBRATE, CLASSES, FREE, LEARNING, REFUSED, WRITE, class_of, restored
from neurosim.experiment.diagnosis import movement_signs
from neurosim.experiment.config import Config
from neurosim.experiment.training import Training
from neurosim.memristor.device import IMPERFECTIONS, RANGE
from neurosim.memristor.laws import LAWS

CHIP = ("synapses.device=ideal-device", "synapses.rounds=20", "readout.kind=adc", "readout.bits=8")


def keys(kind=Config, prefix=""):
    """Every key of a configuration: fields of its sections, and sections that are tables of values."""
    for field in fields(kind):
        default = getattr(kind(), field.name)
        yield from keys(type(default), f"{field.name}.") if is_dataclass(default) and not prefix else [
            f"{prefix}{field.name}"]


@pytest.mark.parametrize("key", [*keys()])
def test_every_key_is_classified(key):
    assert key in CLASSES or key.partition(".")[0] in CLASSES
    assert class_of(key) in (FREE, CALIBRATE, WRITE, LEARNING, REFUSED)


def test_no_class_is_of_a_key_that_is_not_there():
    known = {*keys(), *(key.partition(".")[0] for key in keys())} | {
        f"device.{key}" for table in (RANGE, IMPERFECTIONS, *(law.keys for law in LAWS.values())) for key in table}
    assert set(CLASSES) <= known
    assert class_of("network.layers.0.channels") == REFUSED and class_of("device.g_max") == WRITE
    assert class_of("device.read_noise") == FREE and class_of("nothing.known") == REFUSED


@pytest.fixture(scope="module")
def runs(tmp_path_factory):
    """Paths of two runs of the same data: on ideal synapses, and on devices behind converters."""
    folder = tmp_path_factory.mktemp("runs")
    digits, paths = write_digits(folder), {}
    for name, settings in (("ideal", ()), ("chip", CHIP)):
        paths[name] = folder / f"{name}.h5"
        training = Training(config_of(digits, *settings), paths[name], threads=1)
        training.run()
        training.save()
    return paths


def answers(training):
    return training.evaluate(training.data.test_images, training.data.test_labels).answers


@pytest.mark.parametrize("settings", [
    ["synapses.ranges=2"], ["network.gains=2"], ["synapses.mapping=offset"], ["device.g_max=2e-5"], ["seed=8"],
    ["synapses.device=choi-2018-epiram"], ["synapses.programming=one-sided"], ["array.tile=32"],
    ["synapses.ranges=8", "network.gains=[0.5, 2]", "device.g_min=1e-6"]])
def test_weights_are_written_anew_where_conductances_would_mean_something_else(runs, settings):
    training, told = restored(runs["chip"], settings, threads=1)
    learnt, _ = restored(runs["chip"], threads=1)
    assert told[0].startswith("the learnt weights were rewritten to the chip (")
    for name, before in learnt.model.synapses.weights.items():
        after = training.model.synapses.weights[name]
        assert np.corrcoef(before.ravel(), after.ravel())[0, 1] > 0.95
        assert np.std(after - before) < 0.35 * np.std(before)
    assert training.progress.epoch == 2
    assert not [sign for sign in movement_signs(training) if "has changed" in sign], "nothing was to be learnt"


@pytest.mark.parametrize("settings", [["synapses.device=ideal-device"], ["synapses.device=ideal-device",
                                                                         "readout.kind=adc", "readout.bits=5"]])
def test_an_evaluation_on_devices_is_what_a_sweep_does(runs, settings):
    """In [run] evaluate: no epoch, weights written, converters calibrated."""
    training, told = restored(runs["ideal"], settings, threads=1)
    point = Training(changes.changed(runs["ideal"], settings)[0], threads=1)
    point.begin_with(runs["ideal"])
    point.calibrate()
    np.testing.assert_array_equal(answers(training), answers(point))
    assert "synapses.device: \"ideal\" -> \"ideal-device\"" in told[0]


@pytest.mark.parametrize("setting", ["readout.bits=3", "readout.range=0.3", "readout.margin=2",
                                     "readout.kind=integrate-and-fire", "readout.offset=0.4"])
def test_converters_that_are_changed_are_calibrated_anew(runs, setting):
    training, told = restored(runs["chip"], [setting], threads=1)
    fresh = Training(training.config, threads=1)
    fresh.model.restore({**restored(runs["chip"], threads=1)[0].model.stored(), "ranges": {}})
    fresh.calibrate()
    for key, full in fresh.model.periphery.ranges.items():
        np.testing.assert_array_equal(training.model.periphery.ranges[key], full)
    assert told == [f"the converters were recalibrated ({told[0].partition('(')[2]}"]


def test_what_is_free_leaves_every_bit_and_says_nothing(runs):
    training, told = restored(runs["chip"], ["learning.free_steps=12", "device.read_noise=0.1", "energy.node=65",
                                             "synapses.shelf_seconds=10"], threads=1)
    own, _ = restored(runs["chip"], threads=1)
    assert told == []
    for group, arrays in own.model.stored().items():
        for name, values in arrays.items():
            assert np.asarray(values).tobytes() == np.asarray(training.model.stored()[group][name]).tobytes()


@pytest.mark.parametrize("setting, words", [
    ("network.layers.0.channels=4", r"network.layers.0.channels: 3 -> 4: is part of what the weights were trained for"),
    ("data.split_seed=5", "retrain to change it"), ("data.pad=1", "retrain"), ("data.std=0.4", "retrain"),
    ("data.randaugment=2", "does not affect an evaluation"), ("data.crop_fill=edge", "omit it"),
    ("data.validation_samples=10", "retrain"), ("optimiser.momentum=0.1", "does not affect an evaluation"),
    ("training.epochs=7", "does not affect an evaluation"), ("synapses.pulses=nearest", "omit it, or train with")])
def test_what_cannot_be_changed_is_refused_in_one_sentence(runs, setting, words):
    with pytest.raises(ValueError, match=words) as caught:
        restored(runs["chip"], [setting])
    assert "\n" not in str(caught.value)


def test_devices_may_be_left_for_numbers(runs):
    training, told = restored(runs["chip"], ["synapses.device=ideal", "readout.kind=ideal"], threads=1)
    assert told == ['the learnt weights were taken over as numbers (synapses.device: "ideal-device" -> "ideal")']
    stored = restored(runs["chip"], threads=1)[0].model.synapses.weights
    for name, values in training.model.synapses.weights.items():
        np.testing.assert_array_equal(values, stored[name])


def test_another_seed_keeps_the_images_apart_that_were_learnt(runs):
    own, other = (restored(runs["chip"], settings, threads=1)[0].data for settings in ((), ["seed=8"]))
    np.testing.assert_array_equal(own.validation_images, other.validation_images)


def test_a_run_goes_on_where_its_data_are_now_and_with_other_prices(runs, tmp_path):
    from neurosim.experiment.runs import stored_config
    for settings in (["training.checkpoint_seconds=1", "training.prefetch=7"], ["energy.node=65"],
                     ["record.samples=1"]):
        Training(stored_config(runs["ideal"], settings), runs["ideal"], resume=True)
    with pytest.raises(ValueError, match="synapses.ranges: 4.0 -> 2.0"):
        Training(stored_config(runs["chip"], ["synapses.ranges=2.0"]), runs["chip"], resume=True)
