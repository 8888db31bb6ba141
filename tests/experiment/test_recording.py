"""What is recorded is what an unrecorded relaxation does, bit for bit, and takes the room that was forecast."""

import argparse
import json
import shutil
from collections import namedtuple
from dataclasses import replace

import h5py
import numpy as np
import pytest

from neurosim.cli import record as command
from neurosim.datasets import DataOptions, prepare, statistics
from neurosim.crossbar.options import ArrayOptions, ReadoutOptions
from neurosim.experiment.config import Config, RecordOptions, SynapseOptions
from neurosim.experiment.evaluation import evaluate, sample_names
from neurosim.experiment.model import Model
from neurosim.experiment import recording
from neurosim.experiment.recording import forecast, readable_bytes, record
from neurosim.experiment.training import Training
from neurosim.learning.optimiser import OptimiserOptions
from neurosim.learning.phases import Phase, Phases, free_phase, one_hot, run_phases
from neurosim.network.graph import NetworkSpec, Neurons, conv, dense
from neurosim.results import Quantity, RunFileError, read_run, write_run

SAMPLES, FREE, NUDGED, WINDOW = 3, 24, 12, 8    # 1/8 is exact: a mean has the same bits in any arithmetic
IMAGES = np.random.default_rng(3).integers(0, 256, (5, 9, 9, 1), np.uint8)
LABELS = np.array([3, 0, 2, 1, 3])
LAYERS = (conv(4, kernel=2, pool="average", name="conv1"), dense(6, name="hidden"), dense(4))
EVERYTHING = RecordOptions(layers=("input", "conv1", "hidden", "output"), samples=SAMPLES, phases="all", traces=True)
PHASES = ("free", "nudge+", "nudge-")
LEARNING = Phases(beta=0.9, free_steps=FREE, nudge_steps=NUDGED, window=WINDOW)


def build(layers=LAYERS, neurons=Neurons(lam=0.5), learning=LEARNING, input="spikes"):
    config = Config(network=NetworkSpec(layers=layers, input=input, gains=2.0), neurons=neurons, learning=learning)
    return Model.build(config, IMAGES.shape[1:], 4, threads=1)


def on_a_chip(readout, layers=LAYERS, neurons=Neurons(lam=0.5), learning=LEARNING, input="spikes", shelf=0.0):
    """The same on noisy devices in small tiles, behind calibrated converters."""
    config = Config(network=NetworkSpec(layers=layers, input=input, gains=2.0), neurons=neurons, learning=learning,
                    synapses=SynapseOptions(device="choi-2018-epiram", rounds=3, shelf_seconds=shelf),
                    device={"read_noise": 0.1, "rtn_amplitude": 0.1, "drift": 0.05},
                    array=ArrayOptions(tile=16), readout=readout)
    model = Model.build(config, IMAGES.shape[1:], 4, threads=1)
    model.calibrate(prepare(IMAGES, DataOptions(), None))
    return model


@pytest.fixture
def run_file(tmp_path):
    write_run(tmp_path / "run.h5", {"history": {"error": Quantity(np.ones(2), "1", "error")}}, {"seed": 4})
    return tmp_path / "run.h5"


def recorded(path, model, options=EVERYTHING):
    expected = record(path, model, options, IMAGES, LABELS, statistics(IMAGES, DataOptions()))
    tree, _ = read_run(path)
    return tree["records"], expected


def unrecorded(model):
    images = prepare(IMAGES[:SAMPLES], DataOptions(), statistics(IMAGES, DataOptions()))
    return run_phases(model.engine, images, one_hot(LABELS[:SAMPLES], 4), model.config.learning,
                      names=sample_names(model.config, SAMPLES))


def joined(records, phase, kind):
    return np.concatenate([records[phase][layer][kind].data for layer in EVERYTHING.layers], axis=2)


@pytest.mark.parametrize("layers", [LAYERS, (replace(LAYERS[0], pool="max", pool_on="decoded"), *LAYERS[1:])],
                         ids=["average pooling", "max pooling"])
@pytest.mark.parametrize("state", ["mean", "spike-count"])
def test_every_phase_has_the_bits_of_an_unrecorded_one(run_file, layers, state):
    model = build(layers, learning=replace(LEARNING, state=state))
    records, _ = recorded(run_file, model)
    phases = unrecorded(model)
    kind = "states" if state == "mean" else "spikes"
    for name in PHASES:
        mean = joined(records, name, kind)[:, -WINDOW:].mean(axis=1, dtype=np.float32)
        assert np.array_equal(mean, phases.by_phase[name].mean)
    assert not np.array_equal(phases.by_phase["nudge+"].mean, phases.by_phase["nudge-"].mean)


