"""Shapes of files that instruments, programs and languages bring, each read right without an option."""

import numpy as np
import pytest

from measured_files import CYCLES, GRID, PULSES, below, beside, long, micro, siemens

from neurosim.measurements.reading import read
from neurosim.measurements.stated import Stated


def b1500():
    rows = [f"DataValue, {k}, {(1.2, -1.4)[side]}, 0.2, {g / 5:.14g}" for k, (_, _, side, g) in enumerate(long(), 1)]
    return "\r\n".join(["SetupTitle, P_D", "TestParameter, Channel.Unit, SMU1, SMU2", "Dimension1, 48",
                        "DataName, Pulse, Vprog, Vread, Iread", *rows])


def keithley_2450():
    head = ["Model:,2450,,", "Buffer Name:,defbuffer1,,", "Index,Reading,Unit,Range,Value,Unit,Time,Polarity"]
    return below(head, lambda cycle, pulse, side, g:
                 f"{40 * cycle + 12 * side + pulse},{0.1 * g:.14E},Amp DC,1.05,0.1,Volt DC,14:22:05,{'+-'[side]}")


def keithley_4200():
    """Runs beside each other, numbered in brackets, with the read voltage among them."""
    head = "PulseNum,I_set(1),I_reset(1),Vread,I_set(2),I_reset(2),Vread"
    rows = [",".join([str(k + 1), *(f"{0.1 * g:.14g}{',0.1' * (place % 2)}"
                                    for place, g in enumerate(GRID.reshape(-1, PULSES)[:, k]))]) for k in range(PULSES)]
    return "\n".join([head, *rows])


def autorange():
    """The unit of every reading in a column of its own."""
    def cell(g):
        return f"{1e9 * g:.14g},nA" if g < 5e-7 else f"{1e6 * g:.14g},uA"
    return below(["# V_read: 0.1 V", "k,Current,Unit,op"],
                 lambda cycle, pulse, side, g: f"{pulse},{cell(0.1 * g)},{('set', 'reset')[side]}")


def origin():
    head = ["Long Name\tPulse number\tLTP\tLTD", "Units\t\tµS\tµS", "Comments\t\tcell 3\tcell 3"]
    return "\n".join([*head, *(f"\t{row}" for row in beside([], micro, "\t").split("\n"))])


def origin_escapes():
    head = ["Pulse\tPotentiation\tDepression", "#\t\\g(m)S\t\\g(m)S", "Comments\tDevice 7\tDevice 7"]
    return beside(head, micro, "\t")


def multi_index():
    head = ["cycle,1,1,2,2", "side,LTP,LTD,LTP,LTD", "pulse,,,,"]
    return "\n".join([*head, *(",".join([str(k + 1), *map(siemens, GRID.reshape(-1, PULSES)[:, k])])
                               for k in range(PULSES))])


def titled_blocks():
    lines = []
    for cycle, sides in enumerate(GRID, 1):
        for word, train in zip(("Potentiation", "Depression"), sides):
            lines += [f"{word}, cycle {cycle}".replace(",", ""), "pulse,G (S)",
                      *(f"{pulse},{g:.14g}" for pulse, g in enumerate(train, 1)), ""]
    return "\n".join(lines)


def commented_blocks():
    return "\n".join(line for sides in GRID for word, train in zip(("SET", "RESET"), sides)
                     for line in (f"% {word}", *map(siemens, train)))


def repeated_reads():
    return below("Pulse,Read,G (uS),dir", lambda cycle, pulse, side, g: "\n".join(
        f"{pulse},{k},{1e6 * g * (1 + part):.14g},{'+-'[side]}" for k, part in enumerate((0.02, -0.02, 0), 1)))


def german():
    return below("Zyklus\tPuls\tRichtung\tLeitwert / µS", lambda cycle, pulse, side, g: "\t".join(
        [str(cycle), str(pulse), ("Setzen", "Rücksetzen")[side], micro(g).replace(".", ",")]))


