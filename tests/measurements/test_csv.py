"""Measured devices: what a file says arrives unchanged, what is wrong in it gets one sentence with line and fix."""

import gzip

import numpy as np
import pytest

from neurosim.memristor.array import DeviceArray
from neurosim.memristor.device import IMPERFECTIONS, Device
from neurosim.measurements.csv import PulseTrains, StepTable, read_pulses, read_steps

G = np.linspace(2e-5, 1e-4, 9)
CDF = np.linspace(0, 1, 41)


def table(**changes):
    """Set steps of a uniform distribution that shrinks along the range, reset steps skewed and growing."""
    up = 4e-6 * (1.1 - (G - G[0]) / (G[-1] - G[0])) * (0.5 + CDF[:, None])
    down = -3e-6 * (0.2 + (G - G[0]) / (G[-1] - G[0])) * (1.2 - CDF[:, None] ** 2)
    return StepTable(**{"g": G, "cdf": CDF, "up": up, "down": down, "source": "measured", **changes})


def device(**changes):
    values = {**dict.fromkeys(IMPERFECTIONS, 0.0), "g_min": G[0], "g_max": G[-1], "temperature": 300.0,
              "drift_start": 1.0, "scatter": 1.0, "set_voltage": 1.0, "set_width": 1e-6, "reset_voltage": -1.0,
              "reset_width": 1e-6, "read_voltage": 0.1, **changes}
    return Device(stem="measured", name="measured", law="table", citation="-", table="here", values=values, sources={})


@pytest.fixture
def write(tmp_path):
    def write(content):
        path = tmp_path / "trains.csv"
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
        return path
    return write


def refusal(action, *arguments):
    with pytest.raises(ValueError) as caught:
        action(*arguments)
    assert "\n" not in str(caught.value)
    return str(caught.value)


@pytest.mark.parametrize("content", [
    "1e-5,9e-5\n2e-5,8e-5\n3e-5,6e-5\n",
    "up,down\r\n1e-5,9e-5\r\n2e-5,8e-5\r\n3e-5,6e-5",
    "\ufeff# ReRAM 7\nDepression [S], Potentiation [S]\n9e-5,1e-5\n8e-5,2e-5\n6e-5,3e-5\n\n",
    "conductance,direction\n1e-5,up\n2e-5,up\n3e-5,up\n9e-5,down\n8e-5,down\n6e-5,down\n",
])
def test_every_layout_gives_the_same_trains(write, content):
    trains = read_pulses(write(content))
    assert [list(train) for train in trains.up] == [[1e-5, 2e-5, 3e-5]]
    assert [list(train) for train in trains.down] == [[9e-5, 8e-5, 6e-5]]


def test_every_change_of_direction_begins_a_train(write):
    trains = read_pulses(write("direction,g\nset,1e-5\nset,2e-5\nreset,1e-5\nreset,5e-6\n1,6e-6\n1,7e-6\n"))
    assert [list(train) for train in trains.up] == [[1e-5, 2e-5], [6e-6, 7e-6]]
    assert [list(train) for train in trains.down] == [[1e-5, 5e-6]]


def test_normalised_data_fill_the_range(write):
    path = write("-1,1\n0,0\n1,-1\n")
    assert np.allclose(read_pulses(path, 1e-5, 9e-5).up, [[1e-5, 5e-5, 9e-5]])
    assert np.allclose(read_pulses(path, 4e-5, 6e-5, scale=(-0.5, 0.5)).down, [[7e-5, 5e-5, 3e-5]])
    assert "line 1: -1 becomes the negative conductance" in refusal(read_pulses, path, 1e-6, 9e-5, (0, 1))


