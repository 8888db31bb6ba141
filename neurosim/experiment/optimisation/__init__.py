"""The cheapest chip that learns to a stated error: a design file, a search through its axes, and what it found.

    design.py     what stays the same, what varies, what is asked for
    search.py     asks for points and is told what they came to; the only module that imports Optuna
    optimise.py   the loop: batches of points are asked for, computed by the store of a sweep, and told
    outcome.py    trials, the cheapest one, and the front
    text.py       what was found, in words
"""
