"""The page of a run: its numbers are those of the file, it is whole in itself, and people can find their way."""

import pytest

from neurosim.experiment.pipeline.facts import gathered
from neurosim.experiment.ledger import programming_at_first
from neurosim.experiment.model import Model
from neurosim.experiment.runs import stored_config
from neurosim.report import activity, energy, outcome, report, synapses
from neurosim.results import RunFileError
from pages import Page, assert_linked, assert_readable, assert_whole, table

HOSTILE = '<script>alert("1")</script>'


@pytest.fixture
def page(make, monkeypatch):
    """Make a page without its drawings, which take a second: their labels stay."""
    for module in (activity, energy, outcome, synapses):
        monkeypatch.setattr(module, "inline_svg", _label_alone)

    def of(title=None, **options):
        path = make(**options)
        return Page(report(path, gathered(path, title)))
    return of


def _label_alone(name, label, *_):
    return f'<svg role="img" aria-label="{label}"></svg>'


@pytest.fixture(scope="module")
def whole(write, tmp_path_factory):
    """Text of a page with all its drawings."""
    path = write(tmp_path_factory.mktemp("whole") / "run.h5", recorded=True)
    return report(path, gathered(path))


@pytest.fixture
def drawn(whole):
    return Page(whole)


def joules(text):
    number, unit = text.strip("×= ").split()
    return float(number) * {"f": 1e-15, "p": 1e-12, "n": 1e-9, "µ": 1e-6, "m": 1e-3, "J": 1}[unit[0]]


@pytest.mark.slow
def test_the_page_is_whole_in_itself(drawn):
    assert_whole(drawn)
    assert drawn.all("script") == []
    policy = next(element["content"] for element in drawn.all("meta") if "http-equiv" in element)
    assert "default-src 'none'" in policy and "script" not in policy


@pytest.mark.slow
def test_links_have_targets_and_drawings_speak(drawn):
    assert_linked(drawn)
    assert_readable(drawn, drawings=12)


def test_what_users_wrote_shows_as_text(page):
    found = page(title=HOSTILE, command=HOSTILE, host=HOSTILE)
    assert found.all("h1")[0]["text"] == found.all("title")[0]["text"] == HOSTILE
    assert ["command", HOSTILE] in table(found, "Versions") and found.all("script") == []


def test_what_kept_a_run_from_learning_shows_at_full_length(page):
    sentences = [f"Layer conv{number} is silent: {'all of it, ' * 40}{HOSTILE}" for number in (1, 2)]
    items = page(warnings=sentences).all("li")
    assert [item["text"] for item in items if "is silent" in item["text"]] == [f"{text}." for text in sentences]


def test_a_hostile_configuration_shows_as_text(make, page):
    facts = gathered(make(device="ideal"))
    text = f'seed = 1\n[data]\nname = \'{HOSTILE}\'\n'
    hostile = make("hostile.h5", device="ideal", config=text)
    found = Page(report(hostile, facts))
    assert found.all("script") == [] and found.all("pre")[0]["text"] == text
    assert ["data", f"name = {HOSTILE}"] in table(found, "Configuration")


@pytest.mark.slow
def test_the_same_numbers_give_the_same_bytes(make, whole):
    path = make(recorded=True)
    assert report(path, gathered(path)) == whole and len(whole.encode()) < 5e6


def test_a_line_is_its_count_times_its_price(page):
    found = page()
    lines = table(found, "inference: largest lines")[:-1]
    assert lines
    sources = [element["id"] for element in found.all("li") if element.get("id", "").startswith("source-")]
    for _, count, price, cost, _, source in lines:
        assert joules(cost) == pytest.approx(int(count.replace(",", "")) * joules(price), rel=2e-3)
        assert f"source-{source.strip('[]')}" in sources


def test_the_first_sentences_hold_the_numbers_of_the_file(page):
    found = page()
    words = next(element["text"] for element in found.all("p") if element.get("class") == "verdict")
    wrong = sum(int(row[2]) for row in table(found, "Errors by class"))
    assert f"answers {wrong / 40:.2%} of 40 test images" in words and "20 time steps" in words
    assert "Learning sent 40 programming pulses, after 400 to write the first weights" in words
    total = next(row for row in table(found, "Energy per sample") if row[0] == "all")
    assert joules(dict(zip([e["text"] for e in found.all("dt")], [e["text"] for e in found.all("dd")]))[
        "energy per inference"]) == pytest.approx(joules(total[1]), rel=5e-3)


