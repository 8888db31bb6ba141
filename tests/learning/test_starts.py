"""Where free phases of training begin: what is handed on is handed on whole, to the right samples."""

import numpy as np
import pytest
from numpy.testing import assert_array_equal

from graphs import RATE, SPIKING, build, loaded, parameters, samples
from neurosim.learning import starts
from neurosim.learning.phases import Phases, run_phases
from neurosim.learning.starts import CarriedOver, CarriedPerSample, make_start

PHASES = Phases(free_steps=12, nudge_steps=5, window=3)
NAMES = np.arange(3, dtype=np.uint64)


def engine_of(name="max decoded", neurons=SPIKING):
    network = build(name, neurons)
    return loaded(network, *parameters(network)), *samples(network, 3)


def assert_same_state(one, other):
    for variable in "xdvs":
        assert_array_equal(getattr(one, variable), getattr(other, variable), err_msg=variable)


@pytest.mark.parametrize("name, neurons", [("max decoded", SPIKING), ("skips", RATE)])
@pytest.mark.parametrize("kind", ["carried", "carried-per-sample"])
def test_the_same_images_go_on_as_if_nothing_had_been(kind, name, neurons):
    """With constant factors: coders and decoders of what enters are handed on as well, and agree with each other."""
    engine, images, targets = engine_of(name, neurons)
    start, indices = make_start(kind, engine, 3, 7), np.array([5, 0, 2])
    first = run_phases(engine, images, targets, PHASES, start=start.state(NAMES, indices))
    start.keep(first.end, indices)
    goes_on = first.end.copy()
    engine.relax(goes_on, images, 9)
    state = start.state(NAMES + np.uint64(9), indices)
    assert not state.time.any() and state.names.tolist() == [9, 10, 11]
    engine.relax(state, images, 9)
    assert_same_state(state, goes_on)
    assert np.ptp(state.x[:, engine.slices["output"]]) > 0.01


def test_a_batch_ends_in_the_last_phase_of_the_list():
    engine, images, targets = engine_of()
    records = run_phases(engine, images, targets, Phases(**{**vars(PHASES), "window": 1}))
    assert_array_equal(records.end.x[:, :engine.units], records.by_phase["nudge-"].mean)


def test_the_first_batch_begins_at_rest_and_so_does_one_of_another_size():
    engine, images, targets = engine_of()
    start = CarriedOver(engine, 3)
    assert not start.state(NAMES, NAMES).x.any()
    start.keep(run_phases(engine, images, targets, PHASES).end, np.arange(3))
    assert start.state(NAMES, NAMES).x.any()
    assert start.state(NAMES[:2], NAMES[:2]) is None


def test_what_begins_does_not_change_what_is_kept():
    engine, images, targets = engine_of()
    for start in (CarriedOver(engine, 3), CarriedPerSample(engine, 3)):
        start.keep(run_phases(engine, images, targets, PHASES).end, np.arange(3))
        before = start.state(NAMES, np.arange(3)).copy()
        engine.relax(start.state(NAMES, np.arange(3)), images, 5)
        assert_same_state(start.state(NAMES, np.arange(3)), before)


def test_every_sample_finds_its_own_state():
    engine, images, targets = engine_of()
    start, end = CarriedPerSample(engine, 10), run_phases(engine, images, targets, PHASES).end
    start.keep(end, np.array([8, 1, 4]))
    found = start.state(NAMES, np.array([4, 3, 8]))
    assert_array_equal(found.x, np.stack([end.x[2], np.zeros_like(end.x[0]), end.x[0]]))


@pytest.mark.parametrize("kind", ["zero", "carried", "carried-per-sample"])
def test_what_is_stored_is_taken_back(kind):
    engine, images, targets = engine_of()
    one, other = (make_start(kind, engine, 3, 3) for _ in range(2))
    one.keep(run_phases(engine, images, targets, PHASES).end, np.arange(3))
    other.load({name: values.copy() for name, values in one.stored().items()})
    if kind == "zero":
        assert one.state(NAMES, NAMES) is other.state(NAMES, NAMES) is None
    else:
        assert_same_state(one.state(NAMES, np.arange(3)), other.state(NAMES, np.arange(3)))


def test_states_of_another_network_are_refused():
    engine, *_ = engine_of()
    with pytest.raises(ValueError, match=r"states: \{'x': \(2, 3\)\} are kept, where none belong"):
        make_start("zero", engine, 3, 3).load({"x": np.zeros((2, 3))})
    with pytest.raises(ValueError, match="states: none are kept, where .* belong"):
        CarriedOver(engine, 3).load({})


def test_what_is_too_much_to_keep_is_refused(monkeypatch):
    engine, *_ = engine_of("dense")
    monkeypatch.setattr(starts, "LARGEST", 4 * 8 * 21 * 100)
    CarriedPerSample(engine, 100)
    with pytest.raises(ValueError) as caught:
        CarriedPerSample(engine, 101)
    assert str(caught.value) == (
        'learning.start: "carried-per-sample" keeps 6.32e-05 GiB of states of 101 images, which every checkpoint '
        'writes, and at most 6.26e-05 GiB are kept; write "carried", or lower data.train_samples')
