"""The continuous neuron: a leaky state behind a clipped ReLU, sent on as it is."""

from neurosim._jit import kernel
from neurosim.neurons.law import Law, register


@kernel
def advance_rate(x, d, v, s, phi, direct, eps, lam, bounds, parameters):
    """Advance the rate neurons of one layer by one time step; x, d and s are mutated, all of shape (units,).

        d = (1 - lam) d + lam phi                        decoder of what spikes carry; d = phi where none arrive
        x = clip((1 - eps) x + eps (d + direct))         to the bounds; eps = 1 is the prototypical x = clip(phi + b)
        s = x

    Scellier, Bengio, Front. Comput. Neurosci. 11:24 (2017), Eq. 3 of Lin et al.; rho' = 1 on the closed interval.
    """
    low, high = bounds
    keep = x.dtype.type(1) - lam
    stay = x.dtype.type(1) - eps
    if keep == 0:    # nothing to remember
        for j in range(x.size):
            x[j] = min(max(stay * x[j] + eps * (phi[j] + direct[j]), low), high)
            s[j] = x[j]
        return
    for j in range(x.size):
        d[j] = keep * d[j] + lam * phi[j]
        x[j] = min(max(stay * x[j] + eps * (d[j] + direct[j]), low), high)
        s[j] = x[j]


RATE = register(Law(name="rate", advance=advance_rate, sends="states"))
