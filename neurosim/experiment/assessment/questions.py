"""What is asked of a device."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from neurosim.cards import Entry, card_names
from neurosim.experiment.chip import card_device
from neurosim.experiment.config import Config, load_config
from neurosim.experiment.improvement.improve import BUDGET, SAMPLES, SEEDS
from neurosim.experiment.improvement.plan import refuse_budget, refuse_odd_images, refuse_too_few
from neurosim.memristor.device import load_device
from neurosim.memristor.laws import LAWS

#: Pulse rules under which every imperfection is removed: the one that forgives most, and the plain one.
RULES = ("accumulate", "nearest")
#: Others whose errors stand beside them.
MORE_RULES = ("stochastic", "tiki-taka")
SEEDS_BESIDE = 2    #: with which the devices that ship learn
_FINITE = Entry("1", -math.inf, math.inf)
_SECONDS = Entry("s", 0, 1e10)    #: between the last pulse and the test
_NOISY = ("read_noise", "rtn_amplitude", "flicker")
_DRIFTING = ("drift", "drift_spread", "relaxation")


@dataclass(frozen=True, kw_only=True)
class Question:
    """What is asked.

    card : of the device, a path or the stem of one that ships; network : preset or TOML file that learns on it
    assignments : `key.path=value`, other changes to the network
    seeds : of every chip of the device; budget : time that is planned for [s]; samples : test images
    images : that every chip learns; 0 = as many as the budget leaves
    loss : of accuracy that is tolerated [1]
    retention : time from the last pulse to the test, for devices that drift [s]
    beside : stems of the cards that the device is placed among
    """

    card: str
    network: str = "mnist-small"
    assignments: tuple[str, ...] = ()
    seeds: int = SEEDS
    budget: float = BUDGET
    samples: int = SAMPLES
    images: int = 0
    loss: float = 0.01
    retention: float = 86400.0
    beside: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        _SECONDS.check(self.retention, "retention")
        refuse_budget(self.budget)
        _FINITE.check(self.loss, "loss")
        if not 0 < self.loss < 1:
            raise ValueError(f"loss: {self.loss:g} is not between 0 and 1; give a fraction of all answers, "
                             "as 0.01")
        refuse_too_few(self.seeds)
        refuse_odd_images(self.images, self.samples)

    def config(self, rule: str) -> Config:
        """Return the configuration of the device under a pulse rule.

        Reads are noisy where the device has such a noise, and the chip lies on its shelf where the device drifts.
        """
        words = [f"synapses.device={self.card}", f"synapses.pulses={rule}"]
        device = card_device(load_config(self.network, [*words, *self.assignments]))
        if device is None:
            raise ValueError(f"card {self.card}: real numbers have no imperfection to assess; name a device card, see "
                             "neurosim device list")
        words += ["readout.noise=fresh"] if any(device[key] for key in _NOISY) else []
        words += [f"synapses.shelf_seconds={self.retention}"] if any(device[key] for key in _DRIFTING) else []
        return load_config(self.network, [*words, *self.assignments])


def shipped(but: str = "") -> tuple[str, ...]:
    """Return the stems of the cards that ship and need no table of measured steps, all but one."""
    return tuple(name for name in card_names() if name != but and not LAWS[load_device(name).law].tabular)


def asked(card: str | Path, *, beside: Sequence[str] | None = None, **options: object) -> Question:
    """Return a Question about a card; beside : stems of cards, None = all that ship; options : of Question."""
    others = shipped(str(card)) if beside is None else tuple(beside)
    return Question(card=str(card), beside=others, **options)    # type: ignore[arg-type]
