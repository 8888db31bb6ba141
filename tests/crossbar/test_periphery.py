"""Converters: their codes, ranges found by calibration, and errors drawn at fabrication."""

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal

from neurosim.crossbar import Conversion, EffectiveWeights, Readout, Tiling
from neurosim.crossbar.options import ReadoutOptions
from neurosim.crossbar.periphery import Periphery
from neurosim.crossbar.tiling import Floorplan
from neurosim.network.graph import Network, dense
from graphs import RATE, loaded

#: Two row tiles and two column tiles forward and backward: (3 taps of 3 rows, 5 columns) in tiles of 8 lines.
PLAN = Floorplan(tiling=Tiling(size=8), taps=3, lower=3, upper=5)
LARGE = Floorplan(tiling=Tiling(size=2000, devices=1), taps=300, lower=300, upper=900)
KEYS = {("a", True): PLAN, ("a", False): PLAN, ("b", True): PLAN}
NOTHING = EffectiveWeights({}, {})


def periphery(reads=KEYS, mux=1, seed=0, **options):
    return Periphery(ReadoutOptions(**options), mux, reads, {"a": 2.0, "b": 0.5}, seed)


def through(conversion, values):
    """What one converter, behind a dense layer of one weight 1, makes of sums; the rate neuron hardly clips."""
    network = Network([dense(1)], (1,), RATE, "analog")
    network.layers[-1] = type(network.layers[-1])("output", (1,), -1e9, 1e9)
    name = network.connections[0].name
    engine = loaded(network, {name: np.ones((1, 1))}, {"output": np.zeros(1)}, tiling=Tiling(), sums="tiles",
                    readout=Readout(conversions={(name, True): conversion}))
    state = engine.rest(len(values))
    record = engine.relax(state, np.reshape(values, (-1, 1)), 200)
    return state.x[:, -1], record.firings[:, 0]


def one(kind, bits, full, **options):
    """The Conversion of a circuit with one line and a fixed range."""
    plan = Floorplan(tiling=Tiling(), taps=1, lower=1, upper=1)
    chip = Periphery(ReadoutOptions(kind=kind, bits=bits, range=full, **options), 1, {("a", True): plan}, {"a": 1.0}, 0)
    return chip.readout(NOTHING).conversions["a", True]


# ---- codes ----
@pytest.mark.parametrize("bits", [1, 2, 3, 8, 16])
def test_codes_of_an_adc_are_twos_complement(bits):
    """-2^(bits - 1) ... 2^(bits - 1) - 1 steps, full scale on the negative side."""
    full, half = 1.5, 2 ** (bits - 1)
    values = np.random.default_rng(1).uniform(-2 * full, 2 * full, 500)
    found, _ = through(one("adc", bits, full), values)
    codes = np.clip(np.sign(values) * np.floor(np.abs(values) / (full / half) + 0.5), -half, half - 1)
    assert_allclose(found, codes * full / half, rtol=0, atol=1e-9)
    assert len(set(np.rint(found * half / full))) == min(2 ** bits, len(set(codes)))
    assert_allclose(through(one("adc", bits, full), [-9 * full, 9 * full])[0], [-full, full - full / half], atol=1e-9)


def test_one_bit_tells_negative_from_zero():
    assert_allclose(through(one("adc", 1, 1.0), [-3, -0.51, -0.49, 0.49, 3])[0], [-1, -1, 0, 0, 0], atol=1e-9)


def test_sixteen_bits_are_as_good_as_none():
    values = np.random.default_rng(2).uniform(-1, 1 - 2 ** -15, 300)
    error = through(one("adc", 16, 1.0), values)[0] - values
    assert np.abs(error).max() <= 2 ** -16 + 1e-9
    assert np.std(error) == pytest.approx(2 ** -15 / np.sqrt(12), rel=0.1)


def test_integrate_and_fire_gives_off_whole_charges():
    """Down to whole charges, either sign, up to 2^bits - 1 of them; every one is a firing."""
    values = np.random.default_rng(3).uniform(-1.5, 1.5, 400)
    found, firings = through(one("integrate-and-fire", 4, 1.0), values)
    charges = np.minimum(np.floor(np.abs(values) * 15), 15)
    assert_allclose(found, np.sign(values) * charges / 15, rtol=0, atol=1e-9)
    assert (np.abs(found) <= np.abs(values) + 1e-9).all()
    assert_array_equal(firings, charges)


