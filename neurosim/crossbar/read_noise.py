"""Read noise of devices: from physical parameters to the variance of a sum, in units of weights."""

import math

import numpy as np

from neurosim.memristor.device import Device

#: Boltzmann's constant [J/K] and the elementary charge [C], exact in the SI of 2019.
BOLTZMANN, CHARGE = 1.380649e-23, 1.602176634e-19


def driven_variance(device: Device, conductances: np.ndarray, unit: float, seconds: float) -> np.ndarray:
    """Return variance that devices add to a sum while their line is driven at the read voltage V.

        sigma^2 = (2 q V G B + V^2 G^2 (read_noise^2 + p (1 - p) rtn^2 + flicker ln(B / 1 Hz))) / (V unit)^2,
        B = 1 / (2 seconds)

    shot noise of the current; a relative part; random telegraph noise of two states, rtn apart and the higher one taken
    with probability p; 1/f noise of a normalised density flicker / f, down to 1 Hz.

    device : Device; conductances : float array [S]; unit : conductance that stands for a weight of 1 [S]
    returns : float array [1]
    source : A. van der Ziel, Noise in Solid State Devices and Circuits (Wiley, 1986)
    """
    voltage, bandwidth = device["read_voltage"], 0.5 / seconds
    share = device["rtn_probability"]
    relative = (device["read_noise"] ** 2 + share * (1 - share) * device["rtn_amplitude"] ** 2
                + device["flicker"] * math.log(max(bandwidth, 1.0)))
    g = np.asarray(conductances, float) / unit
    return 2 * CHARGE * bandwidth / (voltage * unit) * g + relative * g * g


def thermal_variance(device: Device, conductance: np.ndarray, unit: float, seconds: float) -> np.ndarray:
    """Return the variance of the thermal noise of all devices on a sensed line, driven or at ground.

        sigma^2 = 4 k T B sum G / (V unit)^2,   B = 1 / (2 seconds)

    conductance : sum of the conductances of each line [S]; returns a float array [1]
    source : H. Nyquist, Phys. Rev. 32:110 (1928), Eq. 1
    """
    return 2 * BOLTZMANN * device["temperature"] / seconds * conductance / (device["read_voltage"] * unit) ** 2
