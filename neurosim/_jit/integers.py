"""Sums of weight rows in whole numbers: twice as many lanes, half the memory, and exact in any order."""

from collections.abc import Iterator
from typing import Any

from llvmlite import ir
from numba import types
from numba.core import cgutils
from numba.extending import intrinsic

from neurosim._jit.vectors import I32, I64, Element, _blocks, pointers, simd_bytes, spread

#: Rows that are added up in 16 bits before their sum is moved to 32, and the largest weight with which it fits.
_TOGETHER = 16
LARGEST = 2 ** 15 // _TOGETHER - 1

_I16 = ir.IntType(16)


@intrinsic
def add_short_rows(typing, out, o, length, step, weights, w, stride, signal, s, events, span):
    """Add the weight rows that events of 1 and -1 select, whole numbers in units of a step:

        out[o : o + length] += step (sum over e in span[0] ... span[1] - 1 of
            sign(signal[s + u]) weights[w + u stride : w + u stride + length]),  u = events[e]

    weights : int16 array, flat, at most LARGEST in size; step : number of the type of out; the rest as in `add_rows`.
    The sum in brackets is exact for 2^20 events. No bounds are checked.
    """
    signature = types.void(out, types.int64, types.int64, out.dtype, weights, types.int64, types.int64, signal,
                           types.int64, events, types.UniTuple(types.int64, 2))

    def generate(context, builder, signature, args):
        out, o, length, step, weights, w, stride, signal, s, events, span = pointers(context, builder, signature, args)
        span = cgutils.unpack_tuple(builder, span)
        element, short = (Element(context, builder, kind.dtype) for kind in (signature.args[0], signature.args[4]))
        for column, vector, registers in _blocks(builder, length, short, registers=simd_bytes() // 8):
            offsets = [builder.add(column, I64(k * vector.count)) for k in range(registers)]
            rows = _Rows(short, weights, offsets, vector)
            flipped = cgutils.alloca_once_value(builder, I32(0))
            for event in rows.in_turns(span):
                unit = builder.sext(builder.load(builder.gep(events, [event])), I64)
                value = builder.load(builder.gep(signal, [builder.add(s, unit)]))
                negative = builder.fcmp_ordered("<", value, ir.Constant(element.type, 0.0))
                builder.store(builder.add(builder.load(flipped), builder.zext(negative, I32)), flipped)
                rows.add(builder.add(w, builder.mul(unit, stride)), builder.sext(negative, _I16))
            real = ir.VectorType(element.type, vector.count)
            for total, k in zip(rows.totals(builder.load(flipped)), offsets):
                product = builder.fmul(spread(builder, step, real), builder.sitofp(total, real), flags=("contract",))
                before = element.load(out, builder.add(o, k), real)
                element.store(builder.fadd(before, product, flags=("contract",)), out, builder.add(o, k))
        return context.get_dummy_value()

    return signature, generate


class _Rows:
    """Sums of rows of one block of columns, in registers of 16 bits and, behind every _TOGETHER rows, of 32."""

    def __init__(self, short: Element, weights: Any, offsets: list, vector: Any) -> None:
        self._short, self._weights, self._offsets, self._vector = short, weights, offsets, vector
        self._wide = ir.VectorType(I32, vector.count)
        self._near, self._sums = ([cgutils.alloca_once(short.builder, kind) for _ in offsets]
                                  for kind in (vector, self._wide))

    def in_turns(self, span: tuple) -> Iterator[Any]:
        """Yield the next event of a walk from span[0] to span[1], in which `add` is called once for each."""
        builder, (first, last) = self._short.builder, span
        for one in self._sums:
            builder.store(ir.Constant(self._wide, [0] * self._wide.count), one)
        with cgutils.for_range_slice(builder, first, last, I64(_TOGETHER)) as (begin, _):
            for one in self._near:
                builder.store(ir.Constant(self._vector, [0] * self._vector.count), one)
            end = builder.add(begin, I64(_TOGETHER))
            end = builder.select(builder.icmp_signed("<", end, last), end, last)
            with cgutils.for_range_slice(builder, begin, end, I64(1)) as (event, _):
                yield event
            for near, one in zip(self._near, self._sums):
                far = builder.sext(builder.load(near), self._wide)
                builder.store(builder.add(builder.load(one), far), one)

    def add(self, row: Any, flip: Any) -> None:
        """Add a row, or -1 - row where `flip` is -1 and not 0, which takes one instruction less than -row."""
        builder, flips = self._short.builder, spread(self._short.builder, flip, self._vector)
        for near, k in zip(self._near, self._offsets):
            taken = self._short.load(self._weights, builder.add(row, k), self._vector)
            builder.store(builder.add(builder.load(near), builder.xor(taken, flips)), near)

    def totals(self, flipped: Any) -> list:
        """The sums, with what as many flipped rows lack."""
        builder = self._short.builder
        missing = spread(builder, flipped, self._wide)
        return [builder.add(builder.load(one), missing) for one in self._sums]
