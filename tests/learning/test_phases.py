"""The section [learning]: defaults, and one sentence for every choice that cannot work."""

import pytest

from neurosim.learning.phases import Phases


def test_what_a_record_averages():
    assert (Phases(state="mean", window=7).span, Phases(state="mean").average) == (7, "state")
    assert (Phases(state="final", window=7).span, Phases(state="final").average) == (1, "state")
    assert (Phases(state="spike-count", window=7).span, Phases(state="spike-count").average) == (7, "spikes")


@pytest.mark.parametrize("options", [
    {"beta": -0.5}, {"state": "final", "window": 1000}, {"free_steps": "auto", "free_limit": 20}, {"window": 20},
    {"free_steps": 1, "nudge_steps": 1, "window": 1}])
def test_choices_that_work(options):
    Phases(**options)


REFUSED = {
    "learning.beta: 0 makes no nudge and no gradient; choose 0 < |beta| < 1, for example 0.2": {"beta": 0.0},
    "learning.beta: |1| >= 1, where the energy of the -beta phase has no minimum; choose |beta| < 1, for example 0.2":
        {"beta": 1.0},
    "learning.beta: |-1.5| >= 1, where the energy of the -beta phase has no minimum; choose |beta| < 1, for example "
    "0.2": {"beta": -1.5},
    "learning.beta: |nan| >= 1, where the energy of the -beta phase has no minimum; choose |beta| < 1, for example 0.2":
        {"beta": float("nan")},
    "learning.window: 21 steps do not fit a phase of 20; lower the window or lengthen the phase": {"window": 21},
    "learning.window: 10 steps do not fit a phase of 9; lower the window or lengthen the phase": {"free_steps": 9},
    "learning.window: 10 steps do not fit a phase of 5; lower the window or lengthen the phase":
        {"free_steps": "auto", "free_limit": 5},
    "learning.window: 0 steps do not fit a phase of 20; lower the window or lengthen the phase": {"window": 0},
    "learning.free_limit: 25 is not a multiple of the window of 10 steps": {"free_steps": "auto", "free_limit": 25},
    "learning.targets: [0.5, 0.5] do not rise; write [state of a wrong class, state of the right one]":
        {"targets": (0.5, 0.5)},
    "learning.tolerance = 0 is below 1e-09, so that no free phase would ever settle; give 1e-09 to 1":
        {"tolerance": 0.0},
}


@pytest.mark.parametrize("sentence", REFUSED)
def test_choices_that_do_not(sentence):
    with pytest.raises(ValueError) as caught:
        Phases(**REFUSED[sentence])
    assert str(caught.value) == sentence
