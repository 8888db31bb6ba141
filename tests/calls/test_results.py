"""Results as objects are what the run file holds."""

import copy
import math
import pickle
from types import SimpleNamespace

import numpy as np
import pytest

import neurosim
from neurosim.calls.checking import Reproduction
from neurosim.calls.tables import ErrorRate, Table
from neurosim.confidence import wilson
from neurosim.results import RunFile


def test_an_error_is_a_number_that_knows_its_interval(trained):
    error = trained.test_error
    with RunFile(trained.path) as run:
        labels, answers = (run[f"results/test/{name}"].data for name in ("labels", "answers"))
    assert float(error) == np.mean(labels != answers) and error.samples == len(labels)
    assert (error.low, error.high) == wilson(float(error), len(labels)) and error.low <= error <= error.high
    assert error.wrong == np.sum(labels != answers)
    assert repr(ErrorRate(0.25, 8)).startswith("25.00% (95 % interval 7.1")


def test_history_has_a_row_for_each_epoch(trained):
    history = trained.history
    assert history.epoch.tolist() == [1, 2] and history.unit["seconds"] == "s"
    assert history["train_error"] is history.train_error and "train_error" in dir(history)
    assert history.row(1)["epoch"] == 2
    with pytest.raises(AttributeError, match="no column 'loss'; there are epoch, train_error"):
        history.loss


def test_layers_tell_rates(trained):
    layers = trained.layers
    assert layers.layer.tolist() == ["input", "conv1", "output"] and layers.units.tolist() == [784, 48, 10]
    assert layers.sends.tolist() == ["spikes"] * 3
    steps = trained.config.learning.free_steps
    np.testing.assert_allclose(layers.rate, layers.signals / (layers.units * steps))
    assert math.isnan(layers.silent[0]) and np.all(layers.silent[1:] <= 1)


def test_synapses_tell_pulses_and_conductances(trained):
    """Learning has changed conductances by pulses that are counted; the initial ones are found again."""
    synapses = trained.synapses
    weights = trained.weights
    assert dict(zip(synapses.connection, synapses.weights)) == {name: values.size for name, values in weights.items()}
    assert np.all(synapses.devices == 2 * synapses.weights), "pairs"
    before, after = synapses.conductances_before, synapses.conductances
    assert before.keys() == after.keys() == set(synapses.connection)
    assert all(before[name]["plus"].shape == after[name]["plus"].shape for name in after)
    assert any(np.any(before[name][role] != after[name][role]) for name in after for role in after[name])
    low, high = synapses.device["g_min"], synapses.device["g_max"]
    assert all(low <= values.min() and values.max() <= high for roles in after.values() for values in roles.values())
    for name, used in zip(synapses.connection, synapses.range_used):
        first, last = np.percentile(np.stack([*after[name].values()]), (5, 95))
        assert used == pytest.approx((last - first) / (high - low)) and 0 < used <= 1
    np.testing.assert_allclose(synapses.pulses_per_device,
                               (synapses.set_pulses + synapses.reset_pulses) / synapses.devices)
    assert synapses.wear["pulses"][0] == 0
    assert [synapses.wear[name].sum() for name in synapses.connection] == synapses.devices.tolist()


def test_energy_adds_up_whichever_way_it_is_cut(trained):
    energy = trained.energy
    for table in (energy.by_component, energy.by_connection, energy.by_phase):
        assert table["inference"].sum() == pytest.approx(energy.joules_per_inference, rel=1e-12)
    lines = energy.lines
    np.testing.assert_allclose(lines.joules, lines["count"] * lines.unit_price)
    assert lines.joules[lines.workload == "inference"].sum() / trained.test_error.samples == pytest.approx(
        energy.joules_per_inference)
    assert energy(price={"neuron_update": 0}).joules_per_inference < energy.joules_per_inference
    assert energy(prices="neurram-130nm").report["prices"] == "neurram-130nm"
    with pytest.raises(ValueError, match="only what it costs can be"):
        energy(training={"epochs": 3})


def test_spikes_are_sample_time_unit(trained):
    spikes = trained.spikes
    assert list(spikes) == ["conv1", "output"] and spikes["conv1"].shape == (2, 8, 48)
    raster = spikes.raster("output")
    assert len(raster) == spikes["output"].sum() and spikes["output"][tuple(raster.T)].all()
    assert spikes.samples.tolist() == [0, 1] and spikes.phases == ["free"]


def test_recording_replaces_what_was_recorded(trained, tmp_path):
    run = trained.save(tmp_path / "run.h5")
    spikes = run.record("output", samples=1, traces=True, progress=False)
    assert list(spikes) == ["output"] and spikes.states("output").shape == (1, 8, 10)
    np.testing.assert_array_equal(spikes["output"][0], trained.spikes["output"][0])


def test_confusion_has_all_answers(trained):
    confusion = trained.confusion
    assert confusion.sum() == trained.test_error.samples
    assert confusion.sum() - np.trace(confusion) == trained.test_error.wrong


