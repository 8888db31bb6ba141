"""Run files: one HDF5 file per run, readable with h5py alone, replaced as a whole or not at all.

The root of a run file carries the attributes `format`, `format_version` and those of the caller (text, numbers, truth
values). Below it lie groups and data sets; every data set has the attributes `units` and `description`.
After the end of the HDF5 data comes one line with a checksum, see `neurosim.results.checksum`.
"""

from neurosim.results.provenance import provenance
from neurosim.results.quantity import FORMAT, FORMAT_VERSION, Quantity, RunFileError
from neurosim.results.reading import MissingRecord, RunFile, read_run
from neurosim.results.writing import RunWriter, write_run

__all__ = ["FORMAT", "FORMAT_VERSION", "MissingRecord", "Quantity", "RunFile", "RunFileError", "RunWriter",
           "provenance", "read_run", "write_run"]
