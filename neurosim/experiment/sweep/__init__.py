"""Sweeps: many runs that differ in a few numbers, on any number of processes or machines, each computed once.

    spec     the sweep file: axes, and the points that they span
    point    one point: its configuration, its training or evaluation, its row of results
    engines  where points are computed: executors with the interface of concurrent.futures
    driver   the loop over points
    store    the folder of a sweep: run files, rows, locks, states
    table    results as labelled arrays and as CSV
"""
