"""Checks of the physics: adjoints, gradients, the retracing of backpropagation, and the descent of the energy.

And whether both engines compute the same.

    result = CHECKS["gradient"](load_case("mnist"))
    result.passed, result.lines()
"""

from collections.abc import Callable

from neurosim.experiment.checks.adjoint import check_adjoint
from neurosim.experiment.checks.energy import check_energy
from neurosim.experiment.checks.engines import check_engines
from neurosim.experiment.checks.gdu import check_gdu
from neurosim.experiment.checks.gradient import check_gradient
from neurosim.experiment.checks.case import CheckCase, initial_case, load_case
from neurosim.experiment.checks.result import CheckResult

#: name -> function of a CheckCase and of `observe(done, total)`, which returns a CheckResult
CHECKS: dict[str, Callable[..., CheckResult]] = {
    "adjoint": check_adjoint, "gradient": check_gradient, "gdu": check_gdu, "energy": check_energy,
    "engines": check_engines}
PHYSICS = ("adjoint", "gradient", "gdu", "energy")    #: those that are about the physics

__all__ = ["CHECKS", "PHYSICS", "CheckCase", "CheckResult", "check_adjoint", "check_energy", "check_engines",
           "check_gdu", "check_gradient", "initial_case", "load_case"]
