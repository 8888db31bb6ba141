"""What happened: integers that add up and know no prices."""

from dataclasses import dataclass, field


@dataclass(frozen=True)
class Counts:
    """Events of any number of samples; `a + b` are the events of both.

    samples : samples processed
    steps : time steps, summed over samples
    signals : dict from layer to non-zero signals sent and read (spikes, for spiking neurons)
    operations : dict from read ("conv1-conv2 forward") to synaptic operations carried out, one per non-zero signal and
        synapse
    dense : dict from read to the operations of a dense computation, one per synapse and time step

    Operations and dense follow NeuroBench (Yik et al., Nat. Commun. 16:1545, 2025): operations whose activation is not
    zero are effective, ACs where the activation is a spike and MACs where it is a number; dense counts zeros too.
    """

    samples: int = 0
    steps: int = 0
    signals: dict = field(default_factory=dict)
    operations: dict = field(default_factory=dict)
    dense: dict = field(default_factory=dict)

    def __add__(self, other):
        return Counts(self.samples + other.samples, self.steps + other.steps,
                      *(_add(getattr(self, name), getattr(other, name)) for name in ("signals", "operations", "dense")))

    def per_sample(self):
        """The same as a dict of floats: steps, signals, operations and dense of one sample on average."""
        share = 1 / max(1, self.samples)
        return {"steps": self.steps * share,
                **{name: {key: value * share for key, value in getattr(self, name).items()}
                   for name in ("signals", "operations", "dense")}}


def _add(left, right):
    return {key: left.get(key, 0) + right.get(key, 0) for key in [*left, *(key for key in right if key not in left)]}
