"""What programming has cost: integers, and sums of conductances, that add up by connection."""

from collections.abc import Iterable
from dataclasses import dataclass, field

import numpy as np

from neurosim.summaries import Fielded


@dataclass(repr=False)
class ArrayCounts(Fielded):
    """What programming has cost so far, by connection: numbers that add up.

    set, reset : pulses; verify : reads of single devices, by write-verify, refresh and transfers; refreshes : pairs
        refreshed; exposures : half-selected devices, one for every other device on the two lines of a pulse
    set_siemens, reset_siemens : conductances of the devices that were pulsed, the mean of before and after the pulses
        of one call, summed over pulses [S]
    """

    set: dict = field(default_factory=dict)
    reset: dict = field(default_factory=dict)
    verify: dict = field(default_factory=dict)
    exposures: dict = field(default_factory=dict)
    refreshes: dict = field(default_factory=dict)
    set_siemens: dict = field(default_factory=dict)
    reset_siemens: dict = field(default_factory=dict)

    @classmethod
    def zero(cls, names: Iterable[str]) -> "ArrayCounts":
        """Return the counts of connections that nothing was done to."""
        return cls(*(dict.fromkeys(names, 0) for _ in vars(cls())))

    def add(self, kind: str, name: str, number: float) -> None:
        """Count `number` more of one kind; mutates the counts."""
        counter = getattr(self, kind)
        counter[name] = counter.get(name, 0) + number

    def take_over(self, later: "ArrayCounts", earlier: "ArrayCounts") -> None:
        """Count what other ArrayCounts have gained from `earlier` to `later`; mutates the counts."""
        for kind, counter in vars(later).items():
            for name, number in counter.items():
                self.add(kind, name, number - vars(earlier)[kind].get(name, 0))

    def stored(self, prefix: str = "") -> dict:
        """Return the counts as arrays to save, by "PREFIXkind.connection"."""
        return {f"{prefix}{kind}.{name}": np.asarray(number)
                for kind, by_name in vars(self).items() for name, number in by_name.items()}

    @classmethod
    def load(cls, stored: dict, names: Iterable[str], prefix: str = "") -> "ArrayCounts":
        """Return the counts of some connections that `stored` turned into arrays."""
        return cls(*({name: stored[f"{prefix}{kind}.{name}"].item() for name in names
                      if f"{prefix}{kind}.{name}" in stored} for kind in vars(cls())))
