"""Ablation: what is switched is what was named, costs compare the same images, a chip without faults costs nothing."""

import numpy as np
import pytest
from numpy.testing import assert_allclose

from digits import config_of, write_digits
from neurosim.cards import card_names
from neurosim import Crossbar
from neurosim.crossbar.mapping import MAPPINGS
from neurosim.experiment.ablation import ablate, paired_difference
from neurosim.experiment.changes import restored
from neurosim.experiment.chip import card_device
from neurosim.experiment.imperfections import IMPERFECTIONS, present, switched
from neurosim.experiment.runs import load_model, stored_config
from neurosim.experiment.training import Training
from neurosim.memristor.device import load_device
from neurosim.memristor.response import Response
from observers import StopAfter

EVERYTHING = ("synapses.device=nandakumar-2020-pcm", "synapses.shelf_seconds=1e4", "device.levels=40",
              "device.step_spread=0.2", "device.stuck_on=0.01", "device.endurance=1e6", "device.drift=0.03",
              "device.read_noise=0.02", "device.rtn_amplitude=0.1", "device.flicker=1e-4", "device.c2c=0.3",
              "device.asymmetry=0.1", "array.word_line=2.0", "array.pulses=local", "readout.kind=integrate-and-fire",
              "readout.leak=0.1", "readout.comparator=0.5", "readout.dac_bits=6", "readout.noise=frozen",
              "synapses.pulses=nearest", "synapses.programming=one-sided")
LEARNING = ("data.train_samples=200", "network.layers.0.channels=8", "neurons.epsilon=0.9", "neurons.lam=0.2",
            "learning.beta=0.2", "learning.targets=[0.0, 1.0]", "learning.free_steps=12", "optimiser.rates=0.1",
            "optimiser.momentum=0.5", "training.epochs=3", "training.batch=5")
CARDS = [name for name in card_names() if load_device(name).law != "table"]


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return write_digits(tmp_path_factory.mktemp("digits"), train=240, test=60)


@pytest.fixture(scope="module")
def ideal(folder, tmp_path_factory):
    """Run file of a network on ideal synapses that has learnt."""
    out = tmp_path_factory.mktemp("ideal") / "run.h5"
    config = config_of(folder, *LEARNING)
    assert Training(config, out, threads=1).run()
    return out


@pytest.fixture(scope="module")
def onto():
    """Assignments that put an ideal network on devices without any imperfection but their steps."""
    return ["synapses.device=ideal-device", "synapses.ranges=8.0", "synapses.tolerance=1.0"]


def test_the_own_chip_of_a_run_that_stopped_within_an_epoch_is_that_of_an_evaluation(folder, tmp_path):
    """Its converters follow the weights with which it stopped, not those of their latest calibration."""
    training = Training(config_of(folder, *LEARNING, "optimiser.rates=0.3", "readout.kind=adc", "readout.bits=2"),
                        tmp_path / "run.h5", 1)
    assert not training.run(StopAfter(30))
    again, _ = restored(training.out, threads=1)
    images, labels = again.data.test_images, again.data.test_labels
    assert ablate(training.out, threads=1).errors["own"] == again.evaluate(images, labels).error
    assert again.evaluate(images, labels).error != training.evaluate(images, labels).error


def test_every_imperfection_is_found_where_it_is():
    config = config_of("", *EVERYTHING)
    assert set(present(config, learning=True)) == {one.name for one in IMPERFECTIONS}
    assert set(present(config)) == {one.name for one in IMPERFECTIONS if not one.learns}
    assert present(config_of("")) == present(config_of("", "synapses.device=ideal-device")) == {}
    assert set(present(config_of("", "readout.kind=adc", "readout.gain=0.01"))) == {"converters", "converter errors"}


@pytest.mark.parametrize("name, enabler, neutral", [
    ("drift", "synapses.shelf_seconds=1e4", "synapses.shelf_seconds=0.0"),
    ("local pulses", "array.word_line=2.0", "array.word_line=0.0"),
    ("telegraph noise", "readout.noise=frozen", "readout.noise=off"),
    ("1/f noise", "readout.noise=frozen", "readout.noise=off"),
    ("comparator noise", "readout.noise=frozen", "readout.noise=off"),
    ("comparator noise", "readout.kind=adc", "readout.kind=ideal"),
])
def test_what_has_no_effect_is_not_listed(name, enabler, neutral):
    assert name in present(config_of("", *EVERYTHING, enabler))
    assert name not in present(config_of("", *EVERYTHING, neutral))


@pytest.mark.parametrize("card", CARDS)
def test_switched_off_together_nothing_is_left(card):
    config = config_of("", *EVERYTHING, f"synapses.device={card}")
    found = present(config, learning=True)
    off = switched(config, {path: value for changes in found.values() for path, value in changes.items()})
    assert present(off, learning=True) == {} and off.readout.exact and not off.array.wired
    for name, changes in found.items():
        assert name not in present(switched(config, changes), learning=True)


