"""Arrays of devices: every noise follows its stated law, faults are where they should be, order changes nothing."""

import math

import hypothesis
import numpy as np
import pytest
from hypothesis import strategies as st
from numpy.testing import assert_allclose, assert_array_equal
from scipy.stats import binomtest, lognorm, norm, uniform

from neurosim.memristor.array import BOLTZMANN, DeviceArray
from neurosim.memristor.device import IMPERFECTIONS, Device, load_device
from plain_devices import HIGH, LOW, SPAN, assert_follows, linear, placed, soft_bounds

MANY = 40_000
STEP = SPAN / 100
#: All imperfections at once, none of them so large that it hides another.
ALL = {"c2c": 0.3, "c2c_additive": 2e-09, "c2c_scaled": 1e-09, "c2c_range": 0.001, "c2c_slope": 0.002, "write_noise":
       1e-08, "levels": 4000, "asymmetry": 0.03, "step_spread": 0.1, "step_spread_log": 0.1, "asymmetry_spread": 0.02,
       "g_min_spread": 0.03, "g_max_spread": 0.04, "shape_spread": 0.2, "stuck_on": 0.05, "stuck_off": 0.06,
       "stuck_anywhere": 0.07, "stuck_value": 0.08, "stuck_conductance": 3e-06, "endurance": 12, "endurance_spread":
       0.5, "drift": 0.05, "drift_spread": 0.02, "drift_start": 2.0, "relaxation": 0.01, "activation_energy": 0.3,
       "temperature": 350.0}


def moved(device, part=0.5, pulses=1, **options):
    """Change of the conductances of many devices by pulses from one place of the range [S]."""
    array = placed(device, part, MANY, **options)
    before = array.conductances().astype(float)
    array.pulse(np.full(MANY, pulses))
    return array.conductances() - before


def later(device, part, seconds, pulses=1, size=MANY):
    """Conductances right after pulses and `seconds` later [S]."""
    array = placed(device, part, size)
    array.pulse(np.full(size, pulses))
    at_once = array.conductances().astype(float)
    array.time = seconds
    return at_once, array.conductances().astype(float)


# ---- noise of single pulses ----
@pytest.mark.parametrize("pulses", [1, -1])
@pytest.mark.parametrize("changes, deviation", [
    ({"c2c": 0.3}, 0.3 * 0.75 * STEP), ({"c2c_additive": 1e-8}, 1e-8), ({"c2c_range": 0.004}, 0.004 * SPAN),
    ({"c2c_slope": 0.01}, 0.01 * 0.5 * SPAN),
    ({"c2c": 0.3, "c2c_additive": 1e-8, "c2c_slope": 0.01}, 0.3 * 0.75 * STEP + 1e-8 + 0.01 * 0.5 * SPAN),
], ids=["multiplicative", "additive", "of range", "slope", "together"])
def test_noise_of_a_step_is_normal(pulses, changes, deviation):
    steps = moved(linear(slope_up=0.5, slope_down=0.5, **changes), pulses=pulses)
    assert_follows(steps, norm(pulses * 0.75 * STEP, deviation))


def test_noise_of_successive_pulses_adds_up_independently():
    steps = moved(linear(c2c=0.3), pulses=16)
    assert_follows(steps, norm(16 * STEP, 4 * 0.3 * STEP))


def test_write_noise_is_normal_and_stays_until_the_next_pulse():
    array = placed(linear(write_noise=3e-8), 0.5, MANY)
    array.pulse(np.ones(MANY))
    first = array.conductances() - array.cells.g.astype(float)
    assert_array_equal(array.conductances() - array.cells.g.astype(float), first)
    array.pulse(np.ones(MANY))
    second = array.conductances() - array.cells.g.astype(float)
    for sample in (first, second):
        assert_follows(sample, norm(0, 3e-8))
    assert abs(np.corrcoef(first, second)[0, 1]) < 4 / math.sqrt(MANY)


def test_write_noise_does_not_move_the_stored_conductance():
    device = linear(write_noise=3e-8)
    noisy, quiet = placed(device, 0.5, 500), placed(linear(), 0.5, 500)
    for array in (noisy, quiet):
        array.pulse(np.full(500, 7))
        array.conductances()
    assert_array_equal(noisy.cells.g, quiet.cells.g)


