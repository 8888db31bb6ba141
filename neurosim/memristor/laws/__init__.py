"""Laws of response, one module each: a module that holds a LAW is found here, and those of others are registered.

    from neurosim.memristor.laws import Law, register
    register(Law(name="mine", keys=..., step=..., parameters=...))
"""

from importlib import import_module
from pkgutil import iter_modules

from neurosim.memristor.laws.chart import Chart
from neurosim.memristor.laws.law import STEPS, Law, by_side, stepping

__all__ = ["LAWS", "STEPS", "Chart", "Law", "by_side", "register", "stepping"]

#: All laws by the name that cards give them.
LAWS: dict[str, Law] = {}


def register(law: Law) -> Law:
    """Let cards name a law; LAWS is MUTATED.

    raises : ValueError for a name that is taken, and for a key that another law gives another unit
    """
    if law.name in LAWS:
        raise ValueError(f"law {law.name!r} is registered already; choose another name")
    for other in LAWS.values():
        for key in law.keys.keys() & other.keys.keys():
            if law.keys[key].unit != other.keys[key].unit:
                raise ValueError(f"law {law.name!r}: {key} is in {law.keys[key].unit}, and in {other.keys[key].unit} "
                                 f"for the law {other.name}; choose another key, or the same unit")
    LAWS[law.name] = law
    return law


for _module in iter_modules(__path__):
    _found = getattr(import_module(f"{__name__}.{_module.name}"), "LAW", None)
    if _found is not None:
        register(_found)
