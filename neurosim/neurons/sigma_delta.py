"""The spiking neuron: predictive decoder, leaky state, predictive encoder and sigma-delta spikes, in one fused pass."""

from neurosim._jit import kernel
from neurosim.neurons.law import Law, register

THRESHOLD = 0.5


@kernel
def advance_spiking(x, d, v, s, phi, direct, eps, lam, bounds, parameters):
    """Advance the spiking neurons of one layer by one time step; x, d, v and s are mutated, all of shape (units,).

        d = (1 - lam) d + lam phi                        predictive decoder
        x = clip((1 - eps) x + eps (d + direct))         to the bounds
        e = (rho(x) - (1 - lam) rho(x_old)) / lam        predictive encoder, rho(x) = clip(x, 0, 1)
        s = V + e > 1/2 ;  V = V + e - s                 sigma-delta modulator

    phi is the current that spikes carry, direct is what bypasses the decoder: bias, nudge and currents of states.

    Lin, Bal, Sengupta, "Scaling SNNs Trained Using Equilibrium Propagation to Convolutional Architectures",
    Eq. 6-8 and 10.
    """
    low, high = bounds
    one = x.dtype.type(1)
    zero = x.dtype.type(0)
    half = x.dtype.type(THRESHOLD)
    keep = one - lam
    stay = one - eps
    gain = one / lam
    for j in range(x.size):
        before = min(max(x[j], zero), one)
        d[j] = keep * d[j] + lam * phi[j]
        x[j] = min(max(stay * x[j] + eps * (d[j] + direct[j]), low), high)
        v[j] += (min(max(x[j], zero), one) - keep * before) * gain
        s[j] = one if v[j] > half else zero
        v[j] -= s[j]


SPIKING = register(Law(name="spiking", advance=advance_spiking))