# ---- spread from device to device ----
def test_spread_of_the_step():
    assert_follows(moved(linear(step_spread=0.2)) / STEP, norm(1, 0.2))


def test_logarithmic_spread_of_the_step():
    assert_follows(moved(linear(step_spread_log=0.4)) / STEP, lognorm(0.4))


@pytest.mark.parametrize("law", ["linear", "neurosim", "piecewise"])
def test_scaled_noise_grows_with_the_steps_of_a_device(law):
    """Of two devices whose steps are 1 : 3 the noise is 1 : 3, and as the card says for one whose steps are its own."""
    card = {"linear": linear(c2c_scaled=4e-9), "neurosim": load_device("choi-2018-epiram", {"c2c_range": 0})}.get(law)
    if law == "neurosim":
        card = card.with_values({"c2c_scaled": 4e-9})
    if law == "piecewise":
        quiet = {key: value for key, value in linear(c2c_scaled=4e-9).values.items()
                 if key not in ("step_up", "step_down", "slope_up", "slope_down")}
        card = Device(stem="own", name="own", law="piecewise", citation="chosen", sources={},
                      values={**quiet, "nodes_up": (STEP, STEP), "nodes_down": (STEP, STEP)})
    array = placed(card, 0.5, MANY)
    array.cells.scales[:, ::2] *= 3
    before = array.cells.g.copy()
    array.pulse(np.ones(MANY))
    moved = array.cells.g - before
    for part, factor in ((moved[::2], 3), (moved[1::2], 1)):
        assert_follows((part - np.mean(part)) / (factor * 4e-9), norm, 1e-4)


def test_asymmetry_and_its_spread():
    device = linear(asymmetry=0.1, asymmetry_spread=0.05)
    up, down = moved(device) / STEP, -moved(device, pulses=-1) / STEP
    assert_follows((up - down) / 2, norm(0.1, 0.05))
    assert_allclose(up + down, 2, atol=1e-3)


def test_spread_of_both_ends_of_the_range():
    array = placed(linear(g_min_spread=0.03, g_max_spread=0.05), 0.5, MANY)
    for pulses, law in ((300, norm(HIGH, 0.05 * SPAN)), (-300, norm(LOW, 0.03 * SPAN))):
        array.pulse(np.full(MANY, pulses))
        assert_follows(array.conductances(), law)


def test_devices_are_fabricated_at_the_lower_end_of_their_own_range():
    array = DeviceArray(linear(g_min_spread=0.03), (MANY,), threads=1)
    assert_follows(array.conductances(), norm(LOW, 0.03 * SPAN))


def test_spread_of_the_shape():
    steps = moved(linear(slope_up=0.3, shape_spread=0.1)) / STEP
    assert_follows((1 - steps) / 0.5, norm(0.3, 0.1))


def test_spread_of_the_endurance():
    array = DeviceArray(linear(4000, endurance=500, endurance_spread=0.3), (MANY,), threads=1)
    array.pulse(np.full(MANY, 3000))
    lived = np.rint((array.conductances() - LOW) / (SPAN / 4000))
    assert array.worn.all()
    assert_follows(lived + 0.5, lognorm(0.3, scale=500))


def test_spread_of_the_drift_exponent():
    at_once, drifted = later(linear(drift=0.05, drift_spread=0.01, drift_start=2.0), 0.5, 2e6)
    assert_follows(-np.log(drifted / at_once) / math.log(1e6), norm(0.05, 0.01))


def test_relaxation_is_lognormal_and_drawn_anew_by_every_pulse():
    device = linear(relaxation=0.02, drift_start=1.0)
    draws = []
    for pulses in (1, 2):
        at_once, relaxed = later(device, 0.5, 999.0, pulses)
        draws.append(np.log(relaxed / at_once) / math.log(1000))
        assert_follows(draws[-1], norm(0, 0.02))
    assert abs(np.corrcoef(*draws)[0, 1]) < 4 / math.sqrt(MANY)


# ---- nothing but pulses changes a device, and only in the order of its own pulses ----
CARDS = ("gong-2022-reram-om", "nandakumar-2020-pcm", "choi-2018-epiram", "gong-2018-reram-es")
NEUTRAL = {"drift_start": 1.0, "temperature": 300.0}
AMOUNTS = {key: st.sampled_from([NEUTRAL.get(key, 0.0), value]) for key, value in ALL.items()}