MAX = (replace(LAYERS[0], pool="max"), *LAYERS[1:])
READOUTS = {"amplifiers": {}, "ADCs": {"kind": "adc", "bits": 4, "offset": 0.5, "gain": 0.1},
            "tiles of ADCs": {"kind": "adc", "bits": 3, "range": "tile", "comparator": 0.3},
            "integrators": {"kind": "integrate-and-fire", "bits": 4, "leak": 0.1, "dac_bits": 3}}


@pytest.mark.parametrize("noise", ["off", "frozen", "fresh"])
@pytest.mark.parametrize("readout", READOUTS.values(), ids=READOUTS)
@pytest.mark.parametrize("layers, neurons, input", [
    (LAYERS, Neurons(lam=0.5), "spikes"), (LAYERS, Neurons(lam=0.5), "analog"), (MAX, Neurons(lam=0.5), "analog"),
    (MAX, Neurons(kind="rate"), "analog")], ids=["spikes", "analog", "analog, max pooling", "rate, max pooling"])
def test_a_recording_is_the_evaluation(run_file, noise, readout, layers, neurons, input):
    """Bit for bit: outputs, answers and signals of the free phase, and the nudged phases behind it."""
    model = on_a_chip(ReadoutOptions(noise=noise, **readout), layers, neurons, input=input)
    records, _ = recorded(run_file, model)
    found = evaluate(model, IMAGES, LABELS, statistics(IMAGES, DataOptions()))
    outputs = records["free"]["output"]["states"].data[:, -WINDOW:].mean(axis=1, dtype=np.float32)
    assert np.array_equal(outputs, found.outputs[:SAMPLES])
    assert np.array_equal(outputs.argmax(axis=1), found.answers[:SAMPLES])
    assert len(np.unique(found.outputs, axis=0)) > 1
    phases, first = unrecorded(model), 0 if input == "spikes" else model.engine.slices["conv1"].start
    for name in PHASES:
        mean = joined(records, name, "states")[:, -WINDOW:].mean(axis=1, dtype=np.float32)
        assert np.array_equal(mean[:, first:], phases.by_phase[name].mean[:, first:])


def test_an_automatic_free_phase_ends_where_that_of_the_evaluation_does(run_file):
    learning = Phases(free_steps="auto", free_limit=64, tolerance=0.05, nudge_steps=NUDGED, window=WINDOW)
    model = on_a_chip(ReadoutOptions(kind="adc", bits=4, noise="fresh"), learning=learning)
    records, _ = recorded(run_file, model)
    assert np.array_equal(records["steps"].data, unrecorded(model).free.steps)
    assert evaluate(model, IMAGES[:SAMPLES], LABELS[:SAMPLES], None).counts.steps == records["steps"].data.sum()


def test_converters_without_ranges_are_neither_evaluated_nor_recorded(run_file):
    model, before = on_a_chip(ReadoutOptions(kind="adc")), run_file.read_bytes()
    model.write(model.synapses.weights, model.biases, "the test")
    for act in (lambda: evaluate(model, IMAGES, LABELS, None), lambda: recorded(run_file, model)):
        with pytest.raises(ValueError) as caught:
            act()
        assert str(caught.value) == ('readout.range: "calibrated" converters have no ranges before a calibration; call '
                                     "Training.calibrate() first")
    assert run_file.read_bytes() == before


def test_the_last_step_is_the_final_state(run_file):
    model = build()
    records, _ = recorded(run_file, model)
    state = model.engine.rest(SAMPLES)
    free_phase(model.engine, state, prepare(IMAGES[:SAMPLES], DataOptions(), None), LEARNING)
    assert np.array_equal(joined(records, "free", "states")[:, -1], state.x)
    assert np.array_equal(joined(records, "free", "spikes")[:, -1], state.s)