@pytest.mark.parametrize("content, reason", [
    ("1e-5\n2e-5\n", "line 1 has one column where two are needed"),
    ("1e-5,2e-5\n1e-5,\n", "down: a train of two or more pulses is needed"),
    ("up,down\n1e-5,2e-5\n1e-5,high\n", "line 3: 'high' is not a number"),
    ("1e-5,2e-5\n1e-5,nan\n", "down: a train of two or more pulses is needed"),
    ("1e-5,2e-5\n1e-5,2e-5,3e-5\n", "line 2 has 3 cells, line 1 has 2"),
    ("pulse,conductance\n1,2e-5\n",
     "holds conductances without the directions of their pulses; use --pulses SET"),
    ("up [mph],down [mph]\n1,2\n", "line 1: 'up [mph]': the unit 'mph' is unknown; write S, mS, uS, nS, ohm"),
    ("up (kohm),down\n1,2\n", "column 1, 'up (kohm)', has a unit and column 2, 'down', has none; give it with --unit"),
    ("pulse,resistance,direction\n1,2,up\n",
     "column 2, 'resistance', holds resistances about 2 without a unit; use --unit ohm, kohm"),
    ("time,current,direction\n1,2,up\n", "holds currents about 2 without a unit; use --unit A, mA, uA or nA"),
    ("colour,down\n1,2\n", "up: a train of two or more pulses is needed in each direction"),
    ("2e5,1e5\n3e5,9e4\n", "300000 S exceeds 0.01 S; conductances are in siemens: if they are in ohms, use --unit ohm"),
    ("1e30,2e30\n1e30,2e30\n", "no usual unit brings them there"),
    ("up,down\n", "line 1 is a header without data"),
    ("10,90\n20,80\n", "line 1: 90 S exceeds 0.01 S; conductances are in siemens: if they are in microsiemens"),
    ("0.1,0.9\n0.2,0.8\n", "0.9 S exceeds 0.01 S; conductances are in siemens: if they are normalised, give g_min"),
    ("1e-5,2e-5\n-1e-5,2e-5\n", "line 2: -1e-05 is negative"),
    ("conductance,direction\n1e-5,sideways\n", "line 2: direction 'sideways' is unknown; write up or down"),
    ("conductance,direction\n1e-5,up\n2e-5,up\n", "down: a train of two or more pulses is needed"),
    ("", "is empty"), (b"1e-5,2e-5\n\xff\xfe\n", "line 2 has 1 cells, line 1 has 2"),
])
def test_bad_pulse_trains(write, content, reason):
    path = write(content)
    message = refusal(read_pulses, path)
    assert message.startswith(str(path)) and reason in message


def test_missing_file(tmp_path):
    assert "No such file" in refusal(read_pulses, tmp_path / "trains.csv")


ROWS = {"dG_increasing": ["title", "1e-5, 2e-5,\t3e-5", "0, .5, 1", "", "0,0,0", "1e-6,2e-6,3e-6", "2e-6,4e-6,6e-6"],
        "dG_decreasing": ["title", "1e-5, 2e-5, 3e-5", "0, .5, 1", "-3e-6,-2e-6,-1e-6", "-1e-6,-1e-6,-1e-6", "0,0,0"]}


def folder(path, **changes):
    for name, rows in {**ROWS, **changes}.items():
        (path / f"{name}.txt.gz").write_bytes(gzip.compress("\n".join(rows).encode()))
    return path


def test_tables_of_steps_are_read(tmp_path):
    steps = read_steps(folder(tmp_path))
    assert np.allclose(steps.g, [1e-5, 2e-5, 3e-5]) and np.allclose(steps.cdf, [0, 0.5, 1])
    assert np.allclose(steps.up[1], [1e-6, 2e-6, 3e-6]) and np.allclose(steps.down[0], [-3e-6, -2e-6, -1e-6])


@pytest.mark.parametrize("row, text, reason", [
    (1, "1e-5, 3e-5, 2e-5", "line 2: number 3 (2e-05) does not exceed number 2 (3e-05); sort them"),
    (2, "0, .5, .4", "line 3: number 3 (0.4) does not exceed number 2 (0.5); sort them"),
    (2, "0, .5, 1.5", "line 3: they run from 0 to 1.5; probabilities lie between 0 and 1"),
    (1, "10, 20, 30",
     "line 2: 30 S exceeds 0.01 S; conductances are in siemens: if they are in microsiemens, multiply by 1e-06 "
     "(3e-05 S)"),
    (5, "1e-6, nan, 3e-6", "line 6: nan is not finite"),
    (5, "1e-6, 3e-6", "line 6 has 2 steps for 3 conductances"),
    (5, "", "line 7 ends 2 rows of dG for 3 probabilities"),
    (0, "1, 2, 3", "line 1 holds numbers; row 1 is a title"),
])
def test_bad_tables_of_steps(tmp_path, row, text, reason):
    rows = list(ROWS["dG_increasing"])
    rows[row] = text
    message = refusal(read_steps, folder(tmp_path, dG_increasing=rows))
    assert message.startswith(str(tmp_path / "dG_increasing.txt.gz")) and reason in message


