"""What a rule of learning asks of the rest of a configuration, said before the first batch; evaluations ask nothing."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from neurosim.experiment.config import Config
    from neurosim.learning.sharing import Sharing


def refuse_unlearnable(config: Config, sharing: Sharing) -> None:
    """Raise ValueError where devices are asked for a mean of weights, or backpropagation for what only phases teach."""
    if config.training.average and not config.synapses.ideal:
        raise ValueError(f"training.average: a mean over {config.training.average} updates is a number that "
                         f"synapses.device = \"{config.synapses.device}\" would have to be programmed to after each of "
                         'them; write average = 0, or device = "ideal" and put the learnt weights on the device '
                         "afterwards")
    if not config.learning.goes_back:
        return
    if config.engine.kind != "dense":
        raise ValueError(f'learning.rule: "bptt" goes back through the steps of the engine "dense", and not of '
                         f'"{config.engine.kind}"; write engine.kind = "dense", or learning.rule = "ep"')
    if not config.synapses.ideal:
        raise ValueError('learning.rule: "bptt" has no products of phases to make pulses of, by which synapses.device '
                         f'= "{config.synapses.device}" learns; write learning.rule = "ep", or device = "ideal" and '
                         "put the learnt weights on the device afterwards")
    if sharing.ranks.size > 1 or sharing.blocks > 1:
        owner, fix = (("WORLD_SIZE: processes", "start one process") if sharing.ranks.size > 1 else
                      ("engine.deterministic: blocks of a batch", "omit it"))
        raise ValueError(f'{owner} add up products of phases, and learning.rule = "bptt" has one gradient of a whole '
                         f'batch; {fix}, or write learning.rule = "ep"')
    if config.synapses.update == "sample":
        raise ValueError('synapses.update: "sample" changes weights by the products of single samples, and '
                         'learning.rule = "bptt" has one gradient of a batch; write update = "batch"')
