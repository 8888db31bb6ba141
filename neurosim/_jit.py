"""The only file that imports numba: the decorator of every kernel, vector-register loops, and threads.

Two loops carry almost all the arithmetic of a relaxation: adding up the weight rows that spikes select, and listing
which signals are not zero. A compiler sees neither as a vector loop, so both are written here as vector instructions of
LLVM, with accumulators that stay in registers. Every sum runs over its terms in the stated order, one accumulator per
column, so that its bits depend neither on the width of the registers nor on which of the two forms was used.
"""

import os
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from functools import cache

import llvmlite.binding
import numpy as np
from llvmlite import ir
from numba import njit, types
from numba.core import cgutils
from numba.core.event import Listener, install_listener
from numba.extending import intrinsic, register_jitable


def kernel(function, **options):
    """Compile a kernel to machine code, cached on disk and free of the interpreter lock.

    Threads can run kernels side by side. `contract` lets a product and a sum become one fused instruction; no other
    rule of IEEE arithmetic is relaxed. Where no folder takes a cache, kernels are compiled anew in every process.

    Kernels allocate nothing, so they are compiled without numba's runtime: what they work on belongs to their callers,
    and no slice of an array counts references, which would take as long as a hundred additions.

    Kernels copy arrays in loops: an assignment between slices carries the text of its error message, which takes
    seconds to compile.
    """
    options |= {"_nrt": False, "nogil": True, "error_model": "numpy", "fastmath": {"contract"}}
    try:
        return njit(cache=True, **options)(function)
    except RuntimeError:
        return njit(**options)(function)


def inner_kernel(function):
    """The same for a kernel that only kernels call: it has no entry from Python and becomes part of its callers.

    A call would copy the plan, hundreds of numbers, which takes as long as a short read.
    """
    return kernel(function, no_cpython_wrapper=True, no_cfunc_wrapper=True, forceinline=True)


#: Decorator of a scalar function that kernels take as an argument of their factory: it stays a function of Python, by
#: whose name the cache on disk knows the kernel again, and kernels that call it compile it into themselves.
scalar_law = register_jitable


#: Targets that `add_products` serves at once.
BLOCK = 4

_I64, _I32 = ir.IntType(64), ir.IntType(32)


@cache
def simd_bytes():
    """Width of the processor's vector registers [bytes]: 64 (AVX-512), 32 (AVX2) or 16 (SSE2, NEON)."""
    features = llvmlite.binding.get_host_cpu_features()
    return 64 if features.get("avx512f") else 32 if features.get("avx2") else 16


