"""What a run file keeps of an evaluation."""

import numpy as np

from neurosim.counts import READ_EVENTS, Counts
from neurosim.experiment.evaluation import Evaluation
from neurosim.experiment.pipeline.evaluations import MISTAKES, evaluation_tree, mistakes_tree, read_evaluation
from neurosim.network.graph import Network, dense
from neurosim.results import RunFile, write_run

SAMPLES = 40


def evaluation():
    rng = np.random.default_rng(3)
    outputs = rng.uniform(0, 1, (SAMPLES, 3)).astype(np.float32)
    reads = ("input-dense1 forward", "dense1-output forward", "dense1-output backward")
    events = {read: {kind: int(rng.integers(1, 1000)) for kind in READ_EVENTS} for read in reads}
    counts = Counts(SAMPLES, 1200, {"input": 50, "dense1": 70, "output": 9},
                    dict(zip(reads, (200, 210, 36))), dict(zip(reads, (900, 800, 700))), events)
    return Evaluation(outputs.argmax(axis=1), rng.integers(0, 3, SAMPLES), outputs, counts,
                      {"dense1": 0.25, "output": 0.0}, {"dense1": 0.1, "output": 0.2})


def test_what_is_kept_is_read_back(tmp_path):
    before = evaluation()
    network = Network([dense(4), dense(3)], shape=(1, 1, 5))
    write_run(tmp_path / "run.h5", {"results": {"test": evaluation_tree(network, before)}}, {})
    with RunFile(tmp_path / "run.h5") as run:
        after = read_evaluation(run, "test")
    for name in ("answers", "labels", "outputs"):
        np.testing.assert_array_equal(getattr(after, name), getattr(before, name))
    assert (after.counts, after.silent, after.saturated) == (before.counts, before.silent, before.saturated)
    assert list(after.counts.operations) == list(before.counts.operations)


def test_the_most_confident_mistakes_are_kept():
    found = evaluation()
    images = np.arange(SAMPLES, dtype=np.uint8).reshape(-1, 1, 1, 1)
    kept = {name: quantity.data for name, quantity in mistakes_tree(found, images).items()}
    assert len(kept["index"]) == MISTAKES and (kept["images"].ravel() == kept["index"]).all()
    margins = {i: found.outputs[i, found.answers[i]] - found.outputs[i, found.labels[i]]
               for i in range(SAMPLES) if found.answers[i] != found.labels[i]}
    assert list(kept["index"]) == sorted(margins, key=margins.get, reverse=True)[:MISTAKES]
    np.testing.assert_array_equal(kept["answers"], found.answers[kept["index"]])
    np.testing.assert_array_equal(kept["labels"], found.labels[kept["index"]])
