"""Loops in vector registers, written as instructions of LLVM: they carry almost all the arithmetic of a relaxation.

Adding up the weight rows that spikes select and passing sums on: a compiler sees neither as a vector loop. Accumulators
stay in registers. Every sum runs over its terms in the stated order, one accumulator per column, so that its bits
depend neither on the width of the registers nor on which form was used.
"""

from collections.abc import Iterator
from functools import cache

import llvmlite.binding
from llvmlite import ir
from typing import Any
from numba import types
from numba.core import cgutils
from numba.extending import intrinsic

#: Targets that `add_products` serves at once.
BLOCK = 4

I64, I32 = ir.IntType(64), ir.IntType(32)


@cache
def simd_bytes() -> int:
    """Width of the processor's vector registers [bytes]: 64 (AVX-512), 32 (AVX2) or 16 (SSE2, NEON)."""
    features = llvmlite.binding.get_host_cpu_features()
    return 64 if features.get("avx512f") else 32 if features.get("avx2") else 16


def pointers(context: Any, builder: Any, signature: Any, args: Any) -> list:
    """Arguments of an intrinsic, arrays and tuples of arrays as the addresses of their data."""
    def address(kind, value):
        if isinstance(kind, types.Array):
            return context.make_array(kind)(context, builder, value).data
        if isinstance(kind, types.BaseTuple) and isinstance(kind[0], types.Array):
            return [address(*one) for one in zip(kind, cgutils.unpack_tuple(builder, value))]
        return value

    return [address(kind, value) for kind, value in zip(signature.args, args)]


