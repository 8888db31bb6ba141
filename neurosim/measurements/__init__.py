"""What laboratories write: files of measurements become clean pulse trains and tables of steps, or one sentence.

    types     PulseTrains and StepTable, what all readers return
    csv       text files: rows their cells, columns what those mean, cycles where trains begin and end
    hdf5      the same data in HDF5
"""