def test_an_evaluation_under_other_settings(trained):
    found = trained.evaluate("validation", learning={"free_steps": 9}, progress=False, threads=1)
    assert found.error.samples == 20 and found.report["steps"] == 9
    with pytest.raises(ValueError, match="does not affect an evaluation"):
        trained.evaluate(training={"epochs": 3}, progress=False)
    with pytest.raises(ValueError, match="split: 'train' is neither"):
        trained.evaluate("train")


def test_an_ablation_is_a_table(trained):
    found = trained.ablate(samples=8, progress=False, threads=1)
    assert found.imperfection.tolist() and np.all(found.alone_low <= found.alone) and found.errors["own"].samples == 8
    np.testing.assert_allclose(found.cost, (found.alone + found.among) / 2)
    with pytest.raises(ValueError, match="omit width or ax"):
        found.plot(found.plot(width=3.5).axes[0], width=3.5)


def test_page_and_figure(trained, tmp_path):
    page = trained.report(tmp_path / "page.html", title="Mine")
    assert "<h1>Mine</h1>" in page.read_text(encoding="utf-8")
    assert trained.plot(tmp_path / "run.pdf").axes and (tmp_path / "run.pdf").read_bytes().startswith(b"%PDF")


def test_every_result_becomes_a_frame(trained):
    pandas = pytest.importorskip("pandas")
    for result in (trained.test_error, trained.history, trained.layers, trained.synapses, trained.energy,
                   trained.spikes, trained.weights, trained.confusion):
        frame = result.to_frame()
        assert isinstance(frame, pandas.DataFrame) and len(frame)


def test_without_pandas_a_sentence_says_so(trained, monkeypatch):
    monkeypatch.setitem(__import__("sys").modules, "pandas", None)
    with pytest.raises(ValueError, match="to_frame: pandas is not installed"):
        trained.history.to_frame()


def test_a_table_is_aligned_text():
    table = Table({"layer": ["a", "b"], "joules": [0.5, 1e-9]}, {"joules": "J"})
    assert repr(table).splitlines() == ["  layer  joules [J]", "  a             0.5", "  b           1e-09"]
    assert "<th" in table._repr_html_() and ">1e-09</td>" in table._repr_html_()
    with pytest.raises(ValueError, match="2 and 3 rows"):
        Table({"a": [1, 2], "b": [1, 2, 3]})


def test_a_table_is_copied_and_sent_to_other_processes():
    table = Table({"joules": [0.5, 1e-9]}, {"joules": "J"})
    for own in (copy.copy(table), copy.deepcopy(table), pickle.loads(pickle.dumps(table))):
        assert own.joules.tolist() == [0.5, 1e-9] and own.unit == {"joules": "J"}
    with pytest.raises(AttributeError, match="this table has no column 'watts'; there are joules"):
        table.watts


def test_a_run_tells_what_came_out(trained, tmp_path):
    """As text and as HTML; one that is not finished says how it continues."""
    text = " ".join(repr(trained).split())    # which breaks lines at the width of the terminal
    assert text.startswith(f"run {trained.path}: 2 epochs on mnist, seed 3") and repr(trained.test_error) in text
    assert f"{trained.synapses.devices.sum():,} devices choi-2018-epiram" in text and "isaac-32nm" in text
    assert all(sentence[:40] in text for sentence in trained.warnings)
    assert trained._repr_html_().startswith("<div><table>") and "<script" not in trained._repr_html_()
    config = neurosim.load_config("mnist-small", ["data.train_samples=20", "data.test_samples=10"])
    neurosim.Training(config, tmp_path / "begun.h5", threads=1).save()
    assert "0 of 2 epochs; run.resume() continues" in repr(neurosim.open_run(tmp_path / "begun.h5"))


def test_what_is_no_run_file_is_refused(tmp_path):
    (tmp_path / "run.h5").write_text("mine")
    with pytest.raises(ValueError, match="run.h5"):
        neurosim.open_run(tmp_path / "run.h5")


def test_panels_are_drawn_on_axes_of_ones_own(trained):
    from matplotlib.figure import Figure
    figure = Figure(figsize=(6, 3), layout="constrained")
    for axes, panel in zip(figure.subplots(1, 2), ("learning", "pulses")):
        assert trained.plot(panel=panel, ax=axes) is figure and axes.has_data()
    assert trained.plot(panel="devices", width=3.5).get_figwidth() == pytest.approx(3.5)
    assert trained.energy.plot("components", width=3.5).get_figwidth() == pytest.approx(3.5)
    with pytest.raises(ValueError, match="plot: all panels do not fit into one pair of axes; name one of them"):
        trained.plot(ax=axes)
    with pytest.raises(ValueError, match='fit into one pair of axes; name one of them, for example panel="components"'):
        trained.energy.plot(ax=axes)
    claim = SimpleNamespace(passed=True, panels=[SimpleNamespace(title="noise")])
    with pytest.raises(ValueError, match='fit into one pair of axes; name one of them, for example panel="noise"'):
        Reproduction({"gradient-noise": claim}).plot(ax=axes)
