"""The linear operators of a network outside the time loop: what signals send along all connections, both ways.

Converters are left out, with their gains and offsets, and so are read noise and the drivers of states: none of them has
an energy.
"""

from typing import Any

import numpy as np

from neurosim._jit import side_by_side
from neurosim.engines.events._currents import send_sample
from neurosim.engines.events._kernels import route_samples


def currents(engine: Any, signals: np.ndarray, at: np.ndarray | None = None) -> np.ndarray:
    """Total currents that signals send, forwards along every connection and back along every adjoint, without biases.

        phi_n = sum over edges into n  A s_lower  +  sum over edges out of n  A^T s_upper;     0 at the input

    signals : float (samples, units)
    at : float (samples, units), signals whose maxima route max pooling; default: `signals`
    returns : float (samples, units)
    """
    signals = np.ascontiguousarray(signals, engine.dtype)
    at = signals if at is None else np.ascontiguousarray(at, engine.dtype)
    plan, out = engine.layout.plan, np.zeros_like(signals)
    drive, base, state, tally = engine.routing(at)

    def run(sample: int) -> None:
        scratch = engine.scratch()
        if plan.pool_map.size:
            route_samples(plan, drive, base, at, state.s, state.d, scratch, tally, sample, sample + 1)
        send_sample(plan, drive, signals[sample], state.s[sample:sample + 1], scratch, engine.tally(1), out[sample])

    side_by_side(run, range(len(signals)), engine.threads)
    return out
