"""Settings of all tests: property tests draw the same examples on every machine and have no stopwatch."""

from hypothesis import settings

settings.register_profile("neurosim", deadline=None, derandomize=True)
settings.load_profile("neurosim")
