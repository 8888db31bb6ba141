"""A matrix on tiles of devices, multiplied with vectors: Kirchhoff's laws, converters, noise, counts."""

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal

import reference
from neurosim import ArrayOptions, Crossbar, ReadoutOptions, load_device

WIRES = {"word_line": 5.0, "bit_line": 3.0, "driver": 100.0, "sense": 50.0}


def drawn(outputs=5, inputs=7, vectors=3, seed=0):
    """A matrix, vectors to its right and vectors to its left."""
    random = np.random.default_rng(seed)
    return (random.uniform(-1, 1, (outputs, inputs)), random.standard_normal((inputs, vectors)),
            random.standard_normal((vectors, outputs)))


def chip(mapping="pair", tile=128, card="ideal-device", seed=3, wires={}, **readout):
    weights, x, y = drawn()
    return (Crossbar(card, weights, mapping=mapping, seed=seed, array=ArrayOptions(tile=tile, **wires),
                     readout=ReadoutOptions(**readout)), x, y)


@pytest.mark.parametrize("mapping", ["pair", "reference", "offset"])
@pytest.mark.parametrize("tile", [128, 4])
def test_without_wires_it_is_the_product_of_what_the_devices_hold(mapping, tile):
    array, x, y = chip(mapping, tile)
    assert_allclose(array @ x, array.weights @ x, rtol=1e-13, atol=1e-13)
    assert_allclose(y @ array, y @ array.weights, rtol=1e-13, atol=1e-13)
    assert_allclose(array.weights, drawn()[0], atol=0.02), "as write-verify comes close"


