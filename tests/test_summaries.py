"""What networks, configurations and devices show of themselves, on a terminal and in a notebook."""

from dataclasses import replace
from html.parser import HTMLParser

import numpy as np
import pytest

from neurosim import (Config, DeviceArray, DeviceSynapses, Model, Network, Placement, Response, Tiling, conv, dense,
                      load_config, load_device, load_prices, make_engine, make_optimiser)
from neurosim.counts import Counts
from neurosim.crossbar import IdealSynapses
from neurosim.datasets.own import own_dataset
from neurosim.experiment.config import parse_config
from neurosim.experiment.sweep.table import SweepResults
from neurosim.learning.optimiser import OptimiserOptions
from neurosim.network.graph import ConnectionSpec
from neurosim.summaries import Summary

OWN = """
network = {input = "analog", layers = [{units = 6}, {units = 3}]}
neurons = {kind = "rate", epsilon = 0.5}
"""


class Page(HTMLParser):
    """Texts of the cells of a page, and the names of all its elements."""

    def __init__(self, text):
        super().__init__()
        self.names, self.texts = [], []
        self.feed(text)

    def handle_starttag(self, name, attributes):
        self.names.append(name)
        assert not any(key.startswith("on") or key in ("src", "href") for key, _ in attributes)

    def handle_data(self, text):
        self.texts.append(text)


def skipping():
    """A network with a kernel, pooling, groups and a skip."""
    return Network([conv(4, padding=1, pool="average"), conv(4, padding=1, groups=2), conv(6, padding=1), dense(3)],
                   (8, 8, 2), connections=[ConnectionSpec(kind="conv", source="conv1", target="conv3", kernel=1)])


def model():
    """A Model on devices that have learnt nothing."""
    config = load_config("mnist-small", ["synapses.device=ideal-device", "network.layers=[{units=4},{units=3}]"])
    return Model.build(config, (4, 4, 1), 3, threads=1)


def placed():
    """Synapses on devices, not programmed yet."""
    placement = Placement(mapping="pair", programming="bidirectional", ranges={"a-b": 1.0})
    return DeviceSynapses(load_device("ideal-device"), {"a-b": np.zeros((3, 4), np.float32)}, placement,
                          programmed=False)


def swept():
    """A sweep of six points, of which five are done."""
    states = np.array([["done"] * 3, ["done", "done", "failed"]])
    return SweepResults("c2c", "grid", ("device.c2c", "seed"), {"device.c2c": np.array([0.1, 0.2])},
                        {"test_error": np.zeros((2, 3))}, states, states, {"p5": "no"})


SHOWN = {
    "network": skipping,
    "config": lambda: load_config("mnist-small", ["training.epochs=7"]),
    "unchanged": Config,
    "device": lambda: load_device("choi-2018-epiram"),
    "array": lambda: DeviceArray(load_device("choi-2018-epiram"), (3, 4)),
    "response": lambda: Response(load_device("choi-2018-epiram")),
    "synapses": placed,
    "numbers": lambda: IdealSynapses({"a-b": np.ones((3, 4))}),
    "model": model,
    "engine": lambda: model().engine,
    "optimiser": lambda: make_optimiser(OptimiserOptions(), {"w": 0.1}, {"w": np.zeros(2)}, {}),
    "prices": load_prices,
    "sweep": swept,
    "data": lambda: own_dataset({"train": (np.zeros((4, 8, 8)), np.array([0, 1, 0, 1]))}),
    "counts": lambda: Counts(samples=1000, signals={"conv1": 12345}),
    "state": lambda: model().engine.rest(2),
}


@pytest.mark.parametrize("kind", SHOWN)
def test_text_and_page_say_the_same(kind, monkeypatch):
    """In a terminal that is wide enough for whole rows."""
    monkeypatch.setenv("COLUMNS", "1000")
    shown = SHOWN[kind]()
    summary, page = shown.summary(), Page(shown._repr_html_())
    cells = [cell for row in summary.rows for cell in row if cell]
    assert page.texts == [summary.heading, *cells, *summary.remarks]
    assert not {"script", "img", "link", "iframe"} & set(page.names)
    text = " ".join(repr(shown).split())
    assert all(" ".join(cell.split()) in text for cell in (summary.heading, *cells))
    assert len({len(row) for row in summary.rows}) <= 1 and "0x" not in repr(shown)


def test_arrays_are_told_by_their_types_and_shapes():
    rows = {row[0]: row[1] for row in SHOWN["data"]().summary().rows}
    assert rows["train_images"] == "float32 (4, 8, 8, 1)" and rows["validation_images"] == "None"
    rows = {row[0]: row[1] for row in SHOWN["counts"]().summary().rows}
    assert rows["samples"] == "1,000" and rows["signals"] == "conv1: 12,345" and rows["dense"] == "none"
    crowd = Counts(signals={f"layer{number}": number for number in range(99)})
    assert len(max(repr(crowd).splitlines(), key=len)) < 118 and "more" in repr(crowd)


