"""Named random streams: every random number is a function of (seed, purpose, indices), never of the order of calls."""

import hashlib

import numpy as np

from neurosim.whole import whole


def stream(seed: int, purpose: str, *indices: int | str) -> np.random.Generator:
    """Make the generator of one purpose, for example `stream(seed, "order", epoch)`.

    Philox, a counter-based generator (Salmon et al., SC 2011, doi:10.1145/2063384.2063405), keyed by the 128-bit
    BLAKE2b digest of its arguments. Two streams with different names are independent; the same name gives the same
    numbers on every machine, in any order of calls and on any number of threads.

    seed : int, the run's seed, 0 or more
    purpose : str, what the numbers are for
    indices : ints or strings that tell streams of one purpose apart (layer, epoch, sample, step)
    returns : numpy.random.Generator; raises : ValueError for a seed that is none
    """
    name = repr((whole(seed, "seed"), str(purpose), *(i if isinstance(i, str) else int(i) for i in indices)))
    digest = hashlib.blake2b(name.encode(), digest_size=16).digest()
    return np.random.Generator(np.random.Philox(key=int.from_bytes(digest, "little")))


def counter_key(seed: int, purpose: str, *indices: int | str) -> np.uint64:
    """Return odd 64-bit key, uint64, of a counter-based generator that kernels run themselves."""
    return stream(seed, purpose, *indices).integers(2 ** 64, dtype=np.uint64) | np.uint64(1)


def derived_seed(seed: int, purpose: str) -> int:
    """Return the seed of a part that has streams of the same names as another part, int."""
    return int(stream(seed, purpose).integers(2 ** 62))
