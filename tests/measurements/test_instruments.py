"""What instruments and scripts write, as messy as it comes: read right, or one sentence that names what is missing."""

import io
import zipfile

import h5py
import numpy as np
import pytest
import scipy.io

from neurosim.measurements.reading import read
from neurosim.measurements.stated import Stated

LOW, HIGH, PULSES, CYCLES, VOLTS = 2e-6, 12e-6, 30, 3, 0.1


def made(seed=0, cycles=CYCLES):
    """Set and reset trains of soft bounds with noise [S], (cycles, 2, pulses)."""
    rng = np.random.default_rng(seed)
    rising = 1 - np.exp(-np.arange(1, PULSES + 1) / 9)
    rows = np.stack([rising, rising[-1] * (1 - rising)]) + 0.01 * rng.standard_normal((cycles, 2, PULSES))
    return LOW + (HIGH - LOW) * np.clip(rows, 0, None)


def long(cycles):
    """(cycle, pulse, side 0 or 1, conductance) in the order of measurement."""
    return [(cycle, pulse, side, g) for cycle, sides in enumerate(cycles, 1) for side, train in enumerate(sides)
            for pulse, g in enumerate(train, 1)]


def beside(cycles, mark, number, *head):
    rows = [mark.join([str(pulse), number(up), number(down)]) for sides in cycles
            for pulse, (up, down) in enumerate(sides.T, 1)]
    return "\n".join([*head, *rows]) + "\n"


def plain(g):
    return f"{g:.17g}"


def keithley(folder, cycles):
    """A reading buffer: settings above, currents in A, the sentinel where the range overflowed."""
    rows = [f"{k},{0.25 * k:.3f},{g * VOLTS:+.15E},NADC,{('SET', 'RESET')[side]},F"
            for k, (_, _, side, g) in enumerate(long(cycles), 1)]
    head = ["Model,2636B", "Serial,4031234", "NPLC,1", f"Read Voltage,{VOLTS} V", "",
            "Index,Elapsed (s),Current,Unit,Op,Status"]
    return text(folder, "buffer1.csv", "\r\n".join([*head, *rows]))


def easyexpert(folder, cycles):
    """One block of DataName and DataValue lines for each cycle."""
    lines = ["SetupTitle, LTP/LTD", "PrimitiveTest, I/V-t Sampling", f"TestParameter, Vread, {VOLTS}",
             "MetaData, TestRecord.Count, 3"]
    for sides in cycles:
        lines += ["Dimension1, 30, 30", "DataName, PulseNo, I_LTP, I_LTD"]
        lines += [f"DataValue, {pulse}, {up * VOLTS:.17g}, {down * VOLTS:.17g}"
                  for pulse, (up, down) in enumerate(sides.T, 1)]
    return text(folder, "Pulse [1].csv", "\n".join(lines))


def german(folder, cycles):
    content = beside(cycles, ";", lambda g: plain(1e6 * g).replace(".", ","), "Messung vom 3.5.2026; Prüfling 7",
                     "Puls;LTP Leitwert (µS);LTD Leitwert (µS)")
    return text(folder, "messung.csv", content, "latin-1")


def unicode_text(folder, cycles):
    return text(folder, "excel.txt", beside(cycles, "\t", plain, "Pulse\tPotentiation [S]\tDepression [S]"), "utf-16")


def resistances(folder, cycles):
    rows = [f"{cycle},{pulse},{'PD'[side]},{1e-3 / g:.17g}" for cycle, pulse, side, g in long(cycles)]
    return text(folder, "wafer.dat", "\n".join(["Cycle,Pulse,Type,R (kOhm)", *rows]))


def two_files(folder, cycles):
    """Repeats as columns, set and reset apart, no names."""
    for side, name in enumerate(("dev_SET.csv", "dev_RESET.csv")):
        (folder / name).write_text("\n".join(",".join([str(pulse), *map(plain, row)])
                                             for pulse, row in enumerate(cycles[:, side].T)))
    return [folder / "dev_SET.csv", folder / "dev_RESET.csv"]


def signs_of_voltages(folder, cycles):
    """numpy.savetxt; negative pulses set."""
    rows = [(k, g, 1.5 if side else -1.2) for k, (_, _, side, g) in enumerate(long(cycles))]
    np.savetxt(folder / "saved.txt", rows, header="n G[S] V_pulse", fmt="%.18e")
    return [folder / "saved.txt"]


