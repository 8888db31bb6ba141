"""The command `neurosim`: one module per verb, each with `add_parser(subparsers)` and `run(arguments)`, the exit code.

Nothing but argparse is imported before a verb runs.
"""

from __future__ import annotations

import contextlib
import difflib
import importlib
import os
import sys
from collections.abc import Sequence
from typing import Any

from neurosim import __version__, _signals
from neurosim.cli.parsers import Parser

VERBS = ("train", "evaluate", "plot", "record", "check", "device", "energy", "report", "sweep", "improve",
         "assess", "optimise", "export", "import", "reproduce", "data", "presets", "doctor")

#: Exit codes: what was asked for cannot be done; all went well, but a part of it is left to another process.
USER_ERROR, INCOMPLETE = 2, 3
_LONGEST = 600     #: of a sentence about an error, in characters


def build_parser() -> Parser:
    """Return the parser of the whole command line."""
    parser = Parser(prog="neurosim", description="Train spiking convolutional networks by equilibrium propagation.",
                    epilog="Without a configuration of your own, begin with: neurosim train")
    parser.add_argument("-V", "--version", action="version", version=f"neurosim {__version__}")
    subparsers = parser.add_subparsers(dest="verb", metavar="VERB", title="verbs")
    for verb in VERBS:
        importlib.import_module(f"neurosim.cli.{verb}").add_parser(subparsers)
    return parser


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command, by default that of the process; errors of users end as one sentence; returns the exit code.

    NEUROSIM_TRACEBACK=1 in the environment shows where an error comes from.
    """
    from neurosim.cli.terminal import escaped_output
    with escaped_output():
        return _main(sys.argv[1:] if argv is None else list(argv))


def _main(words: list[str]) -> int:
    try:
        code = _run(words)
        sys.stdout.flush()
        return code
    except KeyboardInterrupt as end:
        return _interrupted(getattr(end, "code", _signals.INTERRUPTED))
    except Exception as error:
        if _signals.interrupted():    # what libraries make of it, for example an ImportError
            return _interrupted(_signals.interrupted())
        if not isinstance(error, (ValueError, OSError, MemoryError)) or os.environ.get("NEUROSIM_TRACEBACK"):
            raise
        _say(_sentence(error))
        return USER_ERROR


def _run(words: list[str]) -> Any:
    if words and not words[0].startswith("-") and words[0] not in VERBS:
        near = difflib.get_close_matches(words[0], VERBS, n=1)
        raise ValueError(f"{words[0]!r}: unknown verb; " +
                         (f"did you mean {near[0]!r}?" if near else f"choose from {', '.join(VERBS)}"))
    parser = build_parser()
    try:
        arguments, unknown = parser.parse_known_args(words)
    except SystemExit as end:    # --help and --version
        return end.code
    if unknown:
        command = " ".join(filter(None, ("neurosim", arguments.verb, getattr(arguments, "action", ""))))
        raise ValueError(f"{unknown[0]}: unknown argument; see `{command} --help`")
    if arguments.verb is None:
        parser.print_help()
        return 0
    return arguments.run(arguments)


def _interrupted(code: int) -> int:
    _say("interrupted")
    return code


def _sentence(error: Exception) -> str:
    if isinstance(error, BrokenPipeError):
        return "the output was closed before everything was written"
    if isinstance(error, MemoryError):
        return "there is not enough memory; lower training.batch or the size of the network"
    text = str(error)
    if isinstance(error, OSError) and error.strerror:
        text = f"{error.filename}: {error.strerror}" if error.filename else error.strerror
    return _shortened(text)


def _shortened(text: str) -> str:
    """Return a text that quotes a user's value as one line; a long one loses its middle: owner and fix stay."""
    sentence = " ".join(text.split())
    return sentence if len(sentence) <= _LONGEST else f"{sentence[:_LONGEST // 2]} ... {sentence[-_LONGEST // 2:]}"


def _say(sentence: str) -> None:
    """Write the last words; a closed stdout must not raise once more when Python ends."""
    with contextlib.suppress(OSError):
        print(f"neurosim: {sentence}", file=sys.stderr, flush=True)
    try:
        sys.stdout.flush()
    except OSError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
