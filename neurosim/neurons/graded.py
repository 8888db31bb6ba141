"""The spiking neuron whose spikes carry a whole number of a few bits: a jump of the state is said in one step."""

import numpy as np

from neurosim._jit import kernel
from neurosim.cards import Entry
from neurosim.neurons.law import Law, register


@kernel
def advance_graded(x, d, v, s, phi, direct, eps, lam, bounds, parameters):
    """Advance the graded neurons of one layer by one time step; x, d, v and s are mutated, all of shape (units,).

        d = (1 - lam) d + lam phi                        predictive decoder
        x = clip((1 - eps) x + eps (d + direct))         to the bounds
        e = (rho(x) - (1 - lam) rho(x_old)) / lam        predictive encoder, rho(x) = clip(x, -m, m)
        s = the whole number nearest to V + e, at most m in size ;  V = V + e - s

    m = 2^(bits - 1) - 1, bits with the sign: parameters[0]. Halves are rounded towards 0, so that two bits are ternary
    spikes. Codes up to 1 / lam arrive whole where m >= 1 / lam.

    Decoder and encoder as in `sigma_delta`; rounding as in O'Connor, Gavves, Welling, AISTATS 2019, PMLR 89.
    """
    low, high = bounds
    one = x.dtype.type(1)
    zero = x.dtype.type(0)
    half = x.dtype.type(0.5)
    most = x.dtype.type((1 << (np.int64(parameters[0]) - 1)) - 1)
    keep = one - lam
    stay = one - eps
    gain = one / lam
    for j in range(x.size):
        before = min(max(x[j], -most), most)
        d[j] = keep * d[j] + lam * phi[j]
        x[j] = min(max(stay * x[j] + eps * (d[j] + direct[j]), low), high)
        v[j] += (min(max(x[j], -most), most) - keep * before) * gain
        size = min(max(np.ceil(abs(v[j]) - half), zero), most)
        s[j] = size if v[j] > zero else -size
        v[j] -= s[j]


def largest(bits: float) -> int:
    """Return the largest number that a spike of so many bits carries, one of them its sign."""
    return 2 ** (int(bits) - 1) - 1


GRADED = register(Law(name="graded", advance=advance_graded, range=lambda bits: (-largest(bits), largest(bits)),
                      bits=int, parameters={"bits": Entry("1", 2, 8, least="a sign and nothing else",
                                                          most="what a recorded spike takes")}, defaults={"bits": 4}))
