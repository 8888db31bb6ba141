"""A file is understood before it is fitted: whatever way a measurement is written down, the same trains come of it."""

import time

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from neurosim.measurements.csv import read_pulses
from neurosim.measurements.cycles import not_read, restarts

PULSES, CYCLES = 40, 5


def course(pulses, noise=0.01, seed=0, low=2e-7, high=12e-6):
    """Set and reset train of soft bounds with noise [S], (2, pulses)."""
    rng, part = np.random.default_rng(seed), 1 - np.exp(-3 * np.arange(pulses) / pulses)
    part = part / part[-1]
    rows = np.array([part, 1 - part]) + noise * rng.standard_normal((2, pulses))
    return low + (high - low) * np.clip(rows, 0, None)


@pytest.fixture(scope="module")
def cycles():
    """Five cycles, (cycles, 2, pulses)."""
    return np.array([course(PULSES, seed=seed) for seed in range(CYCLES)])


@pytest.fixture
def write(tmp_path):
    def write(rows, header="", mark=",", form="{:.17g}"):
        text = "\n".join(mark.join(cell if isinstance(cell, str) else form.format(cell) for cell in row)
                         for row in rows)
        (tmp_path / "trains.csv").write_text(f"{header}\n{text}\n" if header else text)
        return tmp_path / "trains.csv"
    return write


def stacked(cycles):
    """Rows (up, down) of cycles below each other."""
    return [tuple(row) for cycle in cycles for row in cycle.T]


def same(trains, cycles):
    assert np.allclose(trains.up, cycles[:, 0], rtol=1e-12) and np.allclose(trains.down, cycles[:, 1], rtol=1e-12)
    return trains.understood


NUMBERS = [k % PULSES + 1 for k in range(CYCLES * PULSES)]


@pytest.mark.parametrize("noise", [0, 0.02, 0.05])
def test_cycles_below_each_other_are_trains_of_their_own(write, noise):
    cycles = np.array([course(PULSES, noise, seed) for seed in range(CYCLES)])
    said = same(read_pulses(write(stacked(cycles))), cycles)
    assert said.startswith("5 cycles of 40 set and 40 reset pulses, ") and said.count("uS") == 1


@pytest.mark.parametrize("header", ["", "pulse,LTP,LTD", "# pulse,LTP,LTD", "#,up,down", "index,G_pot,G_dep",
                                    "Pulse Number,set (S),reset (S)"])
def test_a_column_that_counts_is_no_conductance(write, cycles, header):
    rows = [(float(number), *row) for number, row in zip(NUMBERS, stacked(cycles))]
    said = same(read_pulses(write(rows, header)), cycles)
    assert said.endswith("; column 1 = pulse numbers")


@pytest.mark.parametrize("first", [0.0, 1.0, 17.0])
def test_a_count_over_all_cycles_or_a_time_is_no_conductance_either(write, cycles, first):
    for step in (1.0, 0.125, 1e-6):
        rows = [(first + step * k, *row) for k, row in enumerate(stacked(cycles))]
        same(read_pulses(write(rows)), cycles)


