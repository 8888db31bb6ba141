"""Connections in PyTorch: the way forward, the way back as its exact adjoint, and the Hebbian products.

Units are (samples, units) in the order (H, W, C), which PyTorch's convolutions take as maps (samples, C, H, W) in the
memory format "channels last", without a copy.
"""

import math
from collections.abc import Callable
from copy import copy
from typing import Any, Self

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional

from neurosim.engines.dense.convolutions import Operator, PackedConvolution, convolution, transposed
from neurosim.network.connections import Connection, geometry

#: Makes tensors of arrays, where the engine computes.
Maker = Callable[[np.ndarray], Tensor]


class DenseLink:
    """A dense connection.

    connection : Connection; multiplied : type of the numbers that are multiplied
    """

    def __init__(self, connection: Connection, multiplied: torch.dtype) -> None:
        self.connection, self._type = connection, multiplied

    def load(self, ahead: np.ndarray, back: np.ndarray, tensor: Maker) -> None:
        """Take over the weights of both directions, arrays of the shape of the weights."""
        self._ahead = tensor(ahead).to(self._type).T
        self._back = (tensor(back) * self.connection.backward_gain).to(self._type)

    def forward(self, lower: Tensor, onto: Tensor | None = None) -> Tensor:
        """Return currents into the upper layer, (samples, units); onto : is left alone."""
        return (lower.to(self._type) @ self._ahead).to(lower.dtype)

    def backward(self, upper: Tensor, onto: Tensor | None = None) -> Tensor:
        """Return currents into the lower layer, (samples, units); onto : is left alone."""
        return (upper.to(self._type) @ self._back).to(upper.dtype)

    def products(self, lower: Tensor, upper: Tensor) -> Tensor:
        """Return the Hebbian products summed over samples, of the shape of the weights."""
        return upper.T @ lower

    @property
    def kernel(self) -> Tensor:
        """The numbers that one way reads, (lower units, units), in the type of sums."""
        return self._ahead.to(_summed(self._type))

    def with_kernel(self, kernel: Tensor) -> "DenseLink":
        """Return a link whose two ways read one kernel."""
        one = copy(self)
        one._ahead, one._back = kernel.to(self._type), (kernel.T * self.connection.backward_gain).to(self._type)
        return one

    def weights_of(self, kernel: Tensor) -> Tensor:
        """Return a gradient with respect to the kernel as one with respect to the weights."""
        return kernel.T


