"""Reads over time, cycling, curves and pulses of several voltages: one series for each device, state and run."""

import numpy as np
import pytest

from neurosim.measurements.cycling import read_cycling
from neurosim.measurements.pulsed import read_pulsed
from neurosim.measurements.series import read_series
from neurosim.measurements.voltage_sweeps import read_sweeps

READS = 6
TIMES = np.arange(1.0, READS + 1)


def written(folder, head, rows):
    (folder / "file.csv").write_text("\n".join([head, *(",".join(f"{cell:.9g}" if isinstance(cell, float) else str(cell)
                                                                 for cell in row) for row in rows)]))
    return [folder / "file.csv"]


def stacked(factors):
    """Reads of states below each other: (number of the state, number of the read, value)."""
    return [(state, k, factor * (10 + 0.1 * k)) for state, factor in enumerate(factors) for k in range(READS)]


@pytest.mark.parametrize("unit, factor", [("min", 60), ("h", 3600), ("days", 86400), ("ms", 1e-3), ("s", 1)])
def test_times_are_seconds_whatever_their_unit(unit, factor, tmp_path):
    for title in (f"time ({unit})", f"t/{unit}", f"Zeit [{unit}]"):
        one, = read_series(written(tmp_path, f"{title},G (uS)", zip(TIMES, 10 - 0.1 * TIMES)))
        assert np.allclose(one.times, factor * TIMES)


@pytest.mark.parametrize("head, row", [
    ("state,read,G (uS)", lambda state, k, g: (state, k, g)), ("level,G (uS)", lambda state, k, g: (state, g)),
    ("state,G (uS)", lambda state, k, g: (("HRS", "LRS")[state], g)), ("read no.,G (uS)", lambda state, k, g: (k, g)),
    ("cycle,time (s),G (uS)", lambda state, k, g: (state, float(k), g)),
    ("time (s),G (uS)", lambda state, k, g: (float(k), g))])
def test_states_and_runs_below_each_other_are_series_of_their_own(head, row, tmp_path):
    found = read_series(written(tmp_path, head, [row(*one) for one in stacked((1.0, 5.0))]))
    assert [len(one.values) for one in found] == [READS, READS]
    assert np.allclose(found[1].values, 5 * found[0].values)


def test_a_first_row_with_a_label_is_no_comment(tmp_path):
    rows = [(f"cell {device}", k, 250 + 2 * k) for device in (3, 4) for k in range(READS)]
    found = read_series(written(tmp_path, "device,read no.,G (nS)", rows))
    assert [one.label for one in found] == ["cell 3", "cell 4"] and [len(one.values) for one in found] == [READS] * 2


def test_every_column_of_reads_has_the_times_before_it(tmp_path):
    rows = [(t, 10 / t, 3 * t + 1, 20 / t) for t in TIMES]
    first, second = read_series(written(tmp_path, "Time(1) (s),R(1) (kohm),Time(2) (s),R(2) (kohm)", rows))
    assert np.allclose(first.times, TIMES) and np.allclose(second.times, 3 * TIMES + 1)


@pytest.mark.parametrize("unit, factor", [("", 2), (" (#)", 2), (" [1]", 2)])
def test_cycles_are_counted_as_pairs_of_pulses(unit, factor, tmp_path):
    rows = [(k, 900, 100) for k in (1, 10, 99)]
    one, = read_cycling(written(tmp_path, f"Cycle number{unit},HRS (kohm),LRS (kohm)", rows))
    assert np.allclose(one.pulses, [factor, 10 * factor, 99 * factor]) and np.allclose(one.high, 1e-5)


def test_curves_leave_out_leaking_gates_and_tell_states_apart(tmp_path):
    rows = [(state, 0.1 * k, 1.0 * state * k, 1e-6 * k) for state in (1, 2) for k in range(1, READS + 1)]
    found = read_sweeps(written(tmp_path, "state,V (V),I (uA),Ig (uA)", rows))
    assert len(found) == 2 and np.allclose(found[1].amperes, 2 * found[0].amperes)


def test_every_current_has_the_voltage_before_it(tmp_path):
    rows = [(0.1 * k, 1.0 * k, 0.2 * k, 3.0 * k) for k in range(1, READS + 1)]
    first, second = read_sweeps(written(tmp_path, "Vtop1 (V),Itop1 (uA),Vtop2 (V),Itop2 (uA)", rows))
    assert np.allclose(second.volts, 2 * first.volts) and np.allclose(second.amperes, 3 * first.amperes)
    with pytest.raises(ValueError, match="or one of voltages before each current, and the file has V1"):
        read_sweeps(written(tmp_path, "V1 (V),V2 (V),I (uA)", rows))


def test_dropouts_are_no_reads_and_numbers_of_reads_no_readings(tmp_path):
    rows = [(k, 0 if k == 8 else 10 + 0.1 * (k % 3)) for k in range(1, 16)]
    one, = read_series(written(tmp_path, "#read,G (uS)", rows))
    assert len(one.values) == 14 and one.values.min() > 9e-6


def test_magnitudes_of_voltages_take_the_sign_of_their_direction(tmp_path):
    rows = [(("set", "reset")[k % 2], 1 + 0.1 * k, 10.0 + k % 2) for k in range(READS)]
    one, = read_pulsed(written(tmp_path, "op,amplitude (V),G (uS)", rows))
    assert np.allclose(one.volts, [1, -1.1, 1.2, -1.3, 1.4, -1.5])


ONE = [(1, 2, 3)] * 3
DIVIDED = [(name, 0.1 * k, 1.0 * k) for name in ("p1", "p2") for k in range(1, READS + 1)]


@pytest.mark.parametrize("reader, head, rows, sentence", [
    (read_series, "time (laps),G (uS),x", ONE, "has the unit 'laps', which is none of a time"),
    (read_series, "position,time (s),G (uS)", DIVIDED, "'position', is unknown and divides the rows into p1, p2"),
    (read_sweeps, "position,V (V),I (uA)", DIVIDED, "'position', is unknown and divides the rows into p1, p2"),
    (read_pulsed, "position,pulse voltage (V),G (uS)", DIVIDED, "'position', is unknown and divides the rows"),
    (read_pulsed, "n,pulse voltage (dB),G (uS)", ONE, "has the unit 'dB', which is none of a voltage; write V or mV"),
    (read_pulsed, "pulse voltage (V),width (laps),G (uS)", ONE, "which is none of a time; write s, ms, us"),
    (read_cycling, "cycle (x1000),HRS (kohm),LRS (kohm)", ONE, "has the unit 'x1000'; write plain numbers of cycles"),
])
def test_what_would_be_misread_is_one_sentence(reader, head, rows, sentence, tmp_path):
    with pytest.raises(ValueError) as caught:
        reader(written(tmp_path, head, rows))
    assert sentence in str(caught.value) and "\n" not in str(caught.value)