def engineering(folder, cycles):
    """Columns of no interest, formulas that failed, exponents in threes."""
    rows = [f"{k * 2.9:.4f}E+0\t{g * 1e9:.9f}E-9\t#REF\t\t{('reset', 'set')[1 - side]}-{cycle}"
            for k, (cycle, _, side, g) in enumerate(long(cycles))]
    return text(folder, "export.txt", "\n".join(["Time\tGCH\tNORM_COND\tILRS\tBranch", *rows]).replace("GCH", "G (S)"))


def spaced(folder, cycles):
    rows = [f"{pulse:>6}   {1e9 * up:22.13f} {1e9 * down:22.13f}" for sides in cycles
            for pulse, (up, down) in enumerate(sides.T, 1)]
    return text(folder, "table.dat", "\n".join(["! device 4, 300 K", "Pulse   LTP (nS)   LTD (nS)", *rows]))


def units_in_cells(folder, cycles):
    return text(folder, "typed.csv", beside(cycles, ",", lambda g: f"{1e6 * g:.15g} uS", "#no,set,reset"))


def signs(folder, cycles):
    rows = [f"{'+-'[side]} | {plain(g)}" for _, _, side, g in long(cycles)]
    return text(folder, "signs.txt", "\n".join(["polarity | conductance", *rows]))


def grouped_spreadsheet(folder, cycles):
    """Cycles beside each other under merged cells, units below the names; a page of notes before."""
    openpyxl = pytest.importorskip("openpyxl")
    book = openpyxl.Workbook()
    book.active.append(["measured by", "me"])
    sheet = book.create_sheet("Data")
    sheet.append(["Lab 3"])
    sheet.append([cell for cycle in range(1, CYCLES + 1) for cell in (f"Cycle {cycle}", None)])
    sheet.append(["LTP", "LTD"] * CYCLES)
    sheet.append(["(uS)"] * 2 * CYCLES)
    for row in 1e6 * cycles.reshape(-1, PULSES).T:
        sheet.append(list(row))
    book.save(folder / "book.xlsx")
    return [folder / "book.xlsx"]


def matlab(folder, cycles):
    scipy.io.savemat(folder / "run.mat", {"LTP": cycles[:, 0].T, "LTD": cycles[:, 1].T, "Vread": VOLTS},
                     do_compression=True)
    return [folder / "run.mat"]


def numpy_archive(folder, cycles):
    np.savez_compressed(folder / "run.npz", g_set=cycles[:, 0].ravel(), g_reset=cycles[:, 1].ravel(),
                        pulse=np.tile(np.arange(PULSES), CYCLES), temperature=300.0)
    return [folder / "run.npz"]


def hdf5_vectors(folder, cycles):
    with h5py.File(folder / "run.h5", "w") as file:
        for name, side in (("potentiation", 0), ("depression", 1)):
            file[name] = 1e6 * cycles[:, side].ravel()
            file[name].attrs["unit"] = "uS"
        file["pulse"] = np.tile(np.arange(PULSES), CYCLES)
    return [folder / "run.h5"]


def text(folder, name, content, encoding="utf-8"):
    (folder / name).write_bytes(content.encode(encoding))
    return [folder / name]


CLEAR = [keithley, easyexpert, german, unicode_text, resistances, two_files, signs_of_voltages, engineering, spaced,
         units_in_cells, signs, grouped_spreadsheet, matlab, numpy_archive, hdf5_vectors]


def same(reading, cycles, rtol=1e-11):
    assert np.shape(reading.trains.up) == np.shape(reading.trains.down) == (len(cycles), PULSES)
    assert np.allclose(reading.trains.up, cycles[:, 0], rtol=rtol)
    assert np.allclose(reading.trains.down, cycles[:, 1], rtol=rtol)


@pytest.mark.parametrize("layout", CLEAR)
def test_layouts_that_say_all_are_read_without_an_option(layout, tmp_path):
    cycles = made()
    same(read(layout(tmp_path, cycles)), cycles)


def one_column(folder, cycles):
    return text(folder, "g.txt", "\n".join(plain(g) for *_, g in long(cycles)))


def nameless(folder, cycles):
    rng = np.random.default_rng(1)
    rows = [f"{300 + rng.standard_normal():.3f},{up:.17g},{down:.17g}" for sides in cycles for up, down in sides.T]
    return text(folder, "three.csv", "\n".join(rows))


def no_unit(folder, cycles):
    return text(folder, "lab.csv", beside(cycles, ",", lambda g: plain(1e6 * g), "pulse,LTP,LTD"))


def no_voltage(folder, cycles):
    return text(folder, "lab.csv", beside(cycles, ",", lambda g: plain(1e9 * VOLTS * g), "pulse,LTP (nA),LTD (nA)"))