class ConvolutionLink:
    """A convolution; average pooling behind it is folded into its kernel, max pooling is left to its caller.

    connection : Connection; multiplied : type of the numbers that are multiplied
    """

    def __init__(self, connection: Connection, multiplied: torch.dtype) -> None:
        self.connection, self._type, (height, width, channels) = connection, multiplied, connection.low_shape
        pool = connection.pool_size if connection.folds else 1
        rows, columns, above = connection.map_shape
        self.low_shape, self.shape = (channels, height, width), (above, rows // pool, columns // pool)
        self._options = {"stride": connection.stride * pool, "padding": connection.padding,
                         "groups": connection.groups}
        size = geometry.folded_size(connection.kernel, connection.stride, pool)[0]
        self._beyond = [low - (high - 1) * connection.stride * pool + 2 * connection.padding - size
                        for low, high in zip((height, width), self.shape[1:])]

    def load(self, ahead: np.ndarray, back: np.ndarray, tensor: Maker) -> None:
        """Take over the weights of both directions, arrays of the shape of the weights."""
        self._take(*(self._kernel(tensor, weights, gain)
                     for weights, gain in ((ahead, 1.0), (back, self.connection.backward_gain))))

    def _take(self, ahead: Tensor, back: Tensor) -> None:
        """Take over the kernels of both directions."""
        self._ahead, self._back = ahead, back
        self._forth = convolution(ahead, shape=self.low_shape, **self._options)
        self._return = transposed(back, beyond=self._beyond, shape=self.shape, **self._options)

    def forward(self, lower: Tensor, onto: Tensor | None = None) -> Tensor:
        """Return currents into the map behind the kernel, (samples, units).

        onto : other currents into it: MUTATED and returned where these can be added to them, else left alone
        """
        return self._flow(self._forth, lower, self.low_shape, self.shape, onto)

    def backward(self, upper: Tensor, onto: Tensor | None = None) -> Tensor:
        """Return currents into the lower layer, see `forward`; upper : of the map behind the kernel."""
        return self._flow(self._return, upper, self.shape, self.low_shape, onto)

    def _flow(self, operator: Operator, signals: Tensor, shape: tuple[int, ...], behind: tuple[int, ...],
              onto: Tensor | None) -> Tensor:
        maps = _maps(signals, shape).to(self._type)
        if onto is None or not isinstance(operator, PackedConvolution):
            return _flat(operator(maps)).to(signals.dtype)
        operator.add(maps, _maps(onto, behind))
        return onto

    def products(self, lower: Tensor, upper: Tensor) -> Tensor:
        """Return the Hebbian products summed over samples, of the shape of the weights."""
        maps, kernel = _maps(lower, self.low_shape), self._ahead.to(lower.dtype)
        stride, padding = ([self._options[key]] * 2 for key in ("stride", "padding"))
        _, found, _ = torch.ops.aten.convolution_backward(
            _maps(upper, self.shape), maps, kernel, None, stride, padding, [1, 1], False, [0, 0],
            self._options["groups"], [False, True, False])
        return self.weights_of(found)

    @property
    def kernel(self) -> Tensor:
        """The numbers that the way forward reads, in the layout of PyTorch and the type of sums."""
        return self._ahead.to(_summed(self._type))

    def with_kernel(self, kernel: Tensor) -> Self:
        """Return a link whose two ways read one kernel."""
        one = copy(self)
        one._take(kernel.to(self._type), (kernel * self.connection.backward_gain).to(self._type))
        return one

    def weights_of(self, kernel: Tensor) -> Tensor:
        """Return a gradient with respect to the kernel as one with respect to the weights."""
        own = self.connection
        if not own.folds:
            return kernel
        kernels: Any = geometry.unfold_average(kernel.cpu().numpy(), own.kernel, own.stride, own.pool_size)
        return torch.as_tensor(kernels, device=kernel.device)

    def _kernel(self, tensor: Maker, weights: np.ndarray, gain: float) -> Tensor:
        kernel = self.connection.kernel_of(weights, self.connection.folds, forward=False)
        return (tensor(kernel.transpose(3, 2, 0, 1)) * gain).to(self._type, memory_format=torch.channels_last)


class PointLink(ConvolutionLink):
    """A convolution whose kernel has one position: a matrix product at every stride-th position of the lower map."""

    def forward(self, lower: Tensor, onto: Tensor | None = None) -> Tensor:
        """Return currents into the map behind the kernel, see `ConvolutionLink.forward`."""
        if onto is not None and isinstance(self._forth, PackedConvolution):
            return super().forward(lower, onto)
        met = self._met(lower).reshape(-1, self.low_shape[0])
        return (met.to(self._type) @ self._matrix(self._ahead).T).view(len(lower), -1).to(lower.dtype)

    def backward(self, upper: Tensor, onto: Tensor | None = None) -> Tensor:
        """Return currents into the lower layer, see `ConvolutionLink.forward`."""
        sent = (upper.view(-1, self.shape[0]).to(self._type) @ self._matrix(self._back)).to(upper.dtype)
        if onto is None or self._back.requires_grad:
            onto = upper.new_zeros(len(upper), math.prod(self.low_shape))
        met = self._met(onto)
        met += sent.view(met.shape)
        return onto

    def _met(self, lower: Tensor) -> Tensor:
        """Return lower units at the positions that the kernel meets, (samples, rows, columns, channels); a view."""
        channels, rows, columns = self.low_shape
        return lower.view(-1, rows, columns, channels)[:, ::self.connection.stride, ::self.connection.stride]

    @staticmethod
    def _matrix(kernel: Tensor) -> Tensor:
        """Return the matrix (upper channels, lower channels) of a kernel; a view."""
        return kernel[:, :, 0, 0]


def link(connection: Connection, multiplied: torch.dtype) -> DenseLink | ConvolutionLink:
    """Return the link of a Connection."""
    if connection.kernel_positions(False) is None:
        return DenseLink(connection, multiplied)
    point = (connection.kernel, connection.padding, connection.groups, connection.pool) == (1, 0, 1, "none")
    return (PointLink if point else ConvolutionLink)(connection, multiplied)


def _summed(multiplied: torch.dtype) -> torch.dtype:
    """Return the type of the sums of products of numbers of a type."""
    return torch.float32 if multiplied == torch.bfloat16 else multiplied


class MaxPooling:
    """Max pooling behind a link: hands on the largest of every region, and sends back to where it was."""

    def __init__(self, connection: Connection) -> None:
        self.name, self.decoded = connection.name, connection.pool_on == "decoded"
        self._size, (rows, columns, channels) = connection.pool_size, connection.map_shape
        self._shape = channels, rows, columns
        self._pooled = channels, rows // self._size, columns // self._size
        self.units = rows * columns * channels

    def forward(self, currents: Tensor) -> tuple[Tensor, Tensor]:
        """Return what is handed on, (samples, units), and where it was, of PyTorch's layout."""
        pooled, route = functional.max_pool2d(_maps(currents, self._shape), self._size, return_indices=True)
        return _flat(pooled), route

    def along(self, currents: Tensor, route: Tensor) -> Tensor:
        """Return the currents, of the map, at the places of a route; (samples, units)."""
        return _flat(_maps(currents, self._shape).flatten(2).gather(2, route.flatten(2)).view(route.shape))

    def backward(self, upper: Tensor, route: Tensor) -> Tensor:
        """Return signals (samples, units of the map) that are 0 but where a route says that a maximum was."""
        channels, rows, columns = self._shape
        flat = upper.new_zeros(len(upper), channels, rows * columns)
        flat.scatter_(2, route.flatten(2), _maps(upper, self._pooled).flatten(2))
        return _flat(flat.view(-1, *self._shape))


def _maps(units: Tensor, shape: tuple[int, ...]) -> Tensor:
    """Return units (samples, H W C) as maps (samples, C, H, W), channels last."""
    channels, rows, columns = shape
    return units.view(-1, rows, columns, channels).permute(0, 3, 1, 2)


def _flat(maps: Tensor) -> Tensor:
    """Return maps (samples, C, H, W) as units (samples, H W C); copied only where channels are not last in memory."""
    return maps.permute(0, 2, 3, 1).reshape(len(maps), -1)
