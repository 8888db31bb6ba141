"""The figure of a run shows the numbers of its file."""

import numpy as np
import pytest

from neurosim.plots import run_figure, save
from neurosim.results import Quantity, RunFileError, write_run
from runfiles import ATTRIBUTES, completed

LAYERS = ["input", "conv1", "output"]
TRAIN, VALIDATION = np.array([0.2, 0.05, 0.02]), np.array([0.1, 0.04, 0.03])
CONFUSION = np.array([[8, 2, 0], [0, 9, 1], [0, 0, 10]])


def q(data, text="of a test"):
    return Quantity(np.asarray(data), "1", text)


def tree(epochs=3):
    return {
        "history": {"train_error": q(TRAIN[:epochs]), "validation_error": q(VALIDATION[:epochs]),
                    "seconds": q(np.full(epochs, 2.0)), "samples_per_second": q(np.full(epochs, 25.0))},
        "ledger": {"free": {"samples": q(np.full(epochs, 50)), "layers": q(LAYERS), "reads": q(["one"]),
                            "kinds": q(["one"]), "signals": q(np.arange(1, 10).reshape(3, 3)[:epochs] * 100)}},
        "model": {"weights": {"conv1-output": q(np.ones((3, 50))),
                              "input-conv1": q(np.arange(2 * 9.0).reshape(2, 1, 3, 3) - 9)}},
    }


def results():
    mistakes = {"labels": q([0, 0, 1]), "answers": q([1, 1, 2]), "images": q(np.full((3, 6, 6, 1), 7, np.uint8)),
                "index": q([3, 4, 5]), "margin": q([0.9, 0.5, 0.1])}
    rows, columns = (place.ravel() for place in np.indices(CONFUSION.shape))
    return {"test": {"error": q(0.1), "labels": q(rows.repeat(CONFUSION.ravel())),
                     "answers": q(columns.repeat(CONFUSION.ravel())), "outputs": q(np.zeros((30, 3))), "steps": q(300),
                     "layers": q(LAYERS), "sends": q(["spikes"] * 3), "units": q([36, 50, 3]),
                     "signals": q([5400, 750, 90]), "mistakes": mistakes}}


@pytest.fixture
def draw(tmp_path):
    def of(content):
        epochs = len(content["history"]["train_error"].data)
        write_run(tmp_path / "run.h5", completed(content, epochs), ATTRIBUTES | {
            "epoch": epochs, "seed": 4, "version": "0"})
        return run_figure(tmp_path / "run.h5")
    return of


def axes_of(figure, title):
    found, = [axes for axes in figure.axes if axes.get_title().startswith(title)]
    return found


def test_curves_are_the_errors_in_percent(draw):
    axes = axes_of(draw(tree() | {"results": results()}), "Learning")
    curves = {line.get_label(): line.get_ydata() for line in axes.lines}
    np.testing.assert_allclose(curves["training"], 100 * TRAIN)
    np.testing.assert_allclose(curves["validation"], 100 * VALIDATION)
    np.testing.assert_allclose(curves["test"], 10.0)
    assert axes.get_yscale() == "log" and axes.get_ylabel() == "error [%]"


def test_activity_is_per_image_and_its_density_per_step(draw):
    axes = axes_of(draw(tree() | {"results": results()}), "Activity")
    np.testing.assert_allclose(axes.lines[1].get_ydata(), np.array([200, 500, 800]) / 50)
    assert [line.get_label() for line in axes.lines] == ["input  50.0%", "conv1  5.0%", "output  10.0%"]
    assert axes.get_ylabel() == "spikes per image"


def test_an_analog_input_is_read_once_per_image(draw):
    analog = results()
    analog["test"] |= {"sends": q(["states", "spikes", "spikes"]), "signals": q([540, 750, 90])}
    axes = axes_of(draw(tree() | {"results": analog}), "Activity")
    assert axes.lines[0].get_label() == "input  50.0% (states)"


def test_the_confusion_matrix_counts_what_is_wrong(draw):
    axes = axes_of(draw(tree() | {"results": results()}), "Test set")
    assert axes.get_title() == "Test set: 10.00% of 30 images wrong"
    texts = {text.get_position(): text.get_text() for text in axes.texts}
    assert texts == {(0, 0): "80.0", (1, 0): "2", (1, 1): "90.0", (2, 1): "1", (2, 2): "100.0"}


def test_the_kernels_are_those_of_the_first_connection(draw):
    axes = axes_of(draw(tree()), "Weights input")
    assert axes.get_title() == "Weights input-conv1"
    assert set(axes.images[0].get_array().compressed()) == set(np.arange(18.0) - 9)


def test_fields_of_dense_units_are_pictures(draw):
    dense = tree()
    dense["model"] = {"weights": {"input-dense1": q(np.tile(np.arange(16.0), (5, 1)))}}
    shown = axes_of(draw(dense), "Weights input").images[0].get_array()
    np.testing.assert_array_equal(shown[:16:4, :16:4], np.arange(16).reshape(4, 4))


def test_mistakes_are_shown_with_both_classes(draw):
    titles = [axes.get_title() for axes in draw(tree() | {"results": results()}).axes]
    assert [title for title in titles if "read as" in title] == ["0 read as 1", "0 read as 1", "1 read as 2"]


@pytest.mark.parametrize("epochs", [0, 1])
@pytest.mark.filterwarnings("error")
def test_an_unfinished_run_can_be_drawn(epochs, draw, tmp_path):
    figure = draw(tree(epochs))
    save(figure, tmp_path / "run.png")
    texts = [text.get_text() for axes in figure.axes for text in axes.texts]
    assert texts == (["no epoch is finished yet"] * 2 if not epochs else []) + ["not evaluated yet"]


def test_no_mistake_and_no_picture_of_the_weights(draw, tmp_path):
    perfect = results()
    perfect["test"] |= {"error": q(0.0), "answers": perfect["test"]["labels"],
                        "mistakes": {name: q(kept.data[:0]) for name, kept in perfect["test"]["mistakes"].items()}}
    flat = tree()
    flat["history"]["train_error"] = q([0.2, 0.1, 0.0])
    flat["model"] = {"weights": {"input-dense1": q(np.ones((5, 7)))}}
    figure = draw(flat | {"results": perfect})
    save(figure, tmp_path / "run.png")
    assert axes_of(figure, "Learning").get_yscale() == "linear"
    shown, = axes_of(figure, "Weights from the input").texts
    assert shown.get_text() == "no picture of these weights"


def test_no_text_runs_out_of_the_figure(draw, tmp_path):
    figure = draw(tree() | {"results": results()})
    save(figure, tmp_path / "run.png")
    inside = figure.bbox
    for axes in figure.axes:
        box = axes.get_tightbbox()
        assert box is None or inside.x0 <= box.x0 <= box.x1 <= inside.x1 and inside.y0 <= box.y0 <= box.y1 <= inside.y1


def test_what_is_no_run_file(tmp_path):
    with pytest.raises(RunFileError):
        run_figure(tmp_path / "none.h5")
