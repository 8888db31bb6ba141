"""Which law: the one with the fewest numbers that no other clearly beats.

A law clearly beats another if, on the same blocks of held-out pulses, it leads by more than one standard error of the
sum of differences (Breiman et al., Classification and Regression Trees, 3.4.3, 1984) and by more than what is no
evidence however regular it is; and if it has more numbers, they must pay off on all pulses, too, by more than half the
logarithm of the pulses each (Schwarz, Ann. Stat. 6:461 (1978)).
"""

import math
from typing import Any

import numpy as np

_EVIDENCE = 2.0    #: least lead that counts [nat], odds of 7


def ranked(fits: list) -> list:
    """Return fits in the order of choice: the chosen one, then the others by what they predict of held-out pulses.

    fits : list of Fit to the same trains, in any order
    """
    chosen = min(_unbeaten(fits), key=lambda found: (found.numbers, -found.held_out))
    return [chosen, *sorted((found for found in fits if found is not chosen), key=lambda found: -found.held_out)]


def tied(fits: list) -> list[str]:
    """Return names of the laws that neither the chosen one nor any other clearly beats, without that, best first.

    fits : as `ranked` returns them
    """
    alike = _unbeaten(fits)
    return [found.law for found in fits[1:] if any(found is other for other in alike)]


def lead(found: Any, other: Any) -> tuple[float, float]:
    """Return by how much one fit predicts held-out pulses better than another, with its standard error [nat]."""
    differences = found.blocks - other.blocks
    return float(differences.sum()), float(np.std(differences, ddof=1) * math.sqrt(differences.size))


def _unbeaten(fits: list) -> list:
    best = max(fits, key=lambda found: found.held_out)
    return [found for found in fits if not any(_beats(other, found) for other in fits)] or [best]


def _beats(found: Any, other: Any) -> bool:
    if found is other:
        return False
    pulses = sum(map(len, (*found.trains.up, *found.trains.down)))
    gain, more = (found.log_likelihood - other.log_likelihood) * pulses, max(found.numbers - other.numbers, 0)
    margin, error = lead(found, other)
    return margin > max(error, _EVIDENCE) and (not more or gain > 0.5 * more * math.log(pulses))
