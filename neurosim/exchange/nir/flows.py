"""What lies between two layers of neurons in a graph: pooling, a kernel or a matrix, pooling again, flattening.

A connection of neurosim has its pooling behind the kernel. Pooling in front of one is linear too and becomes part of
it: a k x k kernel behind the mean over F x F positions is one of k F x k F, each of its weights F x F times, over F^2.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from neurosim.network.graph import LayerSpec, conv, dense


@dataclass(frozen=True, eq=False)
class Flow:
    """What a layer sends, on its way to another one.

    source : name of the layer that sends; sent : shape of what it sends, (C, H, W) or (units,)
    shape : of what arrives, likewise, before flattening; flat : whether a map was flattened
    pool, share : positions of one side that are added up in front of the kernel, and the factor on their sum
    spec : LayerSpec of the connection, None in front of it; weights, bias : of it, arranged as neurosim does
    """

    source: str
    sent: tuple[int, ...]
    shape: tuple[int, ...]
    flat: bool = False
    pool: int = 1
    share: float = 1.0
    spec: LayerSpec | None = None
    weights: Any = None
    bias: Any = None


def convolved(flow: Flow, node: Any, name: str) -> Flow:
    """Return a Flow behind a Conv2d node."""
    weights, bias = _numbers(node.weight, name), _numbers(node.bias, name)
    if len(flow.shape) != 3 or flow.flat:
        raise ValueError(f"NIR node {name}: a Conv2d gets {flow.shape}, which is not a map (channels, rows, columns)")
    channels, high, width = flow.shape
    groups = int(node.groups)
    if weights.ndim != 4 or weights.shape[2] != weights.shape[3] or weights.shape[1] * groups != channels:
        raise ValueError(f"NIR node {name}: a kernel of shape {weights.shape} in {groups} groups does not fit "
                         f"{channels} channels, or is not square; neurosim has square kernels")
    kernel, stride, padding = weights.shape[2], _one(node.stride, "stride", name), _padding(node, name)
    if _one(node.dilation, "dilation", name) != 1:
        raise ValueError(f"NIR node {name}: dilation of a kernel is not known to neurosim; write the zeros between its "
                         "weights into a larger kernel")
    size = tuple((n + 2 * padding - kernel) // stride + 1 for n in (high, width))
    if flow.pool > 1:
        if padding and any(n % flow.pool for n in flow.sent[1:]):
            raise ValueError(f"NIR node {name}: padding behind pooling of a map of {flow.sent[1:]} positions, which "
                             f"{flow.pool} does not divide, is not a kernel of neurosim; crop the map")
        weights = flow.share * _repeated(weights, flow.pool)
        kernel, stride, padding = (n * flow.pool for n in (kernel, stride, padding))
    spec = conv(len(weights), kernel=kernel, stride=stride, padding=padding, groups=groups, source=flow.source)
    return replace(flow, shape=(len(weights), *size), pool=1, share=1.0, spec=spec, weights=weights, bias=bias)


def multiplied(flow: Flow, node: Any, name: str) -> Flow:
    """Return a Flow behind an Affine or a Linear node."""
    weights = _numbers(node.weight, name)
    if weights.ndim != 2 or weights.shape[1] != math.prod(flow.shape):
        raise ValueError(f"NIR node {name}: a matrix of shape {weights.shape} does not fit the {math.prod(flow.shape)} "
                         "signals that reach it")
    if len(flow.shape) == 3 and not flow.flat:
        raise ValueError(f"NIR node {name}: a matrix gets a map of shape {flow.shape}; put a Flatten in front of it")
    bias = _numbers(node.bias, name) if hasattr(node, "bias") else np.zeros(len(weights), weights.dtype)
    if len(flow.sent) == 3:
        kernels = flow.share * _repeated(weights.reshape(len(weights), *flow.shape), flow.pool)
        (_, rows, columns), (_, _, height, width) = flow.sent, kernels.shape
        whole = np.zeros((len(weights), *flow.sent), weights.dtype)
        whole[:, :, :min(height, rows), :min(width, columns)] = kernels
        weights = whole.transpose(0, 2, 3, 1).reshape(len(weights), -1)
    spec = dense(len(weights), source=flow.source)
    return replace(flow, shape=(len(weights),), flat=False, pool=1, share=1.0, spec=spec,
                   weights=np.ascontiguousarray(weights), bias=bias)


def pooled(flow: Flow, node: Any, name: str) -> Flow:
    """Return a Flow behind an AvgPool2d or a SumPool2d node."""
    size, stride = _one(node.kernel_size, "kernel_size", name), _one(node.stride, "stride", name)
    if len(flow.shape) != 3 or flow.flat:
        raise ValueError(f"NIR node {name}: pooling gets {flow.shape}, which is not a map (channels, rows, columns)")
    if size != stride or _one(node.padding, "padding", name):
        raise ValueError(f"NIR node {name}: pooling over {size} x {size} positions in steps of {stride}, or with "
                         "padding, is not known to neurosim; let the regions lie side by side")
    if flow.pool > 1 or flow.spec is not None and flow.spec.pool != "none":
        raise ValueError(f"NIR node {name}: pools what was pooled already; pool once over larger regions")
    shape, sums = (flow.shape[0], *(n // size for n in flow.shape[1:])), type(node).__name__ == "SumPool2d"
    if flow.spec is None:
        return replace(flow, shape=shape, pool=size, share=1.0 if sums else 1 / size ** 2)
    factor = size ** 2 if sums else 1
    return replace(flow, shape=shape, spec=replace(flow.spec, pool="average", pool_size=size),
                   weights=factor * flow.weights, bias=factor * flow.bias)


def flattened(flow: Flow, node: Any, name: str) -> Flow:
    """Return a Flow behind a Flatten node, of all axes, with or without one for samples in front of them."""
    if int(node.start_dim) not in (0, 1) or int(node.end_dim) not in (-1, len(flow.shape) - 1, len(flow.shape)):
        raise ValueError(f"NIR node {name}: flattens the axes {int(node.start_dim)} to {int(node.end_dim)} of "
                         f"{flow.shape}; flatten all of them")
    return replace(flow, flat=True)


#: What a node makes of one Flow, by its type.
LINKS: dict[str, Callable[[Flow, Any, str], Flow]] = {
    "Conv2d": convolved, "Affine": multiplied, "Linear": multiplied, "AvgPool2d": pooled, "SumPool2d": pooled,
    "Flatten": flattened}
#: Those that bring weights.
WEIGHTED = ("Conv2d", "Affine", "Linear")


def _repeated(weights: np.ndarray, times: int) -> np.ndarray:
    """Kernels (..., h, w) each of whose weights stands for times x times positions."""
    return weights.repeat(times, axis=2).repeat(times, axis=3)


def _numbers(values: Any, name: str) -> np.ndarray:
    found = np.asarray(values)
    if found.dtype.kind not in "fiu" or not np.isfinite(found).all():
        raise ValueError(f"NIR node {name}: its weights are not finite numbers; export the network again")
    return found if found.dtype.kind == "f" else found.astype(np.float32)


def _one(value: Any, key: str, name: str) -> int:
    """The number that both axes share."""
    found = np.unique(np.asarray(value))
    if found.size != 1:
        raise ValueError(f"NIR node {name}: {key} differs between rows and columns; neurosim has one for both")
    return int(found[0])


def _padding(node: Any, name: str) -> int:
    kind = node.padding.decode() if isinstance(node.padding, bytes) else node.padding
    if not isinstance(kind, str):
        return _one(kind, "padding", name)
    kernel = node.weight.shape[-1]
    if kind == "same" and (kernel % 2 == 0 or _one(node.stride, "stride", name) != 1):
        raise ValueError(f'NIR node {name}: padding = "same" around a kernel of {kernel} positions is not the same on '
                         "both sides; write a number")
    return kernel // 2 if kind == "same" else 0
