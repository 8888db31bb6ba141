"""From a card to a verdict: what limits a device that learns, how good it must become, and where it stands.

    questions  what is asked: the rules, the budget, the devices next to it
    studies    the points that answer that, in the folder of an assessment
    parts      how good each number must become for a stated loss
    findings   what came of the points
    words      the same in words, and what was assumed
    assess     all of it in one call
"""
