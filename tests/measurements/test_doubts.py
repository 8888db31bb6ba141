"""What a file leaves open, or contradicts, is a sentence that names the option or the mend."""

import numpy as np
import pytest
from measured_files import GRID, PULSES, below, beside, long, micro

from neurosim.measurements.reading import read
from neurosim.measurements.stated import Stated


def milli(g):
    return f"{500 * g:.12g}"    # of conductances of half the size, in mS, which siemens may be, too


def of_three(values):
    """A column that takes three values, one in each third of the pulses."""
    return below("pulse,{},G (uS),type".format(values[0]), lambda cycle, pulse, side, g:
                 f"{pulse},{values[1:][pulse % 3]},{micro(g)},{'PD'[side]}")


def backwards():
    return "\n".join(["Time (s),G (uS),type", *(f"{k / 10},{micro(g)},{'PD'[side]}"
                                                for k, (_, _, side, g) in reversed(list(enumerate(long()))))])


def as_text_sorts():
    rows = sorted(long(), key=lambda row: (row[0], row[2], str(row[1])))
    return "\n".join(["cycle,pulse,type,G (uS)", *(f"{cycle},{pulse},{'PD'[side]},{micro(g)}"
                                                   for cycle, pulse, side, g in rows)])


def zipped():
    rows = sorted(long(), key=lambda row: (row[1], row[0], row[2]))
    return "\n".join(["type,G (uS)", *(f"{'PD'[side]},{micro(g)}" for _, _, side, g in rows)])


DOUBTS = {
    "logarithms": (beside("n,ln G (uS) up,ln G (uS) down", lambda g: f"{np.log(1e6 * g):.9f}"), "holds logarithms"),
    "quanta": (beside("n,G up (G0),G down (G0)", lambda g: f"{g / 7.748e-5:.9g}"), "the unit 'G0' is unknown"),
    "a factor in the name": (beside("n,LTP x1e3,LTD x1e3", milli), "the unit 'x1e3' is unknown"),
    "a reading of nothing": (below("Index,Reading,Direction", lambda cycle, pulse, side, g:
                                   f"{pulse},{0.1 * g:.9g},{('LTP', 'LTD')[side]}"),
                             "'Reading', says neither a quantity nor a unit; use --unit"),
    "a unit above the table": (beside(["measured in mS", "n,LTP,LTD"], milli),
                               "line 1 mentions mS, and column 2 has no unit; use --unit mS"),
    "large siemens": (beside("n,LTP,LTD", lambda g: f"{500 * g:.9g}"), "without a unit; use --unit S, mS, uS or nS"),
    "points of thousands": (beside("n;R set (Ohm);R reset (Ohm)", lambda g: f"{round(1 / g):,}".replace(",", "."), ";"),
                            "may have a mark between thousands"),
    "quoted commas": (below('"n","R (Ohm)","op"', lambda cycle, pulse, side, g:
                            f'"{pulse}","{round(1 / g):,}","{"PD"[side]}"'), "is not a number; write one with"),
    "sides in other units": ("\n".join(["n,LTP (nS),LTD (uS)", *(
        f"{k},{1e6 * up:.9g},{1e6 * down:.9g}" for sides in GRID for k, (up, down) in enumerate(sides.T, 1))]),
        "although one continues where the other ends; correct the units of one of them"),
    "reads after ten pulses": ("\n".join(["pulse,LTP (uS),LTD (uS)", *(
        f"{10 * k},{micro(up)},{micro(down)}" for sides in GRID for k, (up, down) in enumerate(sides.T, 1))]),
        "counts pulses in steps of 10"),
    "time backwards": (backwards(), "'Time (s)', runs backwards; sort the rows by it"),
    "numbers sorted as text": (as_text_sorts(), "'pulse', is not in order; sort the rows by cycle"),
    "rows sorted by pulse": (zipped(), "stand alone between changes of direction or gaps"),
    "widths": (of_three(("width (us)", 0.1, 1, 10)), "'width (us)', runs from 0.1 to 10 at pulses of one direction"),
    "temperatures": (of_three(("T (K)", 300, 330, 360)), "'T (K)', runs from 300 to 360"),
    "compliances": (of_three(("Icc (uA)", 10, 50, 90)), "'Icc (uA)', runs from 10 to 90"),
    "rising pulses": (below("pulse,pulse voltage (V),G (uS),type", lambda cycle, pulse, side, g:
                            f"{pulse},{(1 - 2 * side) * (1 + 0.05 * pulse):.2f},{micro(g)},{'PD'[side]}"),
                      "'pulse voltage (V)', runs from 1.05 to"),
    "an unknown column that divides": (below("position,pulse,type,G (uS)", lambda cycle, pulse, side, g:
                                             f"{16 + cycle},{pulse},{'PD'[side]},{micro(g)}"),
                                       "'position', is unknown and divides the rows into 17, 18; name it device"),
    "both terminals": (below("n,V_read,I1 (A),I2 (A),op", lambda cycle, pulse, side, g:
                             f"{pulse},0.1,{0.1 * g:.9g},{-0.1 * g:.9g},{'PD'[side]}"),
                       "'I1 (A)', 'I2 (A)' all hold currents; use --beside"),
    "two read voltages": (below(["# Vread = 0.2 V", "n,Vread (V),I (A),op"], lambda cycle, pulse, side, g:
                                f"{pulse},0.1,{0.1 * g:.9g},{'PD'[side]}"), "leave one of them out"),
    "an error in the last row": (below("device,n,G (uS),op", lambda cycle, pulse, side, g:
                                       f"D1,{pulse},{micro(g)},{'PD'[side]}") + "\nD1,13,ERR,D",
                                 "'ERR' is not a number"),
    "reads of one pulse at two voltages": (below("pulse,Vread (V),I (uA),op", lambda cycle, pulse, side, g: "\n".join(
        f"{pulse},{volts},{1e6 * volts * g:.9g},{'PD'[side]}" for volts in (0.1, 0.2))),
        "'Vread (V)', differs between reads of one pulse; give the rows of one value"),
    "a range of read voltages": (beside(["# read voltage: 0.1 V to 0.3 V", "n,I up (nA),I down (nA)"], milli),
                                 "use --read-voltage V"),
    "a read of hundred volts": (below("n,Vread,I (A),op", lambda cycle, pulse, side, g:
                                      f"{pulse},100,{0.1 * g:.9g},{'PD'[side]}"), "where no device is read"),
}


