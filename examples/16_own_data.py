"""Data of your own on a chip of one's choice, in a few calls: 8 x 8 pixels of handwritten digits, as arrays.

Physics: the pixels drive spikes, a network of 64-48-10 neurons learns by equilibrium propagation, once in real numbers
and once in pairs of EpiRAM devices, whose pulses are rounded and noisy. What a run has counted is priced afterwards.

Run time: 15 s on two cores, and 15 s once to compile.   Expected: test error 0.128 in numbers, 0.138 on devices, which
1,000 images do not distinguish; 0.11 uJ an inference, most of it for the memory of the neurons' states.
Writes 16_own_data.png here; the runs lie in temporary files, which are printed.
"""

import neurosim
from neurosim.datasets import load

# Parameters
SAMPLES, TESTED, EPOCHS, SEED = 4000, 1000, 4, 0
LAYERS = [neurosim.dense(48), neurosim.dense(10)]
CHIPS = {"numbers": "ideal", "devices": "choi-2018-epiram"}


# Problem: what somebody may have measured, (n, 8, 8) in [0, 1], and labels 0 ... 9
def small_digits(images):
    return images[:, 2:26, 2:26, 0].reshape(-1, 8, 3, 8, 3).mean(axis=(2, 4)) / 255


mnist = load("mnist")
data = {"train": (small_digits(mnist.train_images[:SAMPLES]), mnist.train_labels[:SAMPLES]),
        "test": (small_digits(mnist.test_images[:TESTED]), mnist.test_labels[:TESTED])}

# Solver
runs = {name: neurosim.train(LAYERS, data, device=device, epochs=EPOCHS, seed=SEED, progress=False)
        for name, device in CHIPS.items()}

# Output
for name, run in runs.items():
    print(f"{name}: test error {run.test_error:.3f} ({run.test_error.low:.3f} to {run.test_error.high:.3f}), "
          f"{1e9 * run.energy.joules_per_inference:.1f} nJ per inference, {run.path}")
print(runs["devices"].layers)
print(runs["devices"].synapses)
print(neurosim.compare(list(runs.values())))
runs["devices"].plot("16_own_data.png", force=True)
