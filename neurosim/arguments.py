"""Arguments of public functions: a wrong one is answered by a sentence that names the right one."""

import functools
import inspect
from collections.abc import Callable
from typing import ParamSpec, TypeVar

from neurosim.tables import nearest

P = ParamSpec("P")
R = TypeVar("R")


def answering(function: Callable[P, R]) -> Callable[P, R]:
    """Decorate a function so that an unknown keyword is a TypeError; its signature stays."""
    known = tuple(inspect.signature(function).parameters)

    @functools.wraps(function)
    def checked(*values: P.args, **options: P.kwargs) -> R:
        for name in options:
            if name not in known:
                raise TypeError(f"{function.__name__}: no argument is called {name}{nearest(name, known)}")
        return function(*values, **options)
    return checked
