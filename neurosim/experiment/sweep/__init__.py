"""Sweeps: many runs that differ in a few numbers, on any number of processes or machines, each computed once.

    sections, axes, spec    the sweep file, and the points that it spans
    point    one point: its configuration, its training or evaluation, its row of results
    executors  where points are computed, with the interface of concurrent.futures, here processes
    cluster  the same for Dask; worker what its workers do, compile_lock which of them compiles kernels
    locks    who computes a point
    driver   the loop over points
    store    the folder of a sweep: run files, rows, locks, states
    table    results as labelled arrays and as CSV; labelled as an xarray Dataset, units of all of them
    sensitivity  Sobol' indices of the results
"""
