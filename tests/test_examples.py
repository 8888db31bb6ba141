"""The short examples run from any folder and reach what their headers promise."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]


def printed(name, folder):
    """Standard output of one example, run by a fresh interpreter in `folder`."""
    paths = os.pathsep.join(filter(None, [str(ROOT), os.environ.get("PYTHONPATH")]))
    environment = os.environ | {"PYTHONPATH": paths, "MPLBACKEND": "Agg", "MPLCONFIGDIR": str(folder / "matplotlib")}
    done = subprocess.run([sys.executable, ROOT / "examples" / name], cwd=folder, env=environment, text=True,
                          capture_output=True, timeout=300)
    assert done.returncode == 0, done.stderr
    return done.stdout


@pytest.mark.slow
def test_a_small_network_learns(tmp_path):
    text = printed("01_train_a_small_network.py", tmp_path)
    errors = [float(error) for error in re.findall(r"test error ([\d.]+)", text)]
    assert len(errors) == 5 and errors[0] > 0.8 and errors[-1] < 0.2


@pytest.mark.slow
def test_spike_rates_converge_to_states(tmp_path):
    text = printed("02_spikes_of_one_digit.py", tmp_path)
    assert float(text.split()[-1]) <= ((1 - 0.4) / 0.4 + 0.5) / 60
    assert (tmp_path / "02_spikes_of_one_digit.png").stat().st_size > 20_000


@pytest.mark.slow
def test_wires_keep_the_weights_symmetric(tmp_path):
    """At every resistance: rounding with equal terminals, much more with anything that is not reciprocal."""
    text = printed("10_reciprocity.py", tmp_path)
    rows = [[float(value) for value in re.findall(r": ([\d.e+-]+)", line)] for line in text.splitlines()]
    assert len(rows) == 5
    assert all(row[0] < 1e-12 and min(row[1:]) > 1e-6 for row in rows)


@pytest.mark.slow
def test_the_terminal_update_and_the_gradient(tmp_path):
    text = printed("11_alignment.py", tmp_path)
    found = {(int(size), float(r)): (float(cosine), float(ratio)) for size, r, cosine, ratio
             in re.findall(r"(\d+) x \d+\s+(\S+)\s+(\S+)\s+(\S+)", text)}
    for place, expected in {(64, 1e-5): (1.0, 0.98), (64, 1e-4): (0.998, 0.84), (64, 1e-3): (0.91, 0.35),
                            (128, 1e-4): (0.976, 0.58)}.items():
        assert found[place] == pytest.approx(expected, abs=0.01)


@pytest.mark.slow
def test_reading_back_through_other_terminals_costs_the_gradient(tmp_path):
    rows = [[float(value) for value in re.findall(r"[:,] ([\d.]+)", line)]
            for line in printed("12_asymmetric_reads.py", tmp_path).splitlines()]
    assert len(rows) == 5
    assert all(row[0] > 0.999 and abs(row[1] - 1) < 0.01 for row in rows)
    assert rows[-1][4] < 0.7 and rows[-1][3] < 0.92


@pytest.mark.slow
def test_the_order_of_events_tells_which_way_a_bar_moves(tmp_path):
    text = printed("14_events.py", tmp_path)
    events, still = (float(value) for value in re.findall(r"([\d.]+)(?:,|$)", text.splitlines()[-2])[-2:])
    assert events < 0.02 and still > 0.4
    assert float(text.split()[-1]) > 0.98, "played backwards"
    assert (tmp_path / "bars.npz").is_file()


@pytest.mark.slow
def test_arrays_of_ones_own_learn_in_numbers_and_on_devices(tmp_path):
    text = printed("16_own_data.py", tmp_path)
    errors = dict(re.findall(r"^(\w+): test error ([\d.]+)", text, re.MULTILINE))
    assert errors.keys() == {"numbers", "devices"} and all(float(error) < 0.2 for error in errors.values())
    assert (tmp_path / "16_own_data.png").stat().st_size > 20_000


@pytest.mark.slow
def test_a_neuron_of_ones_own_sends_less_with_a_higher_threshold(tmp_path):
    rows = [[float(value) for value in re.findall(r"[\d.]+", line)]
            for line in printed("13_own_neuron.py", tmp_path).splitlines()]
    assert [row[0] for row in rows] == [0.5, 1.0, 1.5]
    assert rows[0][1] > 1.1 * rows[1][1] > 1.1 * rows[2][1] and max(row[-1] for row in rows) < 0.01


@pytest.mark.slow
def test_a_solver_gets_as_far_as_the_array_lets_it(tmp_path):
    text = printed("15_crossbar_algebra.py", tmp_path)
    ideal, wired, converted, noisy = map(float, re.findall(r"error ([\d.]+)", text))
    assert ideal < 0.03 and abs(converted - ideal) < 0.01 and min(wired, noisy) > 2 * ideal
    assert (tmp_path / "15_crossbar_algebra.png").stat().st_size > 20_000
