"""Is what flows back along a connection the adjoint of what flows forwards, and is the Hebbian product its gradient?

    <A x, y> = <x, g A^T y> / g = <W, h(x, y)>,   g the gain of the feedback

Equilibrium propagation rests on both. Max pooling is routed by x on all three sides.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from neurosim.experiment.checks.case import loaded
from neurosim.experiment.checks.result import CheckResult
from neurosim.experiment.checks.table import conclusion, table, verdict
from neurosim.network.connections.edge import Pool
from neurosim.network.hopfield import apply, apply_adjoint
from neurosim.network.graph import ConnectionSpec, Network, conv, dense
from neurosim.streams import stream

if TYPE_CHECKING:
    from neurosim.engines import Engine
    from neurosim.experiment.checks.case import CheckCase
    from neurosim.network.graph import Connection

TOLERANCE = 1e-10
VECTORS = 3


@dataclass(frozen=True, kw_only=True)
class Pairing:
    """What one connection makes of random vectors x and y.

    backward : largest |<x, g A^T y> / g - <A x, y>| relative to |A x| |y|; None where nothing flows back, to the input
    product : the same of <W, h(x, y)>
    factor : F^2 / alpha, what A^T is too large by; 1 for the adjoint
    """

    name: str
    kind: str
    backward: float | None
    product: float
    factor: float

    @property
    def passed(self) -> bool:
        return max(self.backward or 0.0, self.product) <= TOLERANCE


@dataclass(frozen=True, kw_only=True)
class AdjointResult(CheckResult):
    """Pairings of all connections that were checked."""

    pairings: tuple

    @property
    def reasons(self) -> list[str]:
        wrong = [pairing.name for pairing in self.pairings if not pairing.passed]
        return [f"what flows back along {', '.join(wrong)} is not the adjoint of what flows forwards"] if wrong else []

    def lines(self) -> list[str]:
        rows = [("connection", "kind", "<x,A'y>-<Ax,y>", "<W,h>-<Ax,y>", "")]
        rows += [(p.name, p.kind, "no way back" if p.backward is None else p.backward, p.product, verdict(p.passed))
                 for p in self.pairings]
        return [f"adjoint of {self.case}: relative errors, at most {TOLERANCE:g} passes", *table(rows),
                *(f"  {p.name}: not the adjoint, what flows back is F^2/alpha = {p.factor:g} times as large; gradients "
                  f"of the layers below are scaled by {p.factor:g}; write alpha = 0 for the adjoint"
                  for p in self.pairings if p.factor != 1 and p.backward is not None),
                conclusion("adjoint", self.reasons)]


def check_adjoint(case: CheckCase | None = None, observe: Callable | None = None) -> AdjointResult:
    """Pair random vectors along every connection of a CheckCase, or, without one, along every kind of edge there is.

    Average pooling is tested folded into the kernels and, as tiles do, behind them.
    returns : AdjointResult
    """
    networks = list(_networks_of(case)) if case else [one for built in built_in() for one in built]
    pairings = []
    for done, (engine, weights, names, suffix) in enumerate(networks, 1):
        for connection in engine.network.connections:
            if connection.name in names:
                pairings.append(pair(engine, connection, weights[connection.name], suffix))
        if observe:
            observe(done, len(networks))
    return AdjointResult(case=case.name if case else "every kind of edge", pairings=tuple(pairings))


def pair(engine: Engine, connection: Connection, weights: dict[str, np.ndarray], suffix: str = "") -> Pairing:
    """Pair random vectors along one connection; returns Pairing."""
    lower, upper = (engine.slices[name] for name in (connection.lower, connection.upper))
    random = stream(0, "check", "pairing", connection.name)
    x, y = (random.standard_normal((VECTORS, own.stop - own.start)) for own in (lower, upper))
    Ax = apply(engine, connection.name, x)
    direct = _dot(Ax, y)
    scale = np.sqrt(_dot(Ax, Ax) * _dot(y, y))
    both = np.zeros((VECTORS, engine.units))
    both[:, lower], both[:, upper] = x, y
    product = [np.vdot(weights, engine.correlate(row[None], 0 * row[None]).weights[connection.name]) for row in both]
    backward = None
    if engine.network.index(connection.lower) > 0:
        back = _dot(x, apply_adjoint(engine, connection.name, y, at=x)) / connection.feedback
        backward = _relative(back - direct, scale)
    return Pairing(name=connection.name + suffix, kind=connection.describe(), backward=backward,
                   product=_relative(product - direct, scale), factor=connection.adjoint_factor)


def built_in() -> Iterator[Any]:
    """A list of loaded networks for every kind of edge, each between free layers, so that both directions are used."""
    for size, layer in (((11, 11), None), *_edges()):
        layers = [dense(5), dense(4)] if layer is None else [conv(3, kernel=1), layer, dense(3)]
        network = Network(layers, (*size, 2))
        names = [c.name for c in network.connections if layer is None or c.name == "conv1-conv2"]
        yield _started(network, names, f" {size[0]}x{size[1]}")
    skips = (ConnectionSpec(source="conv1", target="conv2"), ConnectionSpec(source="conv1", target="output"))
    onto_map = [conv(3, kernel=1), conv(2, kernel=3, source="input"), dense(3)]
    network = Network(onto_map, (5, 5, 2), connections=skips)
    yield _started(network, ["conv1-conv2", "conv1-output"], " skip")


def _started(network: Network, names: Sequence[str], suffix: str) -> Iterator[tuple]:
    return _variants(network, network.initial_weights(0, dtype=np.float64), network.initial_biases(np.float64), names,
                     suffix)


def _edges() -> Iterator[Any]:
    for kernel in (1, 2, 3, 5):
        for stride in (1, 2, 3):
            for padding in (0, 1, 2):
                yield (7, 6), conv(4, kernel=kernel, stride=stride, padding=padding)
    pools: tuple[Pool, ...] = "average", "max"
    for pool in pools:
        yield (13, 13), conv(17, kernel=3, pool=pool)
        yield (12, 9), conv(4, kernel=2, stride=2, padding=1, pool=pool)
        yield (11, 10), conv(4, kernel=3, padding=2, pool=pool, pool_size=3)
    yield (13, 13), conv(4, kernel=3, pool="max", pool_on="decoded")
    pools = "none", "average", "max"
    for pool in pools:
        yield (12, 9), conv(6, kernel=3, padding=1, groups=3, pool=pool)


def _networks_of(case: CheckCase) -> Iterator[tuple]:
    return _variants(case.network, case.weights, case.biases, [c.name for c in case.network.connections], "")


def _variants(network: Network, weights: dict[str, np.ndarray], biases: dict[str, np.ndarray], names: Sequence[str],
              suffix: str) -> Iterator[Any]:
    yield loaded(network, weights, biases), weights, names, suffix
    pooled = [c.name for c in network.connections if c.pool == "average" and c.name in names]
    if pooled:
        yield loaded(network, weights, biases, "tiles"), weights, pooled, f"{suffix} in tiles"


def _dot(a: Any, b: Any) -> np.ndarray:
    return np.einsum("ij,ij->i", a, b)


def _relative(error: Any, scale: float) -> float:
    return float(np.max(np.abs(error) / np.where(scale > 0, scale, 1)))
