"""The compiled law of events."""

from neurosim._jit import kernel


@kernel
def advance_events(x, d, v, s, phi, direct, eps, lam, bounds, parameters):
    """Send the events of one time step, `direct`; x and s are mutated, all of shape (units,).

        s = direct
        x = (1 - lam) x + lam s          what the layers above decode
    """
    keep = x.dtype.type(1) - lam
    for j in range(x.size):
        s[j] = direct[j]
        x[j] = keep * x[j] + lam * s[j]
