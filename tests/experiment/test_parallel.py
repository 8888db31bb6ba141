"""Ranks that train one network together, as threads: the bits of all, what is shared, and who stops and writes."""

import threading

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal

from digits import config_of, write_digits
from neurosim.datasets import TrainingBatches
from neurosim.engines.ranks import ALONE, RankLost
from neurosim.experiment import evaluation
from neurosim.experiment.observer import Unwatched
from neurosim.experiment.training import Training
from neurosim.learning.phases import joined
from neurosim.learning.sharing import BLOCKS, Sharing, blocks_of, shared

CHIP = ("synapses.device=choi-2018-epiram", "synapses.rounds=20", "device.read_noise=0.02", "readout.kind=adc",
        "readout.bits=5", "readout.noise=fresh", "learning.estimator=random-sign", "data.crop=2")
TIMES = ("seconds", "samples_per_second")


class ThreadRanks:
    """Ranks that are threads of one process; whoever fails breaks the barrier of all."""

    def __init__(self, rank, size, barrier, board):
        self.rank, self.size, self._barrier, self._board = rank, size, barrier, board

    def _exchange(self, what):
        try:
            self._board[self.rank] = what
            self._barrier.wait(60)
            found = list(self._board)
            self._barrier.wait(60)
        except threading.BrokenBarrierError as error:
            raise RankLost("gone") from error
        return found

    def gather(self, told):
        assert isinstance(told, bytes)
        return self._exchange(told)

    def add(self, values):
        first, *others = reversed(self._exchange(values))
        return sum(others, first)

    def fold(self, parts):
        rows = [row for own in self._exchange(list(parts)) for row in own]
        return ALONE.fold(rows)

    def speaks(self):
        return self.rank == 0


