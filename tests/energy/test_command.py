"""`neurosim energy`: what it prints, draws and refuses."""

import functools
import json

import pytest

from neurosim.energy import load_prices, price

approx = functools.partial(pytest.approx, rel=1e-9, abs=0)    # joules are far below its usual tolerance


def test_the_json_report_can_be_traced_to_counts_and_prices(energy, inference, training):
    code, out, _ = energy("--json", "--no-figure")
    report = json.loads(out)
    assert code == 0 and report["prices"] == "isaac-32nm" and report["node_nm"] == 32 and report["figure"] is None
    for kind, workload in (("inference", inference), ("training", training)):
        for way, found in report[kind]["architectures"].items():
            assert found["joules_per_sample"] == price(workload, load_prices(), way).per_sample
            assert sum(line["count"] * line["unit_price"] for line in found["lines"]) == found["joules_per_sample"]
            assert all(line["source"] for line in found["lines"])
            assert sum(found["by_component"].values()) == approx(found["joules_per_sample"])
    assert set(report["training"]["architectures"]) == {"digital", "in-situ"}
    assert set(report["inference"]["architectures"]) == {"digital"}
    assert report["inference"]["spikes_per_synapse"] == 1.0


def test_the_text_shows_counts_prices_sources_and_what_comes_next(energy, tmp_path):
    code, out, err = energy("--lines")
    assert code == 0 and err == "" and (tmp_path / "run-energy.png").read_bytes().startswith(b"\x89PNG")
    for text in ("per inference, mean of 1, 1 time steps", "per training sample", "all, digital", "all, in-situ",
                 "MACs of gradients, update input-output", "NeuRRAM (Wan et al.", "spikes per synapse and inference",
                 "this chip takes", "initial programming, once", "break-even", "latency, in-situ", "area, digital",
                 "quantised network of 1 bit, one pass", "sources\n  [1] "):
        assert text in out
    assert out.endswith("figure  run-energy.png\nnext    neurosim energy run.h5 --prices neurram-130nm\n")
    assert max(map(len, out.splitlines())) <= 140


def test_the_largest_lines_are_shown_unless_all_are_asked_for(energy):
    short, long = (energy("--no-figure", *words)[1] for words in ((), ("--lines",)))
    assert len(short) < len(long) and short.endswith("neurosim energy run.h5 --lines\n")


def test_another_node_changes_circuits_alone(energy):
    reports = [json.loads(energy("--json", "--no-figure", "--node", node)[1]) for node in (65, 14)]
    parts = [report["inference"]["architectures"]["digital"]["by_component"] for report in reports]
    assert parts[0]["cells"] == parts[1]["cells"] and parts[0]["neurons"] > parts[1]["neurons"]
    assert [report["node_nm"] for report in reports] == [65, 14]


def test_the_prices_are_those_of_the_run_unless_others_are_asked_for(energy, inference):
    def joules(*words):
        report = json.loads(energy("--json", "--no-figure", *words)[1])
        return report["prices"], report["inference"]["architectures"]["digital"]["by_component"]["neurons"]

    updates = inference.steps * sum(inference.chip.layers.values())

    shipped = joules()
    energy.assignments = ["price.neuron_update=1e-9", "price.sram_bit=0"]
    assert shipped[0] == "isaac-32nm"
    assert joules() == ("isaac-32nm", approx(1e-9 * updates)), "a changed price is that at the node of the chip"
    energy.assignments = ["energy.prices=neurram-130nm", "price.sram_bit=0"]
    assert joules("--prices", "isaac-32nm") == shipped, "another card is used as it is"
    assert joules()[0] == "neurram-130nm"


def test_what_a_run_costs_can_be_changed_and_nothing_else(energy, inference):
    report = json.loads(energy("--json", "--no-figure", "--set", "price.neuron_update=1e-9", "price.sram_bit=0")[1])
    updates = inference.steps * sum(inference.chip.layers.values())
    assert report["inference"]["architectures"]["digital"]["by_component"]["neurons"] == approx(1e-9 * updates)
    code, out, err = energy("--no-figure", "--set", "readout.bits=3")
    assert code == 2 and out == "" and "--set readout.bits=3: the run has been counted as it was" in err


def test_a_run_that_did_not_learn_has_no_training_part(energy):
    energy.found["training"] = None
    code, out, _ = energy("--out", "drawn.svg")
    assert code == 0 and "training" not in out and out.count("per inference") >= 1


@pytest.mark.parametrize("words, sentence", [
    (["--prices", "digital-baselines"],
     "price card 'digital-baselines': prices digital hardware and no chip; choose from isaac-32nm, neurram-130nm"),
    (["--prices", "isaac"], "price card 'isaac': unknown; did you mean 'isaac-32nm'"),
    (["--node", "3"], "node: 3 nm is outside the range of the scaling; give 7 to 130 nm"),
    (["--out", "x.h5"], "--out x.h5: the ending is '.h5'; end it in .png or .svg or .pdf"),
    (["--out", "none/x.png"], "--out none/x.png: there is no folder none"),
])
def test_what_cannot_be_done_is_one_sentence(words, sentence, energy, tmp_path):
    code, out, err = energy(*words)
    assert code == 2 and out == "" and err.count("\n") == 1 and sentence in err
    assert list(tmp_path.iterdir()) == []
