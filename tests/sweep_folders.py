"""Folders of sweeps that somebody has damaged: small finished sweeps, and a seeded mutator of what they hold.

    python tests/sweep_folders.py 2000    # looks at so many of them with every verb; prints what should not have been
"""

import contextlib
import io
import json
import os
import random
import shutil
import sys
import tempfile
import traceback
import warnings
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from neurosim.cli import main
from neurosim.experiment.sweep.driver import Driver
from neurosim.experiment.sweep.spec import read_sweep
from neurosim.experiment.sweep.store import Store
from neurosim.experiment.sweep.table import open_sweep

FILES = {
    "grid": 'base = "mnist-small"\nrepeats = 2\n[axes]\n"learning.beta" = {log = [0.1, 0.4], points = 3}\n'
            '"optimiser.rates" = [[0.1, 0.2], 0.3]\n',
    "zip": 'base = "mnist-small"\nmethod = "zip"\n[axes]\n"seed" = [3, 4, 5]\n'
           '"synapses.device" = ["ideal", "choi-2018-epiram", "ideal-device"]\n[fixed]\n"training.epochs" = 2\n',
    "saltelli": 'base = "mnist-small"\nmethod = "saltelli"\nsamples = 4\n[axes]\n'
                '"learning.beta" = {linear = [0.1, 1]}\n'
                '"neurons.epsilon" = {linear = [0.5, 1.0]}\n'}
ODD = (None, True, -1, 0, 1, 99, 2.5, 1e308, 5e-324, float("inf"), float("nan"), 10 ** 400, 2 ** 63, "", "x", "$x_{",
       "\ud800", "\x1b[2J", "x" * 5000, [], {}, [[]], [1, 2, 3], {"a": 1}, "grid", "lost", "done")


class Threads(ThreadPoolExecutor):
    """An executor without processes."""

    def __init__(self, jobs):
        super().__init__(jobs)
        self.slots = jobs

    def wanted(self):
        return self.slots


def compute(folder, sweep):
    """Compute the points of a sweep that are missing, with numbers that take no time; returns the Tally."""
    store = Store.begin(folder, sweep)

    def work(job):
        error = (hash_of(job.id) % 1000) / 2000
        row = job.row("done", {"test_error": error, "joules_per_inference": 1e-6 * (1 + job.index)}, "", 1.0)
        store.write_row(row)
        return row

    with Threads(1) as executor:
        driver = Driver(sweep, store, work, executor)
        try:
            driver.run()
        finally:
            driver.release()
    return driver.tally


def hash_of(text):
    return int(text, 16)


def build(folder, kind):
    """Make the finished sweep `kind` in folder/out; returns its Sweep."""
    file = folder / f"{kind}.toml"
    file.write_text(FILES[kind])
    sweep = read_sweep(file)
    compute(folder / "out", sweep)
    return sweep


def mutate(folder, draw):
    """Damage the sweep in a folder; `draw` is a random.Random. Returns what was done, text."""
    rows = sorted((folder / "points").glob("*.json"))
    file = folder / "sweep.json" if draw.random() < 0.4 else draw.choice(rows)
    kinds = [*[_change_value] * 12, _cut_bytes, _raw_text, _copy_row, _swap_rows, _plant_link, _plant_other,
             _plant_lock]
    done = [draw.choice(kinds)(folder, file, rows, draw)]
    with contextlib.suppress(OSError, ValueError, RecursionError):    # what the first has left may be no file any more
        done += [draw.choice(kinds)(folder, file, rows, draw)] if draw.random() < 0.25 else []
    return " and ".join(done)


