"""The energy that a network keeps where what flows back is weaker, or stronger, than the adjoint.

Let every layer read A s_lower along each connection into it, and g A^T s_upper along each connection out of it, with
the gain g of that connection's feedback. Where every layer has a number c > 0 so that c_upper = g c_lower along each
connection, these are the dynamics of

    E = sum over layers c (1/2 |x|^2 - <b, s>) - sum over connections c_upper <A s_lower, s_upper>

The c of the output is 1, so that a nudge acts in the output's own units, and the gradient of the loss with respect to
the weights of a connection is c_upper times the contrast of its Hebbian products, with respect to a bias c times that
of its own. Such numbers exist where gains multiply to the same number along all ways between two layers. Nothing flows
back to the input, which has no c. Weak feedback: Liu, Chen, arXiv:2508.11659 (2025), there without an energy.
"""

import math

#: Products of gains that differ by less, relatively, are the same.
_SAME = 1e-9


class Potentials:
    """The numbers c of layers, as connections join them one by one."""

    def __init__(self) -> None:
        self._parts: dict[str, dict[str, float]] = {}
        self._joined: list[tuple[str, str]] = []

    def add(self, layer: str) -> None:
        """Take up a layer that nothing joins yet; MUTATES the potentials."""
        self._parts[layer] = {layer: 1.0}

    def ratio(self, lower: str, upper: str) -> float | None:
        """Return c_upper / c_lower, or None where no way joins the two layers yet."""
        part = self._parts[lower]
        return part[upper] / part[lower] if upper in part else None

    def join(self, lower: str, upper: str, gain: float) -> bool:
        """Join two layers by a connection with a feedback gain; MUTATES the potentials.

        returns : whether the gain agrees with those along the ways between the two that were there before
        """
        known = self.ratio(lower, upper)
        if known is not None:
            return math.isclose(known, gain, rel_tol=_SAME)
        part, other = self._parts[lower], self._parts[upper]
        factor = part[lower] * gain / other[upper]
        for layer, number in other.items():
            part[layer] = factor * number
            self._parts[layer] = part
        self._joined.append((lower, upper))
        return True

    def way(self, lower: str, upper: str) -> list[str]:
        """Return the layers along the way that joins two of them, a list from `lower` to `upper`."""
        ways = [[lower]]
        for way in ways:
            if way[-1] == upper:
                return way
            for ends in self._joined:
                if way[-1] in ends:
                    following = ends[1 - ends.index(way[-1])]
                    if following not in way:
                        ways.append([*way, following])
        raise ValueError(f"no way joins {lower} and {upper}")

    def numbers(self) -> dict[str, float]:
        """Return the c of every layer, in units of the last layer that some way joins to it; dict by layer."""
        last = {id(part): layer for layer, part in self._parts.items()}
        return {layer: part[layer] / part[last[id(part)]] for layer, part in self._parts.items()}
