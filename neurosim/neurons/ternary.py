"""The spiking neuron with spikes of both signs, which says at once that its state falls."""

from neurosim._jit import kernel
from neurosim.neurons.law import Law, register


@kernel
def advance_ternary(x, d, v, s, phi, direct, eps, lam, bounds, parameters):
    """Advance the ternary neurons of one layer by one time step; x, d, v and s are mutated, all of shape (units,).

        d = (1 - lam) d + lam phi                        predictive decoder
        x = clip((1 - eps) x + eps (d + direct))         to the bounds
        e = (rho(x) - (1 - lam) rho(x_old)) / lam        predictive encoder, rho(x) = clip(x, -1, 1)
        s = 1 where V + e > 1/2, -1 where V + e < -1/2, else 0 ;  V = V + e - s

    A state that falls makes a negative code e. Spikes of 0 and 1 must wait until silence has paid for it; here it is
    sent in the same step.

    Decoder and encoder as in `sigma_delta`; two thresholds as in O'Connor, Gavves, Welling, AISTATS 2019, PMLR 89.
    """
    low, high = bounds
    one = x.dtype.type(1)
    zero = x.dtype.type(0)
    half = x.dtype.type(0.5)
    keep = one - lam
    stay = one - eps
    gain = one / lam
    for j in range(x.size):
        before = min(max(x[j], -one), one)
        d[j] = keep * d[j] + lam * phi[j]
        x[j] = min(max(stay * x[j] + eps * (d[j] + direct[j]), low), high)
        v[j] += (min(max(x[j], -one), one) - keep * before) * gain
        s[j] = one if v[j] > half else (-one if v[j] < -half else zero)
        v[j] -= s[j]


TERNARY = register(Law(name="ternary", advance=advance_ternary, range=(-1.0, 1.0)))