SHAPES = {
    "EasyExpert with voltages of pulses": b1500, "Keithley 2450 with units in columns": keithley_2450,
    "Keithley 4200 with numbered runs": keithley_4200, "units that change from row to row": autorange,
    "Origin with units and comments below": origin, "Origin's escapes": origin_escapes,
    "pandas with an index of two levels": multi_index, "titles between blocks": titled_blocks,
    "comments between blocks": commented_blocks, "several reads of every pulse": repeated_reads,
    "German with tabs and decimal commas": german,
    "Chinese": lambda: below("脉冲数,电导（μS）,极性", lambda cycle, pulse, side, g:
                             f"{pulse},{micro(g)},{('增强', '抑制')[side]}"),
    "Japanese": lambda: below("パルス数\tコンダクタンス [uS]\t方向", lambda cycle, pulse, side, g:
                              f"{pulse}\t{micro(g)}\t{('セット', 'リセット')[side]}"),
    "French": lambda: beside("Impulsion;Conductance SET (nS);Conductance RESET (nS)",
                             lambda g: f"{1e9 * g:.14g}".replace(".", ","), ";"),
    "inverse kiloohms": lambda: beside("n,up (1/kOhm),down (kΩ⁻¹)", lambda g: f"{1e3 * g:.14g}"),
    "microamperes per volt": lambda: beside("n,G up (uA/V),G down (uA/V)", micro),
    "a power of ten in the unit": lambda: beside("n,G up (x10^-6 S),G down (1e-6 S)", micro),
    "units as words": lambda: beside("n,LTP (microsiemens),LTD (umho)", micro),
    "units behind a comma": lambda: beside('"n","LTP, uS","LTD, uS"', micro),
    "a unit amid the name": lambda: beside("pulse,I_nA_LTP_at_100mV,I_nA_LTD_at_100mV", lambda g: f"{1e8 * g:.14g}"),
    "millivolts as a word": lambda: below("pulse,Vread_mV,I_nA,type", lambda cycle, pulse, side, g:
                                          f"{pulse},100,{1e8 * g:.14g},{'PD'[side]}"),
    "units that differ between cells": lambda: beside(
        "n,LTP,LTD", lambda g: f"{1e9 * g:.14g} nS" if g < 5e-6 else f"{1e6 * g:.14g} uS"),
    "names of several words, spaces": lambda: beside("Pulse No.    G LTP (uS)    G LTD (uS)", micro, "    "),
    "quoted numbers with thousands": lambda: beside('"n","G LTP (nS)","G LTD (nS)"', lambda g: f'"{1e9 * g:,.9f}"'),
    "Swiss thousands": lambda: beside("n;R set (Ohm);R reset (Ohm)", lambda g: f"{1 / g:,.8f}".replace(",", "'"), ";"),
    "German thousands": lambda: beside("n;R set (Ohm);R reset (Ohm)", lambda g: f"{1 / g:,.8f}".translate(
        str.maketrans(",.", ".,")), ";"),
    "remarks behind rows": lambda: beside("n,LTP (uS),LTD (uS)", micro) + " # the last one",
    "a summary below": lambda: beside("n,LTP (uS),LTD (uS)", micro) + "\n\nSummary\nMean,7.1,6.9\nratio,5.1",
    "a minus sign of typesetters": lambda: beside(["# Vread = −0.1 V", "n,I up (nA),I down (nA)"],
                                                  lambda g: f"−{1e8 * g:.14g}"),
    "magnitudes at a negative voltage": lambda: beside(["# Vread = -0.1 V", "n,|I up| (nA),|I down| (nA)"],
                                                       lambda g: f"{1e8 * g:.14g}"),
    "a limit of the current beside": lambda: below(
        "n,Current limit (A),Vread (V),Current (A),op", lambda cycle, pulse, side, g:
        f"{pulse},1e-4,0.1,{0.1 * g:.14g},{('SET', 'RESET')[side]}"),
    "currents of pulses and of reads": lambda: below(
        "n,Vprog (V),Iprog (A),Vread (V),Iread (A)", lambda cycle, pulse, side, g:
        f"{pulse},{(1.5, -1.5)[side]},{1.5 * g:.6g},0.1,{0.1 * g:.14g}"),
    "a smoothed column beside": lambda: below("n,G (uS),G smoothed (uS),type", lambda cycle, pulse, side, g:
                                              f"{pulse},{micro(g)},{1e6 * g:.1f},{'PD'[side]}"),
    "a number for every train": lambda: below("block,G (uS),dir", lambda cycle, pulse, side, g:
                                              f"{2 * cycle + side},{micro(g)},{'↑↓'[side]}"),
    "states for directions": lambda: below("cycle,pulse,state,R (kohm)", lambda cycle, pulse, side, g:
                                           f"{cycle},{pulse},{('LRS', 'HRS')[side]},{1e-3 / g:.14g}"),
}


@pytest.mark.parametrize("shape", SHAPES)
def test_shapes_are_read_without_an_option(shape, tmp_path):
    path = tmp_path / "measured.csv"
    path.write_bytes(SHAPES[shape]().encode())
    trains = read([path]).trains
    assert np.shape(trains.up) == np.shape(trains.down) == (CYCLES, PULSES)
    assert np.allclose(trains.up, GRID[:, 0], rtol=1e-9) and np.allclose(trains.down, GRID[:, 1], rtol=1e-9)