def test_short_cycles_are_told_apart_by_a_count_or_a_cycle_number(write):
    cycles = np.array([course(4, 0.05, seed) for seed in range(20)])
    rows = stacked(cycles)
    same(read_pulses(write([(k % 4, *row) for k, row in enumerate(rows)], "pulse,up,down")), cycles)
    same(read_pulses(write([(k // 4, *row) for k, row in enumerate(rows)], "cycle,up,down")), cycles)


def test_two_columns_may_list_all_reset_pulses_after_all_set_pulses(write, cycles):
    rows = [(float(g), side) for cycle in cycles for side, train in zip(("LTP", "LTD"), cycle) for g in train]
    for header in ("conductance,direction", "", "G (S),polarity"):
        assert same(read_pulses(write(rows, header)), cycles) == \
            f"5 cycles of 40 set and 40 reset pulses, {spread(cycles)}"
    rows = [(float(k), g, "1" if side == "LTP" else "-1") for k, (g, side) in enumerate(rows)]
    assert same(read_pulses(write(rows)), cycles).endswith("column 1 = pulse numbers")


def spread(cycles):
    from neurosim.memristor.si_format import quantity
    return f"{quantity(cycles.min(), 'S', 3)} to {quantity(cycles.max(), 'S', 3)}"


def test_pairs_of_columns_are_devices(write, cycles):
    rows = [tuple(row) for row in np.concatenate(cycles).T]
    same(read_pulses(write(rows, ",".join(f"LTP{k},LTD{k}" for k in range(CYCLES)))), cycles)
    with pytest.raises(ValueError, match="10 of which may be conductances; write two columns up,down"):
        read_pulses(write(rows))


@pytest.mark.parametrize("mark", [";", "\t", " ", "   "])
def test_cells_may_be_separated_by_other_marks(write, cycles, mark):
    same(read_pulses(write(stacked(cycles), mark=mark)), cycles)


@pytest.mark.parametrize("mark", [",", ";", "\t"])
def test_sides_of_different_length_and_empty_columns_are_read(write, mark):
    rising, falling = course(PULSES)[0], course(30, seed=1)[1]
    below = [*((g, "") for g in rising), *(("", g) for g in falling)]
    beside = [(g, falling[k] if k < 30 else "") for k, g in enumerate(rising)]
    for rows in (below, beside):
        for header, more in ((f"up{mark}down", ()), ("", ()), (f"up{mark}down{mark}", ("",)), ("", ("", "")),
                             (f"up{mark}down", ("",))):
            trains = read_pulses(write([(*row, *more) for row in rows], header, mark))
            assert np.array_equal(trains.up, [rising]) and np.array_equal(trains.down, [falling])
    trains = read_pulses(write([(row[0], "", row[1]) for row in beside], f"up{mark}{mark}down", mark))
    assert np.array_equal(trains.up, [rising]) and np.array_equal(trains.down, [falling])


def test_a_header_between_cycles_begins_a_new_one(write):
    cycles = np.array([course(8, 0.1, seed) for seed in range(6)])
    rows = [row for cycle in cycles for row in (("up", "down"), *map(tuple, cycle.T))]
    same(read_pulses(write(rows)), cycles)
    with pytest.raises(ValueError, match="trains.csv: holds headers without data; add"):
        read_pulses(write([("up", "down")] * 3))


@pytest.mark.parametrize("mark", [";", "\t", " ", "  "])
def test_decimal_commas_are_read(write, cycles, mark):
    rows = [tuple(f"{g:.17e}".replace(".", ",") for g in row) for row in stacked(cycles)]
    for header in ("", f"up{mark}down"):
        same(read_pulses(write(rows, header, mark)), cycles)


def test_what_numpy_writes_is_read(tmp_path, cycles):
    path = tmp_path / "saved.txt"
    for header in ("", "up down", "down up"):
        np.savetxt(path, stacked(cycles), header=header)
        if header != "down up":
            same(read_pulses(path), cycles)
            continue
        with pytest.raises(ValueError, match="set pulses lower .* reset pulses raise it; exchange up and down"):
            read_pulses(path)


@pytest.mark.parametrize("unit, factor", [("uS", 1e6), ("µS", 1e6), ("nS", 1e9), ("mS", 1e3)])
def test_units_of_names_are_converted(write, cycles, unit, factor):
    rows = [tuple(factor * np.array(row)) for row in stacked(cycles)]
    same(read_pulses(write(rows, f"LTP ({unit}),LTD [{unit}]")), cycles)


def test_reset_pulses_listed_from_low_to_high_are_turned_round_and_it_is_said(write, cycles):
    turned = [tuple(row) for cycle in cycles for row in (cycle * 1.0)[[0, 1]].T]
    turned = [tuple(row) for cycle in cycles for row in np.array([cycle[0], cycle[1][::-1]]).T]
    for header in ("", "LTP,LTD"):
        assert same(read_pulses(write(turned, header)), cycles).endswith("listed from low to high, turned round")
    rows = [(g, side) for cycle in cycles for side, train in zip(("up", "down"), (cycle[0], cycle[1][::-1]))
            for g in train]
    with pytest.raises(ValueError, match="reset pulses raise the conductance, lines 42 to 401; list every pulse in"):
        read_pulses(write(rows, "g,direction"))


def test_contradictions_are_refused(write, cycles):
    exchanged = [(down, up) for up, down in stacked(cycles)]
    for header in ("", "up,down"):
        with pytest.raises(ValueError, match="reset pulses raise it; exchange up and down"):
            read_pulses(write(exchanged, header))
    twice = [(up, up / 40) for up, _ in stacked(cycles)]
    with pytest.raises(ValueError, match="reset pulses raise the conductance, lines 1 to 200; list every pulse in"):
        read_pulses(write(twice))
    one = np.array(cycles)
    one[3, 0] = one[3, 0, ::-1]
    with pytest.raises(ValueError, match="set pulses lower the conductance, lines 122 to 161, but not elsewhere"):
        read_pulses(write([(k % PULSES, *row) for k, row in enumerate(stacked(one))], "pulse,up,down"))


@pytest.mark.parametrize("nothing", ["", "nan", "NaN", "9.91e37", "9.9E+37", "-9.9e37", "1e38", "0", "0.0", "OVLD",
                                     "--"])
def test_gaps_cut_a_train_and_are_never_conductances(write, cycles, nothing):
    rows = [list(row) for row in cycles[0].T]
    rows[20] = [nothing, nothing]
    trains = read_pulses(write(rows))
    assert [len(train) for train in (*trains.up, *trains.down)] == [20, 19, 20, 19]
    assert min(map(np.min, (*trains.up, *trains.down))) >= 1e-8 and max(map(np.max, trains.up)) < 2e-5
    assert "2 gaps without readings" in trains.understood
    padded = [*rows[:20], *[[nothing, nothing]] * 7, *rows[21:], *[[nothing, nothing]] * 3]
    trains = read_pulses(write(padded))
    assert [len(train) for train in (*trains.up, *trains.down)] == [20, 19, 20, 19]


@pytest.mark.parametrize("factor", [1e3, 1e-3, 1e6, 1e-9])
def test_a_reading_a_thousandfold_off_is_left_out_and_its_line_named(write, cycles, factor):
    rows = [list(row) for row in cycles[0].T]
    rows[25][0] *= factor
    trains = read_pulses(write(rows, "up,down"))
    assert [len(train) for train in (*trains.up, *trains.down)] == [25, 14, 40]
    assert "line 27 far off its neighbours, left out" in trains.understood
    for row in rows[::3]:
        row[0] *= factor
    with pytest.raises(ValueError, match="of 80 readings, lines .* far off their neighbours; remove|exceeds 0.01 S"):
        read_pulses(write(rows, "up,down"))


def test_an_index_under_the_name_of_conductances_is_refused(write, cycles):
    rows = [(float(k + 1), down) for k, (_, down) in enumerate(stacked(cycles[:1]))]
    with pytest.raises(ValueError, match="column 1 counts 1, 2, 3 ..., as numbers of pulses do; name it pulse"):
        read_pulses(write(rows, "up,down"))
    with pytest.raises(ValueError, match="column 1 counts in equal steps"):
        read_pulses(write(rows))
    rows = [(float(k + 1), 1e6 * down) for k, (_, down) in enumerate(stacked(cycles[:1]))]
    with pytest.raises(ValueError, match="column 1 counts 1, 2, 3 ..., as numbers of pulses do; name it pulse"):
        read_pulses(write(rows, "up (uS),down (uS)"))
    ideal = [(float(k), 41.0 - k) for k in range(1, 41)]
    assert read_pulses(write(ideal, "up (uS),down (uS)")).up[0][-1] == pytest.approx(40e-6)


def test_pauses_and_missing_pulses_cut_a_train(write, cycles):
    times = np.arange(PULSES) * 0.5
    times[15:] += 300
    trains = read_pulses(write([(time, *row) for time, row in zip(times, cycles[0].T)], "t (s),up,down"))
    assert [len(train) for train in trains.up] == [15, 25] and "column 1 = time with 1 gap" in trains.understood
    numbers = np.delete(np.arange(PULSES + 3), [10, 11, 12])
    trains = read_pulses(write([(number, *row) for number, row in zip(numbers, cycles[0].T)], "pulse,up,down"))
    assert [len(train) for train in trains.up] == [10, 30]


def test_what_falls_into_pieces_is_refused_soon(write):
    rows = [("1e-6", "2e-6"), ("2e-6", "1e-6"), ("", "")] * 25_000
    start = time.process_time()
    with pytest.raises(ValueError, match="falls into more than 20,000 trains; give fewer cycles"):
        read_pulses(write(rows))
    assert time.process_time() - start < 5


def test_what_an_ideal_device_does_is_neither_an_index_nor_a_gap(write):
    line = np.linspace(0, 1e-5, 41)
    trains = read_pulses(write(list(zip(line, line[::-1])), "up,down"))
    assert np.array_equal(trains.up, [line]) and np.array_equal(trains.down, [line[::-1]])
    curve = 1e-5 * (1 - np.exp(-np.arange(200) / 10))
    trains = read_pulses(write(list(zip(curve, curve[::-1]))))
    assert np.array_equal(trains.up, [curve]) and len(trains.down[0]) == 200


@given(st.lists(st.floats(0, 1), min_size=4, max_size=60), st.sampled_from([1, -1]))
def test_noise_alone_never_makes_short_cycles(values, sign):
    places = restarts(np.array(values), sign)
    assert len(places) <= len(values) // 2 and all(np.diff(places) > 0)
    assert not not_read(np.array(values) + 1.0).any()


def test_a_noisy_train_is_one_train():
    rng = np.random.default_rng(0)
    cut = sum(len(restarts(course(1000, 0.3, seed)[0] + 1e-5 + 0 * rng.random(), 1)) for seed in range(50))
    assert cut == 0
