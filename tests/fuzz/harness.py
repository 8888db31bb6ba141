"""Hand one mutated input to a command and judge what comes of it."""

import contextlib
import io
import os
import re
import shutil
import signal
import sys
import time
import traceback
import warnings
from dataclasses import asdict, dataclass
from pathlib import Path
from unittest.mock import patch

LIMIT = 20              #: seconds of a processor that a command may take
WAIT = 10 * LIMIT       #: seconds that it may take while it waits, or while other processes have the processors
COMPILING = 90          #: seconds more where kernels have to be compiled
RING = 5                #: seconds after which a Hang that some callback has swallowed is raised again
MEMORY = 2 * 1024       #: resident memory that a process may take [MB]
ROOM = 3 * 2 ** 29      #: memory of the machine as the forecast sees it, which is right within a third [bytes]
SENTENCE = 700          #: characters of a message
CODES = {0, 1, 2, 3}
_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]")


class Hang(BaseException):
    """A command took longer than LIMIT or WAIT."""


@dataclass
class Outcome:
    """What came of one input.

    problem : what must not be, "" where all is well; code : exit code of the last command, None where there is none
    seconds : of a processor; said : last line of that command on stderr
    """

    kind: str
    seed: int
    words: list
    code: int | None
    seconds: float
    memory: float
    problem: str
    said: str = ""

    def table(self):
        return asdict(self)


def attempt(kind, seed, base, folder):
    """Make the input of a kind and seed in an empty folder and run its commands there; returns Outcome."""
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    home = os.getcwd()
    words, code, begin, problem, said = [], None, time.process_time(), "", ""
    peak = resident_peak()
    os.chdir(folder)
    try:
        for words in kind.commands(base, folder, seed):
            before = listing(folder)
            code, problem, said = judged(words, before, folder)
            if problem or code:
                break
    finally:
        os.chdir(home)
    seconds, memory = time.process_time() - begin, resident_peak()
    if not problem and memory > max(MEMORY, peak):    # of a process that keeps its peak
        problem = f"memory: {memory:.0f} MB"
    return Outcome(kind.name, seed, list(map(str, words)), code, seconds, memory, problem, said)


def judged(words, before, folder):
    """Run one command in this process; returns its exit code, what must not be, or "", and its last words."""
    out, err = io.StringIO(), io.StringIO()
    with warnings.catch_warnings(record=True) as raised:
        warnings.simplefilter("always")
        try:
            with (contextlib.redirect_stdout(out), contextlib.redirect_stderr(err), _alarm(),
                  patch("neurosim.experiment.memory.installed_memory", return_value=ROOM)):
                code = _main()(list(map(str, words)))
        except Hang:
            return None, f"hang: longer than {LIMIT} s", ""
        except BaseException:    # whatever escapes a command is what is looked for
            return None, "traceback: " + " | ".join(traceback.format_exc().strip().splitlines()[-7:]), ""
    problem = _complaint(code, out.getvalue(), err.getvalue(), raised) or _left(code, before, folder)
    return code, problem, "".join(err.getvalue().splitlines()[-1:])


def _complaint(code, out, err, raised):
    from neurosim.experiment.diagnosis import LearningWarning
    raised = [one for one in raised if not issubclass(one.category, (LearningWarning, ResourceWarning))]
    if code not in CODES:
        return f"exit code {code}"
    if raised:
        return f"warning: {raised[0].category.__name__}: {raised[0].message} ({raised[0].filename}:{raised[0].lineno})"
    if "Traceback" in out + err or "Warning:" in err:
        return f"traceback: {err[-300:]}"
    if found := _CONTROL.search(out) or _CONTROL.search(err):
        return f"control character {found[0]!r}: {(out + err)[-300:]!r}"
    if code == 2:
        last = err.strip().splitlines()[-1:] or [""]
        if not last[0].startswith("neurosim: "):
            return f"message: {err[-300:]!r}"
        if len(last[0]) > SENTENCE:
            return f"message of {len(last[0])} characters: {last[0][:300]}"
    return ""


def _left(code, before, folder):
    new = listing(folder) - before
    temporary = sorted(name for name in new if name.endswith(".tmp") or "/." in f"/{name}")
    if temporary:
        return f"left: {temporary[:3]}"
    return f"left after a refusal: {sorted(new)[:3]}" if code == 2 and new else ""


def listing(folder):
    """Names of all files in a folder."""
    return {str(path.relative_to(folder)) for path in Path(folder).rglob("*") if not path.is_dir() or path.is_symlink()}


@contextlib.contextmanager
def _alarm():
    from neurosim._jit import compilation

    def ring(number, frame):
        raise Hang

    clocks = {signal.SIGPROF: (signal.ITIMER_PROF, LIMIT), signal.SIGALRM: (signal.ITIMER_REAL, WAIT)}
    before = {number: signal.signal(number, ring) for number in clocks}

    def wind(more=0):
        for clock, seconds in clocks.values():
            signal.setitimer(clock, seconds + more, RING)

    wind()
    try:
        with compilation(lambda: wind(COMPILING)):
            yield
    finally:
        for number, (clock, _) in clocks.items():
            signal.setitimer(clock, 0)
            signal.signal(number, before[number])


def _main():
    from neurosim.cli import main
    return main


def resident_peak():
    """Largest resident memory of this process so far [MB]."""
    from neurosim.experiment.memory import peak_memory
    return peak_memory()


def clear_matplotlib():
    """Forget figures, of which a process that draws thousands would keep parts."""
    if "matplotlib.pyplot" in sys.modules:
        sys.modules["matplotlib.pyplot"].close("all")
