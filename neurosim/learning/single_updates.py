"""Single updates beside what they should be: how many pulses a rule sends, how noisy and how biased it is."""

from collections.abc import Iterable
from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np

from neurosim.crossbar.synapses import Synapses
from neurosim.learning.estimator import Contrast
from neurosim.learning.pulses import Step
from neurosim.learning.rule import factors
from neurosim.network.graph import Network, Neurons, dense
from neurosim.engines import make_engine


@dataclass(frozen=True)
class UpdateStatistics:
    """Statistics of one update dW of wanted size T, carried out many times; rms is over all weights.

    pulses : set and reset pulses per weight and update
    noise : rms of the standard deviation of dW, over rms of T [1]
    bias : rms of <dW> - T, over rms of T [1]; what noise leaves in the mean is subtracted
    """

    pulses: float
    noise: float
    bias: float


def one_sample_step(units: int = 64, rate: float = 0.05, beta: float = 0.2, difference: float = 0.02,
                    seed: int = 0) -> Step:
    """Return what one sample teaches a dense connection of units x units: two phases that differ by the nudge.

        T = rate / beta (b+ a+^T - b- a-^T),   a-, b- uniform in [0, 1),   a+ = a- + difference xi, b+ = b- + ...

    difference : standard deviation of the states between the phases, normal xi [1]
    returns : Step, for `apply` of any rule
    """
    network = Network([dense(units)], (units,), Neurons(kind="rate"), "analog")
    engine, random = make_engine(network, threads=1), np.random.default_rng(seed)
    minus = random.random((1, 2 * units))
    plus = minus + difference * random.standard_normal(minus.shape)
    strength, products = rate / beta, engine.correlate(plus, minus).weights
    return Step({name: (strength * values).astype(np.float32) for name, values in products.items()},
                dict.fromkeys(products, strength), partial(factors, engine, (Contrast(1.0, plus, minus),)))


def update_statistics(synapses: Synapses, rule: Any, step: Step, repeats: int = 400) -> UpdateStatistics:
    """Carry the same Step out many times and compare what each did with what it should have done.

    synapses : DeviceSynapses, MUTATED; their range must hold `repeats` updates
    rule : DigitalRule, TrainRule or another, not prepared yet, MUTATED
    returns : UpdateStatistics
    """
    rule.prepare(synapses)
    wanted = _flat(step.changes, step.changes)
    total, squares, before, sent = np.zeros_like(wanted), np.zeros_like(wanted), _read(synapses, step), _sent(synapses)
    for _ in range(repeats):
        rule.apply(synapses, step)
        after = _read(synapses, step)
        total += after - before - wanted
        squares += (after - before - wanted) ** 2
        before = after
    error = total / repeats
    variance = (squares / repeats - error ** 2) * repeats / (repeats - 1)
    size = np.mean(wanted ** 2)
    systematic = max(np.mean(error ** 2) - np.mean(variance) / repeats, 0.0)
    return UpdateStatistics(pulses=(_sent(synapses) - sent) / repeats / wanted.size,
                            noise=float(np.sqrt(np.mean(variance) / size)), bias=float(np.sqrt(systematic / size)))


def _flat(values: dict[str, np.ndarray], names: Iterable[str]) -> np.ndarray:
    return np.concatenate([np.ravel(values[name]) for name in names]).astype(float)


def _read(synapses: Synapses, step: Step) -> np.ndarray:
    return _flat(synapses.weights, step.changes)


def _sent(synapses: Synapses) -> float:
    return sum(synapses.counts.set.values()) + sum(synapses.counts.reset.values())
