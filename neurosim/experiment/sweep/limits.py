"""What there is of everything in a sweep: methods, scales, and how many points at most."""

LIMIT = 1_000_000    #: most values of an axis, and most points of a sweep
METHODS = ("grid", "zip", "random", "sobol", "saltelli")
DRAWN = METHODS[2:]    #: methods that draw points
SCALES = ("linear", "log")    #: how a range is divided, or drawn from
