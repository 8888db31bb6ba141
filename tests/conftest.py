"""Settings of all tests: property tests draw the same examples on every machine and have no stopwatch."""

import subprocess
import sys

from hypothesis import settings

settings.register_profile("neurosim", deadline=None, derandomize=True)
settings.load_profile("neurosim")

RELAX = """
import sys
from neurosim.network.graph import Network, dense
from neurosim.engines.events.engine import EventsEngine
network = Network([dense(2)], (2,))
engine = EventsEngine(network, dtype=sys.argv[1])
engine.relax(engine.rest(1), [[0.5, 0.5]], 1)
"""


def pytest_xdist_setupnodes():
    """Compile the time loop in either precision, side by side, before the workers would each do it for themselves."""
    for process in [subprocess.Popen([sys.executable, "-P", "-c", RELAX, dtype]) for dtype in ("float32", "float64")]:
        process.wait()