@pytest.mark.parametrize("doubt", DOUBTS)
def test_doubts_are_one_sentence(doubt, tmp_path):
    content, sentence = DOUBTS[doubt]
    path = tmp_path / "measured.csv"
    path.write_text(content)
    with pytest.raises(ValueError) as caught:
        read([path])
    assert sentence in str(caught.value) and "\n" not in str(caught.value)


@pytest.mark.parametrize("content", ["DataName\nN\nDataValue\n1\n2e-6\n", '"' + "1" * 200_000 + '",2\n1,2\n'])
def test_damaged_lines_are_one_sentence(content, tmp_path):
    path = tmp_path / "measured.csv"
    path.write_text(content)
    with pytest.raises(ValueError, match="^[^\n]{20,600}$"):
        read([path])


@pytest.mark.parametrize("doubt, stated", [
    ("a factor in the name", Stated(unit="mS")), ("a unit above the table", Stated(unit="mS")),
    ("large siemens", Stated(unit="mS"))])
def test_the_option_that_a_sentence_names_reads_the_file(doubt, stated, tmp_path):
    path = tmp_path / "measured.csv"
    path.write_text(DOUBTS[doubt][0])
    assert np.allclose(read([path], stated).trains.up, 0.5 * GRID[:, 0], rtol=1e-8)


@pytest.mark.parametrize("doubt, columns", [("widths", "pulse - conductance direction"),
                                            ("an unknown column that divides", "- pulse direction conductance")])
def test_a_column_that_does_not_matter_is_left_out(doubt, columns, tmp_path):
    path = tmp_path / "measured.csv"
    path.write_text(DOUBTS[doubt][0])
    trains = read([path], Stated(columns=tuple(columns.split()), unit="uS")).trains
    assert np.allclose(trains.up, GRID[:, 0]) and trains.up[0].shape == (PULSES,)
