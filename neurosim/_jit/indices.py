"""Lists and flags as instructions of LLVM: which signals are not zero, and what a table holds at listed indices."""

import numpy as np
from llvmlite import ir
from numba import types
from numba.core import cgutils
from numba.extending import intrinsic

from neurosim._jit.vectors import I32, I64, Element, pointers, simd_bytes


@intrinsic
def look_up(typing, table, indices, words, count):
    """words[k] = table[indices[k]] for k = 0 ... count - 1, one by one, which is faster than a gather.

    table, words : uint64 arrays, words MUTATED; indices : uint32 array; count : int64. No bounds are checked.
    """
    signature = types.void(table, indices, words, types.int64)

    def generate(context, builder, signature, args):
        table, indices, words, count = pointers(context, builder, signature, args)

        def copy(index, k):
            word = builder.load_atomic(builder.gep(table, [index]), "monotonic", align=8)
            builder.store(word, builder.gep(words, [k]))

        even = builder.and_(count, I64(-2))     # two indices in one load; the lower address holds the lower half
        with cgutils.for_range_slice(builder, I64(0), even, I64(2)) as (k, _):
            pair = builder.load(builder.bitcast(builder.gep(indices, [k]), I64.as_pointer()), align=4)
            copy(builder.and_(pair, I64(2 ** 32 - 1)), k)
            copy(builder.lshr(pair, I64(32)), builder.add(k, I64(1)))
        with cgutils.for_range_slice(builder, even, count, I64(1)) as (k, _):
            copy(builder.zext(builder.load(builder.gep(indices, [k])), I64), k)
        return context.get_dummy_value()

    return signature, generate


@intrinsic
def merge_flags(typing, flags, f, others, o, length):
    """flags[f + k] |= others[o + k] for k = 0 ... length - 1, in vectors that may overlap, since twice does no harm.

    flags, others : uint8 arrays, apart from each other, flags MUTATED; the rest int64. No bounds are checked.
    """
    signature = types.void(flags, types.int64, others, types.int64, types.int64)

    def generate(context, builder, signature, args):
        flags, f, others, o, length = pointers(context, builder, signature, args)

        def merge(first, lanes):
            vector = ir.VectorType(ir.IntType(8), lanes).as_pointer()
            into, taken = (builder.bitcast(builder.gep(data, [builder.add(begin, first)]), vector)
                           for data, begin in ((flags, f), (others, o)))
            builder.store(builder.or_(builder.load(into, align=1), builder.load(taken, align=1)), into, align=1)

        end = builder.append_basic_block()
        for lanes in (32, 16, 8, 4, 2, 1):
            fits, narrower = (builder.append_basic_block() for _ in range(2))
            builder.cbranch(builder.icmp_signed(">=", length, I64(lanes)), fits, narrower)
            builder.position_at_end(fits)
            last = builder.sub(length, I64(lanes))
            with cgutils.for_range_slice(builder, I64(0), last, I64(lanes)) as (first, _):
                merge(first, lanes)
            merge(last, lanes)
            builder.branch(end)
            builder.position_at_end(narrower)
        builder.branch(end)
        builder.position_at_end(end)
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

    Sixteen units at a time, without branches: comparisons make a bit mask; where registers are wide enough one
    instruction packs the indices by it, elsewhere a table turns each byte of it into indices.
    events : int32 array, MUTATED, with room behind n for as many entries as units are looked at, and 8 more, in which
        anything may be left; the rest as in `add_rows`. No bounds are checked.
    """
    signature = types.int64(signal, types.int64, types.int64, types.int64, events, types.int64)

    def generate(context, builder, signature, args):
        signal, s, first, last, events, n = pointers(context, builder, signature, args)
        element = Element(context, builder, signature.args[0].dtype)
        byte, eight = ir.IntType(8), ir.VectorType(I32, 8)
        listed = ir.Constant(ir.ArrayType(byte, 2048), bytearray(_LISTED.tobytes()))
        table = cgutils.global_constant(builder, "listed", listed)
        filled = cgutils.alloca_once_value(builder, n)
        lanes = ir.VectorType(element.type, 16)
        whole = builder.add(first, builder.and_(builder.sub(last, first), I64(-16)))

        def append(mask, unit):
            entry = builder.gep(table, [I64(0), builder.mul(mask, I64(8))])
            bits = builder.load(builder.bitcast(entry, ir.VectorType(byte, 8).as_pointer()), align=1)
            base = builder.insert_element(ir.Constant(eight, ir.Undefined), builder.trunc(unit, I32), I32(0))
            base = builder.shuffle_vector(base, ir.Constant(eight, ir.Undefined), ir.Constant(eight, [0] * 8))
            count = builder.load(filled)
            address = builder.bitcast(builder.gep(events, [count]), eight.as_pointer())
            builder.store(builder.add(builder.zext(bits, eight), base), address, align=4)
            builder.store(builder.add(count, builder.ctpop(mask)), filled)

        def pack(fired, mask, unit):
            sixteen = ir.VectorType(I32, 16)
            base = builder.insert_element(ir.Constant(sixteen, ir.Undefined), builder.trunc(unit, I32), I32(0))
            base = builder.shuffle_vector(base, ir.Constant(sixteen, ir.Undefined), ir.Constant(sixteen, [0] * 16))
            units = builder.add(base, ir.Constant(sixteen, list(range(16))))
            kind = ir.FunctionType(sixteen, [sixteen, sixteen, fired.type])
            compress = cgutils.get_or_insert_function(builder.module, kind, "llvm.x86.avx512.mask.compress.v16i32")
            count = builder.load(filled)
            address = builder.bitcast(builder.gep(events, [count]), sixteen.as_pointer())
            builder.store(builder.call(compress, [units, units, fired]), address, align=4)
            builder.store(builder.add(count, builder.ctpop(mask)), filled)

        with cgutils.for_range_slice(builder, first, whole, I64(16)) as (unit, _):
            values = element.load(signal, builder.add(s, unit), lanes)
            fired = builder.fcmp_unordered("!=", values, ir.Constant(lanes, [0.0] * 16))
            mask = builder.zext(builder.bitcast(fired, ir.IntType(16)), I64)
            if simd_bytes() == 64:
                pack(fired, mask, unit)
            else:
                append(builder.and_(mask, I64(255)), unit)
                append(builder.lshr(mask, I64(8)), builder.add(unit, I64(8)))
        with cgutils.for_range_slice(builder, whole, last, I64(1)) as (unit, _):
            value = builder.load(builder.gep(signal, [builder.add(s, unit)]))
            count = builder.load(filled)
            builder.store(builder.trunc(unit, I32), builder.gep(events, [count]))
            fired = builder.fcmp_unordered("!=", value, ir.Constant(element.type, 0.0))
            builder.store(builder.add(count, builder.zext(fired, I64)), filled)
        return builder.load(filled)

    return signature, generate
