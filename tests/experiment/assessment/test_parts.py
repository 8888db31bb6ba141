"""How good a number must become: what lies between an imperfection and none of it."""

from types import SimpleNamespace

import pytest

from digits import config_of
from neurosim.cards import card_names
from neurosim.experiment.assessment.parts import Need, tolerated
from neurosim.experiment.assessment.questions import asked, shipped
from neurosim.experiment.assessment.words import _need, assumptions
from neurosim.experiment.chip import card_device
from neurosim.experiment.imperfections import IMPERFECTIONS, left, present, switched
from neurosim.memristor.device import load_device

EVERYTHING = ("synapses.device=nandakumar-2020-pcm", "synapses.shelf_seconds=1e4", "device.levels=40",
              "device.step_spread=0.2", "device.stuck_on=0.01", "device.endurance=1e6", "device.drift=0.03",
              "device.read_noise=0.02", "device.rtn_amplitude=0.1", "device.flicker=1e-4", "device.c2c=0.3",
              "array.word_line=2.0", "array.pulses=local", "readout.kind=integrate-and-fire",
              "readout.leak=0.1", "readout.comparator=0.5", "readout.dac_bits=6", "readout.noise=frozen",
              "synapses.pulses=nearest", "synapses.programming=one-sided")
BETWEEN = {"programming noise", "levels", "unequal steps", "device spread", "stuck devices", "wear", "drift",
           "on/off ratio", "wires", "converter errors", "relative read noise", "telegraph noise", "1/f noise",
           "comparator noise"}


def test_the_whole_of_an_imperfection_is_the_chip_as_it_is():
    config = config_of("", *EVERYTHING)
    device, found = card_device(config), set()
    for name in present(config, learning=True):
        whole = left(config, name, 1.0)
        assert card_device(switched(config, whole)).values == pytest.approx(device.values, rel=1e-12)
        found |= {name} if whole else set()
    assert found == BETWEEN and set(present(config, learning=True)) == {one.name for one in IMPERFECTIONS}


def test_none_of_it_is_what_switches_it_off():
    config = config_of("", *EVERYTHING)
    for name, changes in present(config, learning=True).items():
        if name in BETWEEN - {"levels", "wear", "drift"}:
            assert left(config, name, 0.0) == changes
    assert left(config, "drift", 0.0) == dict.fromkeys(("device.drift", "device.drift_spread", "device.relaxation"), 0)
    assert left(config, "levels", 0.25) == {"device.levels": 160}
    assert left(config, "wear", 0.1)["device.endurance"] == 1e7


def test_what_is_tolerated_by_hand():
    parts = (1.0, 0.5, 0.2, 0.05, 0.0)
    assert tolerated(parts, (0.2, 0.05, 0.004, 0.001, 0.0), 0.01) == pytest.approx(0.2 + 0.3 * 0.006 / 0.046)
    assert tolerated(parts, (0.009, 0.005, 0.004, 0.001, 0.0), 0.01) == 1.0
    assert tolerated(parts, (0.2, 0.1, 0.08, 0.04, 0.0), 0.01) == pytest.approx(0.0125)
    assert tolerated(parts, (0.2, -0.01, 0.03, 0.005, 0.0), 0.01) == pytest.approx(0.05 + 0.15 * 0.005 / 0.025)


def test_needs_in_words():
    plain = dict(name="on/off ratio", rule="accumulate", parts=(1.0, 0.5, 0.2, 0.05, 0.0), costs=(0.2, 0.1, 0, 0, 0))
    now = {"device.g_min": 5e-6, "device.g_max": 10e-6}
    needed = {"device.g_min": 1e-6, "device.g_max": 6e-6}
    assert _need(Need(**plain, part=0.2, now=now, needed=needed), 0.01) == (
        "For a loss of 1.0 point with a register, 20% of on/off ratio may be left: device.g_min from 5 uS to 1 uS; "
        "device.g_max from 10 uS to 6 uS, an on/off ratio of 6 instead of 2.")
    noise = {**plain, "name": "programming noise", "costs": (0.5, 0.4, 0.3, 0.1, 0.0)}
    assert _need(Need(**noise, part=None, now={"device.c2c": 0.3}, needed={}), 0.02) == (
        "For a loss of 2.0 points with a register, less than 5% of programming noise (cycle to cycle) may be left: "
        "device.c2c 0.3 now, of which 5% still costs 10.0 points.")
    kept = Need(**plain, part=1.0, now={"device.c2c": 0.3}, needed={"device.c2c": 0.3})
    assert _need(kept, 0.01).endswith("on/off ratio may stay as it is: device.c2c 0.3.")


@pytest.mark.parametrize("words, said", [((), True), (("device.read_noise=0.05",), False),
                                         (("device.g_min=1e-8",), False), (("array.word_line=1.0",), False)])
def test_an_on_off_ratio_that_costs_nothing_is_said(words, said):
    question = asked("choi-2018-epiram", beside=(), assignments=("device.g_min=6e-6", *words))
    told = assumptions(SimpleNamespace(question=question, config=question.config("nearest")))
    assert any(text.startswith("An on/off ratio of 2.06 costs nothing here") for text in told) is said


def test_reads_are_noisy_and_chips_wait_where_the_card_says_so():
    quiet, known = (asked(card, beside=()).config("nearest") for card in ("choi-2018-epiram", "nandakumar-2020-pcm"))
    assert (quiet.readout.noise, quiet.synapses.shelf_seconds) == ("off", 0.0)
    device = load_device("nandakumar-2020-pcm")
    assert known.readout.noise == ("fresh" if device["read_noise"] or device["flicker"] else "off")
    assert known.synapses.shelf_seconds == (86400.0 if device["drift"] else 0.0)
    noisy = asked("choi-2018-epiram", beside=(), assignments=("device.read_noise=0.1",)).config("nearest")
    assert noisy.readout.noise == "fresh"
    assert known.synapses.pulses == "nearest" and known.synapses.device == "nandakumar-2020-pcm"
    with pytest.raises(ValueError, match="loss: 2 is not between 0 and 1"):
        asked("choi-2018-epiram", loss=2.0)


def test_devices_beside_are_all_that_ship_but_tables_and_itself():
    names = shipped("choi-2018-epiram")
    assert "choi-2018-epiram" not in names and "sandia-enode" not in names
    assert len(names) == len(card_names()) - 1 - sum(load_device(name).law == "table" for name in card_names())
    assert all(load_device(name).law != "table" for name in names)