def test_a_leak_takes_its_part_before_the_charges_are_counted():
    values = np.random.default_rng(4).uniform(-1, 1, 300)
    found, _ = through(one("integrate-and-fire", 5, 1.0, leak=0.2), values)
    assert_allclose(found, np.sign(values) * np.floor(0.8 * np.abs(values) * 31) / 31, rtol=0, atol=1e-9)
    assert_array_equal(one("adc", 5, 1.0, leak=0.2).gain, [[1.0]])     # an ADC holds what it samples


def test_an_ideal_amplifier_is_exact():
    values = np.random.default_rng(5).uniform(-9, 9, 100)
    assert_allclose(through(one("ideal", 8, 1.0), values)[0], values, rtol=1e-12)


# ---- ranges ----
def test_a_fixed_range_counts_in_largest_weights():
    chip = periphery(kind="adc", bits=3, range=10.0)
    assert not chip.uncalibrated
    for (name, forward), conversion in chip.readout(NOTHING).conversions.items():
        full = {"a": 20.0, "b": 5.0}[name]
        assert_allclose(conversion.low, np.full(PLAN.slices(forward), -full))
        assert_allclose(conversion.high, full * 3 / 4)
        assert_allclose(conversion.step, full / 4)


def counts_of(*slices):
    """Counts of the sums of each slice, eight bins in each power of two from 2^-40 on, negative ones behind."""
    found = np.zeros((len(slices), 1024), int)
    for row, values in zip(found, slices):
        for value in values:
            mantissa, exponent = np.frexp(abs(value))
            row[8 * (exponent + 39) + int(8 * (2 * mantissa - 1)) + 512 * (value < 0)] += 1
    return found


#: With 8 bits nothing is worth clipping: the full scale lies where the largest sums, in a bin of 1/8 octave, are.
SUMS = {("a", True): counts_of([1.0, -0.5], [4.0, 0.1]), ("a", False): counts_of([], [-3.0, 0.2]),
        ("b", True): counts_of([], [])}


@pytest.mark.parametrize("kind, expected", [
    ("calibrated", {("a", True): [4, 4], ("a", False): [3, 3], ("b", True): [0.5, 0.5]}),
    ("tile", {("a", True): [1, 4], ("a", False): [3, 3], ("b", True): [0.5, 0.5]}),
])
@pytest.mark.parametrize("margin", [1.0, 1.5])
def test_calibration_by_the_sums_of_slices(kind, expected, margin):
    """One range for each connection and direction, or one per tile; where nothing spoke, that of its other tiles or the
    largest weight of the connection."""
    chip = periphery(kind="adc", bits=8, range=kind, margin=margin)
    assert chip.calibrates and chip.uncalibrated
    assert all((conversion.step == 0).all() for conversion in chip.readout(NOTHING).conversions.values())
    chip.calibrate(SUMS)
    assert not chip.uncalibrated
    for key, conversion in chip.readout(NOTHING).conversions.items():
        ratio = -conversion.low / margin / expected[key]
        assert ((0.98 < ratio) & (ratio < 1.14)).all()
        assert_allclose(conversion.step, -conversion.low / 128)
    chip.forget()
    assert chip.uncalibrated


def test_few_bits_clip_rare_sums_and_many_do_not():
    """Of 1,000 sums of a normal law, and one that is ten times as large."""
    sums = np.append(np.random.default_rng(0).standard_normal(1000), 10.0)
    full = {}
    for bits in (2, 4, 8):
        chip = periphery(kind="adc", bits=bits)
        chip.calibrate({("a", True): counts_of(sums, sums)})
        full[bits] = chip.ranges["a", True][0]
    assert full[2] < full[4] < 5 and full[8] > 9


@pytest.mark.parametrize("options", [{"kind": "adc", "range": 10.0}, {"kind": "ideal"}], ids=["fixed", "ideal"])
def test_what_does_not_follow_sums_stays_as_it_is(options):
    chip = periphery(**options)
    before = chip.stored()
    assert not chip.calibrates and not chip.uncalibrated
    chip.forget()
    chip.load({"a.forward": np.array([7.0, 7.0])})
    assert chip.stored().keys() == before.keys()
    for name, full in before.items():
        assert_array_equal(full, {"a": 20.0, "b": 5.0}[name[0]])


def test_a_calibration_is_stored_and_loaded():
    chip, other = (periphery(kind="adc", range="tile", seed=seed) for seed in (1, 1))
    chip.calibrate(SUMS)
    other.load(chip.stored())
    for key, conversion in chip.readout(NOTHING).conversions.items():
        for field, values in vars(conversion).items():
            assert_array_equal(values, getattr(other.readout(NOTHING).conversions[key], field))
    assert other.ranges.keys() == SUMS.keys()