def devices(*heads, labels=("1/1", "1/2", "2/1", "2/2")):
    """Devices whose labels are in two columns, one below the other, each of another size."""
    rows = [",".join([*label.split("/"), str(pulse), ("up", "down")[side], micro(g * (1 + number))])
            for number, label in enumerate(labels) for _, pulse, side, g in long()]
    return "\n".join([",".join([*heads, "pulse", "direction", "G [uS]"]), *rows])


@pytest.mark.parametrize("heads", [("chip", "device"), ("row", "col"), ("WL", "BL"), ("wafer", "Bauelement")])
def test_two_columns_of_labels_are_one_device(heads, tmp_path):
    (tmp_path / "array.csv").write_text(devices(*heads))
    reading = read([tmp_path / "array.csv"])
    assert reading.devices == ["1/1", "1/2", "2/1", "2/2"]
    for number, label in enumerate(reading.devices):
        assert np.allclose(reading.trains_of(label).up, GRID[:, 0] * (1 + number))


@pytest.mark.parametrize("head, told", [("D1 (uS),D2 (uS)", ["D1", "D2"]), ("G1 (uS),G2 (uS)", ["1", "2"]),
                                        ("A1 LTP (uS),A1 LTD (uS),B7 LTP (uS),B7 LTD (uS)", ["A1", "B7"])])
def test_several_columns_of_one_kind_are_asked_for_and_told_apart(head, told, tmp_path):
    path = tmp_path / "wide.csv"
    if "LTP" in head:
        rows = [",".join([str(k), *(micro(factor * g) for factor in (1, 2) for g in pair)])
                for sides in GRID for k, pair in enumerate(sides.T, 1)]
        path.write_text("\n".join([f"n,{head}", *rows]))
    else:
        path.write_text(below(f"n,direction,{head}", lambda cycle, pulse, side, g:
                              f"{pulse},{('up', 'down')[side]},{micro(g)},{micro(2 * g)}"))
    with pytest.raises(ValueError, match="all hold conductances; use --beside devices or --beside cycles"):
        read([path])
    reading = read([path], Stated(beside="devices"))
    assert reading.devices == told
    for factor, label in enumerate(told, 1):
        assert np.allclose(reading.trains_of(label).down, factor * GRID[:, 1])
    assert len(read([path], Stated(beside="cycles")).trains.up) == 2 * CYCLES


@pytest.mark.parametrize("words", ["PD", "+-", "SR"])
def test_a_first_row_of_ones_beside_a_word_is_data_and_no_row_of_units(words, tmp_path):
    """P and S look like prefixes and units, and 1 is how plain numbers are written in a row of units."""
    grid = np.linspace(1, 9, 17)
    rows = [f"{k},{word},{g:g}" for word, values in zip(words, (grid, grid[::-1])) for k, g in enumerate(values, 1)]
    path = tmp_path / "lab.csv"
    path.write_text("\n".join(["pulse,type,G (uS)", *rows]))
    trains = read([path]).trains
    np.testing.assert_allclose(np.concatenate([*trains.up, *trains.down]), 1e-6 * np.concatenate([grid, grid[::-1]]))


@pytest.mark.parametrize("words", [("SET", "RESET"), ("LTP", "LTD")])
@pytest.mark.parametrize("mark", [";", "|"])
def test_one_decimal_comma_in_a_row_is_none_between_cells(words, mark, tmp_path):
    """Words between the numbers keep the other marks from standing between digits."""
    rows = [f"{k}{mark}{word}{mark}{g:.1f}".replace(".", ",")
            for word, values in zip(words, (range(1, 18), range(17, 0, -1))) for k, g in enumerate(values, 1)]
    path = tmp_path / "lab.csv"
    path.write_text("\n".join([f"pulse{mark}type{mark}G (uS)", *rows]))
    trains = read([path]).trains
    assert np.allclose(trains.up, 1e-6 * np.arange(1, 18)) and np.allclose(trains.down, 1e-6 * np.arange(17, 0, -1))


@pytest.mark.parametrize("title", ["LTP/LTD", "set/reset", "P/D", "Pot/Dep"])
def test_a_column_named_by_both_directions_holds_them(title, tmp_path):
    """The name alone is one of conductances after set pulses."""
    words = title.split("/")
    rows = [f"{g:g},{k},{word}" for word, values in zip(words, (range(1, 18), range(17, 0, -1)))
            for k, g in enumerate(values, 1)]
    path = tmp_path / "lab.csv"
    path.write_text("\n".join([f"G (uS),pulse,{title}", *rows]))
    trains = read([path]).trains
    assert np.allclose(trains.up, 1e-6 * np.arange(1, 18)) and np.allclose(trains.down, 1e-6 * np.arange(17, 0, -1))
