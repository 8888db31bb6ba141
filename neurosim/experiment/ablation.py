"""Which imperfection costs how much accuracy: each switched on alone and off alone, on fresh chips.

What is measured is the *transfer* of a learnt network: weights and biases as the run learnt them are written by
write-verify to a chip of the configuration that has never learnt, the converters are calibrated on training images, and
the first test images are classified. Learning on such a chip could make up for a part of it; the run's own chip, as it
is stored, stands beside. All chips are fabricated from the same random numbers and read the same images with the same
noise, so that what differs between two of them is what was switched.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from neurosim.confidence import Z
from neurosim.crossbar.options import ArrayOptions, ReadoutOptions
from neurosim.crossbar.misses import programming_warnings
from neurosim.datasets import prepare
from neurosim.experiment.changes import changed, take_up
from neurosim.experiment.config import SynapseOptions
from neurosim.experiment.evaluation import evaluate
from neurosim.experiment.imperfections import Chip, pairs, present, switched, switched_off, told
from neurosim.experiment.model import Model
from neurosim.experiment.runs import stored_config
from neurosim.experiment.training import CALIBRATION, Training
from neurosim.streams import derived_seed
from neurosim.whole import whole

if TYPE_CHECKING:
    from neurosim.experiment.config import Config


_OWN, _NUMBERS = "the run's own chip", "weights as numbers"


def paired_difference(wrong: np.ndarray, base: np.ndarray) -> tuple[float, float, float]:
    """Return the difference of two error rates on the same images, with its 95 % interval.

        p = (n10 + 1) / (n + 2),  q = (n01 + 1) / (n + 2),  p - q +- z sqrt((p + q - (p - q)^2) / (n + 2))

    n10, n01 : of the n images, those that only `wrong` and only `base` gets wrong. Which images are in the sample is
        all that the interval covers; another chip of the same kind is not.

    wrong, base : bool (n,)
    returns : difference, lower and upper end [1]
    source : Bonett, Price, J. Educ. Behav. Stat. 37:479 (2012), adjusted Wald interval
    """
    n, more, less = len(wrong), int(np.sum(wrong & ~base)), int(np.sum(base & ~wrong))
    p, q = (more + 1) / (n + 2), (less + 1) / (n + 2)
    half = Z * math.sqrt((p + q - (p - q) ** 2) / (n + 2))
    return (more - less) / n, p - q - half, p - q + half


@dataclass(frozen=True, kw_only=True)
class Side:
    """Two chips that differ in one imperfection.

    on, off : error of the chip with it, and of the chip without it [1]
    cost : what it adds to the error, on - off; low, high : 95 % interval, see `paired_difference` [1]
    others : imperfections that are on in both chips (alone) or off in both (among all others), as they need each other
    """

    on: float
    off: float
    cost: float
    low: float
    high: float
    others: tuple


@dataclass(frozen=True, kw_only=True)
class Effect:
    """What one imperfection costs.

    changes : values that switch it off, dict from path to value
    alone : Side on an otherwise ideal chip; what it needs is on in both
    among : Side on the chip with all imperfections; what needs it is switched with it
    """

    name: str
    changes: dict
    alone: Side
    among: Side

    @property
    def cost(self) -> float:
        """Mean of the costs on the otherwise ideal chip and on the chip with all others [1]."""
        return (self.alone.cost + self.among.cost) / 2


@dataclass(frozen=True, kw_only=True)
class Ablation:
    """Outcome of an ablation.

    errors : dict from a chip to its error [1]: "own", the run's chip as it is stored; "numbers", the learnt weights as
        real numbers without any circuit; "none" and "all", fresh chips without and with all imperfections
    effects : Effects, the most expensive first; samples : images; epochs : that the network has learnt
    warnings : sentences about the programming of the chip with all imperfections
    """

    errors: dict
    effects: tuple
    samples: int
    epochs: int
    warnings: tuple = ()


def ablate(path: Path | str, assignments: Sequence[str] = (), samples: int = 1000, split: str = "test",
           threads: int | None = None, observe: Callable | None = None) -> Ablation:
    """Write the network of a run file to fresh chips, each imperfection on alone and off alone; returns Ablation.

    path : run file, not changed
    assignments : `key.path=value`, changes to its configuration for the fresh chips; the run's own chip follows them
        in [data], [learning] and [neurons] alone; another seed fabricates another chip
    samples : first images of the split, "test" or "validation"; threads : samples side by side, nothing depends on it
    observe : called with a title, its number, the number of titles, images done and images
    raises : ValueError when the configuration has no imperfection, or does not fit the network
    """
    whole(samples, "samples", 1, least="and an error needs images")
    config, _ = changed(path, assignments)
    found = present(config)
    if not found:
        raise ValueError(f"run file {path}: its chip has no imperfection to switch; put some on it, for example with "
                         "--set synapses.device=choi-2018-epiram readout.kind=adc readout.bits=5 readout.noise=fresh")
    own = replace(stored_config(path), data=config.data, learning=config.learning, neurons=config.neurons)
    training = Training(own, threads=threads, programmed=False)
    take_up(path, training)
    sides, everything = pairs(found), frozenset(found)
    chips = (frozenset(), everything, *(chip for both in sides.values() for pair in both for chip in pair))
    configs: dict[Any, Config | None] = {_OWN: None, _NUMBERS: _numbers(config)}
    configs |= {chip: switched(config, switched_off(found, chip)) for chip in chips}
    wrong: dict[Any, np.ndarray] = {}
    said: tuple[str, ...] = ()
    for number, (chip, wanted) in enumerate(configs.items(), 1):
        model = _transferred(wanted, training, threads) if wanted else training.model
        watch = observe and partial(observe, _title(chip, found), number, len(configs))
        wrong[chip] = _wrong(model, training, split, samples, watch)
        said = tuple(programming_warnings(model.synapses)) if chip == everything else said
    effects = [_effect(name, found, both, wrong) for name, both in sides.items()]
    reference = {"own": _OWN, "numbers": _NUMBERS, "none": frozenset(), "all": everything}
    return Ablation(errors={name: float(np.mean(wrong[chip])) for name, chip in reference.items()},
                    effects=tuple(sorted(effects, key=lambda effect: -effect.cost)),
                    samples=len(wrong[_OWN]), epochs=training.progress.epoch, warnings=said)


def _numbers(config: Config) -> Config:
    return replace(config, synapses=SynapseOptions(), device={}, array=ArrayOptions(), readout=ReadoutOptions())


def _title(chip: Any, found: dict[str, dict]) -> str:
    return chip if isinstance(chip, str) else told(chip, found)


def _transferred(config: Config, training: Training, threads: int | None) -> Model:
    """Return a fresh chip of a configuration that holds the weights and biases of a Training, calibrated.

    Returns Model.
    """
    source = training.model
    fresh = replace(config, seed=derived_seed(config.seed, "chip of an ablation"))
    model = Model.build(fresh, source.network.layers[0].shape, training.data.classes, threads)
    model.write(source.synapses.weights, source.biases, "the run file")
    model.calibrate(prepare(training.data.train_images[:CALIBRATION], config.data, training.measured))
    return model


def _wrong(model: Model, training: Training, split: str, samples: int, watch: Any) -> np.ndarray:
    """Return which of the first images a chip gets wrong once it has lain on its shelf, bool (samples,)."""
    images, labels = (getattr(training.data, f"{split}_{kind}")[:samples] for kind in ("images", "labels"))
    observe = watch and (lambda done: watch(done, len(labels)))
    with model.shelved():
        return evaluate(model, images, labels, training.measured, observe).answers != labels


def _effect(name: str, found: dict[str, dict], sides: tuple[tuple[Chip, Chip], tuple[Chip, Chip]],
            wrong: dict) -> Effect:
    def side(chips: tuple[Chip, Chip], others: Chip) -> Side:
        on, off = (wrong[chip] for chip in chips)
        cost, low, high = paired_difference(on, off)
        return Side(on=float(np.mean(on)), off=float(np.mean(off)), cost=cost, low=low, high=high,
                    others=tuple(other for other in found if other in others))

    alone, among = sides
    return Effect(name=name, changes=found[name], alone=side(alone, alone[1]),
                  among=side(among, frozenset(found) - among[0]))