def test_pulses_before_and_while_learning_are_told_apart(page):
    for name, devices, *told in table(page(), "What programming took"):
        assert (name, told) in [(name, ["100", "100", "14", "6", "100", "200", "100"])] and int(devices) % 2 == 0


def test_rates_are_signals_by_units_and_steps(page, make):
    from neurosim.results import RunFile
    rows = table(page(), "Share of units")
    with RunFile(make()) as run:
        test = {name: run[f"results/test/{name}"].data for name in ("signals", "units", "steps")}
    shares = test["signals"] / (test["units"] * int(test["steps"]))
    assert [row[2] for row in rows] == [f"{share:.2%}" for share in shares]


def test_rasters_end_where_the_phase_ended(page):
    labels = [element["aria-label"] for element in page(recorded=True).all("svg") if "aria-label" in element]
    first, second = [label for label in labels if label.startswith("Spikes of recorded")]
    assert "image 1, class 2" in first and "output, free: 45 spikes in 15 steps" in first
    assert "output, plus" in second and "in 8 steps" in second


def test_without_records_the_page_says_how_to_make_some(page):
    assert "neurosim record run.h5 --layers input conv1 output --samples 3 --phases all" in \
        [element["text"] for element in page().all("code")]


def test_rate_neurons_have_no_raster_and_no_spikes(page):
    found = page(settings=["neurons.kind=rate", "network.input=analog"])
    assert "send their states, not spikes" in found.all("main")[0]["text"]
    assert "spikes per inference" not in [element["text"] for element in found.all("dt")]


def test_ideal_synapses_have_no_device_and_no_wear(page):
    found = page(device="ideal")
    text = found.all("main")[0]["text"]
    assert "nothing wears" in text and "Numbers of the device card" not in text
    assert "no pulse was sent" in found.all("p")[0]["text"]


def test_a_run_that_was_not_evaluated_is_refused(make):
    path = make(evaluated=False)
    with pytest.raises(RunFileError, match="was not evaluated on the test images yet; finish it with neurosim train"):
        gathered(path)
    with pytest.raises(RunFileError, match="was not evaluated"):
        report(path, None)


def test_a_run_without_an_epoch_does_not_speak_of_learning(page):
    found = page(epochs=0)
    words = found.all("p")[0]["text"]
    assert words.startswith("Without an epoch of training, the network answers")
    assert "400 programming pulses wrote the first weights." in words and "Learning from" not in words
    assert "as they were drawn and as they were evaluated" in found.all("main")[0]["text"]


def test_another_card_is_refused(make):
    with pytest.raises(ValueError, match="the card choi-2018-epiram is not the one that it was written with"):
        gathered(make(card='{"law": "neurosim", "g_max": 1.0}'))


@pytest.fixture
def chip(make):
    """Synapses as a training with the configuration of the run file begins with them."""
    return Model.build(stored_config(make("chip.h5")), (8, 8, 1), 3).synapses


@pytest.mark.slow
def test_conductances_before_learning_are_those_that_the_run_began_with(make, chip, page):
    counted = programming_at_first(chip)
    path = make(programming=[counted, counted, counted])
    facts = gathered(path)
    before = {name: values for name, values in chip.stored().items() if name.endswith(".g")}
    assert before and {name: facts.initial_devices[name].tobytes() for name in before} == {
        name: values.tobytes() for name, values in before.items()}
    found = page(programming=[counted, counted, counted])
    g = 1e6 * before["input-conv1.plus.g"].astype(float)
    row = next(row for row in table(found, "Conductances") if row[:2] == ["input-conv1", "plus"])
    assert float(row[2].split()[0]) == pytest.approx(g.mean(), rel=1e-3) and row[2].endswith(" µS")
    assert (row[5], row[7]) == ("6 µS", "0.0%"), "those of the file"
    assert "agree with the pulses that the run counted" in found.all("main")[0]["text"]


@pytest.mark.slow
def test_conductances_that_the_run_did_not_begin_with_are_not_shown(chip, page):
    counted = programming_at_first(chip)
    other = {kind: dict(numbers) for kind, numbers in counted.items()}
    other["set"]["input-conv1"] += 1
    found = page(programming=[other, other, other])
    assert {row[2] for row in table(found, "Conductances")} == {"-"}
    assert "Those before learning are not shown: this version of neurosim programs" in found.all("main")[0]["text"]