def resistances_in_nothing(folder, cycles):
    return text(folder, "lab.csv", beside(cycles, ",", lambda g: plain(1e-6 / g), "pulse,R set,R reset"))


def two_sheets(folder, cycles):
    openpyxl = pytest.importorskip("openpyxl")
    book = openpyxl.Workbook()
    book.active.title = "first"
    for sheet, data in ((book.active, made(9)), (book.create_sheet("second"), cycles)):
        sheet.append(["up", "down"])
        for sides in data:
            for row in sides.T:
                sheet.append(list(row))
    book.save(folder / "book.xlsx")
    return [folder / "book.xlsx"]


def nameless_arrays(folder, cycles):
    np.savez(folder / "run.npz", x=np.zeros(7), y=cycles.reshape(-1))
    return [folder / "run.npz"]


@pytest.mark.parametrize("layout, options", [
    (one_column, {"pulses": (PULSES, PULSES)}), (nameless, {"columns": ("-", "up", "down")}), (no_unit, {"unit": "uS"}),
    (no_voltage, {"read_voltage": VOLTS}), (resistances_in_nothing, {"unit": "Mohm"}), (two_sheets, {"data": "second"}),
    (nameless_arrays, {"data": "y", "pulses": (PULSES, PULSES)}),
])
def test_what_a_layout_leaves_open_is_asked_for_by_the_name_of_the_option(layout, options, tmp_path):
    cycles = made()
    paths, told = layout(tmp_path, cycles), {}
    for option, value in options.items():
        with pytest.raises(ValueError) as caught:
            read(paths, Stated(**told))
        assert f"--{option.replace('_', '-')}" in str(caught.value) and "\n" not in str(caught.value)
        told[option] = value
    same(read(paths, Stated(**told)), cycles)


def test_devices_are_told_apart_by_a_column_by_names_and_by_files(tmp_path):
    devices = {label: made(seed) for seed, label in enumerate(("A1", "A2", "B7"))}
    mixed = ["device,cycle,pulse,direction,G (uS)"]
    rows = zip(*([(label, *row) for row in long(cycles)] for label, cycles in devices.items()))
    mixed += [f"{label},{cycle},{pulse},{('set', 'reset')[side]},{1e6 * g:.17g}"
              for together in rows for label, cycle, pulse, side, g in together]
    columns = np.concatenate([cycles.transpose(1, 0, 2).reshape(2, -1) for cycles in devices.values()])
    beside = [",".join(f"Device {label} {side} [S]" for label in devices for side in ("LTP", "LTD")),
              *(",".join(map(plain, row)) for row in columns.T)]
    text(tmp_path, "mixed.csv", "\n".join(mixed))
    text(tmp_path, "beside.csv", "\n".join(beside))
    files = [text(tmp_path, f"{label}.csv", "up,down\n" + "\n".join(
        f"{up:.17g},{down:.17g}" for sides in cycles for up, down in sides.T))[0] for label, cycles in devices.items()]
    for paths in ([tmp_path / "mixed.csv"], [tmp_path / "beside.csv"], files):
        reading = read(paths)
        assert reading.devices == list(devices)
        for label, cycles in devices.items():
            for side, index in (("up", 0), ("down", 1)):
                trains = [piece.values for piece in reading.pieces if (piece.device, piece.side) == (label, side)]
                assert np.allclose(trains, cycles[:, index], rtol=1e-12)
    assert reading.trains.understood.startswith("3 devices, ")


def test_groups_above_the_names_are_devices(tmp_path):
    made_by = {label: made(seed) for seed, label in enumerate(("3", "11"))}
    columns = np.concatenate([cycles.transpose(1, 0, 2).reshape(2, -1) for cycles in made_by.values()])
    lines = ["Cell 3,,Cell 11,", "set,reset,set,reset", "S,S,S,S", *(",".join(map(plain, row)) for row in columns.T)]
    reading = read(text(tmp_path, "grouped.csv", "\n".join(lines)))
    assert reading.devices == ["3", "11"] and len(reading.pieces) == 4 * CYCLES


@pytest.mark.parametrize("encoding", ["utf-16-le", "utf-16-be", "utf-8-sig", "latin-1"])
def test_encodings_need_no_mark(encoding, tmp_path):
    content = beside(made(), "\t", lambda g: plain(1e6 * g), "Pulse\tLTP (µS)\tLTD (µS)")
    same(read(text(tmp_path, "lab.txt", content, encoding)), made())