def _change_value(folder, file, rows, draw):
    if not file.is_file() or file.stat().st_size > 1 << 20:
        return f"{file.name}: as it was"
    with contextlib.suppress(ValueError, OSError, RecursionError):
        table = json.loads(file.read_bytes())
        place, key = _somewhere(table, draw)
        what = draw.choice(("delete", "odd", "odd", "repeat", "negate", "rename", "deep"))
        if what == "delete":
            del place[key]
        elif what == "repeat" and isinstance(place, list):
            place.append(place[key])
        elif what == "negate" and isinstance(place[key], (int, float)):
            place[key] = -place[key]
        elif what == "rename" and isinstance(place, dict):
            place[key + "x"] = place.pop(key)
        else:
            place[key] = draw.choice(ODD)
        text = json.dumps(table)
        if what == "deep":
            text = text.replace(json.dumps(place[key]), "[" * 5000 + "]" * 5000, 1)
        _replace(file, text.encode())
        return f"{file.name}: {what} {key!r}"
    return f"{file.name}: as it was"


def _somewhere(table, draw):
    """A random place in nested dicts and lists, and a key of it."""
    place = table if isinstance(table, dict) and table else {"": 0}
    while True:
        key = draw.choice([*place]) if isinstance(place, dict) else draw.randrange(len(place))
        inner = place[key]
        if not (isinstance(inner, (dict, list)) and inner) or draw.random() < 0.3:
            return place, key
        place = inner


def _cut_bytes(folder, file, rows, draw):
    content = file.read_bytes() if file.is_file() and file.stat().st_size < 1 << 20 else b""
    _replace(file, content[:draw.randrange(len(content) + 1)])
    return f"{file.name}: cut"


def _raw_text(folder, file, rows, draw):
    _replace(file, draw.choice((b"", b"{}", b"[]", b"null", b"0", b"\xff\xfe", b"[" * 100_000, b'{"a":' * 50_000,
                                b"1" * 5000, b"NaN", b'"' + b"x" * 100_000 + b'"')))
    return f"{file.name}: other text"


def _copy_row(folder, file, rows, draw):
    name = draw.choice(("0" * 16, "0" * 15, "f" * 16, draw.choice(rows).stem, "x", ".hidden"))
    content = next(row for row in rows if row.is_file() and row.stat().st_size < 1 << 20).read_bytes()
    if draw.random() < 0.5:
        content = json.dumps({**json.loads(content), "id": name}).encode()
    _replace(folder / "points" / f"{name}.json", content)
    return f"a row copied to {name}"


def _swap_rows(folder, file, rows, draw):
    one, other = draw.sample([row for row in rows if row.is_file() and row.stat().st_size < 1 << 20], 2)
    first, second = one.read_bytes(), other.read_bytes()
    _replace(one, second), _replace(other, first)
    return "two rows swapped"


def _plant_link(folder, file, rows, draw):
    row = draw.choice(rows).stem
    place = folder / draw.choice((f"points/{row}.json", f"points/{row}.lock", f"points/{row}.h5", "sweep.json",
                                  "points", "figures", "figures/axes.png", f"points/.{row}.json.{os.getpid()}.tmp"))
    target = folder.parent / "outside" / draw.choice(("gone", "there"))
    place.parent.mkdir(exist_ok=True)
    _remove(place)
    place.symlink_to(target)
    return f"link at {place.name} to {target.name}"


def _plant_other(folder, file, rows, draw):
    what = draw.choice(("folder", "pipe", "nothing", "sparse"))
    _remove(file)
    if what == "folder":
        file.mkdir()
    elif what == "pipe":
        os.mkfifo(file)
    elif what == "sparse":
        with open(file, "wb") as huge:
            huge.truncate(1 << 40)
    return f"{file.name}: {what}"


def _plant_lock(folder, file, rows, draw):
    lock = folder / "points" / f"{draw.choice(rows).stem}.lock"
    _replace(lock, draw.choice((b"", b"{}", b"[" * 5000, b'{"host": 1, "pid": -1}', b'{"host": "x", "pid": 1e999}',
                                json.dumps({"host": "x\x1b", "pid": 10 ** 30}).encode())))
    if draw.random() < 0.5:
        os.utime(lock, (1, 1))
    if draw.random() < 0.5:
        _remove(lock.with_suffix(".json"))
    return f"{lock.name}: planted"