def _blocks(builder: Any, length: Any, element: Any, registers: int) -> Iterator[tuple]:
    """Walk over `length` columns in the widest blocks that fit; yields (first column, vector type, registers)."""
    lanes = max(1, simd_bytes() // element.width_bytes)
    position = cgutils.alloca_once_value(builder, I64(0))
    widths = [(count, lanes) for count in (16, 8, 4, 2, 1) if count <= registers]
    widths += [(1, part) for part in (16, 8, 4, 2, 1) if part < lanes]
    for count, lane in widths:
        check, body, done = (builder.append_basic_block() for _ in range(3))
        builder.branch(check)
        builder.position_at_end(check)
        first = builder.load(position)
        end = builder.add(first, I64(count * lane))
        builder.cbranch(builder.icmp_signed("<=", end, length), body, done)
        builder.position_at_end(body)
        yield first, ir.VectorType(element.type, lane), count
        builder.store(end, position)
        builder.branch(check)
        builder.position_at_end(done)


def _stretches(builder: Any, length: Any, element: Any) -> Iterator[tuple]:
    """Walk over `length` columns where every one is by itself; yields (vector type, offsets of the vectors)."""
    for first, vector, count in _blocks(builder, length, element, registers=4):
        yield vector, [builder.add(first, I64(k * vector.count)) for k in range(count)]


def spread(builder: Any, scalar: Any, vector: Any) -> Any:
    """One number in every lane."""
    undefined = ir.Constant(vector, ir.Undefined)
    single = builder.insert_element(undefined, scalar, I32(0))
    return builder.shuffle_vector(single, undefined, ir.Constant(ir.VectorType(I32, vector.count), [0] * vector.count))


class Element:
    """One type of numbers as LLVM sees it, with loads and stores of vectors at any address."""

    def __init__(self, context: Any, builder: Any, dtype: Any) -> None:
        self.builder = builder
        self.type = context.get_data_type(dtype)
        self.width_bytes = dtype.bitwidth // 8

    def _address(self, data: Any, offset: Any, vector: Any) -> Any:
        return self.builder.bitcast(self.builder.gep(data, [offset]), vector.as_pointer())

    def load(self, data: Any, offset: Any, vector: Any) -> Any:
        return self.builder.load(self._address(data, offset, vector), align=self.width_bytes)

    def store(self, value: Any, data: Any, offset: Any) -> None:
        self.builder.store(value, self._address(data, offset, value.type), align=self.width_bytes)

    def splat(self, data: Any, offset: Any, vector: Any) -> Any:
        """Load one number into every lane."""
        builder = self.builder
        scalar = builder.load(builder.gep(data, [offset]))
        return spread(builder, scalar, vector)

    def multiply_add(self, accumulator: Any, factor: Any, row: Any) -> None:
        product = self.builder.fmul(factor, row, flags=("contract",))
        total = self.builder.fadd(self.builder.load(accumulator), product, flags=("contract",))
        self.builder.store(total, accumulator)


@intrinsic
def add_rows(typing, out, o, length, weights, w, stride, signal, s, events, span):
    """Add the weight rows that the events select: event-driven product of a sparse signal and a matrix.

        out[o : o + length] += sum over e in span[0] ... span[1] - 1 of
            signal[s + u] weights[w + u stride : w + u stride + length],  u = events[e]

    out : float array, flat, MUTATED; signal, weights : flat arrays of the same dtype; events : int32 array; the rest
    int64. No bounds are checked.
    """
    signature = types.void(out, types.int64, types.int64, weights, types.int64, types.int64, signal, types.int64,
                           events, types.UniTuple(types.int64, 2))

    def generate(context, builder, signature, args):
        out, o, length, weights, w, stride, signal, s, events, span = pointers(context, builder, signature, args)
        first, last = cgutils.unpack_tuple(builder, span)
        element = Element(context, builder, signature.args[0].dtype)
        for column, vector, registers in _blocks(builder, length, element, registers=simd_bytes() // 4):
            offsets = [builder.add(column, I64(k * vector.count)) for k in range(registers)]
            sums = [cgutils.alloca_once(builder, vector) for _ in offsets]
            for accumulator, k in zip(sums, offsets):
                builder.store(element.load(out, builder.add(o, k), vector), accumulator)
            with cgutils.for_range_slice(builder, first, last, I64(1)) as (event, _):
                unit = builder.sext(builder.load(builder.gep(events, [event])), I64)
                row = builder.add(w, builder.mul(unit, stride))
                factor = element.splat(signal, builder.add(s, unit), vector)
                for accumulator, k in zip(sums, offsets):
                    element.multiply_add(accumulator, factor, element.load(weights, builder.add(row, k), vector))
            for accumulator, k in zip(sums, offsets):
                element.store(builder.load(accumulator), out, builder.add(o, k))
        return context.get_dummy_value()

    return signature, generate


@intrinsic
def add_row_pairs(typing, outs, o, length, matrices, w, stride, signals, s, events, span):
    """The same for two matrices in one walk along the events, k = 0 and 1:

        outs[k][o : o + length] += sum over e of signals[k][s + u] matrices[k][w + u stride : w + u stride + length]

    Both sums have the bits of `add_rows`. outs, matrices, signals : pairs of arrays
    """
    signature = types.void(outs, types.int64, types.int64, matrices, types.int64, types.int64, signals, types.int64,
                           events, types.UniTuple(types.int64, 2))

    def generate(context, builder, signature, args):
        outs, o, length, matrices, w, stride, signals, s, events, span = pointers(context, builder, signature, args)
        first, last = cgutils.unpack_tuple(builder, span)
        element = Element(context, builder, signature.args[0].dtype.dtype)
        for column, vector, registers in _blocks(builder, length, element, registers=simd_bytes() // 8):
            offsets = [builder.add(column, I64(k * vector.count)) for k in range(registers)]
            addresses = [(kept, builder.add(o, k)) for kept in outs for k in offsets]
            sums = [cgutils.alloca_once(builder, vector) for _ in addresses]
            for accumulator, (kept, address) in zip(sums, addresses):
                builder.store(element.load(kept, address, vector), accumulator)
            with cgutils.for_range_slice(builder, first, last, I64(1)) as (event, _):
                unit = builder.sext(builder.load(builder.gep(events, [event])), I64)
                row, sent = builder.add(w, builder.mul(unit, stride)), builder.add(s, unit)
                factors = [element.splat(values, sent, vector) for values in signals]
                terms = [(factor, matrix, k) for factor, matrix in zip(factors, matrices) for k in offsets]
                for accumulator, (factor, matrix, k) in zip(sums, terms):
                    element.multiply_add(accumulator, factor, element.load(matrix, builder.add(row, k), vector))
            for accumulator, (kept, address) in zip(sums, addresses):
                element.store(builder.load(accumulator), kept, address)
        return context.get_dummy_value()

    return signature, generate


@intrinsic
def add_products(typing, out, outs, length, weights, w, stride, signal, signals, count):
    """Add a dense product for BLOCK targets that read the same weight rows with different signals.

        out[outs[i] : outs[i] + length] += sum over k in 0 ... count - 1 of
            signal[signals[i] + k] weights[w + k stride : w + k stride + length]

    Each weight is loaded once for all targets. The sums have the bits of `add_rows` over the non-zero signals, since
    adding a zero product changes nothing.

    out : float array, flat, MUTATED; outs, signals : tuples of BLOCK int64; the rest as in `add_rows`. No bounds are
    checked.
    """
    four = types.UniTuple(types.int64, BLOCK)
    signature = types.void(out, four, types.int64, weights, types.int64, types.int64, signal, four,
                           types.int64)

    def generate(context, builder, signature, args):
        out, outs, length, weights, w, stride, signal, signals, count = pointers(context, builder, signature, args)
        outs, signals = ([builder.extract_value(values, i) for i in range(BLOCK)] for values in (outs, signals))
        element = Element(context, builder, signature.args[0].dtype)
        for column, vector, registers in _blocks(builder, length, element, registers=simd_bytes() // 16):
            offsets = [builder.add(column, I64(k * vector.count)) for k in range(registers)]
            sums = [[cgutils.alloca_once(builder, vector) for _ in offsets] for _ in outs]
            for target, o in zip(sums, outs):
                for accumulator, k in zip(target, offsets):
                    builder.store(element.load(out, builder.add(o, k), vector), accumulator)
            with cgutils.for_range(builder, count) as loop:
                row = builder.add(w, builder.mul(loop.index, stride))
                rows = [element.load(weights, builder.add(row, k), vector) for k in offsets]
                for target, s in zip(sums, signals):
                    factor = element.splat(signal, builder.add(s, loop.index), vector)
                    for accumulator, values in zip(target, rows):
                        element.multiply_add(accumulator, factor, values)
            for target, o in zip(sums, outs):
                for accumulator, k in zip(target, offsets):
                    element.store(builder.load(accumulator), out, builder.add(o, k))
        return context.get_dummy_value()

    return signature, generate


@intrinsic
def add_scaled(typing, out, o, length, factor, values, v):
    """out[o : o + length] += factor values[v : v + length], in fused instructions where there are any.

    out : float array, flat, MUTATED, apart from values; factor : number of the same type; the rest int64. No bounds are
    checked.
    """
    signature = types.void(out, types.int64, types.int64, out.dtype, values, types.int64)

    def generate(context, builder, signature, args):
        out, o, length, factor, values, v = pointers(context, builder, signature, args)
        element = Element(context, builder, signature.args[0].dtype)
        cell = cgutils.alloca_once_value(builder, factor)
        for vector, columns in _stretches(builder, length, element):
            factors = element.splat(cell, I64(0), vector)
            for k in columns:
                product = builder.fmul(factors, element.load(values, builder.add(v, k), vector), flags=("contract",))
                total = builder.fadd(element.load(out, builder.add(o, k), vector), product, flags=("contract",))
                element.store(total, out, builder.add(o, k))
        return context.get_dummy_value()

    return signature, generate


@intrinsic
def scale_and_shift(typing, out, o, length, factors, offsets, f):
    """out[o + k] = factors[f + k] out[o + k] + offsets[f + k] for k = 0 ... length - 1; the rest as in `add_scaled`."""
    signature = types.void(out, types.int64, types.int64, factors, offsets, types.int64)

    def generate(context, builder, signature, args):
        out, o, length, factors, offsets, f = pointers(context, builder, signature, args)
        element = Element(context, builder, signature.args[0].dtype)
        for vector, columns in _stretches(builder, length, element):
            for k in columns:
                here, there = builder.add(o, k), builder.add(f, k)
                product = builder.fmul(element.load(factors, there, vector), element.load(out, here, vector),
                                       flags=("contract",))
                total = builder.fadd(product, element.load(offsets, there, vector), flags=("contract",))
                element.store(total, out, here)
        return context.get_dummy_value()

    return signature, generate
