"""What a training asks of the processes that share it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from neurosim.engines.ranks import Ranks
from neurosim.experiment.chip import TRAINS
from neurosim.experiment.runs import decisive
from neurosim.learning.sharing import Sharing, shared
from neurosim.learning.starts import CarriedOver, CarriedPerSample

if TYPE_CHECKING:
    from neurosim.experiment.config import Config
    from neurosim.experiment.training import Training


def sharing_of(config: Config, ranks: Ranks) -> Sharing:
    """Return how ranks share the batches of a Config.

    raises : ValueError where a batch does not divide, or where samples must be known one by one
    """
    if ranks.size > 1:
        _refuse_single_samples(config, ranks.size)
    return shared(ranks, config.training.batch, config.engine.deterministic)


def _refuse_single_samples(config: Config, size: int) -> None:
    options = config.synapses
    if config.learning.start == CarriedPerSample.name:
        raise ValueError(f'learning.start: "{CarriedPerSample.name}" keeps the states of every sample in the process '
                         f'that has seen it last, and {size} processes see others in every epoch; write '
                         f'"{CarriedOver.name}", or start one process')
    if options.update == "sample":
        raise ValueError(f'synapses.update: "sample" changes weights sample after sample, which {size} processes '
                         'cannot share; write "batch", or start one process')
    if not options.ideal and options.pulses in TRAINS:
        raise ValueError(f'synapses.pulses: "{options.pulses}" sends pulses for every sample, which {size} processes '
                         f"cannot share; take another rule than {' and '.join(TRAINS)}, or start one process")


def refuse_apart(training: Training, whole: bool = False) -> None:
    """Raise ValueError where ranks do not hold the same network, bit for bit.

    whole : and the same configuration and data
    """
    stored = training.model.stored()
    what: dict[str, Any] = {"the weights": (stored[group][name] for group in stored for name in stored[group])}
    if whole:
        what = {"the configuration": decisive(training.config),
                "the data": vars(training.data).values()} | what
    training.sharing.refuse_apart(what)