def test_steps_of_a_response_are_its_own():
    response = Response(load_device("choi-2018-epiram"))
    summary, low = response.summary(), response.device["g_min"]
    assert float(summary.rows[1][1].split()[0]) * 1e-9 == pytest.approx(response.step(0, low), rel=5e-3)


def test_what_a_user_wrote_becomes_no_markup_and_turns_no_line():
    device = replace(load_device("choi-2018-epiram"), name="<script>alert(1)</script>\x1b[2J\u202e")
    assert "<script>" not in device._repr_html_() and "&lt;script&gt;" in device._repr_html_()
    assert "\x1b" not in repr(device) + device._repr_html_() and "\u202e" not in repr(device)


def column(summary, name):
    head, *rows = summary.rows
    return [row[head.index(name)] for row in rows]


def number(text):
    return int(text.replace(",", "") or 0)


def test_a_network_shows_its_layers_and_their_sums():
    network = skipping()
    summary = network.summary()
    assert column(summary, "layer") == ["input", "conv1", "conv2", "conv3", "", "output", "all"]
    assert column(summary, "shape")[1:4] == ["4 x 4 x 4", "4 x 4 x 4", "4 x 4 x 6"]
    assert number(column(summary, "units")[-1]) == sum(layer.units for layer in network.layers[1:])
    weights = [number(text) for text in column(summary, "weights")]
    assert weights == [0, 72, 72, 216, 24, 288, sum(w.size for w in network.initial_weights(0).values())]
    assert [number(text) for text in column(summary, "devices")] == [2 * w for w in weights]
    assert "from conv1" in column(summary, "joined by")[4]


@pytest.mark.parametrize("tiling, devices", [(Tiling(devices=1), 288), (Tiling(devices=1, reference=True), 384),
                                             (Tiling(size=32), 576)])
def test_devices_and_tiles_are_those_of_the_floorplan(tiling, devices):
    network = skipping()
    plan = network.floorplans(tiling)["conv3-output"]
    summary = network.summary(tiling)
    assert number(column(summary, "devices")[-2]) == devices
    assert number(column(summary, "tiles")[-2]) == plan.row_tiles * plan.column_tiles


def test_operations_are_those_that_an_engine_counts():
    network = skipping()
    engine = make_engine(network)
    engine.load(IdealSynapses(network.initial_weights(0)).effective(), network.initial_biases())
    record = engine.relax(engine.rest(1), np.zeros((1, 8, 8, 2), engine.dtype), steps=1)
    dense_reads = engine.count(record).dense
    rows = dict(zip(("input-conv1", "conv1-conv2", "conv2-conv3", "conv1-conv3", "conv3-output"),
                    column(network.summary(), "operations")[1:]))
    assert {f"{name} forward": number(text) for name, text in rows.items()} == {
        name: count for name, count in dense_reads.items() if name.endswith("forward")}


def test_a_configuration_shows_what_differs_from_its_preset():
    head, *rows = load_config("mnist-small", ["synapses.device=choi-2018-epiram", "training.epochs=7"]).summary().rows
    assert rows == [("training.epochs", "7", rows[0][2]), ("synapses.device", '"choi-2018-epiram"', '"ideal"')]
    assert repr(load_config("mnist-small")) == "Config: preset mnist-small, unchanged"
    assert repr(Config()) == "Config: the defaults, unchanged"


def test_a_configuration_of_ones_own_shows_what_it_chose():
    summary = parse_config(OWN, "here").summary()
    assert summary.heading == "Config: the defaults, but"
    assert {row[0]: row[1] for row in summary.rows[1:]} == {
        "network.input": '"analog"', "network.layers.0.units": "6", "network.layers.1.units": "3",
        "neurons.kind": '"rate"', "neurons.epsilon": "0.5"}


def test_a_device_shows_its_card_with_units():
    rows = {row[0]: row[1] for row in load_device("choi-2018-epiram", {"c2c": 0.1}).summary().rows}
    assert rows["g_max"] == "12.35 uS" and rows["law"] == "neurosim" and rows["c2c"] == "0.1" and "drift" not in rows


def test_an_array_shows_what_it_holds():
    array = DeviceArray(load_device("ideal-device"), (2, 5), seed=3)
    array.pulse(np.array([[3, -1, 0, 0, 0]] * 2))
    rows = {row[0]: row[1] for row in array.summary().rows}
    assert rows["pulses"] == "6 set, 2 reset, 0.8 per device" and "2 x 5 of ideal-device" in repr(array)


def test_numbers_end_at_the_right():
    text = Summary(heading="h", rows=[("a", "n"), ("b", "1"), ("c", "100")], words=1).text()
    assert text.split("\n") == ["h", "  a    n", "  b    1", "  c  100"]
