"""Cards of other simulators: presets become the cards that ship, round trips keep numbers, losses are said."""

import json

import numpy as np
import pytest

from neurosim.cards import card_names
from neurosim.exchange import aihwkit, crosssim, neurosim
from neurosim.exchange.aihwkit_export import aihwkit_table
from neurosim.exchange.checking import findings
from neurosim.exchange.crosssim import crosssim_files
from neurosim.exchange.draft import PULSES
from neurosim.exchange.neurosim import neurosim_text
from neurosim.measurements.csv import read_steps
from neurosim.measurements.types import StepTable
from neurosim.memristor.device import Device, load_device, with_defaults
from neurosim.memristor.response import DOWN, UP, Response

#: Numbers of aihwkit 1.2, presets/devices.py, by the card that ships and was made of them by hand.
PRESETS = {
    "gong-2018-reram-es": ("ReRamESPresetDevice", {
        "dw_min": 0.00135, "up_down": 0.259359, "w_max": 1.0, "w_min": -1.0, "a": -0.5, "b": -0.5, "gamma_up": 5.0,
        "gamma_down": 5.0, "A_up": -1.18445, "A_down": -0.081404, "dw_min_dtod": 0.2, "up_down_dtod": 0.05,
        "w_max_dtod": 0.3, "w_min_dtod": 0.3, "dw_min_std": 5.0, "write_noise_std": 75.0}),
    "gong-2018-reram-sb": ("ReRamSBPresetDevice", {
        "dw_min": 0.002, "up_down": 0.0, "w_max": 1.25, "w_min": -0.75, "mult_noise": False, "dw_min_dtod": 0.3,
        "up_down_dtod": 0.01, "w_max_dtod": 0.24, "w_min_dtod": 0.4, "dw_min_std": 3.75, "write_noise_std": 56}),
    "tang-2018-ecram": ("EcRamPresetDevice", {
        "dw_min": 0.002, "up_down": 0.0, "w_max": 1.1724, "w_min": -0.8276, "mult_noise": True, "gamma_up": 0.1153,
        "gamma_down": 0.5085, "dw_min_dtod": 0.1, "up_down_dtod": 0.01, "w_max_dtod": 0.05, "w_min_dtod": 0.05,
        "gamma_up_dtod": 0.05, "gamma_down_dtod": 0.05, "dw_min_std": 0.3, "mean_bound_reference": True}),
    "li-2018-capacitor": ("CapacitorPresetDevice", {
        "dw_min": 0.005, "up_down": 0.0, "w_max": 1.0, "w_min": -1.0, "mult_noise": False, "gamma_up": 0.05,
        "gamma_down": 0.05, "dw_min_dtod": 0.1, "up_down_dtod": 0.06, "w_max_dtod": 0.07, "w_min_dtod": 0.07,
        "gamma_up_dtod": 0.01, "gamma_down_dtod": 0.01, "dw_min_std": 0.3, "lifetime": 1e6}),
    "gokmen-2016-rpu": ("GokmenVlasovPresetDevice(ConstantStepDevice)", {
        "dw_min": 0.0016, "up_down": 0.0, "up_down_dtod": 0.01, "w_max": 1.0, "w_min": -1.0, "dw_min_dtod": 0.3,
        "dw_min_std": 0.3, "w_max_dtod": 0.3, "w_min_dtod": 0.3}),
    "gong-2022-reram-hfo2": ("ReRamArrayHfO2PresetDevice", {
        "dw_min": 0.4622, "up_down": 0.0, "dw_min_dtod_log_normal": True, "dw_min_dtod": 0.7125, "up_down_dtod": 0.01,
        "w_max": 1.0, "w_min": -1.0, "w_max_dtod": 0.4295, "w_min_dtod": 0.599, "mult_noise": False,
        "dw_min_std": 0.2174, "write_noise_std": 0.5841, "corrupt_devices_prob": 0.0977,
        "corrupt_devices_range": 0.01, "subtract_symmetry_point": True, "reference_std": 0.05}),
}


