"""Spiking convolutional networks that learn by equilibrium propagation.

    from neurosim import Training, load_config

The public names stand in `__init__.pyi` and are imported when they are first used.
"""

import importlib
from pathlib import Path

__version__ = "0.2.0"

_STUB = Path(__file__).with_name("__init__.pyi").read_text(encoding="utf-8")
#: Module of every public name, from lines like "from neurosim.counts import Counts as Counts".
_HOMES = {words[3]: words[1] for words in map(str.split, _STUB.splitlines()) if words[:1] == ["from"]}

__all__ = ["__version__", *sorted(_HOMES)]


def __getattr__(name: str) -> object:
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    value = getattr(importlib.import_module(_HOMES[name]), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
