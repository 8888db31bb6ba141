"""How to add a law of response: one module that makes a Law; cards, pulses, curves, ablations and fits know it then."""

import numpy as np
import pytest
from numpy.testing import assert_allclose

from neurosim._jit import scalar_law
from neurosim._jit.kernel_cache import KernelLocator
from neurosim.cards import Entry
from neurosim.memristor._kernels import pulse_loop
from neurosim.memristor.array import DeviceArray
from neurosim.memristor.characterise import noise_free_train
from neurosim.memristor.device import load_device
from neurosim.memristor.fitting import fit
from neurosim.memristor.fitting.model import Model
from neurosim.memristor.fitting.starts import first_values
from neurosim.memristor.laws import LAWS, STEPS, Law, by_side, register, stepping
from neurosim.measurements.csv import PulseTrains
from neurosim.memristor.response import DOWN, UP, Response


@scalar_law
def step(x, z, shape, i):
    """Step (1 - x) (1 + bend x): soft bounds whose steps first grow."""
    return max(1.0 - x, 0.0) * (1.0 + shape[0, i] * x)


def parameters(device, deviation, table):
    return stepping(device, np.maximum(by_side(device, "bend") + deviation, -1))


def guess(x, steps, span, sign):
    (first, more), *_ = np.linalg.lstsq(np.stack([1 - x, (1 - x) * x], axis=1), steps, rcond=None)
    first = max(first, 1e-3 * np.abs(steps).max())
    return {"step": span * first, "bend": float(np.clip(more / first, -1, 50))}


BENT = Law(name="bent", keys={**STEPS, "bend_up": Entry("1", -1, 50, "first growth of set steps"),
                              "bend_down": Entry("1", -1, 50, "first growth of reset steps")},
           step=step, parameters=parameters, anchored=True, bounded=("step",), guess=guess,
           equal=lambda span, size: {"step": size, "bend": -1.0}, coordinates={"step": "exp"})
CARD = """
name = "Bent device"
law = "bent"
citation = "test"
[sources]
made = "chosen: for a test"
[values]
""" + "".join(f'{key} = {{ value = {value}, unit = "{unit}", source = "made" }}\n' for key, value, unit in (
    ("g_min", 1e-6, "S"), ("g_max", 11e-6, "S"), ("set_voltage", 1.0, "V"), ("set_width", 1e-7, "s"),
    ("reset_voltage", -1.0, "V"), ("reset_width", 1e-7, "s"), ("read_voltage", 0.1, "V"), ("step_up", 2e-7, "S"),
    ("step_down", 1e-7, "S"), ("bend_up", 2.0, "1"), ("bend_down", 0.5, "1")))


@pytest.fixture
def bent(tmp_path):
    """A card of the law, which is forgotten after the test."""
    register(BENT)
    try:
        (tmp_path / "mine.toml").write_text(CARD, encoding="utf-8")
        yield load_device(tmp_path / "mine.toml")
    finally:
        del LAWS["bent"]


def test_a_card_may_name_it_and_its_numbers_are_checked(bent):
    assert Response(bent).step(UP, 6e-6) == pytest.approx(2e-7 * 0.5 * (1 + 2 * 0.5))
    assert Response(bent).step(DOWN, 6e-6) == pytest.approx(-1e-7 * 0.5 * (1 + 0.5 * 0.5))
    with pytest.raises(ValueError, match="device.bend_up = 51 exceeds 50"):
        bent.with_values({"bend_up": 51})
    with pytest.raises(ValueError, match="step_up = 1.1e-05 S exceeds the range"):
        bent.with_values({"step_up": 1.1e-5})


@pytest.mark.slow    # the loop of a law outside the package is compiled in every process
def test_arrays_follow_it(bent):
    array = DeviceArray(bent, (20,), threads=1)
    array.pulse(np.arange(20))
    assert_allclose(array.conductances(), Response(bent).walk(UP, 19), rtol=1e-6)


def test_a_fit_finds_first_numbers_that_are_close(bent):
    up, down = 120, 200
    course = noise_free_train(bent, up, down)[1:]
    trains = PulseTrains(up=[course[:up]], down=[course[up:]], source="here")
    values = first_values("bent", trains, bent["g_min"], bent["g_max"])
    for key in BENT.keys:
        assert values[key] == pytest.approx(bent[key], rel=0.2, abs=0.1 * (key[:4] == "bend"))
    model = Model("bent", trains, {**values, "write_noise": 1e-8})
    assert [parameter.scale for parameter in model.parameters if parameter.key in BENT.keys] == ["exp", 1.0] * 2
    assert model.values(model.first)["step_up"] == pytest.approx(values["step_up"])


@pytest.mark.slow
def test_it_can_be_fitted(bent):
    random, course = np.random.default_rng(0), noise_free_train(bent, 120, 200)[1:]
    course += 2e-8 * random.standard_normal(course.size)
    found, = fit(PulseTrains(up=[course[:120]], down=[course[120:]], source="here"), laws=("bent",))
    for key in BENT.keys:
        assert found.values[key] == pytest.approx(bent[key], rel=0.1)


def test_its_machine_code_is_not_kept_where_its_file_may_change(bent):
    """The cache on disk knows functions outside the package by their name alone."""
    kept = [KernelLocator.from_function(pulse_loop(law.step, False, False).py_func, pulse_loop.__wrapped__.__code__
                                        .co_filename) for law in (BENT, LAWS["linear"])]
    assert kept[0] is None and kept[1] is not None


@pytest.mark.parametrize("change, told", [
    ({"name": "linear"}, "law 'linear' is registered already; choose another name"),
    ({"keys": {"step_up": Entry("V", 0, 1)}, "bounded": (), "coordinates": {}},
     "law 'bent': step_up is in V, and in S for the law exponential; choose another key, or the same unit")])
def test_names_and_keys_that_are_taken_are_refused(change, told):
    with pytest.raises(ValueError) as caught:
        register(Law(**{**vars(BENT), **change}))
    assert str(caught.value) == told and "bent" not in LAWS


def test_a_law_that_contradicts_itself_is_refused():
    with pytest.raises(ValueError) as caught:
        Law(name="bent", keys=dict(STEPS), step=step, parameters=parameters, coordinates={"bend": "exp"})
    assert str(caught.value) == ("law 'bent': coordinates names 'bend', which is not a number of its keys step_up, "
                                 "step_down; correct one of the two")