@hypothesis.settings(max_examples=60)
@hypothesis.given(card=st.sampled_from(CARDS), changes=st.fixed_dictionaries(AMOUNTS),
                  worn=st.sampled_from(["sticks", "shrinks"]), history=st.lists(st.integers(-20, 20), max_size=3),
                  part=st.none() | st.floats(0, 1), seed=st.integers(0, 2 ** 40), elapsed=st.floats(0, 1e6))
def test_zero_pulses_change_nothing_ever(card, changes, worn, history, part, seed, elapsed):
    device = load_device(card, changes)
    object.__setattr__(device, "worn", worn)
    array = DeviceArray(device, (9,), seed, threads=1)
    if part is not None:
        array.cells.g[:] = array.cells.low + np.float32(part) * (array.cells.high - array.cells.low)
    for number, count in enumerate(history):
        array.time = float(number)
        array.pulse(np.arange(9) % 3 * count)
    array.time += elapsed
    before = array.conductances(), {name: values.copy() for name, values in array.stored().items()}
    array.pulse(np.zeros(9))
    array.pulse(np.where(np.arange(9) < 4, 0, 3))
    idle = slice(0, 4)
    assert_array_equal(array.conductances()[idle], before[0][idle])
    for name, values in array.stored().items():
        assert_array_equal(values[..., idle], before[1][name][..., idle], err_msg=name)


def drawn(array):
    """All that fabrication drew, and the keys of the noise of pulses."""
    cells = array.cells
    return {"low": cells.low, "high": cells.high, "scales": cells.scales, "shapes": cells.shapes,
            "limit": array._limits, "exponents": array._exponents, **array._keys}


def assert_same_draws(one, other, devices, touched=()):
    for name, values in drawn(one).items():
        if name not in touched:
            both = [v[..., devices] if np.ndim(v) and v.shape[-1] == devices.size else v
                    for v in (values, drawn(other)[name])]
            assert_array_equal(*both, err_msg=name)


#: What each imperfection draws; those that only a read meets draw nothing at fabrication and do not move a device.
TOUCHES = {"step_spread": {"scales"}, "step_spread_log": {"scales"}, "asymmetry": {"scales"},
           "asymmetry_spread": {"scales"}, "g_min_spread": {"low"}, "g_max_spread": {"high"},
           "shape_spread": {"shapes"}, "endurance": {"limit"}, "endurance_spread": {"limit"}, "drift": {"exponents"},
           "drift_spread": {"exponents"}}
READ = ("write_noise", "levels", "drift", "drift_spread", "drift_start", "relaxation", "activation_energy",
        "temperature")
STUCK = ("stuck_on", "stuck_off", "stuck_anywhere", "stuck_value")


@pytest.mark.parametrize("key", [key for key in IMPERFECTIONS if key not in (*STUCK, "stuck_conductance")])
def test_switching_one_imperfection_off_leaves_every_other_draw_unchanged(key):
    device = linear(slope_up=0.3, slope_down=0.2, **ALL)
    with_all, without = (DeviceArray(d, (600,), 3, threads=1)
                         for d in (device, device.with_values({key: NEUTRAL.get(key, 0)})))
    assert_array_equal(with_all.stuck, without.stuck)
    assert_same_draws(with_all, without, ~with_all.stuck, TOUCHES.get(key, ()))
    if key in READ:
        for array in (with_all, without):
            array.pulse(np.arange(600) % 9)
        assert_array_equal(with_all.cells.g, without.cells.g)


@pytest.mark.parametrize("key", STUCK)
def test_switching_one_fault_off_frees_its_devices_and_no_others(key):
    device = linear(**ALL)
    with_all, without = (DeviceArray(d, (3000,), 3, threads=1) for d in (device, device.with_values({key: 0})))
    freed = with_all.stuck & ~without.stuck
    assert binomtest(int(freed.sum()), 3000, ALL[key]).pvalue > 1e-3
    assert not (without.stuck & ~with_all.stuck).any()
    assert_same_draws(with_all, without, ~freed)


@pytest.fixture(scope="module")
def busy():
    """A device of which everything is noisy, and three trains of signed pulses; more devices than a thread's task."""
    counts = np.random.default_rng(4).integers(-6, 13, (3, 9000))
    return soft_bounds(**{**ALL, "c2c": 0.4}), counts


