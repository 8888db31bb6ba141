"""Read measured devices from HDF5: conductances after every pulse, and tables of steps."""

import contextlib
from pathlib import Path

import numpy as np

from neurosim.memristor.measured_data import PulseTrains, StepTable

_READS = "G_reads"
_TABLE = "dG_table"
_KEYS = ("G_bins", "cdf_bins", "dG")


def read_pulses(path, dataset=_READS):
    """Read the pulse trains of every device of an array from `G_reads[cycle, pulse, row, column]` [S].

    The first half of the pulses of a cycle potentiates, the second half depresses. Returns PulseTrains with one train
    per device and cycle in each direction. raises : ValueError with file, data set and fix
    """
    with _opened(path) as file:
        reads = _numbers(path, file, dataset)
    owner = f"{path}: {dataset}"
    if reads.ndim != 4 or reads.size == 0:
        raise ValueError(f"{owner} has the shape {reads.shape}; give [cycle, pulse, row, column]")
    if reads.shape[1] % 2:
        raise ValueError(f"{owner} has {reads.shape[1]} pulses per cycle; give as many reset as set pulses")
    bad = np.argwhere(~np.isfinite(reads))
    if bad.size:
        raise ValueError(f"{owner}[{', '.join(map(str, bad[0]))}] is NaN or infinite; remove that device or cycle")
    trains = np.moveaxis(reads, 1, -1).reshape(-1, reads.shape[1])
    up, down = np.split(trains, 2, axis=1)
    return PulseTrains(up=tuple(up), down=tuple(down), source=owner)


def read_steps(path):
    """Read a table of steps from `dG_table/{up,down}/{G_bins, cdf_bins, dG}`; returns StepTable.

    G_bins : (bins) [S]; cdf_bins : (probabilities); dG : (probabilities, bins) [S]. raises : ValueError with file, data
    set and fix
    """
    with _opened(path) as file:
        sides = [{key: _numbers(path, file, f"{_TABLE}/{side}/{key}") for key in _KEYS} for side in ("up", "down")]
    for key in _KEYS[:2]:
        if not np.array_equal(sides[0][key], sides[1][key]):
            raise ValueError(f"{path}: {_TABLE}/up/{key} and {_TABLE}/down/{key} differ; "
                             "give both tables on the same bins")
    up, down = sides
    return StepTable(g=up["G_bins"], cdf=up["cdf_bins"], up=up["dG"], down=down["dG"], source=f"{path}: {_TABLE}")


@contextlib.contextmanager
def _opened(path):
    import h5py
    if not Path(path).is_file():
        raise ValueError(f"{path}: no such file; give an HDF5 file with measured devices")
    try:
        file = h5py.File(path, "r")
    except OSError as error:
        raise ValueError(f"{path}: is not an HDF5 file or is damaged; give an intact one") from error
    with file:
        yield file


def _numbers(path, file, name):
    """A data set as float array."""
    import h5py
    item = file.get(name)
    if not isinstance(item, h5py.Dataset):
        raise ValueError(f"{path}: has no data set {name}; it holds {', '.join(sorted(file)) or 'nothing'}")
    if item.dtype.kind not in "iuf":
        raise ValueError(f"{path}: {name} holds {item.dtype}; give real numbers in siemens")
    try:
        return np.asarray(item[()], float)
    except (OSError, RuntimeError) as error:
        raise ValueError(f"{path}: {name} is damaged; give an intact file") from error
