"""The sample loop: every sample once an epoch, bit for bit the same after an interruption, no silent failure."""

import itertools
from types import SimpleNamespace

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal

from digits import config_of, write_digits
from neurosim.experiment import evaluation
from neurosim.experiment import training as module
from neurosim.experiment.memory import peak_memory
from neurosim.experiment.observer import Unwatched
from neurosim.experiment.pipeline.course import stopped
from neurosim.experiment.progress import Progress
from neurosim.experiment.training import Training

TIMES = ("seconds", "samples_per_second")
CHIP = ("synapses.device=choi-2018-epiram", "synapses.rounds=20", "device.read_noise=0.02", "array.tile=32",
        "array.word_line=5", "array.bit_line=5", "array.driver=100", "array.sense=200", "readout.bits=5",
        "readout.offset=0.3", "readout.gain=0.05")
CARRIED = {
    "carried": ("learning.start=carried",),
    "per sample, adamw": ("learning.start=carried-per-sample", "optimiser.kind=adamw", "optimiser.rates=0.01",
                          "optimiser.bias_decay=0.01", "network.bias_gain=0.5"),
    "alternating": ("learning.start=carried", "neurons.order=alternating", "optimiser.nesterov=true"),
    "averaged": ("learning.start=carried", "training.average=4"),
}
CHANCE = ("learning.estimator=random-sign", "data.crop=2", "data.crop_fill=edge", "data.flip=true",
          "data.randaugment=2", "optimiser.weight_decay=0.001")


@pytest.fixture(scope="module")
def digits(tmp_path_factory):
    return write_digits(tmp_path_factory.mktemp("digits"))


class Watch:
    """Observer that notes what happens and stops after `last` batches."""

    def __init__(self, last=None):
        self.last, self.events = last, []

    def batch(self, training, samples):
        self.events.append("batch")

    def epoch(self, training):
        self.events.append("epoch")

    def saved(self, training):
        self.events.append("saved")

    def stop(self):
        return self.events.count("batch") == self.last


def history(training):
    return [{key: value for key, value in entry.items() if key not in TIMES} for entry in training.progress.history]


def assert_same_outcome(one, other):
    for group, arrays in one.model.stored().items():
        for name, values in arrays.items():
            same = other.model.stored()[group][name]
            assert np.asarray(values).tobytes() == np.asarray(same).tobytes(), f"{group} {name}"
    assert history(one) == history(other)
    for name in ("epoch", "batch", "wrong", "counts", "finished"):
        assert getattr(one.progress, name) == getattr(other.progress, name)


def finished(config, out, **options):
    training = Training(config, out, **options)
    assert training.run(Watch())
    return training


@pytest.mark.parametrize("last", [1, 6, 8])
@pytest.mark.parametrize("words", CARRIED.values(), ids=CARRIED)
def test_states_that_are_carried_over_and_memories_of_optimisers_continue_bit_for_bit(digits, tmp_path, words, last):
    config = config_of(digits, *words)
    straight = finished(config, tmp_path / "straight.h5", threads=2)
    assert not Training(config, tmp_path / "run.h5").run(Watch(last))
    resumed = Training(config, tmp_path / "run.h5", resume=True, threads=1)
    assert resumed.run(Watch())
    assert_same_outcome(straight, resumed)
    for name, values in straight.progress.start.stored().items():
        assert_array_equal(values, resumed.progress.start.stored()[name])
        assert values.any() or name == "d"
    at_rest = finished(config_of(digits, *words, "learning.start=zero"), tmp_path / "zero.h5")
    assert history(straight) != history(at_rest)


@pytest.mark.parametrize("start", ["carried", "carried-per-sample"])
def test_the_dense_engine_continues_from_states_that_were_carried_over(digits, tmp_path, start):
    pytest.importorskip("torch").set_num_threads(1)
    config = config_of(digits, "engine.kind=dense", f"learning.start={start}", "neurons.order=alternating")
    straight = finished(config, tmp_path / "straight.h5")
    assert not Training(config, tmp_path / "run.h5").run(Watch(7))
    resumed = Training(config, tmp_path / "run.h5", resume=True)
    assert resumed.run(Watch())
    assert_same_outcome(straight, resumed)