def test_spikes_add_up_to_what_was_read(run_file):
    """A step reads what the step before sent; the last spikes of the free phase are read by both nudged phases."""
    model = build()
    records, _ = recorded(run_file, model)
    phases = unrecorded(model)
    for name in EVERYTHING.layers:
        own = model.engine.slices[name]
        free, plus, minus = (records[phase][name]["spikes"].data.astype(int) for phase in PHASES)
        assert np.array_equal(free[:, :-1].sum(axis=1), phases.free.sent[:, own])
        for nudged, phase in ((plus, phases.by_phase["nudge+"]), (minus, phases.by_phase["nudge-"])):
            assert np.array_equal(free[:, -1] + nudged[:, :-1].sum(axis=1), phase.sent[:, own])
        assert 0 < free.sum() < free.size


def test_an_automatic_free_phase_is_recorded_up_to_its_end(run_file):
    learning = Phases(free_steps="auto", free_limit=64, tolerance=0.05, nudge_steps=NUDGED, window=WINDOW)
    model = build(learning=learning)
    records, _ = recorded(run_file, model)
    phases, steps = unrecorded(model), records["steps"].data
    assert np.array_equal(steps, phases.free.steps) and steps.min() < 64
    free, minus = joined(records, "free", "states"), joined(records, "nudge-", "states")
    for i in range(SAMPLES):
        assert np.array_equal(free[i, steps[i] - WINDOW:steps[i]].mean(axis=0), phases.free.mean[i])
        assert np.isnan(free[i, steps[i]:]).all()
    assert np.array_equal(minus[:, -WINDOW:].mean(axis=1), phases.by_phase["nudge-"].mean)


@pytest.mark.parametrize("estimator, phases", [
    ("one-sided", ["free", "nudge+"]),
    ("random-sign", ["free", "nudge+", "nudge-"]),
])
def test_phases_are_those_of_the_estimator(run_file, estimator, phases):
    model = build(learning=replace(LEARNING, estimator=estimator))
    records, _ = recorded(run_file, model)
    assert sorted(records) == sorted([*phases, "labels", "samples", "steps"])
    mean = joined(records, "nudge+", "states")[:, -WINDOW:].mean(axis=1)
    assert np.array_equal(mean, unrecorded(model).by_phase["nudge+"].mean)


def test_an_own_list_is_recorded_as_it_is_run(run_file):
    """Second phases of a kind draw fresh noise of their own, and one continues from the phase before it."""
    own = tuple(Phase(name=f"n{k}", beta=0.5, weight=1, start="continued" if k == 2 else "free") for k in range(3))
    learning = replace(LEARNING, phases=(*own, Phase(weight=-1), Phase(name="free", weight=-2)))
    model = on_a_chip(ReadoutOptions(noise="fresh"), learning=learning)
    records, _ = recorded(run_file, model)
    expected = unrecorded(model)
    assert sorted(records) == sorted(["continued", "free", "n0", "n1", "n2", "labels", "samples", "steps"])
    ends = {}
    for name in expected.by_phase:
        ends[name] = joined(records, name, "states")[:, -WINDOW:].mean(axis=1, dtype=np.float32)
        assert np.array_equal(ends[name], expected.by_phase[name].mean)
    assert not np.array_equal(ends["n0"], ends["n1"])


def test_what_sends_states_has_no_raster(run_file):
    model = build(neurons=Neurons(kind="rate"), input="analog")
    records, expected = recorded(run_file, model, replace(EVERYTHING, traces=False, phases="free"))
    assert all(list(records["free"][layer]) == ["states"] for layer in EVERYTHING.layers)
    assert expected.spikes == 0
    mean = joined(records, "free", "states")[:, -WINDOW:].mean(axis=1)
    first = model.engine.slices["conv1"].start
    assert np.array_equal(mean[:, first:], unrecorded(model).free.mean[:, first:])
    assert np.array_equal(records["free"]["input"]["states"].data[0, -1], IMAGES[0].ravel() / np.float32(255))


@pytest.mark.parametrize("options", [EVERYTHING, replace(EVERYTHING, phases="free", traces=False, layers=("conv1",))])
def test_the_forecast_is_kept(run_file, options):
    model = build()
    assert recorded(run_file, model, options)[1] == forecast(model, options, len(LABELS))
    sizes = {"spikes": 0, "states": 0}
    with h5py.File(run_file) as file:
        file["records"].visititems(lambda name, item: sizes.update(
            {kind: size + item.nbytes for kind, size in sizes.items() if name.endswith(kind)}))
    kept = forecast(model, options, len(LABELS))
    assert (kept.spikes, kept.states) == (sizes["spikes"], sizes["states"])
    assert kept.bytes == kept.spikes + kept.states