@pytest.mark.parametrize("line", ["# Vread = 100 mV", "Read Voltage (mV),100", "V_read: 0.1 V", "% read voltage 1e-1"])
def test_a_read_voltage_stands_above_the_table(line, tmp_path):
    content = beside(made(), ",", lambda g: plain(1e9 * VOLTS * g), line, "pulse,LTP (nA),LTD (nA)")
    same(read(text(tmp_path, "lab.csv", content)), made())


def test_one_column_of_decimal_commas_is_one_column(tmp_path):
    lines = [f"0,{k:03d}" for k in [*range(0, 60, 3), *range(60, 0, -3)]]
    trains = read(text(tmp_path, "g.txt", "\n".join(lines)), Stated(unit="uS", pulses=(20, 20))).trains
    assert np.allclose(trains.up[0], 1e-9 * np.arange(0, 60, 3))


def test_means_errors_and_changes_beside_the_readings_are_no_readings(tmp_path):
    cycles = made()
    rows = [f"{k},{1e6 * g:.17g},{rng},{2 * rng},{1e6 * g + rng:.17g},{('set', 'reset')[side]}"
            for (k, (_, _, side, g)), rng in zip(enumerate(long(cycles)), np.random.default_rng(2).random(10**4))]
    head = "pulse,G after (uS),G std (uS),change of G (uS),G before (uS),op"
    same(read(text(tmp_path, "rich.csv", "\n".join([head, *rows]))), cycles)
    head = "Pulse,Conductance (S) LTP,Conductance (S) LTD,mean LTP (S),mean LTD (S)"
    rows = [f"{pulse},{up:.17g},{down:.17g},{1.1 * up:.17g},{1.1 * down:.17g}" for sides in cycles
            for pulse, (up, down) in enumerate(sides.T, 1)]
    same(read(text(tmp_path, "means.csv", "\n".join([head, *rows]))), cycles)


def test_a_clean_table_reads_back_as_the_same_trains(tmp_path):
    cycles = made()
    cycles[1, 0, 7] = np.nan
    reading = read(text(tmp_path, "a,b=1.csv", beside(cycles, ",", plain, "pulse,up,down")))
    again = read(text(tmp_path, "clean.csv", reading.table()))
    assert [piece.side for piece in again.pieces] == [piece.side for piece in reading.pieces]
    for first, second in zip(reading.pieces, again.pieces):
        assert np.array_equal(first.values, second.values)


def test_what_is_taken_for_granted_is_said(tmp_path):
    reading = read(text(tmp_path, "lab.csv", beside(made(), ",", plain, "pulse,LTP,LTD")))
    assert [column.unit for column in reading.files[0].columns] == ["", "S (taken)", "S (taken)"]
    reading = read(no_voltage(tmp_path, made()), Stated(read_voltage=VOLTS))
    assert reading.files[0].columns[1].unit == "nA at 0.1 V"


ROWS = "\n".join(f"{1 + k},{9 - k}" for k in range(6))


@pytest.mark.parametrize("content, stated, sentence", [
    (f"G_up (kohm),G_down (kohm)\n{ROWS}", {}, "is a conductance by name and a resistance by unit; correct one"),
    (f"LTP (uS),LTD (uS)\n{ROWS}", {"unit": "nS"}, "the file says uS, --unit says nS"),
    (f"up (uS),down\n{ROWS}", {}, "column 1, 'up (uS)', has a unit and column 2, 'down', has none"),
    ("G (uS),R (kohm),direction\n2,500,up\n3,300,up\n3,300,down\n2,500,down", {"unit": "uS"}, "--unit says uS"),
    ("G (uS),R (kohm),op\n2,50,up\n3,30,up\n3,30,down\n2,50,down", {}, "columns 1 and 2 contradict each other"),
    (f"up (mohm),down (mohm)\n{ROWS}", {}, "mohm are milliohms, which no device has; write Mohm"),
    (f"up (s),down (s)\n{ROWS}", {}, "has a unit of time; give conductances"),
    (f"# read voltage: 0.2 V\nup (uA),down (uA)\n{ROWS}", {"read_voltage": 0.1},
     "line 1 says that currents were read at 0.2"),
    ("V,I\n0.1,1e-6\n0.2,2e-6\n0.3,3e-6\n-0.1,-1e-6", {}, "sweeps the voltage, as I-V curves do"),
    ("1,2,3\n2,3,7\n4,5,1\n2,2,9", {}, "3 of which may be conductances"),
    (f"up,down\n{ROWS}", {"columns": ("up",)}, "1 word for the 2 columns"),
    (f"up,down\n{ROWS}", {"data": "x"}, "is text and has no sheets"),
    ("up (uS),down (uS)\n-1,2\n3,4", {}, "-1e-06 is negative"),
    ("set (uS)\n1\n2\n3", {}, "down: a train of two or more pulses is needed in each direction"),
    ("G (uS)\n1\n2\n3\n2", {"pulses": (2, 3)}, "4 readings are not a whole number of trains of 2 set and 3 reset "
     "pulses"),
    ("a\x00b,c\n1,2", {}, "is not text in"),
    ("R_up,R_down\n900,500\n800,600", {}, "holds resistances about 850 without a unit; use --unit ohm, kohm or Mohm"),
    ("I_up,I_down\n1,5\n2,4", {"read_voltage": 0.1}, "holds currents about 1.5 without a unit; use --unit A, mA, uA"),
])
def test_what_cannot_be_understood_is_one_sentence(content, stated, sentence, tmp_path):
    with pytest.raises(ValueError) as caught:
        read(text(tmp_path, "bad.csv", content), Stated(**stated))
    assert sentence in str(caught.value) and "\n" not in str(caught.value)


