"""What is planned: what a budget leaves, what is kept to, what is refused."""

from pathlib import Path

import pytest

from digits import config_of, write_digits
from neurosim.experiment.config import load_config
from neurosim.experiment.improvement.forecast import Pace, fitting, forecast, measured
from neurosim.experiment.improvement.improve import improve
from neurosim.experiment.improvement import plan as planning

PACE = Pace(made=0.5, learnt=2e-3, classified=5e-4)
CHIP = ["synapses.device=choi-2018-epiram", "synapses.pulses=nearest"]


@pytest.fixture
def planned(tmp_path, monkeypatch):
    """Function that plans the chips of mnist-small as if they learnt at PACE; returns Plan and what was told."""
    monkeypatch.setattr(planning, "typical", lambda configs: PACE)

    def make(*words, seeds=3, budget=180.0, images=0, samples=1000, jobs=2, folder="out"):
        said = []
        config = load_config("mnist-small", [*CHIP, *words])
        return planning.make_plan(config, tmp_path / folder, seeds=seeds, budget=budget, images=images,
                                  samples=samples, jobs=jobs, tell=lambda *told: said.append(told)), said
    return make


def test_a_single_batch_has_a_pace_too(tmp_path):
    config = config_of(write_digits(tmp_path), "data.train_samples=10", "data.validation_samples=10")
    assert config.training.batch == config.data.train_samples
    assert measured(config).learnt > 0


def test_what_fits_into_a_budget_takes_as_long_as_the_budget():
    images = fitting(PACE, 50, 3, 400.0, 1000)
    assert forecast(PACE, 50, 3, images, 1000) == pytest.approx(400.0)


def test_learning_is_cut_to_the_budget(planned):
    plan, ((text, seconds),) = planned()
    data, epochs = plan.config.data, plan.config.training.epochs
    assert (data.train_samples, epochs, data.test_samples, data.split_seed) == (6700, 1, 1000, 0)
    assert data.validation_samples == 100 and plan.seeds == (0, 1, 2)
    assert text == "8 chips learn 6,700 images each, 34% of the whole training, with 3 seeds"
    assert 0.95 * 180 < seconds <= 180
    plan, ((text, seconds),) = planned(budget=1e5, folder="long")
    assert (plan.config.data.train_samples, plan.config.training.epochs) == (10000, 2)
    assert text == "8 chips learn 10,000 images 2 times each, with 3 seeds"


def test_the_folder_decides_once_it_is_there(planned):
    plan, _ = planned()
    plan.begin()
    again, said = planned(budget=30.0, jobs=1)
    assert again.config == plan.config and again.seeds == plan.seeds and said == []
    assert planned(seeds=5)[0].seeds == (0, 1, 2, 3, 4)
    planned(seeds=5)[0].begin()
    assert planned(seeds=2)[0].seeds == (0, 1, 2, 3, 4)
    with pytest.raises(ValueError, match="holds the chips of another run or of other options"):
        planned("optimiser.rates=0.1")
    with pytest.raises(ValueError, match="holds the chips of another run or of other options"):
        planned(samples=500)


@pytest.mark.parametrize("words, options, sentence", [
    (["synapses.device=ideal"], {}, "its chip has no imperfection to remove; put some on it"),
    ([], {"seeds": 1}, "seeds: 1 is below 2, which cannot show what is due to chance; give 2 to 1,000"),
    ([], {"budget": 20.0}, "budget: 0.333333 min is too short for 24 chips to learn 200 images each; give 1 min"),
])
def test_what_cannot_be_planned(planned, words, options, sentence):
    with pytest.raises(ValueError, match=sentence):
        planned(*words, **options)


def test_a_folder_with_something_else_is_left_alone(tmp_path):
    (tmp_path / "thesis.tex").write_text("mine")
    for force in (False, True):
        with pytest.raises(ValueError, match="holds thesis.tex, which is not from here"):
            improve("mnist-small", CHIP, out=tmp_path, force=force)
    assert Path(tmp_path / "thesis.tex").read_text() == "mine"