def after(device, counts, **options):
    array = DeviceArray(device, counts[0].shape, **{"seed": 7, "threads": 1, **options})
    for count in counts:
        array.time += 1.0
        array.pulse(count)
    array.time += 100.0
    return array


@pytest.mark.parametrize("threads", [2, 5])
def test_threads_change_no_bit(busy, threads):
    alone, shared = after(*busy), after(*busy, threads=threads)
    assert_array_equal(alone.conductances(), shared.conductances())
    assert_array_equal(alone.cells.g, shared.cells.g)


@pytest.mark.parametrize("make", [linear, soft_bounds])
def test_a_train_may_be_cut_anywhere(make, busy):
    counts = busy[1][:, :1000]
    device = make(**{**ALL, "endurance": 25})
    whole, single = after(device, counts), DeviceArray(device, (1000,), 7, threads=1)
    for count in counts:
        single.time += 1.0
        for pulse in range(int(np.abs(count).max())):
            single.pulse(np.sign(count) * (pulse < np.abs(count)))
    assert_array_equal(whole.cells.g, single.cells.g)
    assert_array_equal(whole.pulses, single.pulses)


def test_a_stored_array_goes_on_as_if_never_interrupted(busy):
    device, counts = busy
    whole, first = after(device, counts), after(device, counts[:2])
    second = DeviceArray(device, counts[0].shape, 7, threads=1)
    second.load({name: values.copy() for name, values in first.stored().items()})
    first.time -= 100.0
    second.time = first.time + 1.0
    second.pulse(counts[2])
    second.time += 100.0
    assert_array_equal(whole.cells.g, second.cells.g)
    assert_array_equal(whole.conductances(), second.conductances())
    assert_array_equal(whole.worn, second.worn)


def test_a_stored_array_that_does_not_fit_is_refused():
    array = DeviceArray(linear(), (4,), name="conv1 plus", threads=1)
    with pytest.raises(ValueError) as caught:
        array.load({**array.stored(), "g": np.zeros(3, np.float32)})
    assert str(caught.value) == "array conv1 plus: g needs the shape (4,); the file holds (3,)"


@pytest.mark.parametrize("options", [{"seed": 8}, {"name": "another"}])
def test_another_seed_or_name_is_another_chip(busy, options):
    counts = np.full((1, 9000), 5)
    one, other = after(busy[0], counts), after(busy[0], counts, **options)
    moving = ~(one.stuck | other.stuck)
    assert (one.cells.g == other.cells.g)[moving].mean() < 0.01
    assert abs(np.corrcoef(one.cells.g[moving], other.cells.g[moving])[0, 1]) < 0.2
    assert set(one._keys.values()).isdisjoint(other._keys.values())


def test_a_wrong_number_of_counts_is_refused():
    with pytest.raises(ValueError) as caught:
        DeviceArray(linear(), (2, 3), name="conv1 plus", threads=1).pulse(np.ones(5))
    assert str(caught.value) == "array conv1 plus: 5 pulse counts for 6 devices; give one per device"


# ---- faults ----
@pytest.mark.parametrize("key, values", [("stuck_on", (HIGH, HIGH)), ("stuck_off", (LOW, LOW)),
                                         ("stuck_anywhere", (LOW, HIGH)), ("stuck_value", (2e-6, 2e-6))])
def test_stuck_devices(key, values):
    array = DeviceArray(linear(c2c=0.5, **{key: 0.1, "stuck_conductance": 2e-6}), (MANY,), threads=1)
    stuck, before = array.stuck, array.conductances()
    assert binomtest(int(stuck.sum()), MANY, 0.1).pvalue > 1e-3
    array.pulse(np.full(MANY, 30))
    array.pulse(np.full(MANY, -7))
    assert_array_equal(array.conductances()[stuck], before[stuck])
    assert (array.conductances()[~stuck] != before[~stuck]).all()
    assert_allclose([before[stuck].min(), before[stuck].max()], values, rtol=5e-3)
    if key == "stuck_anywhere":
        assert_follows((before[stuck] - LOW) / SPAN, uniform)
    assert (array.pulses.sum(axis=0) == 37).all() and not array.worn.any()