@pytest.mark.parametrize("last", [1, 6, 7, 11])
def test_an_interrupted_run_continues_bit_for_bit(digits, tmp_path, last):
    """Stopped within and at the end of epochs of six batches; chance enters by order, sign, shift, mirror and more."""
    config = config_of(digits, *CHANCE)
    straight = finished(config, tmp_path / "straight.h5")
    interrupted = Training(config, tmp_path / "run.h5")
    assert not interrupted.run(Watch(last))
    resumed = Training(config, tmp_path / "run.h5", resume=True)
    assert 6 * resumed.progress.epoch + resumed.progress.batch == last
    assert_same_outcome(interrupted, resumed)
    assert resumed.run(Watch())
    assert_same_outcome(straight, resumed)


def test_a_file_is_replaced_only_by_force_and_only_by_something_learnt(digits, tmp_path):
    path, config = tmp_path / "run.h5", config_of(digits, "training.epochs=1")
    path.write_text("mine")
    with pytest.raises(ValueError, match="run.h5: already exists; choose another name, continue it with resume = "
                                         "True, or replace it with force = True"):
        Training(config, path)
    forced = Training(config, path, force=True)
    assert path.read_text() == "mine"
    forced.run()
    assert Training(config, path, resume=True).progress.finished is False, "it was not evaluated yet"


class Snapshots(Watch):
    """Observer that keeps the weights and biases after every batch, and the validation error of every epoch."""

    def __init__(self):
        super().__init__()
        self.kept, self.errors = [], []

    def batch(self, training, samples):
        super().batch(training, samples)
        model = training.model
        self.kept.append({name: values.copy() for name, values in {**model.synapses.weights, **model.biases}.items()})

    def epoch(self, training):
        self.errors.append(training.validation.outputs)


def test_a_network_ends_and_is_validated_with_its_mean_over_updates(digits):
    """And learns from the weights that it has, as if there were no mean."""
    watch, plain = Snapshots(), Snapshots()
    training = Training(config_of(digits, "training.average=4"))
    Training(config_of(digits)).run(plain)
    training.run(watch)
    model, shares = training.model, (1 - 1 / 4) ** np.arange(12)[::-1]
    for name, values in {**model.synapses.weights, **model.biases}.items():
        history = np.stack([kept[name] for kept in watch.kept])
        assert_array_equal(history, np.stack([kept[name] for kept in plain.kept]))
        assert_allclose(values, np.tensordot(shares / shares.sum(), history, 1), atol=1e-6)
        assert np.abs(values - history[-1]).max() > 1e-4
    again = training.evaluate(training.data.validation_images, training.data.validation_labels)
    assert_array_equal(again.outputs, watch.errors[-1])
    assert np.any(watch.errors[-1] != plain.errors[-1])


def test_a_finished_run_holds_the_mean_and_stays_as_it_is(digits, tmp_path):
    first = finished(config_of(digits, "training.average=4"), tmp_path / "run.h5")
    first.save()
    resumed = Training(first.config, tmp_path / "run.h5", resume=True)
    assert resumed.run(Watch())
    assert_same_outcome(first, resumed)
    for name, values in resumed.model.biases.items():
        assert_array_equal(values, resumed.model.average.mean[name])


def test_devices_have_no_mean_to_be_left_with(digits):
    chip = config_of(digits, "synapses.device=choi-2018-epiram", "training.average=100")
    with pytest.raises(ValueError, match="^training.average: a mean over 100 updates is a number that synapses.device "
                                         '= "choi-2018-epiram" would have to be programmed to after each of them; '
                                         'write average = 0, or device = "ideal" and put the learnt weights on the '
                                         "device afterwards$"):
        Training(chip).run()


@pytest.mark.parametrize("words, moved", [
    (["optimiser.weight_decay=0.1"], False), (["optimiser.centralise=true"], False), (["optimiser.momentum=0.9"], True),
    (["optimiser.kind=adamw"], True)])
