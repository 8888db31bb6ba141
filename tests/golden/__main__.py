"""Carry out the golden runs and say what differs from digests.json; from tests/: python -m golden [--write]

A change that must not change bits leaves every line equal. One that must change some is committed with the file written
anew and named in CHANGELOG.
"""

import argparse
import json
import sys
import tempfile
import time
from pathlib import Path

from golden.runs import DIGESTS, FAST, SLOW, found, fused


def main():
    parser = argparse.ArgumentParser(prog="golden", description=__doc__.partition("\n")[0])
    parser.add_argument("names", nargs="*", metavar="RUN", help="default: all runs")
    parser.add_argument("--fast", action="store_true", help="leave the presets out")
    parser.add_argument("--write", action="store_true", help="store what is found")
    parser.add_argument("--threads", type=int, default=1)
    arguments = parser.parse_args()
    if not fused():
        sys.exit("numba does not fuse products and sums on this processor, so that no digest here could be equal")
    runs = FAST if arguments.fast else FAST | SLOW
    stored = json.loads(DIGESTS.read_text()) if DIGESTS.exists() else {}
    changed = 0
    for name in arguments.names or runs:
        begin = time.perf_counter()
        with tempfile.TemporaryDirectory() as folder:
            now = found((FAST | SLOW)[name], Path(folder), arguments.threads)
        before = stored.get(name, {})
        differ = [quantity for quantity in {**before, **now} if before.get(quantity) != now.get(quantity)]
        changed += bool(differ)
        print(f"{name}: {', '.join(differ) or 'equal'} ({time.perf_counter() - begin:.2f} s)", flush=True)
        stored[name] = now
    if arguments.write:
        DIGESTS.write_text(json.dumps({name: stored[name] for name in FAST | SLOW if name in stored}, indent=1) + "\n")
    return 1 if changed and not arguments.write else 0


if __name__ == "__main__":
    sys.exit(main())
