"""Average pooling folded into the kernel, and the lists of taps and regions."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.testing import assert_allclose

import reference as ref
from neurosim.network.connections import geometry

sizes = st.integers(1, 4)


@given(kernel=sizes, stride=sizes, pool=sizes, padding=st.integers(0, 2), extra=st.integers(0, 5))
def test_folded_kernel_is_convolution_and_average(kernel, stride, pool, padding, extra):
    larger, jump = geometry.folded_size(kernel, stride, pool)
    random = np.random.default_rng(kernel + 10 * stride)
    x = random.normal(size=(max(1, larger - 2 * padding) + extra, max(1, larger - 2 * padding) + 1, 2))
    kernels = random.normal(size=(2, 2, kernel, kernel))
    folded = geometry.fold_average(kernels, stride, pool)
    assert folded.shape == (2, 2, larger, larger)
    apart = ref.average_pool(ref.conv2d(x, kernels, stride, padding), pool)
    together = ref.conv2d(x, folded, jump, padding)
    assert_allclose(together, apart, rtol=0, atol=1e-13)


@given(kernel=sizes, stride=sizes, pool=sizes)
def test_unfold_is_the_adjoint_of_fold(kernel, stride, pool):
    random = np.random.default_rng(kernel)
    kernels = random.normal(size=(2, 3, kernel, kernel))
    folded = geometry.fold_average(kernels, stride, pool)
    other = random.normal(size=folded.shape)
    left, right = np.vdot(folded, other), np.vdot(kernels, geometry.unfold_average(other, kernel, stride, pool))
    assert_allclose(left, right, rtol=1e-12, atol=1e-12)


@given(height=st.integers(1, 7), width=st.integers(1, 7), kernel=st.integers(1, 4), stride=st.integers(1, 3),
       padding=st.integers(0, 2))
def test_taps_make_the_convolution(height, width, kernel, stride, padding):
    upper = [geometry.convolved(n, kernel, stride, padding) for n in (height, width)]
    if min(upper) < 1:
        return
    random = np.random.default_rng(0)
    x, w = random.normal(size=(height, width, 1)), random.normal(size=(1, 1, kernel, kernel))
    up, down, ky, kx = geometry.convolution_taps((height, width), upper, kernel, stride, padding)
    y = np.zeros(upper[0] * upper[1])
    np.add.at(y, up, w[0, 0, ky, kx] * x.ravel()[down])
    assert_allclose(y, ref.conv2d(x, w, stride, padding).ravel(), rtol=0, atol=1e-13)


@pytest.mark.parametrize("height, width, pool", [(4, 6, 2), (11, 11, 2), (7, 5, 3), (5, 5, 1)])
def test_windows_hold_what_is_averaged(height, width, pool):
    x = np.random.default_rng(1).normal(size=(height, width, 1))
    regions = geometry.pooling_regions(height, width, pool)
    assert regions.shape == ((height // pool) * (width // pool), pool ** 2)
    assert_allclose(x.ravel()[regions].mean(axis=1), ref.average_pool(x, pool).ravel(), rtol=0, atol=1e-14)
