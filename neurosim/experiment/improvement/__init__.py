"""Which imperfection to improve: each removed, and alone, with retraining, and what can be distinguished from chance.

    plan        which chips learn what, with which seeds; the sweep file of them
    forecast    how long that takes, and how much fits into a budget
    outcome     what came of them: differences with intervals
    statistics  those differences, over seeds and images
    verdict     the same in words
"""
