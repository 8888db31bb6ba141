"""The top of a sweep file: its plain keys and its section [run]."""

from dataclasses import dataclass, field
from typing import Literal

from neurosim.experiment.sweep.limits import DRAWN, LIMIT, METHODS
from neurosim.whole import whole


@dataclass(frozen=True, kw_only=True)
class Run:
    """The section [run] of a sweep file.

    Either names a run file whose weights are written to the chip of every point. Images are split as they were in
    that run, and everything else is configured as there unless the sweep file says otherwise.

    evaluate : ... and evaluated; fine_tune : ... and learnt on with, for training.epochs epochs
    Without either every point trains from initial weights.
    """

    evaluate: str = ""
    fine_tune: str = ""

    def __post_init__(self) -> None:
        if self.evaluate and self.fine_tune:
            raise ValueError("fine_tune: evaluate names a run file already; omit one of them")

    @property
    def weights(self) -> str:
        """The run file that points begin with, or ""."""
        return self.evaluate or self.fine_tune


@dataclass(frozen=True, kw_only=True)
class SweepFile:
    """A sweep file as it stands.

    base : preset or TOML file with everything that does not vary; empty where [run] names a run file
    name : of the sweep; empty = that of its file
    method : "grid", all combinations; "zip", first with first and so on; "random" and "sobol", drawn from the axes;
        "saltelli", drawn so that Sobol' indices can be estimated
    samples, seed : number of points that are drawn, and what from; of "saltelli" a power of two, which the number of
        axes + 2 multiplies
    repeats : runs of every point, with the seeds seed, seed + 1, ... of the configuration
    fixed, axes : by dotted keys of the configuration; or nested tables
    """

    base: str = ""
    name: str = ""
    method: Literal[METHODS] = "grid"    # type: ignore[valid-type]
    samples: int = 0
    seed: int = 0
    repeats: int = 1
    run: Run = field(default_factory=Run)

    def __post_init__(self) -> None:
        whole(self.repeats, "repeats", 1, LIMIT)
        whole(self.seed, "seed")
        drawn = self.method in DRAWN
        if drawn and not 1 <= self.samples <= LIMIT:
            said = f"{self.samples} is outside 1 ... {LIMIT:,}" if self.samples else "is missing"
            raise ValueError(f'samples: {said}; method = "{self.method}" needs it, 1 to {LIMIT:,}')
        if self.method == "saltelli" and (self.samples < 2 or self.samples & self.samples - 1):
            below = 1 << max(1, self.samples.bit_length() - 1)
            raise ValueError(f'samples: {self.samples} is not a power of two, as method = "saltelli" needs; write '
                             f"{below} or {2 * below}")
        if self.samples and not drawn:
            raise ValueError(f'samples: method = "{self.method}" draws nothing; omit it')
        if bool(self.base) == bool(self.run.weights):
            raise ValueError("base: name a preset or a TOML file" if not self.base else
                             "base: the run file that [run] names brings its configuration; omit base")
