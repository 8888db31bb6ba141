"""engine.kind = "auto" stands for the faster engine that can do what is asked for."""

import sys

import pytest

from neurosim.engines import EngineOptions, choice, faster_kind, make_engine
from neurosim.experiment.config import parse_config
from neurosim.network.graph import ConnectionSpec, Network, NetworkSpec, Neurons, conv, dense

RATE = Neurons(kind="rate")
MAX = NetworkSpec(input="analog", layers=(conv(4, pool="max"), dense(3)))
MEAN = NetworkSpec(input="analog", layers=(conv(4, pool="average"), dense(3)))
SKIP = NetworkSpec(input="analog", layers=(dense(5), dense(5), dense(3)),
                   connections=(ConnectionSpec(kind="dense", source="input", target="dense2"),))


@pytest.fixture
def machine(monkeypatch):
    """Say whether PyTorch is installed, and whether it finds a GPU."""
    def set_up(torch=True, gpu=False):
        monkeypatch.setattr(choice, "has_torch", lambda: torch)
        monkeypatch.setattr(choice, "_has_gpu", lambda: gpu)
    return set_up


@pytest.mark.parametrize("spec, neurons, kind", [
    (MAX, RATE, "dense"), (SKIP, RATE, "dense"), (MEAN, RATE, "events"), (MAX, Neurons(), "events"),
    (NetworkSpec(input="analog", layers=(dense(4, neurons="ternary"), dense(3))), RATE, "events")])
def test_the_winner_of_the_benchmark_is_taken(machine, spec, neurons, kind):
    machine()
    assert faster_kind(spec, neurons) == kind


def test_a_gpu_takes_every_network_of_states_unless_the_processor_is_asked_for(machine):
    machine(gpu=True)
    assert faster_kind(MEAN, RATE) == faster_kind(MEAN, RATE, "cuda") == "dense"
    assert faster_kind(MEAN, RATE, "cpu") == faster_kind(MEAN, Neurons()) == "events"


def test_whole_numbers_as_weights_are_asked_of_the_engine_that_has_them(machine):
    machine(gpu=True)
    network = Network(NetworkSpec(input="events", layers=(dense(5), dense(3))), (4,), RATE)
    engine = make_engine(network, EngineOptions(kind="auto", weights="int16"))
    assert type(engine).__name__ == "EventsEngine"


def test_without_pytorch_it_is_the_other(machine, monkeypatch):
    machine(torch=False)
    assert faster_kind(MAX, RATE) == "events"
    assert make_engine(Network(MAX, (8, 8, 1), RATE), EngineOptions(kind="auto")).network.spec is MAX
    monkeypatch.undo()
    monkeypatch.setitem(sys.modules, "torch", None)
    assert not choice.has_torch()


@pytest.mark.parametrize("more, kind", [
    ("", "dense"), ('readout = {kind = "adc"}', "events"), ('readout = {noise = "fresh"}', "events"),
    ('synapses = {device = "ideal-device"}', "dense"), ('engine.weights = "int16"', "events")])
def test_a_configuration_holds_what_was_chosen(machine, more, kind):
    machine()
    text = f"""
        engine.kind = "auto"
        neurons.kind = "rate"
        network.input = "analog"
        network.layers = [{{kind = "dense", units = 10}}]
        {more}
    """
    if "noise" in more:
        text += '\n        synapses = {device = "ideal-device"}'
    assert parse_config(text, "net.toml").engine.kind == kind


def test_backpropagation_goes_through_the_dense_engine(machine):
    machine(torch=False)
    config = parse_config("""
        engine.kind = "auto"
        neurons.kind = "rate"
        network = {input = "analog", layers = [{kind = "dense", units = 10}]}
        learning = {rule = "bptt", free_steps = 10}
    """, "net.toml")
    assert config.engine.kind == "dense"
