"""Which law: the one with the fewest numbers among those that predict held-out pulses as well as the best one.

Laws are compared on the same blocks of pulses. One that loses less than one standard error of the sum of its
differences from the best is not told apart from it (Breiman et al., Classification and Regression Trees, 3.4.3, 1984),
nor one that loses less than what is no evidence however regular it is.
"""

import numpy as np

_EVIDENCE = 2.0    #: least lead that counts [nat], odds of 7


def ranked(fits):
    """Fits in the order of choice: the chosen one, then the others by what they predict of held-out pulses.

    fits : list of Fit to the same trains, in any order
    """
    alike = _alike(fits)
    chosen = min(alike, key=lambda found: (found.numbers, -found.held_out), default=None)
    return [chosen, *sorted((found for found in fits if found is not chosen), key=lambda found: -found.held_out)]


def tied(fits):
    """Names of the laws that the trains do not tell apart from the chosen one, without that, best first."""
    chosen, alike = ranked(fits)[0], _alike(fits)
    return [found.law for found in sorted(alike, key=lambda found: -found.held_out) if found is not chosen]


def lead(found, other):
    """By how much one fit predicts held-out pulses better than another, with its standard error [nat]."""
    differences = found.blocks - other.blocks
    return float(differences.sum()), float(np.std(differences, ddof=1) * np.sqrt(differences.size))


def _alike(fits):
    best = max(fits, key=lambda found: found.held_out)
    leads = {found.law: lead(best, found) for found in fits}
    return [found for found in fits if leads[found.law][0] <= max(leads[found.law][1], _EVIDENCE)]
