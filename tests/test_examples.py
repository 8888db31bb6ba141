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
