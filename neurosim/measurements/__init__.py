"""What laboratories write: files of measurements become clean pulse trains and tables of steps, or one sentence.

    types      PulseTrains and StepTable, what all readers return
    reading    one or more files of any kind, with what a user states beside them (stated)
    rows, head, arrays, spreadsheets, hdf5   from files to cells in rows
    names, cells, columns, quantities, directions   from cells to conductances and the pulses before them
    cycles     from columns to trains: gaps, readings that are none, jumps back to the start
    csv        one text file, and CrossSim's tables of steps
"""
