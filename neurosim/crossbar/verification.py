"""Reads of single devices, as write-verify and transfers make them: with the read noise of the configuration."""

import numpy as np

from neurosim.crossbar.options import ReadoutOptions
from neurosim.crossbar.read_noise import driven_variance, thermal_variance
from neurosim.crossbar.tiling import Floorplan
from neurosim.memristor.device import Device
from neurosim.streams import stream


class DeviceReads:
    """What a controller finds when it reads the devices of an array one by one.

        G = G_true + sigma z,   sigma^2 = driven(G) + thermal(sum of G on the sensed bit line)

    z is standard normal, a function of the seed, the array and the number of the read, or of the seed and the array
    alone where the noise is "frozen"; without read noise sigma is 0.

    device : Device; readout : ReadoutOptions; seed : of the chip
    """

    def __init__(self, device: Device, readout: ReadoutOptions, seed: int) -> None:
        self.device, self.readout, self.seed = device, readout, seed

    def deviation(self, conductances: np.ndarray, floorplan: Floorplan) -> np.ndarray:
        """Return the standard deviation of a read of each device of one role, float64 (shape) [S]."""
        lines = floorplan.matrix(conductances).astype(float)
        sums = np.add.reduceat(lines, floorplan.row_edges[:-1], axis=0).repeat(np.diff(floorplan.row_edges), axis=0)
        seconds = self.readout.seconds
        variance = driven_variance(self.device, lines, 1.0, seconds) + thermal_variance(self.device, sums, 1.0, seconds)
        return floorplan.unmatrix(np.sqrt(variance), conductances.shape)

    def noise(self, name: str, number: int, shape: tuple) -> np.ndarray:
        """Draw z for one read of all devices of an array, float64 (shape); number : reads before it."""
        indices = (name,) if self.readout.noise == "frozen" else (name, number)
        return stream(self.seed, "reads of single devices", *indices).standard_normal(shape)