@pytest.mark.parametrize("stored", [{"a.forward": np.ones(3)}, {"c.forward": np.ones(2)}, {"a.forward": np.ones(())}])
def test_ranges_of_other_arrays_are_refused(stored):
    with pytest.raises(ValueError, match="^run file: ranges of .* do not fit the converters; was the file written for"):
        periphery(kind="adc").load(stored)


# ---- errors ----
def errors(**options):
    conversion, = Periphery(ReadoutOptions(kind="adc", range=1.0, **options), 1, {("a", True): LARGE}, {"a": 1.0}, 7
                            ).readout(NOTHING).conversions.values()
    return conversion


def test_gains_and_offsets_have_their_spreads():
    """40,500 converters: mean and spread within four standard errors."""
    conversion = errors(gain=0.02, offset=0.5, bits=6)
    count = conversion.gain.size
    for sample, mean, spread in ((conversion.gain, 1, 0.02), (conversion.offset / conversion.step[:, None], 0, 0.5)):
        assert abs(sample.mean() - mean) < 4 * spread / np.sqrt(count)
        assert sample.std() == pytest.approx(spread, rel=4 / np.sqrt(2 * count))
    assert abs(np.corrcoef(conversion.gain.ravel(), conversion.offset.ravel())[0, 1]) < 4 / np.sqrt(count)


def test_errors_are_those_of_the_chip():
    """The same at every readout; others for another seed, direction or connection."""
    conversions = periphery(kind="adc", range=1.0, gain=0.1).readout(NOTHING).conversions
    again = periphery(kind="adc", range=1.0, gain=0.1).readout(NOTHING).conversions
    assert_array_equal(conversions["a", True].gain, again["a", True].gain)
    other = periphery(kind="adc", range=1.0, gain=0.1, seed=1).readout(NOTHING).conversions
    assert (conversions["a", True].gain != other["a", True].gain).all()
    assert (conversions["a", True].gain != conversions["b", True].gain).all()
    assert (conversions["a", True].gain != conversions["a", False].gain[:, :5]).all()


@pytest.mark.parametrize("mux", [1, 2, 4, 5, 8])
def test_lines_that_share_a_converter_share_its_errors(mux):
    chip = periphery(kind="adc", range=1.0, gain=0.1, offset=1.0, mux=mux)
    conversion = chip.readout(NOTHING).conversions["a", False]
    for values in (conversion.gain, conversion.offset):
        assert values.shape == (2, 9)
        for row in values:
            shared = [row[a:a + mux] for a in range(0, 9, mux)]
            assert all((group == group[0]).all() for group in shared)
            assert len(set(row)) == len(shared)


def test_a_comparator_adds_its_variance_to_the_floor():
    floors = {("a", True): np.full((2, 5), 0.25)}
    chip = periphery(kind="adc", bits=4, range=4.0, comparator=0.5)
    readout = chip.readout(EffectiveWeights({}, {}, variance_floors=floors))
    assert_allclose(readout.conversions["a", True].variance_floor, 0.25 + 0.5 ** 2)      # a step of 8 / 8 = 1
    assert_allclose(readout.conversions["b", True].variance_floor, (0.5 / 4) ** 2)


def test_drivers_of_states_have_their_levels():
    """A DAC of 3 bits and a range of 0.7: steps of 0.1, at most 0.7."""
    readout = periphery(kind="adc", range=1.0, dac_bits=3, dac_range=0.7).readout(NOTHING)
    assert readout.dac_step == pytest.approx(0.1) and readout.dac_range == 0.7
    network = Network([dense(1)], (1,), RATE, "analog")
    network.layers[-1] = type(network.layers[-1])("output", (1,), -1e9, 1e9)
    name = network.connections[0].name
    engine = loaded(network, {name: np.ones((1, 1))}, {"output": np.zeros(1)}, tiling=Tiling(), sums="tiles",
                    readout=Readout(dac_step=readout.dac_step, dac_range=readout.dac_range))
    state, values = engine.rest(5), np.array([0.04, 0.06, 0.349, 0.68, 0.95])
    engine.relax(state, values[:, None], 200)
    assert_allclose(state.x[:, -1], [0.0, 0.1, 0.3, 0.7, 0.7], atol=1e-9)


@pytest.mark.parametrize("changes, values", [({"step": np.array([-1.0])}, "step = -1, range -inf ... inf"),
                                             ({"step": np.array([np.nan])}, "step = nan, range -inf ... inf"),
                                             ({"low": np.ones(1), "high": np.ones(1)}, "step = 0, range 1 ... 1")])
def test_impossible_converters(changes, values):
    with pytest.raises(ValueError) as caught:
        Conversion(**{**vars(Conversion.uniform(1, 2)), **changes})
    assert str(caught.value) == f"converter: {values}; need step >= 0 and low < high"
