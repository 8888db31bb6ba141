"""One device written down in many layouts is one device: the same trains, and the same card, come of each."""

import numpy as np
import pytest

from neurosim.memristor.fitting import fit
from neurosim.measurements.csv import read_pulses

LOW, HIGH, PULSES = 2e-6, 12e-6, 80
SHARES = {"up": 0.04, "down": 0.06}    #: of what is left of the range, which one pulse moves
GAP = "9.91E+37"


def cycles(count=2, noise=0.01, seed=0):
    """Trains of soft bounds, conductances after every pulse: list of (up, down) [S]."""
    rng, pulses, span = np.random.default_rng(seed), np.arange(1, PULSES + 1), HIGH - LOW
    rising, falling = (1 - (1 - share) ** pulses for share in SHARES.values())
    parts = rising, rising[-1] * (1 - falling)
    return [[LOW + span * (part + noise * rng.standard_normal(PULSES)) for part in parts] for _ in range(count)]


def beside(made, *before, mark=",", number="{:.17g}".format, head="up,down", between=()):
    """Two columns, cycles below each other; `before` are functions of cycle and pulse that fill columns in front."""
    lines = [head] if head else []
    for cycle, trains in enumerate(made):
        lines += between if cycle else ()
        lines += [mark.join([*(str(column(cycle, pulse)) for column in before), *map(number, row)])
                  for pulse, row in enumerate(zip(*trains))]
    return "\n".join(lines)


def below(made, words, head="conductance,direction", time=None):
    """All set pulses of a cycle, then all reset pulses, with a column of directions."""
    rows = [(f"{g:.17g}", word) for trains in made for word, train in zip(words, trains) for g in train]
    rows = [(f"{time * row:.4f}", *cells) for row, cells in enumerate(rows)] if time else rows
    return "\n".join([*([head] if head else []), *map(",".join, rows)])


LAYOUTS = {
    "two columns": lambda made: beside(made),
    "no header, tabs": lambda made: beside(made, mark="\t", head=""),
    "numbers of pulses": lambda made: beside(made, lambda cycle, pulse: pulse + 1, head="pulse,LTP,LTD"),
    "numbers of pulses, no header": lambda made: beside(made, lambda cycle, pulse: pulse, head=""),
    "cycles and pulses": lambda made: beside(made, lambda cycle, pulse: cycle, lambda cycle, pulse: pulse,
                                             head="cycle,pulse number,set,reset"),
    "microsiemens": lambda made: beside(made, number=lambda g: f"{1e6 * g:.17g}", head="LTP (uS);LTD (uS)", mark=";"),
    "reset pulses ascending": lambda made: beside([(up, down[::-1]) for up, down in made], head="LTP,LTD"),
    "header between cycles": lambda made: beside(made, between=["up,down"]),
    "gaps between cycles": lambda made: beside(made, between=["", f"{GAP},{GAP}", "# next"]),
    "directions": lambda made: below(made, ("set", "reset")),
    "times and directions": lambda made: below(made, ("+1", "-1"), "time (s),G (S),polarity", 0.01),
    "times and directions, no header": lambda made: below(made, ("LTP", "LTD"), "", 0.01),
    "cycles beside each other": lambda made: "\n".join(
        [",".join(["up,down"] * len(made)), *(",".join(f"{g:.17g}" for g in row)
                                              for row in zip(*(train for trains in made for train in trains)))]),
    "saved by Excel": lambda made: "\ufeff" + beside(made, number='"{:.17g}"'.format, head='"up","down"').replace(
        "\n", "\r\n"),
}


@pytest.fixture
def written(tmp_path):
    def written(name, made):
        path = tmp_path / "trains.csv"
        path.write_bytes(LAYOUTS[name](made).encode())
        return path
    return written


@pytest.mark.parametrize("name", LAYOUTS)
@pytest.mark.parametrize("count", [1, 2, 7])
@pytest.mark.parametrize("noise", [0, 0.01, 0.03])
def test_every_layout_holds_the_same_trains(written, name, count, noise):
    made = cycles(count, noise, seed=count)
    trains = read_pulses(written(name, made))
    for side, expected in zip((trains.up, trains.down), zip(*made)):
        assert np.shape(side) == np.shape(expected) and np.allclose(side, expected, rtol=1e-12)
    assert trains.understood.startswith(f"{count} cycle")


@pytest.mark.slow
def test_every_layout_gives_one_card_and_the_device_lies_in_its_intervals(written):
    made = cycles()
    found = {name: fit(read_pulses(written(name, made)), laws=["soft-bounds"])[0] for name in LAYOUTS}
    first = found["two columns"]
    truth = {"g_min": LOW, "g_max": HIGH, **{f"step_{side}": share * (HIGH - LOW) for side, share in SHARES.items()}}
    for name, other in found.items():
        for key, (low, high) in first.intervals.items():
            assert abs(other.values[key] - first.values[key]) < 1e-3 * (high - low), (name, key)
    for key, value in truth.items():
        assert first.intervals[key][0] < value < first.intervals[key][1], key