def _replace(path, content):
    _remove(path)
    path.write_bytes(content)


def _remove(path):
    if path.is_dir() and not path.is_symlink():
        shutil.rmtree(path)
    else:
        path.unlink(missing_ok=True)


def looks(folder, sweep, draw):
    """What is done with a damaged folder: pairs of a name and a function without arguments."""
    out = str(folder / "out")
    verbs = [("status", ["sweep", "status", out]), ("status as JSON", ["sweep", "status", out, "--json"]),
             ("table", ["sweep", "table", out]),
             ("CSV", ["sweep", "table", out, "--csv", str(folder / "t.csv"), "--force"])]
    if draw.random() < 0.06:
        verbs += [("plot", ["sweep", "plot", out, "--format", "png"]),
                  ("report", ["report", out, "-o", str(folder / "r.html"), "--force"])]
    yield from ((name, lambda words=words: main(words)) for name, words in verbs)
    yield "open_sweep", lambda: expected(lambda: open_sweep(out))
    yield "continue and status after", lambda: (expected(lambda: compute(folder / "out", sweep)) and
                                                complete_or_said(folder / "out", len(sweep)))


def expected(call):
    """Call a function that may raise a ValueError; returns whether it did not."""
    try:
        call()
        return True
    except ValueError as error:
        assert "\n" not in str(error) and len(str(error)) < 1000, error
        return False


def complete_or_said(folder, points):
    """What has been computed again counts once: as many points as there are, unless some are locked by another."""
    with contextlib.suppress(ValueError):
        store = Store.open(folder)
        states = store.states(store.rows())
        assert states.done + states.failed + states.waiting + states.running + states.interrupted == points, states
        assert states.done <= points
        assert states.done + states.failed == points or list((folder / "points").glob("*.lock")) \
            or any(path.is_dir() or path.is_fifo() for path in (folder / "points").glob("*.json")), states


def faults(folder, sweeps, seed):
    """Build, damage and look at one folder; yields text for each thing that should not have been."""
    draw = random.Random(seed)
    kind = draw.choice([*sweeps])
    (folder / "outside").mkdir()
    shutil.copytree(sweeps[kind][0], folder / "out")
    (folder / "outside" / "there").write_text("untouched")
    done = mutate(folder / "out", draw)
    for name, look in looks(folder, sweeps[kind][1], draw):
        printed = io.StringIO()
        try:
            with contextlib.redirect_stdout(io.StringIO()), contextlib.redirect_stderr(printed), \
                    warnings.catch_warnings():
                warnings.simplefilter("error")
                code = look()
            assert code in (None, 0, 1, 2, 3), code    # also True and False
            assert code != 2 or printed.getvalue().splitlines()[-1].startswith("neurosim: "), printed.getvalue()
        except Exception:
            yield f"seed {seed}, {kind}, {done}; {name}: {traceback.format_exc()}"
    outside = {path.name: path.read_text() for path in (folder / "outside").iterdir()}
    if outside != {"there": "untouched"}:
        yield f"seed {seed}, {kind}, {done}: wrote outside its folder: {sorted(outside)}"


def prepared(folder):
    """A finished sweep of each kind: dict from kind to its folder and its Sweep."""
    found = {}
    for kind in FILES:
        (folder / kind).mkdir()
        found[kind] = folder / kind / "out", build(folder / kind, kind)
    return found


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as scratch:
        sweeps, number = prepared(Path(scratch)), 0
        for seed in range(int(sys.argv[1])):
            with tempfile.TemporaryDirectory(dir=scratch) as one:
                for fault in faults(Path(one), sweeps, seed):
                    number += 1
                    print(fault, flush=True)
        print(f"{sys.argv[1]} damaged folders, {number} faults")
