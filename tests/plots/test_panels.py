"""Single panels of figures: by name, on axes of your own, as wide as a column, in files that journals take."""

from types import SimpleNamespace

import numpy as np
import pytest
from matplotlib.figure import Figure

from neurosim.energy import Ledger, Line
from neurosim.measurements.csv import PulseTrains
from neurosim.memristor.device import load_device
from neurosim.memristor.fitting.measured import Course, Measured
from neurosim.memristor.response import DOWN, UP, Response
from neurosim.plots import (ablation_panel, device_figure, device_panel, energy_panel, fit_panel, rendered, run_panel,
                            sweep_panel)
from neurosim.plots.claims import claim_panel
from neurosim.plots.improvement import improvement_panel
from neurosim.plots.optimisation import optimisation_panel
from neurosim.plots.runs import PANELS
from neurosim.plots.series import series_panel
from neurosim.plots.standings import ENERGY, standings_panel
from neurosim.results import Quantity, write_run
from neurosim.streams import stream
from plots.test_runs import results, tree
from runfiles import ATTRIBUTES, completed

EPIRAM = load_device("choi-2018-epiram", {"drift": 0.02})


def of_device(panel, **options):
    return device_panel(EPIRAM, panel, devices=5, **options)


def of_fit(panel, **options):
    response = Response(EPIRAM)
    curves = {"up": [response.walk(UP, 60)[1:]], "down": [response.walk(DOWN, 60)[1:]]}
    trains = PulseTrains(up=curves["up"], down=curves["down"], source="mine.csv")
    return fit_panel(EPIRAM, trains, curves, {"neurosim": 14.0, "linear": 13.0}, panel, **options)


def of_energy(panel, **options):
    line = Line(component="cells", where="conv1", phase="inference", event="e", count=1, unit_price=1e-6, source="here")
    ledgers = {"inference": Ledger(lines=(line,), samples=1)}
    return energy_panel(ledgers, {"inference": {"dense int8 network": (1e-6, 2e-6)}}, panel, **options)


def of_claim(panel, **options):
    panels = [SimpleNamespace(title=title, x=[1, 2], x_label="x", y_label="y", log=False,
                              series={"a": [1, 2], "b": [2, 1]}) for title in ("forward", "backward")]
    return claim_panel(SimpleNamespace(panels=panels), panel, **options)


def of_improvement(panel, **options):
    contrast = SimpleNamespace(difference=SimpleNamespace(low=-0.01, mean=0.02, high=0.05, told=False), others=())
    found = SimpleNamespace(remedies=[SimpleNamespace(name="wires", among=contrast, alone=contrast)])
    return improvement_panel(found, **options)


def of_ablation(panel, **options):
    side = SimpleNamespace(on=0.06, off=0.03, cost=0.03, low=-0.01, high=0.04, others=())
    found = SimpleNamespace(errors=dict.fromkeys(("own", "numbers", "none", "all"), 0.04), samples=9,
                            effects=[SimpleNamespace(name="wires", alone=side, among=side)])
    return ablation_panel(found, **options)


def of_optimisation(panel, **options):
    trials = [SimpleNamespace(number=number, cost=1e-9 * (number + 1), error=0.1 / (number + 1)) for number in range(3)]
    found = SimpleNamespace(done=trials, front=trials[1:], best=trials[1], unit="J")
    return optimisation_panel(found, 0.06, "energy per inference", **options)


def of_series(panel, **options):
    found = Measured({}, {}, "reads", courses=[Course(np.arange(3), np.array([1.0, 1.1, 0.9]), np.ones(3))])
    return series_panel("reads", found, **options)


def of_standings(panel, **options):
    rows = [SimpleNamespace(name=name, own=own, errors=(0.1, 0.2), means={ENERGY: energy})
            for name, own, energy in (("mine", True, 1e-6), ("other", False, 3e-6))]
    return standings_panel(rows, **options)


DRAWN = [*((of_device, panel) for panel in ("response", "set steps", "reset steps", "ageing")),
         *((of_fit, panel) for panel in ("response", "residuals", "steps", "laws")),
         *((of_energy, panel) for panel in ("components", "baselines", "map inference")), (of_ablation, "ablation"),
         (of_claim, "backward"), (of_improvement, "improvement"), (of_optimisation, "front"),
         (of_series, "reads"), (of_standings, "standings")]


def named(case):
    return f"{case[0].__name__} {case[1]}"


@pytest.mark.parametrize("case", DRAWN, ids=named)
def test_a_panel_is_drawn_on_given_axes_and_alone(case):
    draw, panel = case
    axes = Figure(figsize=(3, 2)).subplots(1, 2)[1]
    assert draw(panel, ax=axes) is axes and axes.has_data()
    figure = draw(panel, width=3.5).figure
    assert figure.get_figwidth() == pytest.approx(3.5) and figure.axes[0].has_data()
    figure.draw_without_rendering()    # a layout that does not fit is a warning, and that an error