def written(path, content):
    path.write_text(content if isinstance(content, str) else json.dumps(content))
    return path


def printed(kind, fields):
    """A configuration as aihwkit prints it."""
    lines = ",\n".join(f"    {key}={value}" for key, value in fields.items())
    return (f"SingleRPUConfig(\n  device={kind}(\n{lines},\n    drift=DriftParameter(nu=0.0, t_0=1.0)\n  ),\n"
            "  forward=IOParameters(inp_res=0.0079, out_noise=0.06),\n"
            "  update=UpdateParameters(desired_bl=31, pulse_type=<PulseType.STOCHASTIC: 'Stochastic'>)\n)")


@pytest.mark.parametrize("name", PRESETS)
@pytest.mark.parametrize("form", ["json", "printed"])
def test_presets_become_the_cards_that_ship(name, form, tmp_path):
    card, (kind, fields) = load_device(name), PRESETS[name]
    kind = "ConstantStepDevice" if "Constant" in kind else kind
    content = {"class": kind, "device": fields} if form == "json" else printed(kind, fields)
    draft = aihwkit.draft_of(written(tmp_path / "preset.json", content), card["g_min"], card["g_max"])
    assert (draft.law, draft.steps_follow) == (card.law, card.steps_follow)
    assert set(draft.values) | set(PULSES) == set(card.sources)
    for key, value in draft.values.items():
        assert value == pytest.approx(card[key], rel=1e-8), key


def test_what_a_card_has_no_place_for_is_said(tmp_path):
    losses = {name: aihwkit.draft_of(written(tmp_path / "p.json", {"class": kind, "device": fields}), 1e-6, 1e-5).losses
              for name, (kind, fields) in PRESETS.items() if "Constant" not in kind}
    assert losses["li-2018-capacitor"] == ["the leak per mini-batch, lifetime = 1000000.0"]
    assert "reference_std = 0.05" in losses["gong-2022-reram-hfo2"][0] and losses["gong-2018-reram-es"] == []


CARDS = [name for name in card_names() if not load_device(name).table]


def response_of(device):
    places = np.linspace(device["g_min"], device["g_max"], 11)
    return np.array([[Response(device).step(side, g) for g in places] for side in (UP, DOWN)])


@pytest.mark.parametrize("name", CARDS)
def test_a_card_returns_from_aihwkit_with_its_response_and_its_spreads(name, tmp_path):
    card = load_device(name)
    table, losses = aihwkit_table(card)
    draft = aihwkit.draft_of(written(tmp_path / "card.json", table), None, None)
    again = draft.device(name, name, "-")
    nodes = any("nodes" in loss for loss in losses)
    assert np.allclose(response_of(again), response_of(card), rtol=1e-9,
                       atol=1e-3 * np.abs(response_of(card)).max() if nodes else 0)
    for key in ("step_spread", "step_spread_log", "asymmetry_spread", "g_min_spread", "g_max_spread", "write_noise",
                *PULSES):
        assert again[key] == pytest.approx(card[key], rel=1e-9, abs=1e-15), key
    if card.law in ("soft-bounds", "linear", "exponential") and "anchor" in card.values:
        for key in card.sources:
            assert again[key] == pytest.approx(card[key], rel=1e-9) or any(key in loss for loss in losses), key


STEPS = {"step_up": 2e-7, "step_down": 3e-7}
LAWS = {
    "power": {"law": "power", "power_up": 1.5, "power_down": 2.5, "shape_spread": 0.1, **STEPS},
    "nodes": {"law": "piecewise", "nodes_up": (3e-7, 2e-7, 1e-7), "nodes_down": (5e-7, 1e-7, 2e-7)},
    "exponential": {"law": "exponential", "amplitude_up": 0.5, "amplitude_down": 2.0, "rate_up": 3.0, "rate_down": 1.0,
                    **STEPS},
    "own end": {"law": "linear", "slope_up": 0.3, "slope_down": 0.6, "anchor": 0.4, "steps_follow": "own end", **STEPS},
}


