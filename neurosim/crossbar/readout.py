"""What stands between the sum of a line and a number: noise, gain and offset errors, and the quantiser."""

from dataclasses import dataclass, field

import numpy as np

from neurosim.crossbar.calibration import NEAREST
from neurosim.summaries import Fielded


@dataclass(frozen=True, kw_only=True, repr=False)
class Conversion(Fielded):
    """Readout of one direction of one connection.

        v = gain i + offset + sqrt(variance_floor + sum over driven lines of variance) z,   z standard normal
        y = clip(step sign(v) floor(|v| / step + rounding), low, high),   y = v where step = 0

    slices : tiles that share driven lines; lines : sums that a read of them converts
    step : weight of the least significant bit (slices,) [1]; 0 = an ideal amplifier
    low, high : range (slices,) [1]
    rounding : 0.5 to the nearest, 0 towards zero
    gain [1], offset [1], variance_floor [1] : (slices, lines); the last is what does not depend on what is driven
    """

    step: np.ndarray
    low: np.ndarray
    high: np.ndarray
    gain: np.ndarray
    offset: np.ndarray
    variance_floor: np.ndarray
    rounding: float = NEAREST

    def __post_init__(self) -> None:
        if not ((self.step >= 0).all() and (self.low < self.high).all()):
            raise ValueError(f"converter: step = {np.min(self.step):g}, range {np.max(self.low):g} ... "
                             f"{np.min(self.high):g}; need step >= 0 and low < high")

    @classmethod
    def uniform(cls, slices: int, lines: int, step: float = 0.0, low: float = -np.inf, high: float = np.inf,
                rounding: float = NEAREST) -> "Conversion":
        """Return the same quantiser behind every line, without errors and noise."""
        return cls(step=np.full(slices, step), low=np.full(slices, low), high=np.full(slices, high), rounding=rounding,
                   gain=np.ones((slices, lines)), offset=np.zeros((slices, lines)),
                   variance_floor=np.zeros((slices, lines)))


@dataclass(frozen=True, kw_only=True, repr=False)
class Readout(Fielded):
    """Everything that varies from read to read.

    conversions : dict from (connection, forward) to Conversion; a read that is not named is ideal
    variances : dict from connection to the variance that each driven weight adds (weight shape) [1]; {} = none
    fresh : noise is redrawn for every read; otherwise every line of every kernel position keeps its number
    key : of the noise, odd; 0 = no noise
    dac_step, dac_range : quantiser of states that drive lines, in both signs [1]; step 0 = exact
    """

    conversions: dict = field(default_factory=dict)
    variances: dict = field(default_factory=dict)
    fresh: bool = True
    key: int = 0
    dac_step: float = 0.0
    dac_range: float = np.inf
