"""Connections in PyTorch: the way forward, and the way back as its exact adjoint.

Maps are tensors (samples, H, W, C), as units are counted; PyTorch's convolutions see them as (samples, C, H, W) in the
memory format "channels last", without a copy.
"""

import torch
from torch.nn import functional
from torch.nn.grad import conv2d_input, conv2d_weight

from neurosim.network.connections.geometry import unfold_average


class DenseLink:
    """A dense connection between flattened layers."""

    def __init__(self, connection):
        self.connection = connection

    def load(self, ahead, back, tensor):
        """Take over the weights of both directions; tensor : makes tensors of arrays."""
        self._ahead, self._back = tensor(ahead), tensor(back) * self.connection.backward_gain

    def forward(self, lower):
        """Return currents into the upper layer, (samples, units)."""
        return lower.flatten(1) @ self._ahead.T

    def backward(self, upper, route=None):
        """Return currents into the lower layer, (samples, H, W, C)."""
        return (upper.flatten(1) @ self._back).view(-1, *self.connection.low_shape)

    def products(self, lower, upper, route=None):
        """Return the Hebbian products summed over samples, of the shape of the weights."""
        return upper.flatten(1).T @ lower.flatten(1)


class ConvolutionLink:
    """A convolution; average pooling behind it is folded into its kernel, max pooling is left to its caller."""

    def __init__(self, connection):
        self.connection, (height, width, channels) = connection, connection.low_shape
        self._low = channels, height, width
        pool = connection.pool_size if connection.folds else 1
        rows, columns, above = connection.map_shape
        self.shape = rows // pool, columns // pool, above
        self._options = {"stride": connection.stride * pool, "padding": connection.padding,
                         "groups": connection.groups}

    def load(self, ahead, back, tensor):
        """Take over the weights of both directions; tensor : makes tensors of arrays."""
        self._ahead, self._back = (self._kernel(tensor, weights) for weights in (ahead, back))
        self._back = self._back * self.connection.backward_gain

    def forward(self, lower):
        """Return currents into the map behind the kernel, (samples, H, W, C)."""
        lower = lower.view(-1, *self.connection.low_shape).permute(0, 3, 1, 2)
        return functional.conv2d(lower, self._ahead, **self._options).permute(0, 2, 3, 1)

    def backward(self, upper):
        """Return currents into the lower layer, (samples, H, W, C); upper : of the map behind the kernel."""
        upper = upper.view(-1, *self.shape).permute(0, 3, 1, 2)
        size = len(upper), *self._low
        return conv2d_input(size, self._back, upper, **self._options).permute(0, 2, 3, 1)

    def products(self, lower, upper):
        """Return the Hebbian products summed over samples, of the shape of the weights."""
        lower, upper = (values.view(-1, *shape).permute(0, 3, 1, 2) for values, shape in (
            (lower, self.connection.low_shape), (upper, self.shape)))
        kernel, own = conv2d_weight(lower, self._ahead.shape, upper, **self._options), self.connection
        return unfold_average(kernel, own.kernel, own.stride, own.pool_size) if own.folds else kernel

    def _kernel(self, tensor, weights):
        kernel = self.connection.kernel_of(weights, self.connection.folds, forward=False)
        return tensor(kernel.transpose(3, 2, 0, 1)).contiguous(memory_format=torch.channels_last)


class MaxPooling:
    """Max pooling behind a link: hands on the largest of every region, and sends back to where it was."""

    def __init__(self, connection):
        self.size, (self._rows, self._columns, self._channels) = connection.pool_size, connection.map_shape

    def forward(self, currents):
        """Return (currents of the pooled map, where they were): both (samples, H, W, C)."""
        pooled, route = functional.max_pool2d(currents.permute(0, 3, 1, 2), self.size, return_indices=True)
        return pooled.permute(0, 2, 3, 1), route

    def backward(self, upper, route):
        """Return signals (samples, *map) that are 0 but where `route` says that a maximum was."""
        flat = upper.new_zeros(len(upper), self._channels, self._rows * self._columns)
        values = upper.view(-1, *route.shape[2:], self._channels).permute(0, 3, 1, 2).flatten(2)
        flat.scatter_(2, route.flatten(2), values)
        return flat.view(-1, self._channels, self._rows, self._columns).permute(0, 2, 3, 1)
