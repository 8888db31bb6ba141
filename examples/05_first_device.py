"""The response of a published device: ten thousand copies of it under set and then reset pulses, and their spread.

Physics: a pulse moves the conductance by a step that depends on where it is (NeuroSim's exponential curve), with noise
from pulse to pulse. Pulses back do not lead back: the noise is a random walk.

Run time: 5 s, and 10 s once to compile. Expected: after 64 set pulses 0.944 of the range on average, since the end of
the range cuts the noise off on one side; the spread after 32 is 0.104, of a free random walk 0.02 x sqrt(32) = 0.113.
Writes 05_first_device.png here.
"""

import matplotlib.pyplot as plt
import numpy as np

from neurosim import DeviceArray, load_device

# Parameters
CARD, DEVICES, PULSES = "choi-2018-epiram", 10_000, 64

# Five lines: a device, an array of devices, a train of pulses
device = load_device(CARD)
array = DeviceArray(device, (DEVICES,), seed=1)
curve = [array.conductances()]
for pulse in [1] * PULSES + [-1] * PULSES:
    array.pulse(np.full(DEVICES, pulse))
    curve.append(array.conductances())
curve = np.array(curve) * 1e6

# Main
figure, axis = plt.subplots(figsize=(7, 4), layout="constrained")
pulses = np.arange(len(curve))
for low, high, shade in ((5, 95, 0.2), (25, 75, 0.4)):
    axis.fill_between(pulses, *np.percentile(curve, (low, high), axis=1), color="C0", alpha=shade, linewidth=0,
                      label=f"{high - low} % of {DEVICES} devices")
axis.plot(pulses, curve.mean(axis=1), "k", label="mean")
axis.plot(pulses, curve[:, 0], "C1", linewidth=1, label="one device")
axis.axvline(PULSES, color="0.6", linestyle=":")
axis.set(xlabel="pulses: set, then reset", ylabel="conductance [uS]",
         title=f"{device.name}: {PULSES} pulses up and down")
axis.legend()
figure.savefig("05_first_device.png", dpi=100)
span = (device["g_max"] - device["g_min"]) * 1e6
print(f"mean after {PULSES} set pulses: {(curve[PULSES].mean() - device['g_min'] * 1e6) / span:.3f} of the range")
print(f"spread after {PULSES // 2} set pulses: {curve[PULSES // 2].std() / span:.3f} of the range")
