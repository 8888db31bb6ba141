"""What a kind of neuron is, and the kinds that there are."""

import math
import re
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Literal

import numpy as np

from neurosim._jit import kernel_error, kernel_fingerprint
from neurosim.cards import Entry
from neurosim.tables import abbreviated, nearest

#: Arguments of every `advance`: what it is given, by position.
ARGUMENTS = ("x", "d", "v", "s", "phi", "direct", "eps", "lam", "bounds", "parameters")
BUILT_IN = ("spiking", "ternary", "graded", "rate", "linear", "lif", "li")
_LAWS: dict[str, "Law"] = {}
_BITS = Entry("1", 1, 8, most="what a recorded spike takes")


@dataclass(frozen=True, kw_only=True, eq=False)
class Law:
    """One kind of neuron.

    name : in a configuration
    advance : function decorated with `neurosim.neurons.kernel`, which advances the units of one layer by one time step:
        advance(x, d, v, s, phi, direct, eps, lam, bounds, parameters)
        x, d, v, s : float (units,), states, decoded currents, residues and signals, all MUTATED
        phi : float (units,), currents that spikes carry; direct : what needs no decoder: bias, nudge, states' currents
        eps : step size [1]; lam : prediction factor [1], 1 in a layer that neither sends nor receives spikes
        bounds : (low, high), clip of the state; parameters : float (any,), in the order of `parameters`
    sends : "spikes", which who receives them decodes, or "states"
    range : (low, high), what its signals can stand for: rho(x) = clip(x, low, high); or a function from the parameters
        to it. Below 0 there are spikes of both signs
    bits : of one signal, its sign included; 1 is a spike that is there or not, or of +-1: nothing to multiply with. Or
        a function from the parameters to it; states have as many as the drivers of their lines
    parameters : dict from a name to its Entry; defaults : dict from a name to its value where a network gives none
    bounded : whether states are clipped to `bounds`; otherwise these are infinite
    remembers : whether a step depends on the one before it where eps and lam are 1, too; spikes always do
    """

    name: str
    advance: Callable
    sends: Literal["spikes", "states"] = "spikes"
    range: tuple | Callable = (0.0, 1.0)
    bits: int | Callable = 1
    parameters: dict = field(default_factory=dict)
    defaults: dict = field(default_factory=dict)
    bounded: bool = True
    remembers: bool = False

    def values(self, given: dict[str, Any], owner: str) -> tuple[float, ...]:
        """Return the parameters as a tuple of floats; given : dict; raises ValueError that begins with `owner`."""
        for name in given:
            if name not in self.parameters:
                raise ValueError(f"{owner}.{name}: {self.name} neurons have no such parameter"
                                 f"{nearest(name, self.parameters)}")
        found = {**self.defaults, **given}
        for name, entry in self.parameters.items():
            if name not in found:
                raise ValueError(f"{owner}.{name}: missing; {self.name} neurons need a number from {entry.low:g} to "
                                 f"{entry.high:g}")
        return tuple(entry.check(found[name], f"{owner}.{name}") for name, entry in self.parameters.items())

    def range_of(self, values: tuple[float, ...]) -> tuple[float, float]:
        """Return (low, high), what signals can stand for with these parameters."""
        if self.sends == "states":
            return -math.inf, math.inf
        low, high = self.range(*values) if callable(self.range) else self.range
        return float(low), float(high)

    def bits_of(self, values: tuple[float, ...]) -> int:
        """Return the bits of one signal with these parameters; states have none of their own, 0."""
        if self.sends == "states":
            return 0
        return int(self.bits(*values) if callable(self.bits) else self.bits)

    @property
    def fingerprint(self) -> str:
        """SHA-256, in hex, of the code of `advance` and all that it uses; "" where something in it has none."""
        return kernel_fingerprint(self.advance)


def register(law: Law) -> Law:
    """Make a Law known under its name, for configurations and the compiled loop; returns it.

    A law of your own may be registered again, with other code; networks that were made before keep theirs.

    raises : ValueError for the name of a law that ships, a wrong signature, a range that is none, code
        that the compiler refuses (it makes objects or allocates memory), or that raises
    """
    if _LAWS.get(law.name) is law:
        return law
    owner = f"neurons {abbreviated(law.name)}"
    _check_words(law, owner)
    values = law.values({name: entry.low for name, entry in law.parameters.items()} | law.defaults, owner)
    low, high = law.range_of(values)
    if not low < high or (law.sends == "spikes" and math.isinf(high - low)):
        raise ValueError(f"{owner}: range: [{low:g}, {high:g}] is nothing that spikes can stand for; give two finite "
                         "numbers that rise")
    if law.sends == "spikes":
        _BITS.check(law.bits_of(values), f"{owner}: bits")
    _check_code(law, owner, len(values))
    _LAWS[law.name] = law
    return law


def _check_words(law: Law, owner: str) -> None:
    if not (isinstance(law.name, str) and re.fullmatch("[a-z][a-z0-9-]{0,39}", law.name)):
        raise ValueError(f"{owner}: is not a name; give one of at most 40 small letters, digits and hyphens")
    if law.name in BUILT_IN and law.name in _LAWS:
        raise ValueError(f"{owner}: is the name of neurons that ship; give your own another one")
    if law.sends not in ("spikes", "states"):
        raise ValueError(f'{owner}: sends: {law.sends!r} is unknown; write "spikes" or "states"')


def _check_code(law: Law, owner: str, parameters: int) -> None:
    """Raise ValueError unless `advance` takes the ten arguments, compiles and raises nothing."""
    if law.name in BUILT_IN:    # compiled with the time loop, when first needed
        return
    units, scalars = [np.zeros(1, np.float32) for _ in range(6)], [np.float32(1)] * 2
    bounds = np.float32(0), np.float32(1)
    reason = kernel_error(law.advance, len(ARGUMENTS), (*units, *scalars, bounds, np.ones(parameters, np.float32)))
    if reason:
        raise ValueError(f"{owner}: advance {reason}; write it like those in neurosim/neurons, as "
                         f"advance({', '.join(ARGUMENTS)}) under @neurosim.neurons.kernel")


def law_of(name: str, owner: str = "neurons.kind") -> Law:
    """Return the Law of that name; raises ValueError that begins with `owner` for an unknown one."""
    if name not in _LAWS:
        raise ValueError(f"{owner}: {abbreviated(name)} neurons are unknown{nearest(str(name), _LAWS)} (a law of your "
                         "own is registered first, by neurosim.neurons.register)")
    return _LAWS[name]


def own_laws() -> dict[str, Law]:
    """Return the laws that do not ship and are registered, dict by name."""
    return {name: law for name, law in _LAWS.items() if name not in BUILT_IN}