@pytest.mark.parametrize("name", LAWS)
def test_laws_that_no_card_has_go_round_too(name, tmp_path):
    values = dict(LAWS[name])
    texts = {key: values.pop(key) for key in ("law", "steps_follow") if key in values}
    card = Device(stem=name, name=name, citation="-", sources={}, **texts, values=with_defaults(
        {"g_min": 1e-6, "g_max": 1.1e-5, **PULSES, **values, "asymmetry": -0.1, "c2c": 0.2}))
    table, losses = aihwkit_table(card)
    draft = aihwkit.draft_of(written(tmp_path / "card.json", table), None, None)
    again = draft.device(name, name, "-")
    assert losses == [] and np.allclose(response_of(again), response_of(card), rtol=1e-9)
    assert again["c2c"] == 0.2 and again["shape_spread"] == pytest.approx(card["shape_spread"])
    if "anchor" in values:
        assert again.steps_follow == card.steps_follow


def test_drift_goes_round(tmp_path):
    card = load_device("gong-2018-reram-sb", {"drift": 0.05, "drift_spread": 0.02, "drift_start": 20.0})
    draft = aihwkit.draft_of(written(tmp_path / "card.json", aihwkit_table(card)[0]), None, None)
    assert [draft.values[key] for key in ("drift", "drift_spread", "drift_start")] == pytest.approx([0.05, 0.02, 20.0])


def test_noise_that_is_the_same_everywhere_is_as_large_in_aihwkit(tmp_path):
    card = load_device("choi-2018-epiram")
    table, losses = aihwkit_table(card)
    draft = aihwkit.draft_of(written(tmp_path / "card.json", table), None, None)
    assert draft.values["c2c_scaled"] == pytest.approx(card["c2c_range"] * card.span) and losses == []
    _, losses = aihwkit_table(card.with_values({"endurance": 1e6, "read_noise": 0.01}))
    assert [loss.split()[0] for loss in losses] == ["endurance", "read_noise"]


NEUROSIM = [name for name in CARDS if load_device(name).law == "neurosim"]


@pytest.mark.parametrize("name", NEUROSIM)
def test_a_card_returns_from_neurosim_as_it_went(name, tmp_path):
    card = load_device(name)
    text, losses = neurosim_text(card)
    draft = neurosim.draft_of(written(tmp_path / "Cell.cpp", text), None)
    again = draft.device(name, name, "-")
    for key in card.sources:
        if key.endswith("voltage") and again[key] == -card[key]:
            assert any("polarity" in loss for loss in losses)
        else:
            assert again[key] == pytest.approx(card[key], rel=1e-12) or any(key in loss for loss in losses), key


@pytest.mark.parametrize("name", ["gong-2018-reram-sb", "tang-2018-ecram", "gong-2018-reram-es"])
def test_other_laws_become_the_closest_curve_and_say_how_far_it_is_off(name, tmp_path):
    card = load_device(name)
    text, losses = neurosim_text(card)
    again = neurosim.draft_of(written(tmp_path / "Cell.cpp", text), None).device(name, name, "-")
    said = float(losses[0].split("off by up to ")[1].split(" %")[0])
    rising = Response(card).walk(UP, int(again["pulses_up"]))
    found = np.abs(Response(again).walk(UP, len(rising) - 1) - rising).max() / card.span
    assert 100 * found < said + 1.5 and said < 12


