"""What becomes of a learnt network when its configuration is changed afterwards, key by key.

Weights and conductances mean something only together with the configuration that they were learnt under. A key is in
one of five classes, by what has to happen before the network is used under a new value:

    FREE        nothing: it says how images are chosen, how long is relaxed, how is read and what is priced
    CALIBRATE   converters find their ranges again
    WRITE       the learnt weights are rewritten to the chip, by write-verify, as to every point of a sweep
    LEARNING    refused: it has no part in anything but learning
    REFUSED     refused: the weights would be those of another network
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from neurosim.experiment.overrides import differences
from neurosim.experiment.runs import load_model, opened, stored_config
from neurosim.experiment.training import Training
from neurosim.tables import to_table

if TYPE_CHECKING:
    from neurosim.experiment.config import Config

FREE, CALIBRATE, WRITE, LEARNING, REFUSED = "free", "calibrate", "write", "learning", "refused"

#: Values of a device that decide about reads and prices, and leave alone what a conductance stands for.
_READING = ("set_voltage", "set_width", "reset_voltage", "reset_width", "read_voltage", "drift", "drift_spread",
            "drift_start", "relaxation", "activation_energy", "temperature", "read_noise", "rtn_amplitude",
            "rtn_probability", "flicker", "iv_cubic", "iv_sinh", "iv_poole_frenkel")
#: Class of every key of a configuration; "device" stands for values that are not named.
CLASSES = {
    "seed": WRITE, "engine": FREE, "energy": FREE, "price": FREE, "record": FREE,
    **{f"data.{key}": kind for kind, keys in {
        FREE: ("path", "test_samples"), LEARNING: ("crop", "crop_fill", "flip", "randaugment", "magnitude"),
        REFUSED: ("name", "train_samples", "validation_samples", "split_seed", "normalise", "mean", "std",
                  "pad")}.items() for key in keys},
    **{f"network.{key}": kind for key, kind in {
        "input": FREE, "events": FREE, "event_range": FREE, "feedback": FREE, "asymmetric": FREE,
        "feedforward": REFUSED, "batch_norm": REFUSED,
        "layers": REFUSED, "connections": REFUSED, "gains": WRITE,
        "initial": LEARNING, "bias_gain": LEARNING}.items()},
    **{f"neurons.{key}": FREE for key in ("kind", "epsilon", "lam", "bound", "output_range", "parameters", "order")},
    "neurons.bound_between": LEARNING,
    **{f"learning.{key}": kind for kind, keys in {
        FREE: ("free_steps", "free_limit", "tolerance", "state", "window", "targets"),
        LEARNING: ("loss", "rule", "truncation", "surrogate", "sharpness", "beta", "estimator", "reference", "phases",
                   "nudge_steps", "error_threshold", "start")}.items() for key in keys},
    "optimiser": LEARNING, "training": LEARNING,
    **{f"synapses.{key}": kind for kind, keys in {
        FREE: ("tables", "shelf_seconds"),
        WRITE: ("device", "mapping", "programming", "ranges", "tolerance", "rounds"),
        LEARNING: ("pulses", "update", "slots", "transfer_every", "transfer_rate", "step_seconds")}.items()
       for key in keys},
    "device": WRITE, **{f"device.{key}": FREE for key in _READING},
    **{f"array.{key}": kind for kind, keys in {
        FREE: ("mux",), WRITE: ("tile", "word_line", "bit_line", "driver", "sense", "refresh", "pulses")}.items()
       for key in keys},
    **{f"readout.{key}": kind for kind, keys in {
        FREE: ("architecture", "seconds", "noise", "dac_bits", "dac_range"),
        CALIBRATE: ("kind", "bits", "range", "margin", "offset", "gain", "leak", "comparator", "negative")}.items()
       for key in keys},
}
_WHY = {
    LEARNING: "does not affect an evaluation, which does not learn; omit it, or train with it",
    REFUSED: "is part of what the weights were trained for; retrain to change it",
}


def class_of(key: str) -> str:
    """Return the class of a key of a configuration, by the longest beginning that CLASSES names.

    REFUSED where it names none.
    """
    parts = key.split(".")
    return next((CLASSES[name] for name in (".".join(parts[:count]) for count in range(len(parts), 0, -1))
                 if name in CLASSES), REFUSED)


def changed(path: Path | str, assignments: Sequence[str], allowed: Sequence[str] = ()) -> tuple[Config, dict]:
    """The Config of a run file with assignments, and what differs by class, a dict of lists of `key: old -> new`.

    Another seed is another chip, but the split of the images stays the one that was learnt.

    allowed : classes that are not refused although an evaluation refuses them
    raises : ValueError for a key that cannot be changed any more
    """
    stored = stored_config(path)
    split_seed = stored.seed if stored.data.split_seed is None else stored.data.split_seed
    config = stored_config(path, assignments)
    found: dict[str, list[str]] = {}
    for text in differences(to_table(stored), to_table(config)):
        found.setdefault(class_of(text.partition(": ")[0]), []).append(text)
    for kind, why in _WHY.items():
        if found.get(kind) and kind not in allowed:
            raise ValueError(f"run file {path}: {found[kind][0]}: {why}")
    return replace(config, data=replace(config.data, split_seed=split_seed)), found


def restored(path: Path | str, assignments: Sequence[str] = (),
             threads: int | None = None) -> tuple[Training, list[str]]:
    """A Training that holds the network of a run file, under its configuration with `assignments`; it saves nothing.

    What the changes ask for is done: the weights are rewritten to the chip, or the converters calibrated.

    returns : Training, and sentences that say what was done
    raises : ValueError, see `changed`
    """
    config, found = changed(path, assignments)
    training = Training(config, threads=threads, programmed=WRITE in found)
    if WRITE in found:
        training.begin_with(path)
        with opened(path) as run:
            training.progress.epoch = run.attributes["epoch"]
        training.make_ready()
    else:
        take_up(path, training, calibrated=CALIBRATE not in found)
    return training, [*_done(config, found), *_other_data(path, training)]


def take_up(path: Path | str, training: Training, calibrated: bool = True) -> Any:
    """Load the network of a run file into a Training, which is MUTATED, and make it ready for an evaluation.

    Converters follow the weights with which a run has stopped, also within an epoch; whole epochs end with a
    calibration.

    calibrated : the converters are those of the run; False lets them find their ranges again
    """
    load_model(path, training.model, calibrated=calibrated)
    with opened(path) as run:
        training.progress.epoch, within = run.attributes["epoch"], run.attributes["batch"] > 0
    if within:
        training.calibrate()
    training.make_ready()


def _other_data(path: Path | str, training: Training) -> Iterator[str]:
    with opened(path) as run:
        if run.attributes.get("data", training.data.digest) != training.data.digest:
            yield "the data are not those that the network has learnt from"


def _done(config: Config, found: Any) -> Iterator[str]:
    written = found.get(WRITE, ())
    if written and not config.synapses.ideal:
        yield f"the learnt weights were rewritten to the chip ({'; '.join(written)})"
    elif any(text.startswith("synapses.device:") for text in written):
        yield f"the learnt weights were taken over as numbers ({'; '.join(written)})"
    if CALIBRATE in found and config.readout.kind != "ideal":
        yield f"the converters were recalibrated ({'; '.join(found[CALIBRATE])})"
