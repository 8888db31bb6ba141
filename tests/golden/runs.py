"""Named runs and what they must give, bit for bit: digests of everything that a run file and its price list hold.

Runs go through the command line, the run file and `neurosim energy`, and import nothing else of the package, so that
they outlive any rebuild of its inside. Between them they pass every kind of connection, neuron, estimator, pulse rule,
converter and noise.
"""

import contextlib
import hashlib
import io
import json
from pathlib import Path
from typing import NamedTuple

import h5py
import numba
import numpy as np

from digits import write_digits
from neurosim import Training, load_config
from neurosim.cli import main
from neurosim.results.axes import is_bare_axis

DIGESTS = Path(__file__).with_name("digests.json")

#: Quantity -> beginnings of the names that belong to it in a run file.
QUANTITIES = {
    "weights": ("model/weights/",), "biases": ("model/biases/",), "velocity": ("model/velocity/",),
    "devices": ("model/devices/",), "update": ("model/update/",), "ranges": ("model/ranges/",),
    "counts": ("ledger/free/", "ledger/nudge+/", "ledger/nudge-/", "ledger/continued/", "results/test/ledger/"),
    "programming": ("ledger/programming/",), "outputs": ("results/test/outputs/",), "records": ("records/",),
}

#: Names in run files that have changed since the digests were stored -> what they were.
RENAMED = {"records/nudge+/": "records/plus/", "records/nudge-/": "records/minus/"}

#: Kept to single precision: calibration finds ranges among powers, whose last bit depends on numpy and the processor.
ROUNDED = ("ranges",)

NETWORK = """
seed = 1

[data]
name = "mnist"
train_samples = 40
validation_samples = 10
test_samples = 8

[neurons]
epsilon = 0.9
lam = {a = 0.7, b = 0.3}

[learning]
beta = 0.4
targets = [0.25, 0.75]
free_steps = 8
nudge_steps = 5
window = 3

[optimiser]
rates = 0.1
momentum = 0.5

[training]
epochs = 2
batch = 10

[record]
layers = ["input", "a", "output"]
samples = 2
phases = "all"
traces = true

[network]"""

SMALL = NETWORK + """
gains = [3.0, 1.0]
layers = [
    {kind = "conv", name = "a", channels = 6, kernel = 5, stride = 3, pool = "average"},
    {kind = "dense", units = 10},
]
"""

#: Dense, strided, padded; without pooling, average, average with an alpha of its own, both ways of max pooling; skips.
KINDS = NETWORK + """
gains = 2.0
layers = [
    {kind = "conv", name = "a", channels = 3, kernel = 5, stride = 2, padding = 2},
    {kind = "conv", name = "b", channels = 4, kernel = 3, padding = 1, pool = "average"},
    {kind = "conv", name = "c", channels = 3, kernel = 2, pool = "max"},
    {kind = "conv", name = "d", channels = 4, kernel = 2, padding = 1, pool = "max", pool_on = "decoded"},
    {kind = "dense", name = "e", units = 6},
    {kind = "dense", units = 10},
]
connections = [
    {from = "input", to = "b", kind = "conv", kernel = 3, stride = 2, padding = 1, pool = "average", alpha = 1.0},
    {from = "a", to = "c", kind = "conv", kernel = 3, stride = 2, pool = "max", pool_on = "decoded"},
    {from = "input", to = "d"},
    {from = "b", to = "output"},
]
"""

RATE = ("neurons.kind=rate", "neurons.epsilon=0.6", "network.input=analog", "optimiser.rates=0.03")
CHIP = ("synapses.device=choi-2018-epiram", "device.step_spread=0.1", "device.g_max_spread=0.1", "array.tile=16",
        "optimiser.rates=0.3")
NOISE = ("readout.noise=fresh", "device.read_noise=0.1")
WIRES = ("array.word_line=5", "array.bit_line=3", "array.driver=50", "array.sense=20")
FADING = ("device.drift=0.05", "device.drift_spread=0.02", "device.drift_start=1e-5", "device.relaxation=0.02",
          "synapses.shelf_seconds=1000")


class Run(NamedTuple):
    """A preset by its name, or the text of a configuration, and changes of it.

    written : through the command line, as a run file, rather than in memory
    rounded : devices follow exponentials or logarithms, whose last bit is a matter of the processor and of the
        libraries of C and numpy: numbers of double precision count as far as single precision tells them apart
    """

    config: str
    changes: tuple = ()
    written: bool = False
    rounded: bool = False


def _small(*changes):
    return Run(SMALL, changes)


def _kinds(*changes):
    return Run(KINDS, changes)


