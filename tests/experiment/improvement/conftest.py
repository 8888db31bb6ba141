"""Chips that learn the digits of tests/digits.py, with a fault planted."""

from functools import partial

import pytest

from digits import write_digits
from neurosim.experiment.config import load_config
from neurosim.experiment.imperfections import present
from neurosim.experiment.improvement.plan import Plan
from neurosim.experiment.sweep.measures import conclude
from neurosim.experiment.sweep.point import compute
from neurosim.experiment.sweep.running import compute_points
from sweep_folders import Threads

LEARNING = ("data.train_samples=400", "data.validation_samples=20", "data.test_samples=100", "data.split_seed=3",
            "network.layers=[{kind='dense', units=20}, {kind='dense', units=10}]", "training.epochs=1",
            "training.batch=10", "learning.free_steps=12", "learning.nudge_steps=6", "learning.window=4", "seed=3",
            "synapses.device=choi-2018-epiram")
FAULT = ("device.c2c_range=0.4",)    #: large, beside unequal steps, with which a register copes


@pytest.fixture(scope="session")
def digits(tmp_path_factory):
    return write_digits(tmp_path_factory.mktemp("digits"), train=440, test=100)


@pytest.fixture(scope="session")
def plan_of(digits):
    """Function from a folder, a number of seeds and assignments to a Plan of small chips that learn the digits."""
    def make(folder, seeds, *assignments):
        config = load_config("mnist-small", [f"data.path={digits}", *LEARNING, *assignments])
        return Plan(config=config, found=present(config, learning=True), seeds=tuple(range(3, 3 + seeds)),
                    folder=folder)
    return make


@pytest.fixture(scope="session")
def computed():
    """Function that computes the chips of a Plan in this process; returns Store and the Driver.

    after : rows after which it is stopped
    """
    def run(plan, after=10 ** 6):
        sweep, store = plan.begin()
        driver = compute_points(sweep, store, partial(compute, conclude=conclude), Killable(1),
                                lambda tally: None, lambda: len(store.rows()) >= after)
        return store, driver
    return run


class Killable(Threads):
    """Ends as processes would."""

    def kill(self):
        self.shutdown()


@pytest.fixture(scope="session")
def faulty(tmp_path_factory, plan_of, computed):
    """Plan and Store of chips whose steps are noisy."""
    plan = plan_of(tmp_path_factory.mktemp("faulty") / "out", 3, *FAULT)
    return plan, computed(plan)[0]