CELL = """
/* Real device */
IdealDevice::IdealDevice(int x, int y) {
  maxConductance = 5e-6;  // Maximum cell conductance (S)
  minConductance = 100e-9;
  maxNumLevelLTP = 64;
  maxNumLevelLTD = 64;
}
RealDevice::RealDevice(int x, int y) {
  this->x = x; this->y = y;
  maxConductance = 3.8462e-8;   // Maximum cell conductance (S)
  minConductance = 3.0769e-9;
  readVoltage = 0.5;  // V
  writeVoltageLTP = 3.2;
  writeVoltageLTD = 2.8;
  writePulseWidthLTP = 300e-6;
  writePulseWidthLTD = 300e-6f;
  maxNumLevelLTP = 97;
  maxNumLevelLTD = 100;
  /* other fits:
  NL_LTP = 9;
  */
  NL_LTP = 2.4;
  NL_LTD = -4.88;
  nonlinearWrite = true;
  readNoise = false;
  sigmaReadNoise = 0.25;
  sigmaCtoC = 0.035 * (maxConductance - minConductance);
  conductanceRangeVar = true;
  maxConductanceVar = 0.07*maxConductance;
  paramALTP = getParamA(NL_LTP) * maxNumLevelLTP;
  if (nonlinearIV) { maxConductance = NonlinearConductance(maxConductance, NL); }
}
double RealDevice::Read(double voltage) { NL_LTP = 1; return 0; }
"""


def test_a_source_file_of_neurosim_is_read_as_its_compiler_would(tmp_path):
    path = written(tmp_path / "Cell.cpp", CELL)
    values = neurosim.draft_of(path, None).values
    card = load_device("jo-2010-ag-asi")
    for key in ("g_min", "g_max", "pulses_up", "pulses_down", "nonlinearity_up", "nonlinearity_down"):
        assert values[key] == pytest.approx(card[key], rel=3e-2), key
    assert values["reset_voltage"] == -2.8 and values["reset_width"] == 3e-4 and "read_noise" not in values
    assert values["c2c_range"] == pytest.approx(0.035)
    assert values["g_max_spread"] == pytest.approx(0.07 * 3.8462e-8 / (3.8462e-8 - 3.0769e-9))
    ideal = neurosim.draft_of(path, "IdealDevice").values
    assert ideal["nonlinearity_up"] == 0 and ideal["g_max"] == 5e-6


def test_resistances_of_param_cpp(tmp_path):
    text = ("Param::Param() {\n\tresistanceOn = 240e3;\n\tresistanceOff = 24e6;\n\tmaxNumLevelLTP = 32;\n"
            "\tmaxNumLevelLTD = 32;\n\tnonlinearityLTP = 1.2;\n\tnonlinearityLTD = -0.8;\n}")
    values = neurosim.draft_of(written(tmp_path / "Param.cpp", text), None).values
    assert values["g_max"] == pytest.approx(1 / 240e3) and values["nonlinearity_down"] == -0.8


def test_tables_of_crosssim_go_round_bit_by_bit(tmp_path):
    card = load_device("gong-2018-reram-es")
    files, losses = crosssim_files(card)
    assert "became 65 conductances" in losses[0]
    (tmp_path / "tables").mkdir()
    for name, text in files.items():
        (tmp_path / "tables" / name).write_text(text)
    table = read_steps(tmp_path / "tables")
    random = np.random.default_rng(0).uniform(1e-9, 2e-9, table.up.shape)
    noisy = StepTable(g=table.g, cdf=table.cdf, up=random, down=-random, source="-")
    (tmp_path / "noisy").mkdir()
    for name, text in crosssim_files(card, noisy)[0].items():
        (tmp_path / "noisy" / name).write_text(text)
    assert np.array_equal(read_steps(tmp_path / "noisy").up, random)
    assert np.allclose(table.mean()[0], [Response(card).step(UP, g) for g in table.g], rtol=2e-3, atol=1e-12)
    draft = crosssim.draft_of(tmp_path / "tables")
    draft.choose(PULSES, "chosen")
    device = draft.device("tables", "tables", "-")
    table.check_device(device)
    assert crosssim_files(device, table)[0].keys() == files.keys()
    for name, text in crosssim_files(device, table)[0].items():
        assert text.split("\n")[1:] == files[name].split("\n")[1:]


