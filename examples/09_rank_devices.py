"""Eight published devices, ranked by how well a spiking network learns on them by equilibrium propagation.

Physics: the benchmark devices of NeuroSim (Chen, Peng, Yu, IEEE TCAD 37:3067, 2018; MLP NeuroSim V3.0) differ in the
number of levels, nonlinearity, asymmetry, on/off ratio and noise. NeuroSim trains 400-100-10 by backpropagation and
rounds every update of every sample to whole pulses; here a register keeps what is left (mixed precision). Nothing is
tuned for a device but the step size, on validation images.

Run time: 6 min. Expected: with the register all eight learn, 8.4 to 11.9 %, in no published order; rounded to nearest,
9.0 to 25.2 %, much of that order is found again, but not TaOx/TiO2: pairs forgive its on/off ratio of 2. Writes
09_rank_devices.png here.
"""

import matplotlib.pyplot as plt
import numpy as np

from neurosim import Training, load_config

# Parameters: card -> published accuracy of on-line learning, MLP NeuroSim V2.0 and V3.0 manuals [%]
PUBLISHED = {"choi-2018-epiram": 92, "jerry-2017-hzo-fefet": 89, "kuzum-2011-gst": 88, "wu-2018-taox-hfox": 80,
             "jo-2010-ag-asi": 72, "woo-2016-alox-hfo2": 41, "park-2013-pcmo": 33, "gao-2015-taox-tio2": 10}
RULES, STEPS = ("accumulate", "nearest"), (0.3, 1.0)


# Solver
def error(card, rule, step):
    """Validation error of one training at `step` times the learning rates [1]."""
    rates = [0.6 * step, 0.2 * step]
    config = load_config("mnist-small", [f"synapses.device={card}", f"synapses.pulses={rule}",
                                         f"optimiser.rates={rates}"])
    training = Training(config)
    training.run()
    return training.progress.history[-1]["validation_error"]


# Main
errors = {rule: [] for rule in RULES}
for card, published in PUBLISHED.items():
    for rule in RULES:
        errors[rule].append(min(error(card, rule, step) for step in STEPS))
    print(f"{card:<22}" + "".join(f"{rule} {errors[rule][-1]:6.2%}   " for rule in RULES)
          + f"published {100 - published} %", flush=True)

figure, axis = plt.subplots(figsize=(8, 4.5), layout="constrained")
positions = np.arange(len(PUBLISHED))
for offset, (label, values) in enumerate([("equilibrium propagation, register", errors["accumulate"]),
                                          ("equilibrium propagation, rounded to nearest", errors["nearest"]),
                                          ("NeuroSim, published", 1 - np.array([*PUBLISHED.values()]) / 100)]):
    axis.barh(positions + 0.27 * offset, 100 * np.array(values), 0.25, label=label, color=("C0", "C1", "0.6")[offset])
axis.set(yticks=positions + 0.27, yticklabels=PUBLISHED, xlabel="error [%]", xscale="log",
         xlim=(7, 100), title="Eight devices of NeuroSim: 784-100-10, 2 epochs of 10,000 images")
axis.set_xticks([10, 20, 50, 90], [10, 20, 50, 90])
axis.minorticks_off()
axis.invert_yaxis()
axis.legend()
figure.savefig("09_rank_devices.png", dpi=100)
