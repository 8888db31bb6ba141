"""Compiled kernels of units on a processor: currents are summed up and units advanced row by row, in near caches."""

from collections.abc import Callable
from functools import cache

from neurosim._jit import dispatch, inner_kernel, kernel
from neurosim.neurons import Law


@inner_kernel
def sum_terms(terms, k, first, out):
    """Write the sum of row k of four terms (samples or 1, units) to `out`, the units from `first` on, MUTATED.

    Terms may be empty; those that are come last.
    """
    one, two, three, four = terms
    last = first + out.size
    if two.size:
        a, b = one[k if len(one) > 1 else 0, first:last], two[k if len(two) > 1 else 0, first:last]
        for j in range(out.size):
            out[j] = a[j] + b[j]
    elif one.size:
        a = one[k if len(one) > 1 else 0, first:last]
        for j in range(out.size):
            out[j] = a[j]
    else:
        for j in range(out.size):
            out[j] = 0
    for term in (three, four):
        if term.size:
            a = term[k if len(term) > 1 else 0, first:last]
            for j in range(out.size):
                out[j] += a[j]


@cache
def rows_loop(laws: tuple[Law, ...]) -> Callable[..., None]:
    """Return the compiled kernel that advances layers whose laws are among these, a tuple of Law.

    Its machine code on the disk is identified by the code of these laws, and not kept where that has no identity.
    """
    step = dispatch([law.advance for law in laws])

    def advance_rows(law, units, currents, factors, bounds, parameters, scratch):
        """Advance the units of one layer by one time step, sample by sample, some units at a time.

        law : number among the laws; units : x, d, v and s, (samples, units) each, MUTATED; (samples, 0) where the law
        has none or, of s, where signals are states
        currents : terms of what spikes carry, and of what needs no decoder, two tuples of four, see `sum_terms`
        factors : eps and lam, (samples or 1) each; scratch : three rows, as long as what is advanced at a time, mutated
        """
        (x, d, v, s), (phis, directs), (eps, lam), (phi, direct, unsent) = units, currents, factors, scratch
        for k in range(len(x)):
            for first in range(0, x.shape[1], phi.size):
                last = min(first + phi.size, x.shape[1])
                count = last - first
                sum_terms(phis, k, first, phi[:count])
                sum_terms(directs, k, first, direct[:count])
                sent = s[k, first:last] if s.shape[1] else unsent[:count]
                step(law, x[k, first:last], d[k, first:last], v[k, first:last], sent, phi[:count], direct[:count],
                     eps[k if len(eps) > 1 else 0], lam[k if len(lam) > 1 else 0], bounds, parameters)

    marks = [law.fingerprint for law in laws]
    return kernel(advance_rows, captured=" ".join(marks) if all(marks) else "")


@kernel
def count_rows(signals, sent):
    """Add one for every signal (samples, units) that is not zero to `sent`, int16, which is mutated."""
    for k in range(len(signals)):
        row, counts = signals[k], sent[k]
        for j in range(counts.size):
            counts[j] += row[j] != 0