def _rule(name, *changes):
    return _small(*CHIP, f"synapses.pulses={name}", *changes)


FAST = {
    "every connection, spiking": _kinds(),
    "every connection, spiking, analog input": _kinds("network.input=analog"),
    "every connection, rate": _kinds(*RATE),
    "every connection, on a chip": _kinds(*CHIP, *NOISE, *WIRES, "readout.kind=adc", "readout.bits=5"),
    "every connection, rate, on a chip": _kinds(*CHIP, *RATE, *NOISE, "readout.kind=adc", "readout.dac_bits=4"),
    "one-sided": _small("learning.estimator=one-sided"),
    "one-sided, continued": _small("learning.estimator=one-sided", "learning.reference=continued"),
    "random-sign": _small("learning.estimator=random-sign"),
    "random-sign, continued, final state": _small("learning.estimator=random-sign", "learning.reference=continued",
                                                  "learning.state=final"),
    "spike counts, automatic free phase": _small("learning.state=spike-count", "learning.free_steps=auto",
                                                 "learning.free_limit=24", "learning.tolerance=0.1"),
    "Nesterov, decay, clipped gradient": _small("optimiser.nesterov=true", "optimiser.weight_decay=0.01",
                                                "optimiser.clip_norm=0.5", "optimiser.schedule=step"),
    "shifted images, standard pixels": _small("data.crop=2", "data.normalise=standard", "network.input=analog"),
    "adc, fresh noise": _small(*CHIP, *NOISE, "readout.kind=adc", "readout.bits=6", "readout.range=1.0"),
    "adc for each tile, frozen noise": _small(*CHIP, "readout.kind=adc", "readout.bits=4", "readout.range=tile",
                                              "readout.offset=0.5", "readout.gain=0.1", "readout.noise=frozen",
                                              "device.read_noise=0.1", "device.rtn_amplitude=0.1"),
    "integrate and fire": _small(*CHIP, *NOISE, "readout.kind=integrate-and-fire", "readout.bits=4",
                                 "readout.leak=0.1", "readout.comparator=0.3", "device.flicker=1e-4"),
    "wires": _small(*CHIP, *WIRES),
    "wires, local pulses": _rule("write-verify", *WIRES, "array.pulses=local", "array.refresh=0"),
    "drift and a shelf": _small(*CHIP, *FADING)._replace(rounded=True),
    "one-sided programming": _small(*CHIP, "synapses.programming=one-sided", "optimiser.rates=1.0"),
    "reference devices": _small(*CHIP, "synapses.mapping=reference"),
    "offset": _small(*CHIP, "synapses.mapping=offset"),
    "stochastic": _rule("stochastic"),
    "nearest": _rule("nearest"),
    "sign": _rule("sign"),
    "trains": _rule("trains"),
    "trains, per sample": _rule("trains", "synapses.update=sample"),
    "two-phase": _rule("two-phase"),
    "tiki-taka": _rule("tiki-taka", "synapses.transfer_every=2"),
    "write-verify": _rule("write-verify"),
    "exponential steps": _small(*CHIP[2:], "synapses.device=nandakumar-2020-pcm",
                                "device.stuck_on=0.02")._replace(rounded=True),
    "linear steps": _small(*CHIP[2:], "synapses.device=gokmen-2016-rpu", "synapses.pulses=trains"),
    "soft bounds, write noise": _small(*CHIP[2:], "synapses.device=gong-2022-reram-hfo2",
                                       "synapses.pulses=trains")._replace(rounded=True),
}


def _preset(name, images, *changes):
    """A preset with fewer images, and with records of its outputs."""
    return Run(name, (f"data.train_samples={images}", "data.validation_samples=100", "data.test_samples=100",
                      "training.epochs=1", 'record.layers=["output"]', "record.samples=1", "record.phases=all",
                      "record.traces=true", *changes), written=True)


FAST["run file of a chip"] = FAST["adc, fresh noise"]._replace(written=True)
SLOW = {
    "mnist, 200 batches": _preset("mnist-whole-feedback", 4000, "synapses.device=choi-2018-epiram",
                                  "synapses.ranges=[2.0, 4.0, 4.0]"),
    "mnist-small": _preset("mnist-small", 10000),
    "rate-mnist, 50 batches": _preset("rate-mnist", 1000),
    "oconnor2019, 50 batches": _preset("oconnor2019", 1000),
    "mnist-small on noisy wires": _preset("mnist-small", 1000, "synapses.device=choi-2018-epiram", *NOISE, *WIRES,
                                          "readout.kind=adc", "readout.bits=6", "readout.range=1.0"),
    **{f"run file of: {name}": FAST[name]._replace(written=True) for name in
       ("every connection, spiking", "every connection, spiking, analog input", "every connection, rate",
        "every connection, on a chip", "every connection, rate, on a chip", "integrate and fire", "tiki-taka",
        "one-sided programming", "trains, per sample")},
}


