"""Hand mutated inputs to neurosim and count what must not be; from tests/: python -m fuzz --inputs 10000

Every input is a function of its kind and its seed: `python -m fuzz --kind run --first 17 --inputs 1 --keep FOLDER`
makes one again and leaves it there.
"""

import argparse
import json
import select
import subprocess
import sys
import tempfile
import time
from collections import Counter
from pathlib import Path

from fuzz.harness import COMPILING, WAIT, attempt, clear_matplotlib
from fuzz.kinds import KINDS, Base

SILENCE = WAIT + COMPILING + 60    #: seconds without an answer after which a process is ended


def main():
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--kind", choices=KINDS, action="append", help="default: all kinds")
    parser.add_argument("--inputs", type=int, default=1000, help="of all kinds together")
    parser.add_argument("--first", type=int, default=0, help="seed of the first input of each kind")
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    parser.add_argument("--keep", metavar="FOLDER", help="run in this process and leave the last input in a folder")
    parser.add_argument("--lines", action="store_true", help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    kinds = arguments.kind or list(KINDS)
    if arguments.lines or arguments.keep:
        return work(kinds[0], arguments)
    report = {kind: supervised(kind, arguments.first, -(-arguments.inputs // len(kinds)), arguments.json)
              for kind in kinds}
    print(json.dumps(report) if arguments.json else table(report))
    return 1 if any(row["problems"] for row in report.values()) else 0


def work(kind, arguments):
    """Try a range of seeds in this process, one JSON line each."""
    with tempfile.TemporaryDirectory() as folder:
        base = Base(Path(folder) / "base")
        for seed in range(arguments.first, arguments.first + arguments.inputs):
            tried = attempt(KINDS[kind], seed, base, Path(arguments.keep or Path(folder) / "input"))
            clear_matplotlib()
            print(json.dumps(tried.table()), file=sys.__stdout__, flush=True)
    return 0


def supervised(kind, first, count, quiet):
    """Try seeds in a process of their own; one that is silent or dies is started again behind the seed that did it."""
    seed, end, found, begin = first, first + count, [], time.monotonic()
    while seed < end:
        process = subprocess.Popen([sys.executable, "-m", "fuzz", "--kind", kind, "--first", str(seed), "--inputs",
                                    str(end - seed), "--lines"], stdout=subprocess.PIPE, text=True,
                                   cwd=Path(__file__).resolve().parents[1])
        while select.select([process.stdout], [], [], SILENCE)[0] and (line := process.stdout.readline()):
            found.append(json.loads(line))
            seed = found[-1]["seed"] + 1
            if found[-1]["problem"] and not quiet:
                print(f"{kind} {found[-1]['seed']}: {found[-1]['problem']}", flush=True)
        process.kill()
        process.communicate()
        if seed < end:
            found.append({"seed": seed, "problem": f"process ended with {process.returncode}", "code": None,
                          "seconds": 0.0, "memory": 0.0, "words": []})
            seed += 1
    return summary(found, time.monotonic() - begin)


def summary(found, seconds):
    """Figures of the outcomes of one kind."""
    problems = Counter(one["problem"].partition(":")[0] for one in found if one["problem"])
    return {"inputs": len(found), "accepted": sum(one["code"] == 0 for one in found),
            "refused": sum(one["code"] == 2 for one in found), "problems": dict(problems),
            "slowest": max(one["seconds"] for one in found), "memory": max(one["memory"] for one in found),
            "seconds": seconds}


def table(report):
    """The report as lines for people."""
    rows = [("kind", "inputs", "accepted", "refused", "slowest [s]", "memory [MB]", "time [s]", "problems")]
    rows += [(kind, row["inputs"], row["accepted"], row["refused"], f"{row['slowest']:.1f}", f"{row['memory']:.0f}",
              f"{row['seconds']:.0f}", ", ".join(f"{n} {name}" for name, n in row["problems"].items()) or "none")
             for kind, row in report.items()]
    widths = [max(len(str(cell)) for cell in column) for column in zip(*rows)]
    return "\n".join("  ".join(str(cell).ljust(width) for cell, width in zip(row, widths)).rstrip() for row in rows)


if __name__ == "__main__":
    sys.exit(main())
