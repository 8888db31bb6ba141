"""Packed convolutions beside PyTorch's own: the same numbers, whatever the shapes; and what happens without them."""

import numpy as np
import pytest
import torch
from numpy.testing import assert_allclose, assert_array_equal

from dense_engines import dense_engine, inputs, phases
from graphs import GRAPHS, RATE, TERNARY, build, parameters
from neurosim.engines.dense import convolutions
from neurosim.engines.dense.convolutions import (Convolution, PackedConvolution, PackedTransposed, Transposed,
                                                 convolution, transposed)

#: channels before and behind, groups, size of the kernel, stride, padding
SHAPES = [(16, 32, 1, 3, 1, 1), (2, 6, 2, 3, 2, 1), (1, 4, 1, 2, 3, 1), (4, 1, 1, 1, 2, 0), (6, 6, 6, 2, 1, 1),
          (1, 1, 1, 3, 2, 2)]

needs_packing = pytest.mark.skipif(not convolutions.packable(torch.zeros(1)), reason="this PyTorch packs no kernels")


def maps(samples, channels, rows, columns, seed=0):
    """Random maps, channels last."""
    values = np.random.default_rng(seed).random((samples, rows, columns, channels), np.float32)
    return torch.from_numpy(values).permute(0, 3, 1, 2)


def kernel_of(before, behind, groups, size):
    return maps(behind, before // groups, size, size, 1) - 0.5


@needs_packing
@pytest.mark.parametrize("samples", [1, 40])
@pytest.mark.parametrize("before, behind, groups, size, stride, padding", SHAPES)
def test_packed_kernels_give_the_same_maps_and_add_to_others(before, behind, groups, size, stride, padding, samples):
    kernel, own = kernel_of(before, behind, groups, size), (stride, padding, groups)
    lower = maps(samples, before, 6, 5)
    expected = Convolution(kernel, *own)(lower)
    packed = convolution(kernel, *own, lower.shape[1:])
    assert isinstance(packed, PackedConvolution)
    assert_allclose(packed(lower), expected, rtol=0, atol=1e-6)
    there = maps(samples, *expected.shape[1:], 2)
    onto = there.clone(memory_format=torch.preserve_format)
    packed.add(lower, onto)
    assert_allclose(onto, expected + there, rtol=0, atol=2e-6)


@needs_packing
@pytest.mark.parametrize("before, behind, groups, size, stride, padding", SHAPES)
def test_packed_adjoints_are_those_of_pytorch(before, behind, groups, size, stride, padding):
    """<A x, y> = <x, A' y>, too; where the stride leaves rows beyond the last window, they get nothing."""
    kernel, own = kernel_of(before, behind, groups, size), (stride, padding, groups)
    lower = maps(3, before, 6, 5)
    there = Convolution(kernel, *own)(lower)
    upper = maps(*there.shape, 2)
    beyond = [low - (high - 1) * stride + 2 * padding - size for low, high in zip(lower.shape[2:], there.shape[2:])]
    packed = transposed(kernel, *own, beyond, upper.shape[1:])
    assert isinstance(packed, PackedConvolution if stride == 1 else PackedTransposed)
    found = packed(upper)
    assert_allclose(found, Transposed(kernel, *own, beyond)(upper), rtol=0, atol=1e-5)
    assert float((there * upper).sum()) == pytest.approx(float((lower * found).sum()), rel=1e-5)


def test_a_pytorch_without_the_operators_computes_the_same(monkeypatch):
    """An operator that is missing is found out once, and the public functions take over."""
    monkeypatch.setattr(convolutions.PackedConvolution, "add", lambda *_: torch.ops.mkldnn.there_is_no_such_operator)
    assert not convolutions._packs.__wrapped__()
    monkeypatch.setattr(convolutions.PackedConvolution, "add", lambda *_: None)
    assert not convolutions._packs.__wrapped__()
    monkeypatch.setattr(convolutions, "_packs", lambda: False)
    kernel = kernel_of(4, 4, 1, 3)
    assert type(convolution(kernel, 1, 1, 1, (4, 5, 5))) is Convolution
    assert type(transposed(kernel, 1, 1, 1, (0, 0), (4, 5, 5))) is Transposed


@pytest.mark.parametrize("neurons", [RATE, TERNARY])
@pytest.mark.parametrize("name", GRAPHS)
def test_engines_with_and_without_them_make_the_same_phases(name, neurons, monkeypatch):
    network = build(name, neurons, "ternary")
    images, targets = inputs(network)
    packed = dense_engine(network, *parameters(network), dtype=np.float32)
    monkeypatch.setattr(convolutions, "_packs", lambda: False)
    public = dense_engine(network, *parameters(network), dtype=np.float32)
    (own, _), (expected, _) = (phases(engine, images, targets) for engine in (packed, public))
    for here, there in zip(own, expected):
        assert_allclose(here.mean, there.mean, rtol=0, atol=1e-5)
        assert_array_equal(here.sent, there.sent)