def fused():
    """Whether numba makes one instruction of a product and a sum on this processor, as the stored digests have it."""
    multiply_add = numba.njit(fastmath={"contract"})(lambda a, b, c: a * b + c)
    return multiply_add(1 + 2.0 ** -30, 1 - 2.0 ** -30, -1.0) != 0


def found(run, folder, threads=1):
    """Carry out a Run in an empty folder; returns a dict from quantity to its SHA-256, and to joules as they are."""
    sets, joules = (_written if run.written else _learnt)(*_called(run, folder), folder, threads)
    return _digests(sets, tuple(QUANTITIES) if run.rounded else ROUNDED) | joules


def _called(run, folder):
    """Name or path of a configuration, and its changes, with data where it needs them."""
    if "\n" not in run.config:
        return run.config, run.changes
    file = folder / "config.toml"
    file.write_text(run.config, encoding="utf-8")
    (folder / "data").mkdir()
    return str(file), (*run.changes, f"data.path={write_digits(folder / 'data')}")


def _learnt(name, changes, folder, threads):
    """What a Training holds in memory: its arrays by the names of a run file, and no energy."""
    training = Training(load_config(name, changes), threads=threads)
    training.run()
    with training.model.shelved():
        tested = training.evaluate(training.data.test_images, training.data.test_labels)
    epochs = training.progress.history
    sets = {f"model/{group}/{key}": values for group, arrays in training.model.stored().items()
            for key, values in arrays.items()}
    sets |= {f"ledger/{phase}/{i}/{key}": values for i, epoch in enumerate(epochs)
             for phase, counts in epoch["counts"].items() if counts.samples for key, values in _leaves(vars(counts))}
    sets |= {f"results/test/ledger/{key}": values for key, values in _leaves(vars(tested.counts))}
    sets |= {f"ledger/programming/{i}/{key}": values for i, epoch in enumerate(epochs)
             for key, values in _leaves(epoch["programming"])}
    return sets | {"results/test/outputs": tested.outputs}, {}


def _written(name, changes, folder, threads):
    """What the command line writes: the run file with its records, and what the run costs."""
    file = str(folder / "run.h5")
    _neurosim("train", name, "--set", *changes, "--out", file, "--no-figure", "--quiet", "--threads", str(threads))
    joules = _joules(json.loads(_neurosim("energy", file, "--no-figure", "--json")))
    sets = {}
    with h5py.File(file) as content:
        content.visititems(lambda name, one: sets.update(
            {name: one[()]} if isinstance(one, h5py.Dataset) and not is_bare_axis(one) else {}))
    return {_first_name(name): values for name, values in sets.items()}, {"joules": joules}


def _first_name(name):
    for now, before in RENAMED.items():
        name = name.replace(now, before)
    return name


def _neurosim(*words):
    """Run a command in this process; returns what it prints."""
    said, complained = io.StringIO(), io.StringIO()
    with contextlib.redirect_stdout(said), contextlib.redirect_stderr(complained):
        code = main(list(words))
    assert code == 0, complained.getvalue()
    return said.getvalue()


def _digests(sets, rounded):
    """SHA-256 of names, types, shapes and bytes of the arrays that belong to each quantity, where there are any."""
    digests = {}
    for quantity, groups in QUANTITIES.items():
        for name in sorted(name for name in sets if f"{name}/".startswith(groups) and np.size(sets[name])):
            values = np.ascontiguousarray(sets[name])
            if quantity in rounded and values.dtype == np.float64:
                values = values.astype(np.float32)
            digest = digests.setdefault(quantity, hashlib.sha256())
            digest.update(f"{name} {values.dtype.str} {values.shape}\n".encode() + values.tobytes())
    return {quantity: digest.hexdigest() for quantity, digest in digests.items()}


def _leaves(table, path=""):
    """Numbers of nested dicts by their path."""
    for key, value in table.items():
        if isinstance(value, dict):
            yield from _leaves(value, f"{path}{key}/")
        else:
            yield f"{path}{key}", value


def _joules(report):
    """Joules of the initial programming, and of one sample by what it does and how weights are changed."""
    first = report["initial_programming"]
    return {"initial programming": first and first["joules"],
            **{f"{kind}, {way}": part["joules_per_sample"] for kind in ("inference", "training")
               for way, part in report[kind]["architectures"].items()}}
