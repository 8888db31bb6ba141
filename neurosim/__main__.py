"""The program: `python -m neurosim`, and the command `neurosim`."""

import os
import sys
import warnings
from typing import NoReturn

from neurosim import _signals


def program() -> NoReturn:
    """Run the command of this process and end with its exit code, whenever it is asked to end."""
    try:
        _be_quiet()
        _signals.listen()
        from neurosim.cli import main    # not above: what is imported may take a while
        code = main()
        _signals.ignore()
    except KeyboardInterrupt:    # before the command began, or when it was over
        _signals.ignore()
        code = _signals.interrupted() or _signals.INTERRUPTED
        print("neurosim: interrupted", file=sys.stderr, flush=True)
    if _signals.interrupted():    # nothing is left to wait for, as threads that still compute
        os._exit(code)
    sys.exit(code)


def _be_quiet() -> None:
    """Keep from the terminal what Python tells programmers: warnings, and errors of the destructors of libraries."""
    if not (sys.warnoptions or os.environ.get("NEUROSIM_TRACEBACK")):
        warnings.simplefilter("ignore")
        sys.unraisablehook = lambda unraisable: None


if __name__ == "__main__":
    program()
