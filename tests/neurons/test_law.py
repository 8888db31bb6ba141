"""Laws of your own: what is taken, what is refused, and what identifies their code."""

import math

import numpy as np
import pytest

from neurosim.cards import Entry
from neurosim.neurons import GRADED, SPIKING, Law, kernel, law_of, register

SCALE = 3.0


def step(x, d, v, s, phi, direct, eps, lam, bounds, parameters):
    for j in range(x.size):
        x[j] = parameters[0] * phi[j] + SCALE
        s[j] = helper(x[j])


@kernel
def helper(x):
    return x


def makes_arrays(x, d, v, s, phi, direct, eps, lam, bounds, parameters):
    x[:] = x + phi


def makes_lists(x, d, v, s, phi, direct, eps, lam, bounds, parameters):
    kept = [phi[0]]
    kept.append(x[0])
    x[0] = kept[1]


def raises(x, d, v, s, phi, direct, eps, lam, bounds, parameters):
    if x[0] > 1e30:
        raise ValueError("too large")


@kernel
def picky(x):
    assert x < 1e30
    return x


def calls_what_raises(x, d, v, s, phi, direct, eps, lam, bounds, parameters):
    x[0] = picky(x[0])


def unknown_word(x, d, v, s, phi, direct, eps, lam, bounds, parameters):
    x[0] = something  # noqa: F821


def too_few(x, s, phi):
    s[0] = x[0]


HOW = ("; write it like those in neurosim/neurons, as advance(x, d, v, s, phi, direct, eps, lam, bounds, parameters) "
       "under @neurosim.neurons.kernel")


@pytest.mark.parametrize("function, reason", [
    (makes_arrays, "allocates memory or makes objects in line"), (makes_lists, "allocates memory or makes objects"),
    (raises, "raises in line"), (calls_what_raises, "raises in line"),
    (unknown_word, "does not compile (NameError: name 'something' is not defined)"), (too_few, "takes (x, s, phi)"),
])
def test_code_that_no_kernel_can_take(function, reason):
    with pytest.raises(ValueError) as caught:
        register(Law(name="odd", advance=kernel(function)))
    sentence = str(caught.value)
    assert sentence.startswith(f"neurons 'odd': advance {reason}") and sentence.endswith(HOW)
    assert "\n" not in sentence
    with pytest.raises(ValueError, match="^neurons.kind: 'odd' neurons are unknown"):
        law_of("odd")


def test_a_plain_function_is_refused():
    with pytest.raises(ValueError, match=r"^neurons 'odd': advance is not compiled; write it like"):
        register(Law(name="odd", advance=step))


@pytest.mark.parametrize("changes, sentence", [
    ({"name": "spiking"}, "neurons 'spiking': is the name of neurons that ship; give your own another one"),
    ({"name": "No name"}, "neurons 'No name': is not a name; give one of at most 40 small letters, digits and hyphens"),
    ({"sends": "words"}, "neurons 'own': sends: 'words' is unknown; write \"spikes\" or \"states\""),
    ({"range": (1.0, 0.0)}, "neurons 'own': range: [1, 0] is nothing that spikes can stand for; give two finite "
                            "numbers that rise"),
    ({"range": (0.0, math.inf)}, "neurons 'own': range: [0, inf] is nothing that spikes can stand for; give two "
                                 "finite numbers that rise"),
    ({"bits": 9}, "neurons 'own': bits = 9 exceeds 8, what a recorded spike takes; give 1 to 8"),
])
def test_what_a_law_cannot_be(changes, sentence):
    with pytest.raises(ValueError) as caught:
        register(Law(**{"name": "own", "advance": SPIKING.advance} | changes))
    assert str(caught.value) == sentence


def test_parameters_are_checked():
    law = Law(name="own", advance=kernel(step), parameters={"gain": Entry("1", 0, 2), "leak": Entry("1", 0, 1)},
              defaults={"leak": 0.5})
    assert law.values({"gain": 1}, "here") == (1.0, 0.5)
    for given, sentence in (({"gian": 1.0}, "here.gian: own neurons have no such parameter; did you mean 'gain'?"),
                            ({}, "here.gain: missing; own neurons need a number from 0 to 2"),
                            ({"gain": 3.0}, "here.gain = 3 exceeds 2; give 0 to 2")):
        with pytest.raises(ValueError) as caught:
            law.values(given, "here")
        assert str(caught.value) == sentence
    assert GRADED.values({}, "here") == (4.0,) and GRADED.range_of((4.0,)) == (-7, 7) and GRADED.bits_of((4.0,)) == 4


def test_code_has_the_fingerprint_of_all_that_it_uses(monkeypatch):
    """Of itself, of functions that it calls, and of values that it takes from its module."""
    def mark():
        return Law(name="own", advance=kernel(step)).fingerprint

    first = mark()
    assert len(first) == 64 and mark() == first
    monkeypatch.setitem(globals(), "SCALE", 4.0)
    second = mark()
    monkeypatch.setitem(globals(), "helper", kernel(lambda x: 2 * x))
    third = mark()
    monkeypatch.setitem(globals(), "helper", kernel(lambda x: 3 * x))
    assert len({first, second, third, mark(), SPIKING.fingerprint}) == 5
    monkeypatch.setitem(globals(), "SCALE", object())
    assert mark() == ""


def test_kernels_of_other_files_are_kept_nowhere():
    """They could call what changes while their own file stays as it is."""
    assert type(helper._cache).__name__ == "NullCache" and type(SPIKING.advance._cache).__name__ != "NullCache"
    assert np.isfinite(helper(1.0))