def together(size, work):
    """What `work(ranks)` returns on each of so many ranks; the error of the first one that has one is raised."""
    barrier, board, found, errors = threading.Barrier(size), [None] * size, [None] * size, [None] * size

    def run(rank):
        try:
            found[rank] = work(ThreadRanks(rank, size, barrier, board))
        except Exception as error:
            errors[rank] = error
            barrier.abort()

    threads = [threading.Thread(target=run, args=(rank,)) for rank in range(size)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    for error in sorted(filter(None, errors), key=lambda error: isinstance(error, RankLost)):
        raise error
    return found


@pytest.fixture(scope="module")
def digits(tmp_path_factory):
    return write_digits(tmp_path_factory.mktemp("digits"))


def trained(config, ranks=ALONE, out=None, **options):
    training = Training(config, out, threads=1, ranks=ranks, **options)
    assert training.run(Unwatched())
    return training


def stored(training):
    return {(group, name): np.asarray(values) for group, arrays in training.model.stored().items()
            for name, values in arrays.items()}


def assert_same(one, other):
    own, same = stored(one), stored(other)
    assert own.keys() == same.keys()
    for name in own:
        assert own[name].tobytes() == same[name].tobytes(), name
    histories = [[{key: value for key, value in entry.items() if key not in TIMES} for entry in each.progress.history]
                 for each in (one, other)]
    assert histories[0] == histories[1]


@pytest.mark.parametrize("words", [(), ("synapses.step_seconds=0.001", *CHIP)])
def test_ranks_learn_what_one_process_learns(digits, words):
    """Weights within rounding, counts of all events exactly; on a chip the same pulses reach every device."""
    config = config_of(digits, *words)
    alone, (one, other) = trained(config), together(2, lambda ranks: trained(config, ranks))
    assert_same(one, other)
    own, wanted = stored(one), stored(alone)
    for name in wanted:
        assert_allclose(own[name].astype(float), wanted[name], rtol=1e-4, atol=1e-5 if not words else 0.05)
    if not words:
        assert [{**entry, **dict.fromkeys(TIMES)} for entry in one.progress.history] == [
            {**entry, **dict.fromkeys(TIMES)} for entry in alone.progress.history]


@pytest.mark.parametrize("size", [2, 5])
@pytest.mark.parametrize("words", [("learning.start=carried",), CHIP])
def test_deterministic_training_is_the_same_on_any_number_of_ranks(digits, words, size):
    config = config_of(digits, "engine.deterministic=true", "training.epochs=1", *words)
    alone = trained(config)
    for training in together(size, lambda ranks: trained(config, ranks)):
        assert_same(training, alone)


def test_evaluations_are_shared_in_turns_and_are_the_same_everywhere(digits, monkeypatch):
    """Five batches of 7 among 30 images, for two and for eight ranks, of which some have nothing to do."""
    monkeypatch.setattr(evaluation, "BATCH", 7)
    training = Training(config_of(digits), threads=1)
    images, labels = training.data.test_images, training.data.test_labels
    whole = training.evaluate(images, labels)
    for size in (2, 8):
        seen = [[] for _ in range(size)]
        relaxed = []
        relax = training.model.engine.relax

        def counted(state, *others, **more):
            relaxed.append(len(state.time))
            return relax(state, *others, **more)

        monkeypatch.setattr(training.model.engine, "relax", counted)
        found = together(size, lambda ranks: evaluation.evaluate(
            training.model, images, labels, training.measured, seen[ranks.rank].append, Sharing(ranks)))
        monkeypatch.setattr(training.model.engine, "relax", relax)
        assert sum(relaxed) == 30, "every image once"
        for one in found:
            for name, values in vars(whole).items():
                assert_array_equal(getattr(one, name), values)
        assert seen == [[min(30, 7 * size * turn) for turn in range(1, -(-5 // size) + 1)]] * size


@pytest.mark.parametrize("who", [0, 1])
@pytest.mark.parametrize("last", [4, 6, 7])
def test_all_stop_behind_the_same_batch_and_go_on_bit_for_bit(digits, tmp_path, who, last):
    """One rank is asked to stop, within an epoch, at its end and in the next; the file is that of rank 0."""
    config = config_of(digits, "engine.deterministic=true", "learning.start=carried")
    path = tmp_path / "run.h5"

    class Watch(Unwatched):
        def __init__(self, rank):
            self.rank, self.batches = rank, 0

        def batch(self, training, samples):
            self.batches += 1

        def stop(self):
            return self.rank == who and self.batches == last

    def interrupted(ranks):
        training = Training(config, path, threads=1, ranks=ranks)
        assert not training.run(Watch(ranks.rank))
        return 6 * training.progress.epoch + training.progress.batch

    assert together(2, interrupted) == [last] * 2
    resumed = together(2, lambda ranks: trained(config, ranks, path, resume=True))
    for training in resumed:
        assert_same(training, trained(config))


def test_the_first_rank_alone_writes(digits, tmp_path):
    """Ranks that share no folder: nothing appears in that of the second, and a file that is there is not refused."""
    config = config_of(digits, "training.epochs=1", "training.checkpoint_seconds=1e-9")
    paths = [tmp_path / "first.h5", tmp_path / "second.h5"]
    paths[1].write_text("mine")
    together(2, lambda ranks: trained(config, ranks, paths[ranks.rank]))
    assert paths[0].is_file() and paths[1].read_text() == "mine" and len(list(tmp_path.iterdir())) == 2


def test_ranks_that_are_not_the_same_refuse_to_go_on(digits, tmp_path):
    other = write_digits(tmp_path, test=20)
    configs = {"the configuration": [config_of(digits), config_of(digits, "learning.beta=0.3")],
               "the data": [config_of(digits), config_of(other)]}
    for what, own in configs.items():
        with pytest.raises(ValueError, match=f"WORLD_SIZE: {what} of the processes 1 are not those of process 0"):
            together(2, lambda ranks: trained(own[ranks.rank], ranks))
    one = config_of(digits, "training.epochs=1")

    def drifted(ranks):
        training = Training(one, threads=1, ranks=ranks)

        class Nudge(Unwatched):
            def batch(self, training, samples):
                if ranks.rank == 2 and training.progress.batch == 3:
                    training.model.biases["conv1"][0] += np.float32(1e-7)

        training.run(Nudge())

    with pytest.raises(ValueError, match="WORLD_SIZE: the weights of the processes 2 are not those of process 0"):
        together(5, drifted)


@pytest.mark.parametrize("words, size, told", [
    ((), 3, "training.batch: 10 does not divide among 3 processes; write a multiple of 3, or start another number of "
            "processes"),
    (("engine.deterministic=true", "training.batch=36"), 9,
     "engine.deterministic: the 12 blocks of a batch of 36 do not divide among 9 processes; start a number that "
     "divides 12, or change training.batch"),
    (("learning.start=carried-per-sample",), 2, 'learning.start: "carried-per-sample" keeps the states of every'),
    (("synapses.update=sample",), 2, 'synapses.update: "sample" changes weights sample after sample'),
    (("synapses.device=choi-2018-epiram", "synapses.pulses=trains"), 2, 'synapses.pulses: "trains" sends pulses for'),
    (("synapses.device=choi-2018-epiram", "synapses.pulses=two-phase"), 2, 'synapses.pulses: "two-phase" sends'),
])
def test_what_ranks_cannot_share_is_refused_in_a_sentence(digits, words, size, told):
    config = config_of(digits, *words)
    ranks = ThreadRanks(0, size, None, None)
    with pytest.raises(ValueError) as error:
        Training(config, threads=1, ranks=ranks)
    assert str(error.value).startswith(told) and "\n" not in str(error.value)
    Training(config, threads=1)


def test_shares_and_blocks_are_every_sample_once():
    for batch in (1, 7, 12, 20, 128, 17):
        blocks = blocks_of(batch)
        assert 1 <= blocks <= BLOCKS and batch % blocks == 0
        for size in (size for size in range(1, blocks + 1) if blocks % size == 0):
            sharings = [shared(ThreadRanks(rank, size, None, None), batch, True) for rank in range(size)]
            order = np.arange(batch)
            parts = [order[one.own(batch)][part] for one in sharings for part in one.parts(batch // size)]
            assert [len(part) for part in parts] == [batch // blocks] * blocks
            assert_array_equal(np.concatenate(parts), order)
    assert Sharing().parts(7) == [slice(0, 7)] and Sharing().own(7) == slice(0, 7)


def test_batches_of_a_rank_are_its_part_of_the_whole_ones(digits):
    training = Training(config_of(digits, "data.crop=2"), threads=1)
    make = [TrainingBatches(training.data, training.config.data, training.measured, 10, 3, own).make
            for own in (slice(None), slice(0, 5), slice(5, 10))]
    whole, *parts = (one(1, 2) for one in make)
    for name in ("indices", "images", "labels"):
        assert_array_equal(np.concatenate([getattr(part, name) for part in parts]), getattr(whole, name))


def test_records_of_parts_are_those_of_the_batch(digits):
    from neurosim.learning.phases import run_phases
    training = Training(config_of(digits), threads=1)
    engine, learning, random = training.model.engine, training.config.learning, np.random.default_rng(0)
    images = random.random((6, *training.model.network.layers[0].shape)).astype(np.float32)
    targets, names = np.eye(10, dtype=np.float32)[:6], np.arange(6, dtype=np.uint64)
    whole = run_phases(engine, images, targets, learning, 1, names)
    parts = [run_phases(engine, images[own], targets[own], learning, 1, names[own])
             for own in (slice(0, 2), slice(2, 6))]
    for name, record in joined(parts).by_phase.items():
        for field, values in vars(record).items():
            assert_array_equal(values, getattr(whole.by_phase[name], field))
            assert_array_equal(getattr(whole.part(slice(2, 6)).by_phase[name], field), values[2:6])
