"""The script that draws the figures of the concepts still does, and its curves obey what the pages say of them."""

import importlib.util

import doc_pages
import matplotlib
import numpy as np
import pytest

matplotlib.use("Agg")


@pytest.fixture(scope="module")
def concepts():
    spec = importlib.util.spec_from_file_location("concepts", doc_pages.DOCS / "figures" / "concepts.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_every_figure_of_the_script_is_kept(concepts):
    assert all((doc_pages.DOCS / "figures" / f"{name}.png").is_file() for name in concepts.FIGURES)


def test_the_floors_are_those_of_the_contract(concepts):
    import matplotlib.pyplot as plt
    (axes,) = concepts.packages().axes
    drawn = [text.get_text() for text in axes.texts]
    packages = {path.parent.name for path in (doc_pages.ROOT / "neurosim").glob("*/__init__.py")}
    assert packages <= {*drawn} and len(drawn) == len({*drawn})
    plt.close("all")


@pytest.mark.slow
def test_the_paths_go_down_the_energy_and_the_nudge_moves_their_end(concepts):
    engine, state = concepts.network("rate", "analog", epsilon=0.35)
    states = concepts.followed(engine, state, 160)[0]
    hidden, output = (states[:, engine.slices[name].start] for name in ("hidden", "output"))
    energies = concepts.energy(hidden, output)
    assert (np.diff(energies) <= 1e-12).all()
    least = np.linalg.solve([[1, -concepts.WEIGHTS[1]], [-concepts.WEIGHTS[1], 1]],
                            [concepts.WEIGHTS[0] * concepts.INPUT, concepts.BIAS])
    assert np.allclose([hidden[-1], output[-1]], least, atol=1e-6)
    ends = [concepts.followed(engine, state.copy(), 160, beta)[0][-1, engine.slices["output"].start]
            for beta in (concepts.BETA, -concepts.BETA)]
    assert ends[1] < output[-1] < ends[0] < concepts.TARGET