@pytest.mark.parametrize("tile", [128, 6, 4])
def test_currents_obey_kirchhoff(tile):
    """A pair lies on two bit lines side by side; the tiles of a line add up behind their amplifiers."""
    array, x, y = chip(tile=tile, wires=WIRES)
    plus, minus = (array.devices[role].conductances().T.astype(float) for role in ("plus", "minus"))
    lines = np.stack([plus, minus], axis=2).reshape(plus.shape[0], -1)
    unit = load_device("ideal-device").span / np.abs(drawn()[0]).max()
    word, bit, driver, sense = WIRES.values()
    forward, backward = np.zeros((5, 3)), np.zeros((3, 7))
    for rows in np.split(np.arange(7), range(tile, 7, tile)):
        for columns in np.split(np.arange(10), range(tile // 2 * 2, 10, tile // 2 * 2)):
            cells, both = lines[np.ix_(rows, columns)], np.repeat(y, 2, axis=1) * np.tile([1, -1], 5)
            for k in range(3):
                _, sensed, _ = reference.kirchhoff(cells, word, bit, driver, sense, x[rows, k], np.zeros(columns.size))
                forward[columns[::2] // 2, k] += (sensed[::2] - sensed[1::2]) / unit
                driven, _, _ = reference.kirchhoff(cells, word, bit, sense, driver, np.zeros(rows.size),
                                                   both[k, columns])
                backward[k, rows] -= driven / unit
    assert_allclose(array @ x, forward, rtol=1e-6, atol=1e-6)
    assert_allclose(y @ array, backward, rtol=1e-6, atol=1e-6)
    assert np.abs(forward - array.weights @ x).max() > 1e-4, "wires take their part"


@pytest.mark.parametrize("kind, codes", [("adc", (4, 4, 3, 0.5)), ("integrate-and-fire", (7, 7, 7, 0.0))])
def test_converters_round_and_clip_the_sum_of_every_tile(kind, codes):
    array, x, y = chip(tile=4, kind=kind, bits=3, range=2.0)
    divisions, below, above, rounding = codes
    step = 2.0 * np.abs(drawn()[0]).max() / divisions

    def converted(sums):
        return np.clip(np.sign(sums) * np.floor(np.abs(sums) / step + rounding), -below, above) * step

    held = array.weights.astype(float)
    assert_allclose(array @ x, converted(held[:, :4] @ x[:4]) + converted(held[:, 4:] @ x[4:]), atol=1e-12)
    parts = [slice(0, 2), slice(2, 4), slice(4, 5)]    # weights of a tile of 4 bit lines
    assert_allclose(y @ array, sum(converted(y[:, part] @ held[part]) for part in parts), atol=1e-12)


def test_one_vector_or_many_one_after_the_other_or_at_once():
    """Under fresh noise, too: every vector has a number, and its noise belongs to that."""
    settings = {"tile": 4, "card": "choi-2018-epiram", "wires": WIRES, "noise": "fresh"}
    (at_once, x, y), (in_turn, *_) = chip(**settings), chip(**settings)
    together = at_once @ x, y @ at_once
    assert_array_equal(together[0], np.stack([in_turn @ column for column in x.T], axis=1))
    assert_array_equal(together[1], np.stack([row @ in_turn for row in y]))
    assert at_once.counts == in_turn.counts
    assert (at_once @ x != together[0]).any(), "redrawn"
    assert (chip(seed=4, **settings)[0] @ x != together[0]).any()


def test_noise_has_the_variance_that_the_card_says():
    device = load_device("ideal-device", {"read_noise": 0.1})
    array = Crossbar(device, drawn()[0], readout=ReadoutOptions(noise="fresh", seconds=1e-3))
    x = np.array([1.0, -2.0, 0, 0, 0.5, 0, 0])
    unit = device.span / np.abs(drawn()[0]).max()
    held = [one.conductances() / unit for one in array.devices.values()]
    expected = 0.1 * np.sqrt(sum(g ** 2 for g in held) @ x ** 2)
    found = array @ np.repeat(x[:, None], 4000, axis=1)
    assert_allclose(found.std(axis=1), expected, rtol=0.05)
    assert_allclose(found.mean(axis=1), array.weights @ x, atol=5 * expected.max() / np.sqrt(4000))


def test_calibrated_converters_wait_for_vectors_and_then_fit_them():
    array, x, y = chip(tile=4, kind="adc", bits=8)
    for product in (lambda: array @ x, lambda: y @ array):
        with pytest.raises(ValueError, match="crossbar: readout.range = \"calibrated\" waits .* call calibrate"):
            product()
    array.calibrate(x=x, y=y)
    assert np.abs(array @ x - array.weights @ x).max() < 0.05 and array.counts.samples == 3
    assert np.abs(y @ array - y @ array.weights).max() < 0.05


def test_what_was_read_is_counted():
    array, x, y = chip(tile=4)
    x[2:, 0] = 0                            # drives no line of the second row of tiles
    array @ x
    counts = array.counts
    assert counts.samples == counts.steps == 3 and counts.signals == {"inputs": 16}
    assert counts.operations == {"forward": 16 * 5} and counts.dense == {"forward": 3 * 35}
    tiles = 3                               # two weights a tile
    assert counts.reads["forward"] == {"tile_reads": 5 * tiles, "row_activations": 16 * tiles, "cell_reads": 16 * 10,
                                       "conversions": 5 * 5, "firings": 0, "hops": 16 * tiles}
    driven = (x != 0).sum(axis=1)
    siemens = sum(one.conductances().astype(float).sum(axis=0) @ driven for one in array.devices.values())
    assert counts.siemens["forward"] == pytest.approx(siemens, rel=1e-6)
    y[0] @ array
    assert array.counts.samples == 4 and array.counts.reads["backward"]["tile_reads"] == 2 * tiles
    assert array.counts.reads["forward"] == counts.reads["forward"]


def test_pulses_move_what_is_read():
    array, x, _ = chip()
    before, counts = array @ x, np.zeros((5, 7), int)
    counts[1, 2] = 4
    array.pulse(counts)
    assert array.programming.set["inputs-outputs"] >= 2
    moved = np.nonzero((array @ x != before).any(axis=1))[0]
    assert moved.tolist() == [1] and array.weights[1, 2] > drawn()[0][1, 2]
    array.write(np.zeros((5, 7)))
    assert np.abs(array @ x).max() < 0.1 * np.abs(before).max()


def test_time_lets_devices_drift():
    array = Crossbar(load_device("ideal-device", {"drift": 0.1}), drawn()[0])
    now = array @ np.ones(7)
    array.set_time(1e6)
    assert np.abs(array @ np.ones(7)).sum() < 0.5 * np.abs(now).sum()


REFUSED = {
    "crossbar: a product of weights (5, 7) with an array of shape (5,); give (7,) or (7, vectors)":
        lambda: chip()[0] @ np.zeros(5),
    "crossbar: a product of weights (5, 7) with an array of shape (2, 7); give (5,) or (vectors, 5)":
        lambda: np.zeros((2, 7)) @ chip()[0],
    "crossbar: a vector contains NaN or infinity, which no voltage is; give finite numbers":
        lambda: chip()[0] @ np.full(7, np.nan),
    "crossbar: weights of shape (3,) are not a matrix of finite numbers; give one of (outputs, inputs)":
        lambda: Crossbar("ideal-device", np.zeros(3)),
    "crossbar: pulses of shape (5,) for weights of shape (5, 7); give one signed number for each weight":
        lambda: chip()[0].pulse(np.zeros(5)),
    "crossbar: 0.5 is not a number of pulses; give whole numbers": lambda: chip()[0].pulse(np.full((5, 7), 0.5)),
    "crossbar: calibrate has no vectors to choose ranges for; give x, y or both, one vector or more":
        lambda: chip(kind="adc")[0].calibrate(),
    "crossbar: a product of weights (5, 7) with an array of shape (4, 2); give (7,) or (7, vectors)":
        lambda: chip()[0].calibrate(x=np.zeros((4, 2))),
    "crossbar: weights of shape (2, 7) on devices for (5, 7); make another Crossbar for another matrix":
        lambda: chip()[0].write(np.zeros((2, 7))),
    "crossbar: largest = 0 is below 1e-06; give 1e-06 to 1e+06": lambda: Crossbar("ideal-device", np.zeros((2, 2))),
}


@pytest.mark.parametrize("message", REFUSED)
def test_what_is_no_product_is_refused(message):
    with pytest.raises(ValueError) as refusal:
        REFUSED[message]()
    assert str(refusal.value) == message


def test_it_shows_what_it_is():
    array, x, _ = chip(tile=4, wires=WIRES, kind="adc", bits=6, range=1.0)
    array @ x
    assert "word line 5 ohm" in repr(array) and "6 of 4 x 4" in repr(array) and "<table>" in array._repr_html_()