@pytest.mark.parametrize("content, sentence", [
    ("{", "is not valid JSON"), ("{}", "holds no fields of a device"), ("text", "holds no device of aihwkit"),
    ({"class": "LinearStepDevice", "dw_min": "x"}, "dw_min = 'x' is not a finite number"),
    ({"class": "Memristor", "dw_min": 0.1}, "'Memristor' is not a device that a card can describe"),
    ({"A_up": 1.0, "dw_min": 0.1}, "a is missing, and this device is nothing without it"),
    ({"A_up": 1, "A_down": 1, "a": 1, "b": 1e3, "gamma_up": 5, "gamma_down": 5}, "makes a step that no card can hold"),
    ({"class": "SoftBoundsDevice", "drift": {"nu": "x"}, "dw_min": 0.1}, "drift.nu = 'x' is not a finite number"),
    ({"dw_min": 0.1}, 'does not say which device it is; add "class"'),
    ({"class": "SoftBoundsDevice", "dw_min": 0.1, "w_min": 0.5}, "w_min = 0.5, w_max = 0.6; give w_min <= 0"),
    ({"unit_cell_devices": [{}, {}]}, "holds 2 devices in one unit cell"),
    ({"piecewise_up": [], "dw_min": 0.1}, "piecewise_up = [] is not a list"),
    ("A(device=XDevice(dw_min=1", "is never closed"),
    ("XDevice(a=1) YDevice(b=2)", "holds the devices XDevice, YDevice"),
])
def test_what_is_no_device_of_aihwkit_is_one_sentence(content, sentence, tmp_path):
    with pytest.raises(ValueError) as caught:
        aihwkit.draft_of(written(tmp_path / "x.json", content), 1e-6, 1e-5)
    assert sentence in str(caught.value) and "\n" not in str(caught.value)


def test_weights_without_conductances_ask_for_them(tmp_path):
    with pytest.raises(ValueError, match="have no unit; use --g-min and --g-max"):
        aihwkit.draft_of(written(tmp_path / "x.json", {"class": "SoftBoundsDevice", "dw_min": 0.1}), None, None)


@pytest.mark.parametrize("content, sentence", [
    ("int main() {}", "does not give minConductance, maxConductance, maxNumLevelLTP"),
    ("maxConductance = 1e-6;\nminConductance = 2e-6;\nmaxNumLevelLTP = 3;\nmaxNumLevelLTD = 3;\nNL_LTP = 1;\n"
     "NL_LTD = 1;",
     "minConductance = 2e-06 is not below maxConductance"),
    ("MeasuredDevice::MeasuredDevice(int x) { maxConductance = 1; }", "use neurosim device fit"),
])
def test_what_is_no_device_of_neurosim_is_one_sentence(content, sentence, tmp_path):
    with pytest.raises(ValueError) as caught:
        neurosim.draft_of(written(tmp_path / "Cell.cpp", content), None)
    assert sentence in str(caught.value)


def test_expressions_run_nothing(tmp_path):
    text = CELL.replace("NL_LTP = 2.4;", "NL_LTP = __import__('os').getpid();\n NL_LTP = 9**9**9**9;")
    with pytest.raises(ValueError, match="does not give NL_LTP"):
        neurosim.draft_of(written(tmp_path / "Cell.cpp", text), None)


def kinds(device):
    return {(finding.kind, key) for finding in findings(device) for key in finding.key.split(", ")}


def test_a_check_says_what_is_assumed_missing_unusual_and_badly_cited():
    card = load_device("gong-2018-reram-es")
    assert ("assumed", "set_voltage") in kinds(card) and ("assumed", "step_up") not in kinds(card)
    assert ("missing", "endurance") in kinds(card) and ("missing", "c2c") not in kinds(card)
    assert not {found for found in kinds(card) if found[0] == "source"}
    strange = load_device("gong-2018-reram-es", {"read_voltage": 4.0})
    told = [finding.text for finding in findings(strange) if finding.key == "read_voltage"]
    assert len(told) == 1 and told[0].startswith("4 V lies above the 21 published devices, ")
    assert ("unusual", "read_voltage") not in kinds(card)


def test_cards_that_ship_name_where_their_numbers_stand():
    for name in card_names():
        found = findings(load_device(name))
        assert not [finding for finding in found if finding.kind == "source" and finding.key != "citation"]