def test_behind_trains_of_pulses_the_optimiser_moves_biases_alone(digits, words, moved):
    models = []
    for more in ([], words):
        training = Training(config_of(digits, "synapses.device=choi-2018-epiram", "synapses.pulses=trains",
                                      "optimiser.momentum=0", "training.epochs=1", *more))
        training.run(Unwatched())
        models.append(training.model)
    first, other = models
    assert any(np.any(values != other.biases[name]) for name, values in first.biases.items()) == moved
    assert any(np.any(values != other.synapses.weights[name])
               for name, values in first.synapses.weights.items()) == moved


@pytest.mark.parametrize("batch, told", [(0, "stopped after 2 of 5 epochs; continue with: again"),
                                         (3, "stopped in epoch 3 of 5, after 3 of 10 batches; continue with: again")])
def test_a_stopped_training_says_what_it_has_learnt(batch, told):
    config = SimpleNamespace(training=SimpleNamespace(epochs=5))
    training = SimpleNamespace(progress=Progress(epoch=2, batch=batch), batches=10, config=config)
    assert stopped(training, True, "again") == told


def test_nothing_is_resumed_without_a_file(digits):
    with pytest.raises(ValueError, match='^training: resume = True needs the run file to continue; give it, as '
                                         'in out = "run.h5"$'):
        Training(config_of(digits), resume=True)


