"""What programming has done to an array of devices, in numbers."""

import numpy as np

from neurosim.crossbar.synapses import Synapses

#: Edges of the wear histogram: pulses that a device has received, in half decades.
EDGES = np.unique(np.concatenate([[0, 1], np.round(10 ** np.arange(0.5, 9.1, 0.5))])).astype(np.int64)


def wear(synapses: Synapses) -> dict:
    """Sum up what happened to the devices of Synapses; returns a dict of numbers, empty without devices.

    pulses_per_weight, set_pulses, reset_pulses, verify_reads, half_select_exposures, refreshes : since fabrication
    stuck, worn : fraction of devices that were fabricated stuck, that have come to the end of their endurance [1]
    programming_error : of the connection where the latest write of all weights missed most, see `Miss.size` [1]
    range_used : distance of the 5th and the 95th percentile of the conductances over g_max - g_min [1]
    devices : number of them
    """
    by_connection, counts = synapses.arrays_by_connection(), synapses.counts
    arrays = [array for own in by_connection.values() for array in own]
    if not arrays:
        return {}
    devices = sum(array.stuck.size for array in arrays)
    weights = sum(own[0].stuck.size for own in by_connection.values())
    ups, downs = sum(counts.set.values()), sum(counts.reset.values())
    stored = np.concatenate([array.conductances().ravel() for array in arrays])
    low, high = np.percentile(stored, (5, 95))
    return {"pulses_per_weight": (ups + downs) / weights, "set_pulses": ups, "reset_pulses": downs,
            "verify_reads": sum(counts.verify.values()), "half_select_exposures": sum(counts.exposures.values()),
            "refreshes": sum(counts.refreshes.values()),
            "stuck": sum(int(array.stuck.sum()) for array in arrays) / devices,
            "worn": sum(int(array.worn.sum()) for array in arrays) / devices,
            "programming_error": max((miss.size for miss in synapses.missed.values()), default=0.0),
            "range_used": float(high - low) / arrays[0].device.span, "devices": devices}


def wear_histogram(synapses: Synapses) -> dict:
    """Return devices by the number of pulses they have received: dict from connection to int64 (len(EDGES))."""
    edges = np.append(EDGES, np.iinfo(np.int64).max)
    return {name: sum(np.histogram(array.pulses.sum(axis=0), edges)[0] for array in arrays)
            for name, arrays in synapses.arrays_by_connection().items()}
