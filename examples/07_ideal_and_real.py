"""Learning curves on ideal synapses and on the devices of three papers, all else equal.

Physics: a device adds noise to every update, moves in steps, and has a range. With a register that keeps what a whole
pulse cannot express, even 32 levels or 3.5 % of noise cost nothing that two seeds could show.

Run time: 1 min. Expected after 4 epochs: 8.0 % ideal, 8.0, 7.6 and 8.0 % on the devices, all alike. Writes
07_ideal_and_real.png here.
"""

import matplotlib.pyplot as plt
import numpy as np

from neurosim import Training, load_config

# Parameters
DEVICES, EPOCHS, SEEDS = ("ideal", "choi-2018-epiram", "jerry-2017-hzo-fefet", "jo-2010-ag-asi"), 4, (0, 1)


# Solver
def curve(device, seed):
    """Validation errors after every epoch [1]."""
    config = load_config("mnist-small", [f"synapses.device={device}", f"training.epochs={EPOCHS}", f"seed={seed}"])
    training = Training(config)
    training.run()
    return [entry["validation_error"] for entry in training.progress.history]


# Main
figure, axis = plt.subplots(figsize=(7, 4), layout="constrained")
epochs = np.arange(1, EPOCHS + 1)
for device, style in zip(DEVICES, ("k-o", "C0-s", "C1-^", "C2-v")):
    curves = 100 * np.array([curve(device, seed) for seed in SEEDS])
    axis.plot(epochs, curves.mean(axis=0), style, label=device)
    axis.fill_between(epochs, curves.min(axis=0), curves.max(axis=0), color=style[:-2], alpha=0.15)
    print(f"{device:<22} error after {EPOCHS} epochs: {curves[:, -1].mean():.2f} %", flush=True)
axis.set(xlabel="epoch of 10,000 images", ylabel="validation error [%]", xticks=epochs,
         title=f"784-100-10 on ideal synapses and on devices ({len(SEEDS)} seeds)")
axis.legend()
figure.savefig("07_ideal_and_real.png", dpi=100)