def test_fractions_of_all_faults_hold_together():
    shares = dict(zip(STUCK, (0.05, 0.4, 0.1, 0.3)))
    array = DeviceArray(linear(stuck_conductance=2e-6, **shares), (MANY,), threads=1)
    g = array.conductances()[array.stuck]
    found = {"stuck_on": (g == np.float32(HIGH)).sum(), "stuck_off": (g == np.float32(LOW)).sum(),
             "stuck_value": (g == np.float32(2e-6)).sum()}
    found["stuck_anywhere"] = g.size - sum(found.values())
    for key, number in found.items():
        assert binomtest(int(number), MANY, shares[key]).pvalue > 1e-3, key


def test_a_device_sticks_after_exactly_its_endurance():
    array = DeviceArray(linear(endurance=40), (5,), threads=1)
    array.pulse([39, 40, 41, 1000, 30])
    array.pulse([0, 0, 0, 0, -30])
    moved = np.rint((array.conductances() - LOW) / STEP)
    assert_array_equal(moved, [39, 40, 40, 40, 30 - 10])
    assert_array_equal(array.worn, [False, True, True, True, True])
    assert_array_equal(array.pulses, [[39, 40, 41, 1000, 30], [0, 0, 0, 0, 30]])
    assert not array.stuck.any()


def test_a_range_shrinks_in_proportion_to_wear():
    device = linear(endurance=200)
    object.__setattr__(device, "worn", "shrinks")
    array = placed(device, 0.95, 3)
    for pulse in range(1, 241):
        array.pulse([1, 1 if pulse % 2 else -1, 0])
        top = LOW + SPAN * max(1 - pulse / 200, 0)
        g = array.conductances()
        assert (g[:2] <= top * (1 + 1e-6)).all()
        assert g[2] == np.float32(LOW + 0.95 * SPAN)
    assert_allclose(g[:2], LOW, rtol=1e-6)
    assert_array_equal(array.worn, [True, True, False])


@pytest.mark.parametrize("changes", [{}, {"write_noise": 3e-7}, {"g_max_spread": 0.1, "g_min_spread": 0.1}])
def test_conductances_lie_on_the_grid_of_levels(changes):
    array = DeviceArray(linear(977, levels=17, **changes), (977,), threads=1)
    array.pulse(np.arange(977))
    place = (array.conductances() - LOW) / (SPAN / 16)
    assert_allclose(place, np.rint(place), atol=1e-4)
    if not changes:
        assert_array_equal(np.unique(np.rint(place)), np.arange(17))
        assert np.abs(array.conductances() - array.cells.g).max() <= SPAN / 32 * (1 + 1e-5)


def test_no_conductance_is_negative():
    device = linear(levels=4, write_noise=2e-6)
    array = DeviceArray(device, (MANY,), threads=1)
    array.pulse(np.ones(MANY))
    assert array.conductances().min() >= 0


# ---- drift ----
@pytest.mark.parametrize("seconds", [0.5, 2.0, 20.0, 3e7])
def test_drift_is_a_power_of_time(seconds):
    at_once, drifted = later(linear(drift=0.07, drift_start=2.0), 0.5, seconds, size=5)
    assert_allclose(drifted, at_once * max(seconds / 2.0, 1) ** -0.07, rtol=1e-6)


def test_heat_speeds_drift_and_relaxation_up():
    factor = math.exp(0.6 / BOLTZMANN * (1 / 300 - 1 / 360))
    laws = {"drift": 0.07, "drift_spread": 0.01, "relaxation": 0.01, "activation_energy": 0.6}
    _, hot = later(linear(temperature=360.0, **laws), 0.5, 50.0, size=50)
    _, slow = later(linear(**laws), 0.5, 50.0 * factor, size=50)
    assert 45 < factor < 50
    assert_allclose(hot, slow, rtol=1e-6)


def test_no_time_no_change():
    array = placed(linear(drift=0.2, drift_spread=0.1, relaxation=0.3, drift_start=1e-9), 0.5, 100)
    array.time = 4.0
    array.pulse(np.ones(100))
    assert_array_equal(array.conductances(), array.cells.g.astype(np.float32))
    array.time = 5.0
    assert (array.conductances() != array.cells.g).all()


def test_every_device_drifts_from_its_own_last_pulse():
    array = placed(linear(drift=0.1), 0.5, 2)
    array.pulse([1, 1])
    array.time = 100.0
    array.pulse([0, 1])
    array.time = 110.0
    assert_allclose(array.conductances() / array.cells.g, [110.0 ** -0.1, 10.0 ** -0.1], rtol=1e-6)
