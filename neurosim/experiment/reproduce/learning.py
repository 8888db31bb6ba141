"""Recipes that train the small network: what imperfections of a chip cost it, and what learning makes of them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from neurosim.experiment.reproduce.recipe import Finding, Recipe, near
from neurosim.memristor.device import load_device

if TYPE_CHECKING:
    from neurosim.experiment.reproduce.recipe import Workbench

_SHORT = ("data.train_samples=4000", "data.validation_samples=500", "training.epochs=1")
_FEW = ("data.train_samples=5000", "data.validation_samples=2000", "training.epochs=1")
_CARD = "choi-2018-epiram"
_EPIRAM = f"synapses.device={_CARD}"
_TESTED = 2000    #: test images of shortened trainings
_STUCK = 0.1


def small_mnist(bench: Workbench) -> tuple:
    """Return the preset mnist-small as it ships."""
    training = bench.train("mnist-small", "mnist-small")
    return (near("test error", bench.error(training, 10000), 8.0, 1.5, "%"),)


def oconnor_epoch(bench: Workbench) -> tuple:
    """Return the preset oconnor2019 as it ships: validation error after its epoch."""
    training = bench.train("oconnor2019", "oconnor2019")
    return (near("validation error", 100 * training.validation.error, 5.6, 0.6, "%"),)


def noise_and_bits(bench: Workbench) -> tuple:
    """A network that has learnt as numbers, on chips that differ in read noise and in the bits of their converters."""
    source, errors = bench.train("learnt", "mnist-small", *_SHORT), {}
    for bits in (2, 6):
        chip = (*_SHORT, _EPIRAM, "readout.kind=adc", f"readout.bits={bits}")
        quiet = bench.transferred(source, f"{bits}-bits", "mnist-small", *chip)
        noisy = bench.transferred(source, f"{bits}-bits-noise", "mnist-small", *chip, "device.read_noise=0.2",
                                  "readout.noise=fresh")
        errors[bits] = bench.error(quiet, _TESTED), bench.error(noisy, _TESTED)
    return (Finding(quantity="what 2 bits add to the error of 6", measured=errors[2][0] - errors[6][0], low=1, high=10,
                    unit="%"),
            Finding(quantity="what read noise adds behind 2 bits", measured=errors[2][1] - errors[2][0], low=0,
                    unit="%"),
            Finding(quantity="what it adds behind 6 bits", measured=errors[6][1] - errors[6][0], low=0, unit="%"))


def on_off_ratio(bench: Workbench) -> tuple:
    """Learn with 5 % read noise on pairs of devices whose lowest conductance is raised."""
    errors, g_max = {}, load_device(_CARD)["g_max"]
    for ratio in (50, 10, 1.5):
        training = bench.train(f"ratio-{ratio}", "mnist-small", *_SHORT, _EPIRAM, f"device.g_min={g_max / ratio}",
                               "device.read_noise=0.05", "readout.noise=fresh")
        errors[ratio] = bench.error(training, _TESTED)
    return (Finding(quantity="error at an on/off ratio of 10", measured=errors[10], high=30, unit="%"),
            near("more at a ratio of 10 than at 50", errors[10] - errors[50], 0, 8, "%"),
            Finding(quantity="more at a ratio of 1.5 than at 10", measured=errors[1.5] - errors[10], low=20, unit="%"))


def stuck_heal(bench: Workbench) -> tuple:
    """A network that learnt on ideal synapses, on a chip with stuck devices: as written, and after an epoch there."""
    ideal = bench.train("ideal", "mnist-small", *_SHORT)
    chip = bench.transferred(ideal, "stuck", "mnist-small", *_SHORT, _EPIRAM, f"device.stuck_on={_STUCK / 2}",
                             f"device.stuck_off={_STUCK / 2}")
    before, written = bench.error(ideal, _TESTED), bench.error(chip, _TESTED)
    healed = bench.error(bench.learn(chip), _TESTED)
    return (Finding(quantity="what the stuck devices add to the error", measured=written - before, low=20, unit="%"),
            Finding(quantity="what is left of it after an epoch on the chip", measured=healed - before, high=6,
                    unit="%"))


def weak_feedback(bench: Workbench) -> tuple:
    """Return the preset mnist-whole-feedback in fewer steps with feedback weakened to 0.3, beside itself as it ships.
    """
    bold = ("network.gains=[2, 2, 1]", "optimiser.rates=[0.072, 0.048, 0.03]", "learning.free_steps=24",
            "learning.nudge_steps=16", "network.feedback=0.3")
    weak = bench.error(bench.train("weak", "mnist-whole-feedback", *_FEW, *bold), 10000)
    whole = bench.error(bench.train("whole", "mnist-whole-feedback", *_FEW), 10000)
    return (Finding(quantity="error in 24 + 2 x 16 steps, feedback 0.3", measured=weak, high=10, unit="%"),
            Finding(quantity="more in the 40 + 2 x 20 steps of the preset", measured=whole - weak, low=3, unit="%"))


_REDUCED = "784-100-10, one epoch of 4,000 images, 2,000 test images"

RECIPES = (
    Recipe(name="small-mnist", seconds=10, function=small_mnist,
           claim="The preset mnist-small ends at 8 % test error. Nothing is reduced.",
           source="docs/presets.md; examples/presets/mnist-small.toml"),
    Recipe(name="oconnor-epoch", seconds=30, function=oconnor_epoch,
           claim="784-500-10 of annealed spikes ends its first epoch at 5.6 % validation error; 6.3 % is published, "
                 "for the best of 500 settings. Nothing is reduced.",
           source="O'Connor, Gavves, Welling, AISTATS (2019); examples/presets/oconnor2019.toml"),
    Recipe(name="noise-and-bits", seconds=5, function=noise_and_bits,
           claim="Two bits lose a few points behind ranges that fit the sums, and read noise is no dither: it costs "
                 f"coarse converters as it costs fine ones. 20 % read noise behind 2 and 6 bits on EpiRAM; {_REDUCED}.",
           source="docs/studies.md, Bits of the converters; examples/studies/adc-tiles.toml"),
    Recipe(name="on-off-ratio", seconds=12, function=on_off_ratio,
           claim="Equilibrium propagation converges on memristors whose conductances span a factor of 10 or more. Here "
                 "10 does as well as 50 and 1.5 hurts, because read noise, 5 %, goes with the conductance: EpiRAM, "
                 f"{_REDUCED}; six models of devices there.",
           source="Doll et al., arXiv:2512.12428; examples/studies/on-off.toml"),
    Recipe(name="stuck-heal", seconds=6, function=stuck_heal,
           claim="Stuck devices ruin a network that is written to their chip, and the chip heals by learning: 10 % of "
                 f"EpiRAM devices stuck, half of them on; {_REDUCED}, then one epoch on the chip.",
           source="examples/studies/stuck.toml"),
    Recipe(name="weak-feedback", seconds=20, function=weak_feedback,
           claim="Feedback weakened to 0.3 allows larger first weights, and the network settles in fewer steps: test "
                 "errors of 7.8, 8.9, 8.1 % over seeds 0 to 2 where the preset mnist-whole-feedback ends at 14.3, "
                 "13.6, 13.7 %; 5,000 images, one epoch.",
           source="docs/learning.md"),
)
