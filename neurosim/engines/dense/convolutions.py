"""Convolutions with one kernel, as operators on maps (samples, C, H, W), channels last: PyTorch's own, or packed ones.

PyTorch's public functions lay the kernel out in every call and write into new memory. On a processor there are also the
operators that `torch.compile` calls: oneDNN's, with a kernel that is laid out once (packed), which may add to maps that
are there. Their numbers are the same.
"""

from collections.abc import Sequence
from functools import cache
from typing import Any

import torch
from torch import Tensor
from torch.nn import functional

#: Samples that the layout of a kernel is chosen for; it does for other numbers, too.
SAMPLES = 32

_UNDILATED = [1, 1]
_AS_IT_IS: tuple[Any, ...] = "none", [], None    # what becomes of the sums


class Convolution:
    """Applies `conv2d` with a kernel.

    kernel : (channels behind, channels before / groups, size, size); stride, padding, groups : of conv2d
    """

    def __init__(self, kernel: Tensor, stride: int, padding: int, groups: int) -> None:
        self._kernel = kernel
        self._options: dict[str, Any] = {"stride": stride, "padding": padding, "groups": groups}

    def __call__(self, maps: Tensor) -> Tensor:
        """Return the maps behind."""
        return functional.conv2d(maps, self._kernel, **self._options)


class Transposed:
    """Applies the adjoint of a convolution.

    kernel : (channels before, channels behind / groups, size, size), that of the convolution; stride, padding, groups :
    of conv2d
    beyond : (rows, columns) of the maps behind that no window of the convolution reaches any more, fewer than a stride
    """

    def __init__(self, kernel: Tensor, stride: int, padding: int, groups: int, beyond: Sequence[int]) -> None:
        self._kernel = kernel
        self._options: dict[str, Any] = {"stride": stride, "padding": padding, "groups": groups,
                                         "output_padding": beyond}

    def __call__(self, maps: Tensor) -> Tensor:
        """Return the maps behind."""
        return functional.conv_transpose2d(maps, self._kernel, **self._options)


class PackedConvolution:
    """Applies `conv2d` with a packed kernel, see `Convolution`.

    shape : of the maps before, (channels, rows, columns)
    """

    def __init__(self, kernel: Tensor, stride: int, padding: int, groups: int, shape: Sequence[int]) -> None:
        self._options = [padding] * 2, [stride] * 2, _UNDILATED, groups
        self._kernel = torch.ops.mkldnn._reorder_convolution_weight(kernel, *self._options, [SAMPLES, *shape])

    def __call__(self, maps: Tensor) -> Tensor:
        """Return the maps behind."""
        found: Tensor = torch.ops.mkldnn._convolution_pointwise(maps, self._kernel, None, *self._options, *_AS_IT_IS)
        return found

    def add(self, maps: Tensor, onto: Tensor) -> None:
        """Add the maps behind to others, which are MUTATED."""
        torch.ops.mkldnn._convolution_pointwise_(onto, maps, self._kernel, None, *self._options, "add", 1.0, None, [],
                                                 None)


class PackedTransposed(Transposed):
    """Applies the adjoint of a convolution with a packed kernel, see `Transposed`."""

    def __init__(self, kernel: Tensor, stride: int, padding: int, groups: int, beyond: Sequence[int],
                 shape: Sequence[int]) -> None:
        super().__init__(kernel, stride, padding, groups, beyond)
        self._arguments = [padding] * 2, list(beyond), [stride] * 2, _UNDILATED, groups
        self._kernel = torch.ops.mkldnn._reorder_convolution_transpose_weight(kernel, *self._arguments,
                                                                              [SAMPLES, *shape])

    def __call__(self, maps: Tensor) -> Tensor:
        """Return the maps behind."""
        found: Tensor = torch.ops.mkldnn._convolution_transpose_pointwise(maps, self._kernel, None, *self._arguments,
                                                                          *_AS_IT_IS)
        return found


#: What applies a convolution or its adjoint.
Operator = Convolution | Transposed | PackedConvolution


def convolution(kernel: Tensor, stride: int, padding: int, groups: int,
                shape: Sequence[int]) -> Convolution | PackedConvolution:
    """Return what applies a convolution to maps of a shape, packed where that is possible."""
    if packable(kernel):
        return PackedConvolution(kernel, stride, padding, groups, shape)
    return Convolution(kernel, stride, padding, groups)


def transposed(kernel: Tensor, stride: int, padding: int, groups: int, beyond: Sequence[int],
               shape: Sequence[int]) -> Transposed | PackedConvolution:
    """Return what applies the adjoint of a convolution to maps of a shape, packed where that is possible.

    Of stride 1, it is a convolution itself, which can add.
    """
    if not packable(kernel):
        return Transposed(kernel, stride, padding, groups, beyond)
    size = kernel.shape[2]
    if stride == 1 and padding < size:
        return PackedConvolution(turned(kernel, groups), 1, size - 1 - padding, groups, shape)
    return PackedTransposed(kernel, stride, padding, groups, beyond, shape)


def turned(kernel: Tensor, groups: int) -> Tensor:
    """Return the kernel of the adjoint of a convolution of stride 1: channels change sides, positions their order."""
    above, below, size, _ = kernel.shape
    found = kernel.view(groups, above // groups, below, size, size).transpose(1, 2).flip(3, 4)
    return found.reshape(groups * below, above // groups, size, size).contiguous(memory_format=torch.channels_last)


def packable(kernel: Tensor) -> bool:
    """Return whether kernels like this one can be packed: numbers of float32 on a processor, and no gradients."""
    return kernel.device.type == "cpu" and kernel.dtype == torch.float32 and not kernel.requires_grad and _packs()


@cache
def _packs() -> bool:
    """Return whether this PyTorch has the operators, and they do what they are taken for here."""
    maps, kernel = (torch.linspace(-1, 1, count).view(2, size, size, 2).permute(0, 3, 1, 2)
                    for count, size in ((64, 4), (36, 3)))
    onto = torch.ones(2, 4, 4, 2).permute(0, 3, 1, 2)
    try:
        PackedConvolution(kernel, 1, 1, 1, (2, 4, 4)).add(maps, onto)
        back = PackedTransposed(kernel, 2, 1, 1, (1, 1), (2, 4, 4))(maps)
    except (AttributeError, RuntimeError, TypeError):
        return False
    return torch.allclose(onto, Convolution(kernel, 1, 1, 1)(maps) + 1, atol=1e-5) and \
        torch.allclose(back, Transposed(kernel, 2, 1, 1, (1, 1))(maps), atol=1e-5)
