"""Settings that deserve a word before a training begins: without effect beside the others, or probably meant otherwise.

They are said and not refused, because a sweep, an ablation or a comparison may switch off what they belong to.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from typing import TYPE_CHECKING, Any

from neurosim.datasets import described
from neurosim.experiment.chip import TRAINS, card_device
from neurosim.learning.estimator import FREE
from neurosim.learning.optimisers import OPTIMISERS
from neurosim.network.graph import Network
from neurosim.neurons import SPIKING, law_of
from neurosim.tables import to_table
from neurosim.toml import value_text

if TYPE_CHECKING:
    from neurosim.experiment.config import Config

_CHIP = ("pulses", "slots", "transfer_every", "transfer_rate", "mapping", "programming", "tolerance", "rounds",
         "tables", "step_seconds", "shelf_seconds")
_DRIFTS = ("drift", "drift_spread", "relaxation")


def idle_settings(config: Config, among: Collection[str] | None = None) -> Iterator[str]:
    """Yield a sentence for every setting that is not the default, and has no effect beside the others.

    config : Config; among : only these keys, None = all; raises : ValueError of the device card
    """
    table, default = to_table(config), to_table(type(config)())
    rules = (*_chip(config, card_device(config)), *_data(config), *_readout(config), *_learning(config),
             *_network(config))
    reasons = {path: reason for paths, reason in rules for path in paths}
    for path, reason in reasons.items():
        if among is not None and path not in among:
            continue
        section, _, key = path.rpartition(".")
        value = _at(table, section).get(key)
        if value is not None and value != _at(default, section).get(key, _DEFAULTS.get(key)):
            yield f"{path} = {value_text(value)} has no effect, because {reason}"


#: Numbers of a card that are shares, and up to where they are plausible.
_SHARES = {"c2c": 1.0, "c2c_range": 0.25, "c2c_slope": 0.5, "read_noise": 0.5, "step_spread": 1.0, "asymmetry": 0.9,
           "asymmetry_spread": 0.5, "g_min_spread": 0.5, "g_max_spread": 0.5, "drift": 0.5}


def _contrasts_times(learning: Any) -> bool:
    """Return whether some phases of a gradient begin at another time since rest than others."""
    if learning.goes_back:
        return False
    if learning.phases is not None:
        return any(phase.name == FREE or phase.start == "continued" for phase in learning.phases)
    return learning.estimator != "centred" and learning.reference == "free"


def doubtful_settings(config: Config) -> Iterator[str]:
    """Yield a sentence for every number of the card that was set so high that per cents may have been meant.

    And for converters and phases through which nothing can pass, and for logits that spikes cannot stand for.
    """
    for key, value in config.device.items():
        if key in _SHARES and abs(value) > _SHARES[key]:
            yield (f"device.{key} = {value:g} is {abs(value):.0%}; if {abs(value):g} % was meant, write "
                   f"{value / 100:g}")
    if config.readout.kind == "adc" and config.readout.bits == 1:
        yield "readout.bits = 1 leaves an ADC the codes -1 and 0, so that no sum above zero is read; give 2 or more"
    if config.learning.loss == "cross-entropy" and config.neurons.kind == "spiking":
        yield ('learning.loss = "cross-entropy" beside spiking outputs: what it teaches the outputs reaches the hidden '
               "layers only where their states lie within [0, 1], which spikes stand for; neurons.kind = \"rate\" has "
               "no such limit")
    if config.network.input == "events" and _contrasts_times(config.learning):
        yield ('learning contrasts two stretches of time, in which other events enter; write learning.estimator = '
               '"centred", reference = "continued", or phases that all start from the free one')
    yield from _silence(config)
    yield from _order(config)


def _silence(config: Config) -> Iterator[str]:
    """Remark on events that are over before the phases are whose states make the gradient."""
    learning = config.learning
    if config.network.input != "events" or config.network.events != "stop" or learning.free_steps == "auto":
        return
    frames, ends = described(config.data).shape[0], learning.free_steps + learning.nudge_steps
    if frames <= ends - learning.span:
        yield (f'network.events = "stop": the {frames} frames are over when nudged states are averaged, time steps '
               f'{ends - learning.span} to {ends}; write network.events = "repeat" or "hold", or shorten '
               "learning.free_steps and nudge_steps")


def _order(config: Config) -> Iterator[str]:
    """Remarks on which layers move at once: a free phase too short for a signal, layers that move with a neighbour."""
    steps, layers = config.learning.free_steps, len(config.network.layers)
    alternating = config.neurons.order == "alternating"
    needed, pace = ((layers + 3) // 2, "two") if alternating else (layers + 1, "one")
    if steps != "auto" and steps < needed:
        yield (f"learning.free_steps = {steps} ends before a signal has passed all layers, {pace} in a time step; give "
               f"{needed} or more")
    if alternating and layers:
        shape = config.data.prepared_shape(described(config.data).shape)
        joined = Network(config.network, shape, config.neurons).joined_at_once
        if joined:
            yield (f'neurons.order = "alternating": layers of one half sweep are joined by {", ".join(joined)}; they '
                   "move at once from each other's signals of the time step before, so that the energy may rise")


#: Defaults of what is not a section with defaults of its own.
_DEFAULTS = {"pool_size": 2, "alpha": 0.0, "pool_on": "spikes"}


def _at(table: dict, path: str) -> Any:
    for key in path.split("."):
        table = table[int(key)] if isinstance(table, list) else table.get(key, {})
        if not table:
            return {}
    return table


def _kinds(config: Config) -> list:
    """Return the laws of the layers above the input; that of [neurons] where there are none."""
    return [law_of(layer.neurons or config.neurons.kind) for layer in config.network.layers] or \
        [law_of(config.neurons.kind)]


def _of(section: str, *keys: str) -> list[str]:
    return [f"{section}.{key}" for key in keys]


def _when(condition: object, paths: Any, reason: str) -> list[tuple]:
    """Return the rule in a list where it applies, else nothing."""
    return [(paths, reason)] if condition else []


def _chip(config: Config, device: Any) -> Iterator[Any]:
    """Yield rules about devices: lists of paths, and the reason why they have no effect."""
    options, wired = config.synapses, config.array.wired
    yield from _when(not wired, _of("array", "refresh", "pulses"), "no wire of [array] has a resistance")
    if device is None:
        yield _of("synapses", *_CHIP), "synapses are ideal numbers"
        return
    rule = f"synapses.pulses is {options.pulses!r}"
    yield from _when(options.pulses not in TRAINS, _of("synapses", "slots"), f"{rule}, which sends no trains")
    yield from _when(options.pulses != "tiki-taka", _of("synapses", "transfer_every", "transfer_rate"),
                     f"{rule}, which transfers nothing")
    yield from _when(options.pulses in TRAINS, _of("optimiser", "weight_decay", "centralise"),
                     f"{rule}, whose trains know the rate alone")    # all others of the optimiser move biases, too
    yield from _when(device.law != "table", _of("synapses", "tables"), f"the steps of {device.stem} follow a law")
    yield from _when(not any(device[key] for key in _DRIFTS), _of("synapses", "step_seconds", "shelf_seconds")
                     + _of("device", "drift_start", "activation_energy"), f"{device.stem} does not drift")
    yield from _when(not wired or config.array.pulses == "full", _of("device", "step_voltage"),
                     'every pulse has its full voltage; it counts with wires and array.pulses = "local"')
    for key, needed in (("endurance_spread", "endurance"), ("stuck_conductance", "stuck_value"),
                        ("rtn_probability", "rtn_amplitude")):
        yield from _when(not device[needed], _of("device", key), f"device.{needed} is 0")
    yield from _when(device.law in ("piecewise", "table"), _of("device", "shape_spread"),
                     f"the law {device.law!r} of {device.stem} has no shape that could spread")


def _data(config: Config) -> Iterator[Any]:
    """Yield rules about how images are prepared."""
    data = config.data
    yield from _when(data.normalise == "unit", _of("data", "mean", "std"), 'data.normalise is "unit"')
    yield from _when(not data.crop, _of("data", "crop_fill"), "data.crop is 0")
    yield from _when(not data.randaugment, _of("data", "magnitude"), "data.randaugment is 0")


def _readout(config: Config) -> Iterator[Any]:
    """Yield rules about circuits. The bits of an ideal readout have an effect: it is priced as an ADC."""
    readout = config.readout
    yield from _when(readout.kind == "ideal", _of("readout", "range", "margin", "offset", "comparator"),
                     'readout.kind is "ideal"')
    yield from _when(readout.kind != "integrate-and-fire", _of("readout", "leak"), "nothing is integrated")
    yield from _when(readout.kind != "ideal" and not isinstance(readout.range, str), _of("readout", "margin"),
                     "readout.range is a number")
    yield from _when(readout.kind != "ideal" and readout.noise == "off", _of("readout", "comparator"),
                     'readout.noise is "off"')
    yield from _when(not readout.dac_bits, _of("readout", "dac_range"), "readout.dac_bits is 0: drivers are exact")
    kinds = _kinds(config)
    yield from _when(config.network.input != "analog" and all(law.sends == "spikes" for law in kinds),
                     _of("readout", "dac_bits", "dac_range"), "all layers send spikes, which need no DAC")
    yield from _when(config.network.input == "spikes" and all(law is SPIKING for law in kinds),
                     _of("readout", "negative"), "all spikes are 0 or 1")


def _learning(config: Config) -> Iterator[Any]:
    """Yield rules about the loss, phases, the optimiser and what is recorded."""
    learning, optimiser = config.learning, config.optimiser
    yield from _when(learning.loss == "cross-entropy", _of("learning", "targets"),
                     'learning.loss is "cross-entropy", whose targets are 0 and 1')
    yield from _when(learning.goes_back, _of("learning", "beta", "estimator", "reference", "phases", "nudge_steps"),
                     'learning.rule is "bptt"')
    yield from _when(not learning.goes_back, _of("learning", "truncation", "surrogate", "sharpness"),
                     'learning.rule is "ep"')
    yield from _when(learning.goes_back and all(law.sends == "states" for law in _kinds(config)),
                     _of("learning", "surrogate", "sharpness"), "no layer sends spikes")
    yield from _when(learning.goes_back and learning.surrogate == "straight-through", _of("learning", "sharpness"),
                     'learning.surrogate is "straight-through"')
    yield from _when(learning.phases is not None, _of("learning", "beta", "estimator", "reference"),
                     "learning.phases lists the phases itself")
    yield from _when(learning.free_steps != "auto", _of("learning", "free_limit", "tolerance"),
                     'learning.free_steps is not "auto"')
    yield from _when(learning.state == "final", _of("learning", "window"), 'learning.state is "final"')
    yield _of("optimiser", *OPTIMISERS[optimiser.kind].ignores), f'optimiser.kind is "{optimiser.kind}"'
    yield from _when("cosine" not in optimiser.schedule, _of("optimiser", "last"), "the rates follow no cosine")
    yield from _when(optimiser.schedule != "step", _of("optimiser", "factor", "every"), "the rates fall in no steps")
    yield from _when(optimiser.momentum == 0, _of("optimiser", "nesterov"), "optimiser.momentum is 0")
    yield from _when(not config.record.layers, _of("record", "samples", "phases", "traces"), "record.layers is empty")


def _network(config: Config) -> Iterator[Any]:
    """Yield rules about the input, neurons and pooling."""
    yield from _when(config.network.input != "events", _of("network", "events", "event_range"),
                     f'network.input is "{config.network.input}"')
    kinds = _kinds(config)
    yield from _when(config.network.input == "analog" and all(law.sends == "states" for law in kinds),
                     _of("neurons", "lam"), f"{config.neurons.kind} neurons send their states as they are")
    hidden, output = config.network.layers[:-1], config.network.layers[-1:]
    yield from _when(hidden and all(not law.bounded or layer.bound is not None for law, layer in zip(kinds, hidden)),
                     _of("neurons", "bound"), "every hidden layer has a bound of its own, or none")
    yield from _when(output and (not kinds[-1].bounded or output[0].bound is not None),
                     _of("neurons", "output_range"), "the output layer has a bound of its own, or none")
    for kind in ("layers", "connections"):
        for index, edge in enumerate(getattr(config.network, kind)):
            owner = f"network.{kind}.{index}"
            yield from _when(edge.pool == "none", _of(owner, "pool_size"), f"{owner}.pool is \"none\"")
            yield from _when(edge.pool != "average", _of(owner, "alpha"), "nothing is averaged there")
            yield from _when(edge.pool == "none", _of(owner, "pool_on"), f"{owner}.pool is \"none\"")
