"""From a measured CSV to a device card: here the CSV is made up, so that we know what the fit should find.

Physics: each law of response predicts every next conductance from the last; a Kalman filter tells the noise of steps,
which adds up, from the noise of reads, which does not. The law that predicts pulses it has not seen best is chosen.

Run time: 10 s. Expected: the exponential law wins; its range is found within 1 %, its steps within 7 %.
Writes 06_measured.csv, 06_my_device.toml and 06_fit.png here.
"""

from pathlib import Path

import matplotlib.pyplot as plt
import numpy as np

from neurosim import DeviceArray, Response, load_device
from neurosim.memristor.fitting import Programming, fit
from neurosim.measurements.csv import read_pulses

# Parameters
PULSES, SEED = 1500, 3
TRUTH = load_device("gong-2018-reram-es", {"write_noise": 2e-7, "c2c": 0.5, "step_spread": 0, "asymmetry_spread": 0,
                                           "g_min_spread": 0, "g_max_spread": 0})

# Problem: measure one device and keep what was read after every pulse, set pulses in one column, reset in the other
device = DeviceArray(TRUTH, (1,), seed=SEED)
columns = []
for pulse in (1, -1):
    train = []
    for _ in range(PULSES):
        device.pulse([pulse])
        train.append(device.conductances()[0])
    columns.append(train)
np.savetxt("06_measured.csv", np.transpose(columns), delimiter=",", header="up,down", comments="")

# Solver
trains = read_pulses("06_measured.csv")
fits = fit(trains, laws=("soft-bounds", "exponential", "neurosim"))
best = fits[0]
programming = Programming(set_voltage=2.0, set_width=1e-6, reset_voltage=-2.0, reset_width=1e-6, read_voltage=0.2)
Path("06_my_device.toml").write_text(best.card_text("My device", "measured here", programming), encoding="utf-8")

# Main
for candidate in fits:
    print(f"{candidate.law:<12} held-out log-likelihood {candidate.held_out:8.4f} per pulse")
factors = {"g_min": 1, "g_max": 1, "step_up": 1 + TRUTH["asymmetry"], "step_down": 1 - TRUTH["asymmetry"]}
for key, factor in factors.items():
    print(f"{key:<10} fitted {best.values[key]:.3g} S, true {factor * TRUTH[key]:.3g} S")
card = load_device("06_my_device.toml")
figure, axis = plt.subplots(figsize=(7, 4), layout="constrained")
axis.plot(1e6 * np.concatenate(columns), ".", color="0.6", markersize=2, label="measured")
up = Response(card).walk(0, PULSES, start=columns[0][0])
down = Response(card).walk(1, PULSES, start=up[-1])
axis.plot(1e6 * np.concatenate([up[1:], down[1:]]), "C0", label=f"{card.law} law")
axis.set(xlabel="pulses: set, then reset", ylabel="conductance [uS]", title="A card fitted to a measured train")
axis.legend()
figure.savefig("06_fit.png", dpi=100)