def thread_count():
    """Number of processors this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def side_by_side(task, items, threads):
    """Call `task(item)` for every item on `threads` threads and return the results in the order of the items."""
    if threads == 1 or len(items) == 1:
        return [task(item) for item in items]
    return list(_pool(threads).map(task, items))


@contextmanager
def compilation(notice):
    """Call `notice()` once before the first kernel that no cache holds is compiled within the block."""
    with install_listener("numba:compile", _FirstEvent(notice)):
        yield


class _FirstEvent(Listener):
    def __init__(self, notice):
        self.notices = [notice]

    def on_start(self, event):
        if self.notices:
            self.notices.pop()()

    def on_end(self, event):
        """Nothing to do."""


@cache
def _pool(threads):
    return ThreadPoolExecutor(threads, thread_name_prefix="neurosim")


def _pointers(context, builder, signature, args):
    return [context.make_array(kind)(context, builder, value).data if isinstance(kind, types.Array) else value
            for kind, value in zip(signature.args, args)]


def _blocks(builder, length, element, registers):
    """Walk over `length` columns in the widest blocks that fit; yields (first column, vector type, registers)."""
    lanes = max(1, 8 * simd_bytes() // (8 * element.width_bytes))
    position = cgutils.alloca_once_value(builder, _I64(0))
    widths = [(count, lanes) for count in (16, 8, 4, 2, 1) if count <= registers] + [(1, 1)]
    for count, lane in widths:
        check, body, done = (builder.append_basic_block() for _ in range(3))
        builder.branch(check)
        builder.position_at_end(check)
        first = builder.load(position)
        end = builder.add(first, _I64(count * lane))
        builder.cbranch(builder.icmp_signed("<=", end, length), body, done)
        builder.position_at_end(body)
        yield first, ir.VectorType(element.type, lane), count
        builder.store(end, position)
        builder.branch(check)
        builder.position_at_end(done)


class _Element:
    """One floating-point type as LLVM sees it, with loads and stores of vectors at any address."""

    def __init__(self, context, builder, dtype):
        self.builder = builder
        self.type = context.get_data_type(dtype)
        self.width_bytes = dtype.bitwidth // 8

    def _address(self, data, offset, vector):
        return self.builder.bitcast(self.builder.gep(data, [offset]), vector.as_pointer())

    def load(self, data, offset, vector):
        return self.builder.load(self._address(data, offset, vector), align=self.width_bytes)

    def store(self, value, data, offset):
        self.builder.store(value, self._address(data, offset, value.type), align=self.width_bytes)

    def splat(self, data, offset, vector):
        """Load one number into every lane."""
        builder, undefined = self.builder, ir.Constant(vector, ir.Undefined)
        scalar = builder.load(builder.gep(data, [offset]))
        single = builder.insert_element(undefined, scalar, _I32(0))
        first_lane = ir.Constant(ir.VectorType(_I32, vector.count), [0] * vector.count)
        return builder.shuffle_vector(single, undefined, first_lane)

    def multiply_add(self, accumulator, factor, row):
        product = self.builder.fmul(factor, row, flags=("contract",))
        total = self.builder.fadd(self.builder.load(accumulator), product, flags=("contract",))
        self.builder.store(total, accumulator)


@intrinsic
def add_rows(typing, out, o, length, weights, w, stride, signal, s, events, first, last):
    """Add the weight rows that the events select: event-driven product of a sparse signal and a matrix.

        out[o : o + length] += sum over e in first ... last - 1 of
            signal[s + u] weights[w + u stride : w + u stride + length],  u = events[e]

    out : float array, flat, MUTATED; signal, weights : flat arrays of the same dtype; events : int32 array; the rest
    int64. No bounds are checked.
    """
    signature = types.void(out, types.int64, types.int64, weights, types.int64, types.int64, signal, types.int64,
                           events, types.int64, types.int64)

    def generate(context, builder, signature, args):
        (out, o, length, weights, w, stride, signal, s, events, first,
         last) = _pointers(context, builder, signature, args)
        element = _Element(context, builder, signature.args[0].dtype)
        for column, vector, registers in _blocks(builder, length, element, registers=simd_bytes() // 4):
            offsets = [builder.add(column, _I64(k * vector.count)) for k in range(registers)]
            sums = [cgutils.alloca_once(builder, vector) for _ in offsets]
            for accumulator, k in zip(sums, offsets):
                builder.store(element.load(out, builder.add(o, k), vector), accumulator)
            with cgutils.for_range_slice(builder, first, last, _I64(1)) as (event, _):
                unit = builder.sext(builder.load(builder.gep(events, [event])), _I64)
                row = builder.add(w, builder.mul(unit, stride))
                factor = element.splat(signal, builder.add(s, unit), vector)
                for accumulator, k in zip(sums, offsets):
                    element.multiply_add(accumulator, factor, element.load(weights, builder.add(row, k), vector))
            for accumulator, k in zip(sums, offsets):
                element.store(builder.load(accumulator), out, builder.add(o, k))
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
        out, outs, length, weights, w, stride, signal, signals, count = _pointers(context, builder, signature, args)
        outs, signals = ([builder.extract_value(values, i) for i in range(BLOCK)] for values in (outs, signals))
        element = _Element(context, builder, signature.args[0].dtype)
        for column, vector, registers in _blocks(builder, length, element, registers=simd_bytes() // 16):
            offsets = [builder.add(column, _I64(k * vector.count)) for k in range(registers)]
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


_LISTED = np.zeros((256, 8), np.uint8)
for _mask in range(256):
    _bits = [bit for bit in range(8) if _mask >> bit & 1]
    _LISTED[_mask, :len(_bits)] = _bits


@intrinsic
def pack_nonzero(typing, signal, s, first, last, events, n):
    """List the units of a range whose signal is not zero, in order, and return how many the list then holds.

        for u in first ... last - 1:  if signal[s + u] != 0:  events[n] = u;  n += 1

    Sixteen units at a time, without branches: comparisons make a bit mask, a table turns each byte of it into indices.
    events : int32 array, MUTATED, with room for 8 entries more than it will hold; the rest as in `add_rows`. No bounds
    are checked.
    """
    signature = types.int64(signal, types.int64, types.int64, types.int64, events, types.int64)

    def generate(context, builder, signature, args):
        signal, s, first, last, events, n = _pointers(context, builder, signature, args)
        element = _Element(context, builder, signature.args[0].dtype)
        byte, eight = ir.IntType(8), ir.VectorType(_I32, 8)
        listed = ir.Constant(ir.ArrayType(byte, 2048), bytearray(_LISTED.tobytes()))
        table = cgutils.global_constant(builder, "listed", listed)
        filled = cgutils.alloca_once_value(builder, n)
        lanes = ir.VectorType(element.type, 16)
        whole = builder.add(first, builder.and_(builder.sub(last, first), _I64(-16)))

        def append(mask, unit):
            entry = builder.gep(table, [_I64(0), builder.mul(mask, _I64(8))])
            bits = builder.load(builder.bitcast(entry, ir.VectorType(byte, 8).as_pointer()), align=1)
            base = builder.insert_element(ir.Constant(eight, ir.Undefined), builder.trunc(unit, _I32), _I32(0))
            base = builder.shuffle_vector(base, ir.Constant(eight, ir.Undefined), ir.Constant(eight, [0] * 8))
            count = builder.load(filled)
            place = builder.bitcast(builder.gep(events, [count]), eight.as_pointer())
            builder.store(builder.add(builder.zext(bits, eight), base), place, align=4)
            builder.store(builder.add(count, builder.ctpop(mask)), filled)

        with cgutils.for_range_slice(builder, first, whole, _I64(16)) as (unit, _):
            values = element.load(signal, builder.add(s, unit), lanes)
            fired = builder.fcmp_unordered("!=", values, ir.Constant(lanes, [0.0] * 16))
            mask = builder.zext(builder.bitcast(fired, ir.IntType(16)), _I64)
            append(builder.and_(mask, _I64(255)), unit)
            append(builder.lshr(mask, _I64(8)), builder.add(unit, _I64(8)))
        with cgutils.for_range_slice(builder, whole, last, _I64(1)) as (unit, _):
            value = builder.load(builder.gep(signal, [builder.add(s, unit)]))
            count = builder.load(filled)
            builder.store(builder.trunc(unit, _I32), builder.gep(events, [count]))
            fired = builder.fcmp_unordered("!=", value, ir.Constant(element.type, 0.0))
            builder.store(builder.add(count, builder.zext(fired, _I64)), filled)
        return builder.load(filled)

    return signature, generate