@pytest.mark.parametrize("card", CARDS)
def test_a_range_that_begins_lower_has_the_same_steps(card):
    config = config_of("", *EVERYTHING, f"synapses.device={card}")
    lower = switched(config, present(config).get("on/off ratio", {}))
    before, after = Response(card_device(config)), Response(card_device(lower))
    span = before.device.span
    assert_allclose(after.device.span, span, rtol=1e-12)
    assert after.device["g_max"] / after.device["g_min"] >= 1000 or card_device(config) == card_device(lower)
    for direction in (0, 1):
        for part in (0.1, 0.5, 0.9):
            steps = [response.step(direction, response.device["g_min"] + part * span) for response in (before, after)]
            assert_allclose(steps[1], steps[0], rtol=1e-9)


@pytest.mark.parametrize("word, listed", [("readout.noise=frozen", True), ("array.word_line=2.0", True),
                                          ("synapses.mapping=offset", False), ("readout.kind=adc", False)])
def test_the_on_off_ratio_matters_where_more_than_differences_count(word, listed):
    config = config_of("", "synapses.device=kuzum-2011-gst", word)
    assert ("on/off ratio" in present(config)) is listed


@pytest.mark.parametrize("mapping", MAPPINGS)
def test_the_on_off_ratio_alone_moves_no_weight(mapping):
    """Noise of steps, spread and stuck devices act on the place in the range, whatever lies below it."""
    weights, draw = np.random.default_rng(0).uniform(-1, 1, (6, 8)), np.random.default_rng(1)
    wide, narrow = (Crossbar(load_device("choi-2018-epiram", {
        "g_min": low, "g_max": low + 1e-5, "step_spread": 0.2, "g_max_spread": 0.1, "stuck_anywhere": 0.1}),
        weights, mapping=mapping, seed=5) for low in (1e-8, 1e-5))
    first = wide.weights.copy()
    for _ in range(10):
        counts = draw.integers(-2, 3, weights.shape)
        wide.pulse(counts)
        narrow.pulse(counts)
    assert_allclose(narrow.weights, wide.weights, atol=1e-6)
    assert np.abs(wide.weights - first).max() > 0.1


@pytest.mark.parametrize("card", [card for card in CARDS if load_device(card).law in
                                  ("linear", "exponential", "power", "neurosim")])
def test_equal_steps_are_as_large_as_those_in_the_middle_of_the_range(card):
    config = config_of("", f"synapses.device={card}", "device.asymmetry=0.1")
    changes = present(config)["unequal steps"]
    before, after = Response(card_device(config)), Response(card_device(switched(config, changes)))
    assert_allclose(after.middle_step, before.middle_step, rtol=1e-12)
    low, span = after.device["g_min"], after.device.span
    steps = [sign * after.step(direction, low + part * span) for part in (0.05, 0.5, 0.95)
             for direction, sign in ((0, 1), (1, -1))]
    assert_allclose(steps, before.middle_step, rtol=1e-12)


def test_a_paired_difference_by_hand():
    both, more, less, neither = 5, 2, 3, 90
    wrong = np.repeat([True, True, False, False], (both, more, less, neither))
    base = np.repeat([True, False, True, False], (both, more, less, neither))
    value, low, high = paired_difference(wrong, base)
    assert value == pytest.approx(-0.01)
    p, q = 3 / 102, 4 / 102
    half = 1.959964 * np.sqrt((p + q - (p - q) ** 2) / 102)
    assert_allclose((low, high), (p - q - half, p - q + half), rtol=1e-6)
    assert_allclose(paired_difference(base, wrong), (-value, -high, -low), rtol=1e-12)


def test_paired_intervals_hold_the_true_difference_19_times_of_20():
    """Answers that agree on most images: errors of 20 % and 26 %, of which 17 % are common."""
    draw = np.random.default_rng(4).random((4000, 300))
    wrong, base = (draw < 0.17) | (draw > 0.91), draw < 0.20
    inside = [low <= 0.06 <= high for _, low, high in map(paired_difference, wrong, base)]
    assert 0.935 < np.mean(inside) < 0.965


def test_the_only_imperfection_makes_up_the_whole_difference(ideal, onto):
    found = ablate(ideal, [*onto, "device.stuck_anywhere=0.3"], samples=60, threads=1)
    stuck, = found.effects
    assert stuck.name == "stuck devices" and stuck.changes == {"device.stuck_anywhere": 0.0}
    assert (stuck.alone.on, stuck.alone.off) == (found.errors["all"], found.errors["none"])
    assert stuck.alone == stuck.among and stuck.cost == pytest.approx(stuck.alone.on - stuck.alone.off)
    assert stuck.cost > 0.2 and stuck.alone.low > 0
    assert found.samples == 60 and found.epochs == 3


