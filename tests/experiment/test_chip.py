"""A network on devices, built from a configuration: reproducible, resumable, and clear about what it does not know."""

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal

from digits import TEXT
from neurosim.cards import card_path
from neurosim.crossbar import IdealSynapses
from neurosim.crossbar.devices import DeviceSynapses
from neurosim.experiment import runs
from neurosim.experiment.chip import make_update
from neurosim.experiment.config import Config, parse_config
from neurosim.experiment.model import Model
from neurosim.experiment.training import Progress
from neurosim.learning.phases import one_hot, run_phases
from neurosim.learning.pulses import ROUNDINGS, DigitalRule, DirectUpdate
from neurosim.learning.stochastic_pulses import TrainRule
from neurosim.learning.transfer import TransferRule, VerifyRule
from neurosim.memristor.array import DeviceArray
from neurosim.tables import from_table

NOISY = ("device.c2c=0.2", "device.write_noise=1e-8", "device.step_spread=0.1", "device.drift=0.01")
RULES = ("accumulate", "trains", "tiki-taka", "write-verify")


def config_of(*assignments):
    return parse_config(TEXT, "the test", ["synapses.device=choi-2018-epiram", "synapses.rounds=20", *assignments])


def model_of(*assignments, threads=1):
    return Model.build(config_of(*assignments), (28, 28, 1), 10, threads=threads)


def learn(model, batches, first=0):
    """Learn from images of noise; returns the outputs of the free phases."""
    outputs = []
    for number in range(first, first + batches):
        random = np.random.default_rng(number)
        images, labels = random.random((10, 28, 28, 1)).astype(np.float32), random.integers(10, size=10)
        phases = model.config.learning
        records = run_phases(model.engine, images, one_hot(labels, 10, phases.targets), phases)
        model.learn(records, 1.0)
        outputs.append(records.free.mean)
    return np.array(outputs)


def frozen(model):
    return {group: {name: np.array(values) for name, values in own.items()} for group, own in model.stored().items()}


@pytest.mark.parametrize("rule", RULES)
def test_a_restored_model_goes_on_bit_for_bit(rule):
    whole, resumed = (model_of(f"synapses.pulses={rule}", "synapses.transfer_every=2", *NOISY) for _ in range(2))
    learn(whole, 2)
    stored = frozen(whole)
    learn(resumed, 1, first=7)
    resumed.restore(stored)
    assert_array_equal(learn(whole, 3, first=2), learn(resumed, 3, first=2))
    for group, own in frozen(whole).items():
        for name, values in own.items():
            assert_array_equal(frozen(resumed)[group][name], values, err_msg=f"{group} {name}")


@pytest.mark.parametrize("rule", RULES)
def test_a_chip_that_is_loaded_is_not_programmed_before(rule, monkeypatch):
    """It is the chip that was stored, not a pulse was sent, and it continues like one that was programmed first."""
    settings = f"synapses.pulses={rule}", "synapses.transfer_every=2", "array.word_line=1", *NOISY
    whole = model_of(*settings)
    learn(whole, 1)
    stored = frozen(whole)
    with monkeypatch.context() as watched:
        watched.setattr(DeviceArray, "pulse", lambda *_: pytest.fail("a pulse was sent"))
        loaded = Model.build(config_of(*settings), (28, 28, 1), 10, threads=1, programmed=False)
        loaded.restore(stored)
    assert_array_equal(learn(whole, 2, first=1), learn(loaded, 2, first=1))
    for group, own in frozen(whole).items():
        for name, values in own.items():
            assert_array_equal(frozen(loaded)[group][name], values, err_msg=f"{group} {name}")


@pytest.mark.parametrize("programmed", [True, False])
def test_the_pulse_rule_is_made_once(programmed, monkeypatch):
    """Its second array, of a rule that has one, is fabricated in no time that is thrown away."""
    made = []
    monkeypatch.setattr("neurosim.experiment.model.make_update", lambda *given: made.append(1) or make_update(*given))
    Model.build(config_of("synapses.pulses=tiki-taka", *NOISY), (28, 28, 1), 10, threads=1, programmed=programmed)
    assert made == [1]


@pytest.mark.parametrize("rule", RULES)
def test_learning_is_the_same_on_one_and_two_threads(rule):
    alone, shared = (model_of(f"synapses.pulses={rule}", *NOISY, threads=threads) for threads in (1, 2))
    assert_array_equal(learn(alone, 2), learn(shared, 2))
    for name, values in alone.stored()["devices"].items():
        assert_array_equal(shared.stored()["devices"][name], values, err_msg=name)


def test_learning_moves_devices_and_another_seed_moves_others():
    model, other = model_of(*NOISY), model_of(*NOISY, "seed=4")
    before = {name: values.copy() for name, values in model.synapses.weights.items()}
    sent = sum(model.synapses.counts.set.values())
    learn(model, 2)
    assert sum(model.synapses.counts.set.values()) > sent
    assert all((model.synapses.weights[name] != values).any() for name, values in before.items())
    assert all((other.synapses.arrays()[i].cells.scales != array.cells.scales).any()
               for i, array in enumerate(model.synapses.arrays()))


def test_initial_weights_are_written_to_the_devices():
    model = model_of("synapses.rounds=60")
    initial = model.network.initial_weights(model.config.seed)
    for name, values in initial.items():
        assert np.abs(model.synapses.weights[name] - values).mean() < model.synapses.granularity[name]
        largest = model.synapses.device.span / model.synapses.mappings[name].scale.unit
        assert largest == pytest.approx(4 * np.abs(values).max(), rel=0.05)
        assert model.synapses.counts.verify[name] >= 2 * values.size


