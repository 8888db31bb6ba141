"""Integrators of current, with and without spikes: the neurons of networks that come from elsewhere."""

from neurosim._jit import kernel
from neurosim.cards import Entry
from neurosim.neurons.law import Law, register

_FILTER = {"synapse": Entry("1", 0, 1), "membrane": Entry("1", 0, 1), "gain": Entry("1", 1e-9, 1e9)}
_POTENTIAL = {"threshold": Entry("1", 1e-9, 1e9), "reset": Entry("1", -1e9, 1e9)}
_DEFAULTS = {"synapse": 0.0, "membrane": 0.9, "gain": 1.0}


@kernel
def advance_lif(x, d, v, s, phi, direct, eps, lam, bounds, parameters):
    """Advance leaky integrate-and-fire neurons of one layer by one time step; x, d and s are mutated, all (units,).

        d = synapse d + phi + direct                     synaptic current, with the bias
        x = membrane x + gain d                          membrane potential
        s = x > threshold ;  x = reset where s = 1

    parameters : synapse, membrane, gain, threshold, reset; eps and lam have no part in it. synapse = 0 is a LIF neuron,
    and membrane = 1 without a synapse an IF neuron.

    Forward Euler of the CubaLIF, LIF and IF of Pedersen et al., Nat. Commun. 15:8122 (2024), with steps of dt:
    synapse = 1 - dt / tau_syn, membrane = 1 - dt / tau_mem, gain = w_in R dt^2 / (tau_syn tau_mem).
    """
    one, zero = x.dtype.type(1), x.dtype.type(0)
    synapse, membrane, gain, threshold, reset = (parameters[0], parameters[1], parameters[2], parameters[3],
                                                 parameters[4])
    for j in range(x.size):
        d[j] = synapse * d[j] + (phi[j] + direct[j])
        x[j] = membrane * x[j] + gain * d[j]
        s[j] = zero
        if x[j] > threshold:
            s[j], x[j] = one, reset


@kernel
def advance_li(x, d, v, s, phi, direct, eps, lam, bounds, parameters):
    """Advance leaky integrators, which send their potential, by one time step; x, d and s are mutated, all (units,).

        d = synapse d + phi + direct
        x = s = membrane x + gain d

    parameters : synapse, membrane, gain, see `advance_lif`
    """
    synapse, membrane, gain = parameters[0], parameters[1], parameters[2]
    for j in range(x.size):
        d[j] = synapse * d[j] + (phi[j] + direct[j])
        x[j] = membrane * x[j] + gain * d[j]
        s[j] = x[j]


LIF = register(Law(name="lif", advance=advance_lif, parameters={**_FILTER, **_POTENTIAL},
                   defaults={**_DEFAULTS, "threshold": 1.0, "reset": 0.0}, bounded=False, remembers=True))
LI = register(Law(name="li", advance=advance_li, sends="states", parameters=_FILTER, defaults=_DEFAULTS, bounded=False,
                  remembers=True))