def test_fine_steps_transfer_a_network_as_it_is(ideal, onto):
    """10,000 equal steps over the range keep what the weights are as numbers; the run's own chip is ideal here."""
    before = ideal.read_bytes()
    found = ablate(ideal, [*onto, "readout.kind=adc", "readout.bits=16"], samples=60, threads=1)
    assert found.errors["own"] == found.errors["numbers"] < 0.2
    assert abs(found.errors["none"] - found.errors["numbers"]) <= 1 / 60
    assert abs(found.effects[0].cost) <= 1 / 60
    assert ideal.read_bytes() == before


def test_devices_drift_while_the_chip_lies_on_its_shelf(ideal, onto):
    found = ablate(ideal, [*onto, "device.drift=0.1", "device.drift_spread=0.3", "synapses.shelf_seconds=1e6"],
                   samples=60, threads=1)
    drift, ratio = found.effects
    assert (drift.name, ratio.name) == ("drift", "on/off ratio") and drift.changes == {"synapses.shelf_seconds": 0.0}
    assert drift.cost > 0.2


def test_biases_are_transferred_too(ideal, onto, tmp_path):
    """A large bias of one class answers every image with it, on the own chip and on fresh ones."""
    training = Training(stored_config(ideal), tmp_path / "run.h5", threads=1)
    load_model(ideal, training.model)
    training.model.biases["output"][3] = 50.0
    training.save()
    found = ablate(tmp_path / "run.h5", [*onto, "device.stuck_on=0.01"], samples=60, threads=1)
    expected = np.mean(training.data.test_labels[:60] != 3)
    assert found.errors == dict.fromkeys(("own", "numbers", "none", "all"), expected)


def test_what_needs_another_is_measured_beside_it_and_that_without_it(ideal, onto):
    found = ablate(ideal, [*onto, "readout.kind=adc", "readout.bits=6", "readout.offset=8.0"], samples=30, threads=1)
    effects = {effect.name: effect for effect in found.effects}
    errors, converters = effects["converter errors"], effects["converters"]
    assert errors.alone.others == ("converters",) and errors.among.others == ()
    assert converters.alone.others == () and converters.among.others == ("converter errors",)
    assert errors.alone.off == errors.among.off == converters.alone.on == converters.among.on
    assert converters.among.off == found.errors["none"] and errors.alone.on == found.errors["all"]
    assert found.effects[0].name == "converter errors" and errors.cost > 0.2 > converters.cost


@pytest.mark.slow
def test_threads_and_earlier_chips_change_nothing(ideal, onto):
    words = [*onto, "device.c2c=5.0", "device.stuck_on=0.05", "readout.kind=adc", "readout.bits=5",
             "readout.noise=fresh", "device.read_noise=0.05", "array.word_line=20.0"]
    seen = []
    one, two = (ablate(ideal, words, samples=40, threads=threads, observe=lambda *state: seen.append(state))
                for threads in (1, 2))
    assert one == two
    numbers = [number for _, number, *_ in seen[:len(seen) // 2]]
    assert numbers == list(range(1, len(numbers) + 1)) and {total for _, _, total, _, _ in seen} == {len(numbers)}
    assert ablate(ideal, [*words, "seed=11"], samples=40, threads=1).errors["own"] == one.errors["own"]
    alone = ablate(ideal, [*words, "readout.kind=ideal", "readout.noise=off", "array.word_line=0.0",
                           "device.stuck_on=0.0"], samples=40, threads=1)
    noise = {effect.name: effect for effect in one.effects}["programming noise"]
    assert alone.effects[0].alone == noise.alone


def test_the_own_chip_is_the_one_of_the_run_file(folder, tmp_path):
    config = config_of(folder, "synapses.device=choi-2018-epiram", "synapses.shelf_seconds=10.0", "device.drift=0.1",
                       "device.stuck_on=0.1")
    training = Training(config, tmp_path / "run.h5", threads=1)
    assert training.run()
    with training.model.shelved():
        expected = training.evaluate(training.data.test_images[:50], training.data.test_labels[:50]).error
    found = ablate(tmp_path / "run.h5", samples=50, threads=1)
    assert found.errors["own"] == expected
    assert {effect.name for effect in found.effects} == {"programming noise", "unequal steps", "stuck devices", "drift",
                                                         "on/off ratio"}


@pytest.mark.parametrize("words, samples, sentence", [
    ((), 10, "its chip has no imperfection to switch; put some on it, for example with --set"),
    (("readout.kind=adc",), 0, "samples: 0 is below 1"),
    (("readout.kind=adc", "network.layers.0.channels=4"), 10, "network.layers.0.channels: 8 -> 4: is part of"),
])
def test_what_cannot_be_ablated(ideal, words, samples, sentence):
    with pytest.raises(ValueError, match=sentence):
        ablate(ideal, words, samples, threads=1)