def test_tables_that_are_absent_damaged_or_differ(tmp_path):
    assert "holds neither dG_increasing.txt nor" in refusal(read_steps, tmp_path)
    rows = [ROWS["dG_increasing"][0], "1e-5, 2e-5, 4e-5", *ROWS["dG_increasing"][2:]]
    assert "the conductance bins of dG_increasing and dG_decreasing differ" in refusal(
        read_steps, folder(tmp_path, dG_increasing=rows))
    path = tmp_path / "dG_increasing.txt.gz"
    path.write_bytes(path.read_bytes()[:40])
    assert f"{path}: cannot be read" in refusal(read_steps, tmp_path)


def test_moments_of_a_table_are_those_of_its_distribution():
    steps, part = table(), (G - G[0]) / (G[-1] - G[0])
    assert np.allclose(steps.mean()[0], 4e-6 * (1.1 - part), rtol=1e-12)
    assert np.allclose(steps.deviation()[0], 4e-6 * (1.1 - part) / np.sqrt(12), rtol=1e-12)
    assert np.allclose(steps.mean()[1], -3e-6 * (0.2 + part) * (1.2 - 1 / 3), rtol=1e-3)


@pytest.mark.parametrize("direction", [0, 1])
def test_devices_step_as_the_table_says(direction):
    steps, many = table(), 40_000
    for place in (2, 4, 6):
        array = DeviceArray(device(), (many,), seed=place, table=steps, threads=1)
        array.cells.g[:] = G[place]
        array.pulse(np.full(many, 1 - 2 * direction))
        change = array.conductances().astype(float) - np.float32(G[place])
        mean, deviation = steps.mean()[direction, place], steps.deviation()[direction, place]
        assert abs(change.mean() - mean) < 4 * deviation / many ** 0.5
        assert change.std() == pytest.approx(deviation, rel=0.015)


def test_without_noise_every_device_makes_the_mean_step():
    steps, part = table(), 0.3
    shapes = steps.shapes(noise=False)
    assert shapes.shape == (2, 1 + G.size, 1) and np.all(shapes[:, 0] == 1)
    assert np.allclose(shapes[0, 1:, 0], steps.mean()[0]) and np.allclose(shapes[1, 1:, 0], -steps.mean()[1][::-1])
    assert np.allclose(table(g=G[0] + (G - G[0]) * part).shapes(noise=False), shapes)


def test_a_card_has_the_range_of_its_table():
    table().check_device(device())
    assert "g_max = 0.00012 S, but the table measured ends at 0.0001 S; write g_max = 0.0001" in refusal(
        table().check_device, device(g_max=1.2e-4))


def test_trains_become_the_table_that_made_them():
    steps, pulses = table(), 60
    array = DeviceArray(device(), (400,), seed=3, table=steps, threads=1)
    trains = []
    for sign in (1, -1):
        values = []
        for _ in range(pulses):
            array.pulse(np.full(400, sign))
            values.append(array.conductances())
        trains.append(np.array(values, float).T)
    again = StepTable.from_trains(PulseTrains(up=trains[0], down=trains[1], source="devices"), bins=17)
    inner = slice(4, 14)
    for row in (0, 1):
        for moment in ("mean", "deviation"):
            wanted = np.interp(again.g, G, getattr(steps, moment)()[row])
            assert np.allclose(getattr(again, moment)()[row, inner], wanted[inner], rtol=0.1)


def test_too_few_steps_for_a_table():
    trains = PulseTrains(up=[[1e-5, 2e-5]], down=[[2e-5, 1e-5]], source="short.csv")
    assert "short.csv: up: 1 step is too few" in refusal(StepTable.from_trains, trains)