def test_a_training_without_a_file_saves_nothing(digits, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    config = config_of(digits, "training.epochs=1", "training.checkpoint_seconds=1e-9")
    assert_same_outcome(finished(config, None), finished(config, "run.h5"))
    assert [path.name for path in tmp_path.iterdir()] == ["run.h5"]


@pytest.mark.parametrize("last, readout", [(4, "adc"), (6, "adc"), (7, "integrate-and-fire")])
def test_an_interrupted_run_on_a_noisy_chip_continues_bit_for_bit(digits, tmp_path, last, readout):
    """Calibrated ranges, fresh read noise and solutions of IR drop that are older than the devices come back."""
    config = config_of(digits, *CHIP, f"readout.kind={readout}", "readout.noise=fresh")
    straight = finished(config, tmp_path / "straight.h5")
    interrupted = Training(config, tmp_path / "run.h5")
    assert not interrupted.run(Watch(last))
    resumed = Training(config, tmp_path / "run.h5", resume=True)
    assert_same_outcome(interrupted, resumed)
    assert interrupted.model.stored()["ranges"] and resumed.run(Watch())
    assert_same_outcome(straight, resumed)
    ideal = finished(config_of(digits, *CHIP), tmp_path / "ideal.h5")
    assert history(ideal) != history(straight)


@pytest.mark.parametrize("words", [CHANCE, (*CHIP, "readout.kind=adc", "readout.noise=fresh")])
def test_a_run_that_is_stopped_while_it_validates_continues_bit_for_bit(digits, tmp_path, monkeypatch, words):
    class WhileValidating(Watch):
        def stop(self):
            self.events.append("look")
            return self.events[-2:] == ["look", "look"]    # asked twice without a batch in between

    monkeypatch.setattr(evaluation, "BATCH", 7)
    config = config_of(digits, *words)
    straight = finished(config, tmp_path / "straight.h5")
    interrupted = Training(config, tmp_path / "run.h5")
    assert not interrupted.run(WhileValidating())
    assert (interrupted.progress.epoch, interrupted.progress.batch) == (0, 6) and interrupted.validation is None
    resumed = Training(config, tmp_path / "run.h5", resume=True)
    assert_same_outcome(interrupted, resumed)
    assert resumed.run(Watch())
    assert_same_outcome(straight, resumed)


def test_a_noisy_chip_does_not_depend_on_threads_or_on_the_size_of_a_batch_of_the_evaluation(digits, tmp_path,
                                                                                             monkeypatch):
    config = config_of(digits, *CHIP, "readout.kind=adc", "readout.noise=fresh")
    one, other = (finished(config, tmp_path / f"{threads}.h5", threads=threads) for threads in (1, 2))
    assert_same_outcome(one, other)
    whole = one.evaluate(one.data.test_images, one.data.test_labels)
    monkeypatch.setattr(evaluation, "BATCH", 7)
    parts = other.evaluate(other.data.test_images, other.data.test_labels)
    assert whole.outputs.tobytes() == parts.outputs.tobytes()
    assert whole.counts.reads == parts.counts.reads


def test_a_finished_run_has_nothing_left_to_do(digits, tmp_path):
    config = config_of(digits)
    first = finished(config, tmp_path / "run.h5")
    first.save()
    resumed = Training(config, tmp_path / "run.h5", resume=True)
    watch = Watch()
    assert resumed.progress.finished and resumed.run(watch) and watch.events == []
    assert_same_outcome(first, resumed)


@pytest.mark.parametrize("options, assignments", [({"threads": 2}, ()), ({}, ("training.checkpoint_seconds=1e-9",))],
                         ids=["threads", "checkpoints"])
def test_the_outcome_does_not_depend_on(digits, tmp_path, options, assignments):
    plain = finished(config_of(digits), tmp_path / "plain.h5", threads=1)
    assert_same_outcome(plain, finished(config_of(digits, *assignments), tmp_path / "other.h5", **options))


def test_a_checkpoint_is_written_when_it_is_due(digits, tmp_path):
    watch = Watch()
    Training(config_of(digits, "training.checkpoint_seconds=1e-9"), tmp_path / "run.h5").run(watch)
    assert watch.events == (["batch", "saved"] * 6 + ["epoch", "saved"]) * 2


def test_a_seed_is_another_run(digits, tmp_path):
    one, other = (finished(config_of(digits, f"seed={seed}"), tmp_path / f"{seed}.h5") for seed in (1, 2))
    assert np.any(one.model.stored()["weights"]["input-conv1"] != other.model.stored()["weights"]["input-conv1"])


def test_an_epoch_visits_every_sample_once_in_a_new_order(digits, tmp_path, monkeypatch):
    seen, study = [], module.study

    def note(engine, images, *others):
        seen.append(images.reshape(len(images), -1))
        return study(engine, images, *others)

    monkeypatch.setattr(module, "study", note)
    training = finished(config_of(digits), tmp_path / "run.h5")
    own = training.data.train_images.reshape(60, -1) / np.float32(255)
    orders = [[int(np.flatnonzero((own == image).all(axis=1))[0]) for image in np.concatenate(epoch)]
              for epoch in (seen[:6], seen[6:])]
    assert all(sorted(order) == list(range(60)) for order in orders)
    assert orders[0] != orders[1] and orders[0] != sorted(orders[0])


def test_every_batch_draws_its_own_sign(digits, tmp_path, monkeypatch):
    signs, study = [], module.study

    def note(engine, images, targets, phases, sign, *others):
        signs.append(sign)
        return study(engine, images, targets, phases, sign, *others)

    monkeypatch.setattr(module, "study", note)
    finished(config_of(digits, "training.batch=4"), tmp_path / "run.h5")
    assert len(signs) == 30 and set(signs) == {-1, 1} and 8 <= signs.count(1) <= 22
    assert signs[:15] != signs[15:]


def test_targets_are_those_of_the_configuration(digits, tmp_path, monkeypatch):
    """Training nudges towards them; the output biases begin at their mean."""
    seen, study = [], module.study

    def note(engine, images, targets, *others):
        seen.append(targets)
        return study(engine, images, targets, *others)

    monkeypatch.setattr(module, "study", note)
    training = Training(config_of(digits, "learning.targets=[0.2, 0.7]"), tmp_path / "run.h5")
    assert_array_equal(training.model.biases["output"], np.full(10, 0.25, np.float32))
    training.run(Watch(1))
    assert_array_equal(np.unique(seen), np.array([0.2, 0.7], np.float32))
    assert (np.count_nonzero(seen[0] > 0.5, axis=1) == 1).all()


def test_validation_images_are_never_learnt(digits, tmp_path):
    data = Training(config_of(digits), tmp_path / "run.h5").data
    parts = [{image.tobytes() for image in images}
             for images in (data.train_images, data.validation_images, data.test_images)]
    assert [len(part) for part in parts] == [60, 20, 30]
    assert not any(one & other for one, other in itertools.combinations(parts, 2))


def test_only_whole_batches_are_learnt(digits, tmp_path):
    training = Training(config_of(digits, "data.train_samples=58"), tmp_path / "run.h5")
    assert (training.batches, training.samples) == (5, 50)


def test_rates_fall_over_the_run(digits, tmp_path):
    training = Training(config_of(digits), tmp_path / "run.h5")
    scales = []
    for training.progress.epoch, training.progress.batch in ((0, 0), (0, 3), (1, 0), (2, 0)):
        scales.append(training.scale())
    assert np.allclose(scales, [(1 + np.cos(np.pi * done)) / 2 for done in (0, 0.25, 0.5, 1)])


@pytest.mark.slow
def test_it_learns(digits, tmp_path):
    config = config_of(digits, "training.epochs=10", "training.batch=5", "learning.free_steps=20",
                       "learning.nudge_steps=10", "learning.window=8", "network.layers.0.channels=8")
    training = finished(config, tmp_path / "run.h5")
    errors = [entry["train_error"] for entry in training.progress.history]
    assert errors[0] > 0.7 and errors[-1] < 0.05
    assert training.evaluate(training.data.test_images, training.data.test_labels).error < 0.1
    assert training.validation.error == training.progress.history[-1]["validation_error"]


def test_weights_that_explode_end_the_run_in_one_sentence(digits, tmp_path):
    training = Training(config_of(digits), tmp_path / "run.h5")
    rates = training.model.optimiser.rates
    rates.update(dict.fromkeys(rates, 1e39))    # beyond the bound of the key
    words = "contain NaN or infinity; lower the learning rates or start again"
    with np.errstate(all="ignore"), pytest.raises(ValueError, match=words):
        training.run(Watch())


def test_states_that_explode_end_the_run_and_name_the_layers(digits, tmp_path):
    """The last checkpoint stays as it was, and is named. What flows back from infinite outputs is NaN."""
    config = config_of(digits, "network.layers.1.neurons=linear", "neurons.kind=rate", "network.input=analog")
    training = Training(config, tmp_path / "run.h5")
    assert not training.run(Watch(2))
    kept = (tmp_path / "run.h5").read_bytes()
    weights = training.model.synapses.weights["conv1-output"]
    weights[...] = np.where(weights > 0, 3e38, -3e38)
    training.model.refresh()
    with np.errstate(all="ignore"), pytest.raises(ValueError) as caught:
        training.run(Watch())
    assert str(caught.value) == ("network: the states of conv1, output contain NaN or infinity in the phase free; "
                                 f"lower the learning rates or start again ({tmp_path / 'run.h5'} holds the last "
                                 "checkpoint, from before)")
    assert (tmp_path / "run.h5").read_bytes() == kept


def test_a_broken_weight_is_noticed(digits, tmp_path):
    model = Training(config_of(digits), tmp_path / "run.h5").model
    model.synapses.weights["input-conv1"][0, 0, 0, 0] = np.nan
    with pytest.raises(ValueError, match="the weights or biases of input-conv1 contain NaN or infinity"):
        model.refresh()


@pytest.mark.parametrize("assignment, sentence", [
    ("training.batch=61", "training.batch: 61 exceeds the 60 training images; lower it"),
    ("network.layers.1.units=7", "network.layers: the output layer has 7 units for 10 classes; give it units = 10"),
    ("optimiser.rates=[1, 2, 3]", "optimiser.rates: 3 values for 2 connections (input-conv1, conv1-output); "
                                  "give one number, or one each"),
])
def test_what_does_not_fit_the_data(digits, tmp_path, assignment, sentence):
    with pytest.raises(ValueError) as caught:
        Training(config_of(digits, assignment), tmp_path / "run.h5").run(Watch())
    assert str(caught.value) == sentence
    assert not (tmp_path / "run.h5").exists()


def test_a_bias_learns_at_the_rate_of_its_connection(digits, tmp_path):
    training = Training(config_of(digits, "optimiser.rates=[0.25, 0]", "optimiser.momentum=0"), tmp_path / "run.h5")
    training.run(Watch(1))
    model = training.model
    assert model.biases["conv1"].any()
    assert_array_equal(model.biases["output"], np.full(10, 0.1, np.float32))
    assert_array_equal(model.synapses.weights["conv1-output"], model.network.initial_weights(3)["conv1-output"])


def test_peak_memory_is_that_of_this_process():
    assert 20 < peak_memory() < 8000