@pytest.mark.parametrize("rule, kind", [*((name, DigitalRule) for name in ROUNDINGS), ("trains", TrainRule),
                                        ("two-phase", TrainRule), ("tiki-taka", TransferRule),
                                        ("write-verify", VerifyRule)])
def test_every_rule_has_its_name(rule, kind):
    model = model_of(f"synapses.pulses={rule}")
    assert type(model.update) is kind and type(model.synapses) is DeviceSynapses


def test_a_fast_array_is_programmed_and_zero_shifted_before_the_first_sample():
    """200 alternating pulses go to every weight of it, shared by the two devices of a pair, and one read to each."""
    alone, both = (model_of(f"synapses.pulses={rule}").synapses for rule in ("accumulate", "tiki-taka"))
    for name, values in alone.weights.items():
        extra = {kind: getattr(both.initial, kind)[name] - getattr(alone.initial, kind)[name]
                 for kind in ("set", "reset", "verify", "set_siemens")}
        assert extra["set"] >= 100 * values.size and extra["reset"] >= 100 * values.size
        assert extra["verify"] >= 2 * 2 * values.size and extra["set_siemens"] > 0
    assert both.initial == both.counts and both.initial is not both.counts


def test_ideal_synapses_are_the_weights_themselves():
    model = Model.build(config_of("synapses.device=ideal"), (28, 28, 1), 10, threads=1)
    assert type(model.synapses) is IdealSynapses and type(model.update) is DirectUpdate


def test_a_value_of_the_command_line_reaches_every_array():
    noisy, quiet = model_of(), model_of("device.c2c_range=0")
    assert noisy.synapses.device["c2c_range"] == 0.02 and quiet.synapses.device["c2c_range"] == 0
    assert quiet.synapses.device.sources["c2c_range"] == "set by the user"
    for model, differ in ((noisy, True), (quiet, False)):
        array = model.synapses.arrays()[0]
        array.cells.g[:] = (array.device["g_min"] + array.device["g_max"]) / 2
        array.pulse(np.ones(array.shape))
        assert bool(np.ptp(array.conductances()) > 0) is differ


@pytest.mark.parametrize("assignments, sentence", [
    (["synapses.device=choi-2018-epirom"], "unknown.*did you mean 'choi-2018-epiram'"),
    (["device.c2x=0.1"], r"device\.c2x: the law 'neurosim' of choi-2018-epiram has no such value.*'c2c'"),
    (["device.c2c=50"], r"device\.c2c"),
    (["device.step_up=1e-9"], r"device\.step_up: the law 'neurosim' of choi-2018-epiram has no such value"),
])
def test_what_is_unknown_is_refused_in_one_sentence(assignments, sentence):
    with pytest.raises(ValueError, match=sentence) as caught:
        model_of(*assignments)
    assert "\n" not in str(caught.value)


def test_values_of_a_device_need_a_device():
    with pytest.raises(ValueError) as caught:
        config_of("synapses.device=ideal", "device.c2c=0")
    assert str(caught.value) == ("device.c2c: ideal synapses have no such value; "
                                 "name a device card with synapses.device")


def test_shelf_time_lets_the_chip_drift_and_is_taken_back():
    model = model_of("device.drift=0.05", "device.drift_start=1e-6", "synapses.shelf_seconds=1e6",
                     "synapses.mapping=offset")
    learn(model, 1)
    weights, now = model.synapses.weights, model.synapses.time
    assert now > 0
    with model.shelved():
        assert model.synapses.time == now + 1e6
        assert all((model.synapses.weights[name] < values).all() for name, values in weights.items())
    for name, values in weights.items():
        assert_array_equal(model.synapses.weights[name], values)


def test_updates_by_sample_add_up_to_the_update_of_the_batch():
    """Ideal synapses without momentum: the gradient of a batch is the mean of the gradients of its samples."""
    images = np.random.default_rng(0).random((4, 6, 6, 1))
    found = {}
    for update in ("batch", "sample"):
        config = from_table(Config, {
            "network": {"layers": [{"kind": "dense", "units": 5}, {"kind": "dense", "units": 3}]},
            "optimiser": {"rates": [0.5, 0.3], "momentum": 0.0}, "synapses": {"update": update},
            "learning": {"free_steps": 10, "nudge_steps": 5, "window": 5}})
        model = Model.build(config, (6, 6, 1), 3, threads=1)
        targets = np.eye(3, dtype=np.float32)[[0, 1, 2, 0]]
        steps = model.learn(run_phases(model.engine, images, targets, config.learning), 1.0)
        assert len(steps) == {"batch": 1, "sample": 4}[update]
        found[update] = model.synapses.weights
    for name, weights in found["batch"].items():
        assert_allclose(found["sample"][name], weights, atol=1e-6)


def test_a_run_file_remembers_the_numbers_of_its_card(tmp_path):
    card = tmp_path / "mine.toml"
    card.write_text(card_path("choi-2018-epiram").read_text(encoding="utf-8"), encoding="utf-8")
    config = config_of(f"synapses.device={card}")
    model, run = Model.build(config, (28, 28, 1), 10, threads=1), tmp_path / "run.h5"
    runs.save(run, config, model, Progress(), {})
    runs.load_model(run, model)
    card.write_text(card.read_text(encoding="utf-8").replace("value = 0.02,", "value = 0.05,"), encoding="utf-8")
    with pytest.raises(ValueError, match="is not the one that it was written with .c2c_range: 0.02 -> 0.05.; bring"):
        runs.load_model(run, Model.build(config, (28, 28, 1), 10, threads=1))