@pytest.mark.parametrize("options", [{"unit": "furlong"}, {"unit": "V"}, {"read_voltage": 0.0},
                                     {"read_voltage": np.nan}, {"columns": ("x\x1b",)}, {"sides": ("left",)},
                                     {"pulses": (0, 3)},
                                     {"unit": "uS", "g_min": 1e-6, "g_max": 1e-5}])
def test_options_that_mean_nothing_are_refused(options):
    with pytest.raises(ValueError, match="^--[a-z-]+ .*; "):
        Stated(**options)


def refused(path, **stated):
    with pytest.raises(ValueError) as caught:
        read([path], Stated(**stated))
    assert "\n" not in str(caught.value)
    return str(caught.value)


def test_arrays_run_nothing_and_take_no_more_memory_than_they_hold(tmp_path):
    path = tmp_path / "run.npz"
    np.savez(path, LTP=np.array([print], dtype=object))
    assert "is damaged or holds objects" in refused(path)
    head = io.BytesIO()
    np.lib.format.write_array_header_1_0(head, {"descr": "<f8", "fortran_order": False, "shape": (2**40,)})
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("LTP.npy", head.getvalue() + bytes(80))
    assert "'LTP' is damaged" in refused(path)
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("LTP.npy", bytes(70 * 2**20))
    assert "unpacks to more than" in refused(path)
    path.write_bytes(b"PK\x03\x04 and no more")
    assert "is not a .npz file or is damaged" in refused(path)


def test_matlab_files_that_are_refused(tmp_path):
    path = tmp_path / "run.mat"
    scipy.io.savemat(path, {"data": np.array([[1, "two"]], dtype=object), "run": {"LTP": [1, 2]}})
    assert "'data' is not an array of numbers; save plain arrays" in refused(path)
    path.write_bytes(b"MATLAB 7.3 MAT-file".ljust(512) + b"\x89HDF\r\n\x1a\n")
    assert "is a .mat file of version 7.3; write it by save(..., '-v7')" in refused(path)
    scipy.io.savemat(path, {"LTP": np.zeros((3000, 3000))}, do_compression=True)
    assert path.stat().st_size < 2**20 and "unpacks to more than" in refused(path)
    for content in (b"", b"MATLAB 5.0".ljust(126) + b"IM" + b"\x0e\0\0\0\xff\xff\xff\xff" + bytes(40), bytes(300)):
        path.write_bytes(content)
        refused(path)


def test_spreadsheets_that_are_refused(tmp_path):
    pytest.importorskip("openpyxl")
    path = tmp_path / "book.xlsx"
    path.write_bytes(b"no spreadsheet")
    assert "is not an .xlsx file or is damaged" in refused(path)
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("xl/worksheets/sheet1.xml", bytes(80 * 2**20))
    assert "unpacks to more than" in refused(path)
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("xl/workbook.xml", b'<!DOCTYPE x [<!ENTITY a "b">]><x>&a;</x>')
    assert "'xl/workbook.xml' is not part of a spreadsheet" in refused(path)


def test_without_openpyxl_a_spreadsheet_says_what_to_install(tmp_path, monkeypatch):
    monkeypatch.setitem(__import__("sys").modules, "openpyxl", None)
    (tmp_path / "book.xlsx").write_bytes(b"")
    assert "pip install 'neurosim-ep[xlsx]'" in refused(tmp_path / "book.xlsx")