def test_the_forecast_is_one_sentence():
    text = str(forecast(build(), RecordOptions(layers=("conv1", "input"), samples=2, traces=True), 5))
    units = 4 * 4 * 4 + 81
    spikes, states, memory = (f"{size * 24 * units / 1e3:.3g} kB" for size in (2, 8, 5))
    assert text == (f"records: conv1, input of 2 samples x 24 steps: {spikes} of spikes, {states} of states "
                    f"before compression, {memory} of memory")
    sizes = {0: "0 B", 999: "999 B", 1000: "1 kB", 7.44e6: "7.44 MB", 3e13: "30 TB"}
    assert [readable_bytes(size) for size in sizes] == list(sizes.values())


def test_h5py_alone_reads_it_and_a_second_recording_replaces_the_first(run_file):
    model = build()
    recorded(run_file, model)
    recorded(run_file, model, RecordOptions(layers=("hidden",), samples=2))
    with h5py.File(run_file) as file:
        assert sorted(file) == ["history", "records"] and file.attrs["seed"] == 4
        assert sorted(file["records"]) == ["free", "labels", "recorded_images", "samples", "steps"]    # the axis, too
        assert list(file["records/free"]) == ["hidden"]
        spikes = file["records/free/hidden/spikes"]
        assert spikes.shape == (2, FREE, 6) and spikes.dtype == bool and spikes.attrs["units"] == "1"
        assert "beta = 0" in spikes.attrs["description"]
        assert list(file["records/labels"]) == [3, 0] and list(file["records/steps"]) == [FREE, FREE]


def test_the_command_records_into_the_run_file(tmp_path, capsys):
    config = Config(network=NetworkSpec(layers=(dense(10),)), learning=LEARNING,
                    optimiser=OptimiserOptions(rates=0.1),
                    record=RecordOptions(layers=("output",), samples=2, traces=True))
    path = str(tmp_path / "run.h5")
    Training(config, path).save()
    parser = argparse.ArgumentParser()
    command.add_parser(parser.add_subparsers())
    for words, layers in ([], ["output"]), (["--layers", "input", "output", "--samples", "1"], ["input", "output"]):
        arguments = parser.parse_args(["record", path, "--json", *words])
        assert arguments.run(arguments) == 0
        report = json.loads(capsys.readouterr().out)
        with h5py.File(path) as file:
            assert sorted(file["records/free"]) == report["layers"] == layers
            assert len(file["records/samples"]) == report["samples"]
            assert "states" in file["records/free/output"] and "model" in file
    assert (report["steps"], report["spikes"], report["bytes"]) == (FREE, FREE * 794, FREE * 794 * 5)


@pytest.mark.parametrize("options, message", [
    (RecordOptions(layers=("conv",)),
     "record.layers: no layer is called 'conv'; did you mean 'conv1'?"),
    (RecordOptions(), "record.layers: no layer is named; choose from input, conv1, hidden, output"),
    (RecordOptions(layers=("conv1",), samples=6), "record.samples: 6 exceeds the 5 test images; choose at most that"),
])
def test_a_wrong_request_is_refused_and_changes_nothing(run_file, options, message):
    before = run_file.read_bytes()
    with pytest.raises(ValueError) as caught:
        recorded(run_file, build(), options)
    assert str(caught.value) == message
    assert run_file.read_bytes() == before


def test_a_phase_that_hdf5_cannot_hold_is_refused(monkeypatch):
    monkeypatch.setattr(recording, "_HDF5_CHUNK", 2**20)
    model = build(learning=Phases(free_steps=2**15, nudge_steps=NUDGED))
    with pytest.raises(ValueError, match="HDF5 takes less than 4.29 GB"):
        forecast(model, RecordOptions(layers=("conv1",), samples=1, traces=True), 5)


def test_a_full_disk_is_noticed_before_anything_is_run(run_file, monkeypatch):
    usage = namedtuple("usage", "total used free")(10**6, 10**6, 100)
    monkeypatch.setattr(shutil, "disk_usage", lambda path: usage)
    before = run_file.read_bytes()
    with pytest.raises(RunFileError, match="do not fit into the 100 B that the disk has free"):
        recorded(run_file, build())
    assert run_file.read_bytes() == before
