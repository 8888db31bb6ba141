"""What a file says of its pulses reaches the card, with its source; what is stated beside the file goes before it."""

import pytest
from measured_files import GRID, below, beside, micro

from neurosim.experiment.card_fitting import stated_programming
from neurosim.measurements.reading import read

ALL = {"set_voltage": 1.1, "set_width": 5e-7, "reset_voltage": -1.3, "reset_width": 8e-7}
PLAIN = "pulse,LTP (uS),LTD (uS)"

FILES = {
    "columns": (below("n,width (us),pulse amplitude (V),G (uS)", lambda cycle, pulse, side, g:
                      f"{pulse},{(0.5, 0.8)[side]},{(1.1, -1.3)[side]},{micro(g)}"), ALL),
    "columns of each side": ("\n".join(["n,V_set (V),t_set (us),G_set (uS),V_reset (mV),t_reset (ns),G_reset (uS)", *(
        f"{k},1.1,0.5,{micro(up)},-1300,800,{micro(down)}" for sides in GRID for k, (up, down) in enumerate(sides.T, 1)
    )]), ALL),
    "lines": (beside(["# V_set = 1.1 V, t_set = 500 ns", "# V_reset = -1.3 V, t_reset = 800 ns", PLAIN], micro), ALL),
    "sentences": (beside(["% LTP amplitude: 1.1 V; LTP width: 0.5 us", "% LTD amplitude: -1.3 V; LTD width: 0.8 us",
                          PLAIN], micro), ALL),
    "settings": (beside(["Set voltage (V),1.1", "Reset voltage (mV),-1300", "Pulse width (us),0.5",
                         "Read voltage (V),0.05", PLAIN], micro),
                 {"set_voltage": 1.1, "reset_voltage": -1.3, "set_width": 5e-7, "reset_width": 5e-7,
                  "read_voltage": 0.05}),
    "German": (beside(["# Spannung SET = 1.1 V", "# Pulsbreite = 500 ns", PLAIN], micro),
               {"set_voltage": 1.1, "set_width": 5e-7, "reset_width": 5e-7}),
    "the name of the currents": (beside("n,I set (nA) @ 50 mV,I reset (nA) @ 50 mV", lambda g: f"{5e7 * g:.9g}"),
                                 {"read_voltage": 0.05}),
    "a read voltage beside conductances": (beside(["Vread = 0.15 V", PLAIN], micro), {"read_voltage": 0.15}),
    "nothing": (beside(["# device 7, 300 K, compliance set 1e-4 A", PLAIN], micro), {}),
    "nothing of the pulses": (beside(["# set transition voltage = 0.8 V, reset stop voltage: -2 V, pulse delay = 5 us",
                                      "# pulse period: 1 ms; read pulse width = 10 us", PLAIN], micro), {}),
}


@pytest.mark.parametrize("file", FILES)
def test_pulses_are_read_from_columns_and_lines(file, tmp_path):
    content, pulses = FILES[file]
    (tmp_path / "measured.csv").write_text(content)
    assert read([tmp_path / "measured.csv"]).pulses == pytest.approx(pulses)


def test_files_that_differ_say_nothing(tmp_path):
    for name, volts in (("A1.csv", 1.1), ("A2.csv", 1.4)):
        (tmp_path / name).write_text(beside([f"# V_set = {volts} V, V_reset = -1 V", PLAIN], micro))
    assert read([tmp_path / "A1.csv", tmp_path / "A2.csv"]).pulses == {"reset_voltage": -1.0}


def test_what_is_stated_goes_before_the_file_and_the_rest_is_assumed():
    found = stated_programming(set_pulse=(2.0, 1e-8), of_file={"set_voltage": 1.1, "reset_voltage": -1.3})
    assert (found.set_voltage, found.set_width, found.reset_voltage, found.reset_width) == (2.0, 1e-8, -1.3, 1e-6)
    assert found.sources == {"set_voltage": "stated when the card was fitted",
                             "set_width": "stated when the card was fitted", "reset_voltage": "stated in the file"}
    assert found.source == "assumed"
