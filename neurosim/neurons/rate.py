"""The continuous neuron: a leaky state behind a clipped ReLU, sent on as it is."""

from neurosim._jit import kernel


@kernel
def advance_rate(x, s, phi, direct, eps, low, high):
    """Advance the rate neurons of one layer by one time step; x and s are mutated, all of shape (units,).

        x = clip((1 - eps) x + eps (phi + direct))       to [low, high]; eps = 1 is the prototypical x = clip(phi + b)
        s = x

    Scellier, Bengio, Front. Comput. Neurosci. 11:24 (2017), Eq. 3 of Lin et al.; rho' = 1 on the closed interval.
    """
    stay = x.dtype.type(1) - eps
    for j in range(x.size):
        x[j] = min(max(stay * x[j] + eps * (phi[j] + direct[j]), low), high)
        s[j] = x[j]