@pytest.fixture
def run_file(tmp_path):
    write_run(tmp_path / "run.h5", completed(tree() | {"results": results()}, 3), ATTRIBUTES | {
        "epoch": 3, "seed": 4, "version": "0"})
    return tmp_path / "run.h5"


@pytest.mark.parametrize("panel", PANELS)
def test_every_panel_of_a_run_has_a_name(run_file, panel):
    axes = Figure(figsize=(3, 2)).subplots()
    assert run_panel(run_file, panel, ax=axes) is axes and axes.get_title()
    assert run_panel(run_file, panel, width=3.5).figure.get_figwidth() == pytest.approx(3.5)


@pytest.mark.parametrize("options, words", [
    ({"panel": "confusoin"}, "panel 'confusoin': unknown; did you mean 'confusion'?"),
    ({"panel": "confusion", "ax": Figure().subplots(), "width": 3.5}, "omit width or ax"),
    ({"panel": "confusion", "width": 0.2}, "width: 0.2 inches are outside 1 ... 40; give the width of a column")])
def test_what_is_no_panel(run_file, options, words):
    with pytest.raises(ValueError, match="panel|width") as refusal:
        run_panel(run_file, **options)
    assert words in str(refusal.value)


@pytest.mark.parametrize("panel", ["learning.beta", "device.c2c", "map", "pareto", "ranking"])
def test_panels_of_a_sweep(panel):
    from neurosim.experiment.sweep.table import SweepResults
    axes = {"learning.beta": np.array([0.1, 0.2, 0.3]), "device.c2c": np.array([0.0, 0.1]), "seed": np.arange(2)}
    found = {name: stream(6, name).random((3, 2, 2)) for name in ("test_error", "joules_per_inference")}
    sweep = SweepResults("a sweep", "grid", tuple(axes), axes, found, np.full((3, 2, 2), "done"),
                         np.full((3, 2, 2), "0" * 16), {}, {}, None)
    own = Figure().subplots()
    assert sweep_panel(sweep, panel, ax=own) is own and own.has_data()
    assert sweep_panel(sweep, panel, width=3.5).figure.get_figwidth() == pytest.approx(3.5)
    with pytest.raises(ValueError, match="panel 'sensitivity': unknown; choose from device.c2c, learning.beta, map"):
        sweep_panel(sweep, "sensitivity")


def test_whole_figures_are_as_wide_as_asked_for():
    assert device_figure(EPIRAM, devices=5, width=5).get_size_inches() == pytest.approx((5, 5 * 6.2 / 7.2))


def test_fonts_are_those_that_journals_take():
    figure = of_device("response", width=3.5).figure
    pdf, svg = rendered(figure, ".pdf"), rendered(figure, ".svg").decode()
    assert b"/CIDFontType2" in pdf and b"/Type3" not in pdf
    assert "<text" in svg and "conductance" in svg
    assert "<text" not in rendered(figure, ".svg", outlines=True).decode()


def test_a_run_on_devices_shows_them_and_their_pulses(tmp_path):
    """Histograms of all devices of a connection in the order of the network, and pulses per device."""
    def q(data):
        return Quantity(np.asarray(data), "1", "of a test")
    content = tree()
    conductances = {"a-b": np.full((2, 3), 2e-6), "b-c": np.full((4, 3), 8e-6)}
    content["model"]["devices"] = {f"{name}.{role}.g": q(values) for name, values in conductances.items()
                                   for role in ("plus", "minus")}
    counts = {kind: q(np.zeros((4, 2), np.int64)) for kind in ("verify", "exposures", "refreshes", "reset")}
    content["ledger"]["programming"] = counts | {"connections": q(["b-c", "a-b"]), "set": q(
        np.array([[24, 12], [48, 24], [48, 36], [48, 36]]))}
    write_run(tmp_path / "run.h5", completed(content, 3), ATTRIBUTES | {
        "epoch": 3, "seed": 4, "version": "0", "card": '{"g_min": 1e-6, "g_max": 1e-5}'})
    axes = run_panel(tmp_path / "run.h5", "devices")
    assert [patch.get_label() for patch in axes.patches] == ["b-c", "a-b"]
    tops = [patch.get_xy()[patch.get_xy()[:, 1].argmax(), 0] for patch in axes.patches]
    assert tops == pytest.approx([8, 2], abs=0.2) and "µS" in axes.get_xlabel()
    assert [line.get_xdata()[0] for line in axes.lines] == pytest.approx([1, 10])
    lines = {line.get_label(): line.get_ydata().tolist() for line in run_panel(tmp_path / "run.h5", "pulses").lines}
    assert lines["b-c, set"] == [1, 1, 0, 0] and lines["a-b, set"] == [1, 1, 1, 0]
