"""The folder of a sweep: what it is, one run file and one row of results per point, and how far everything is.

    sweep.json        the axes, and the identity of the sweep
    points/ID.h5      run file of a point, or its last checkpoint
    points/ID.json    row of a point that is done, or has failed
    points/ID.lock    who computes it now
"""

import json
import os
import socket
from dataclasses import dataclass
from pathlib import Path

from neurosim import __version__
from neurosim.experiment.sweep import locks
from neurosim.results.whole import write_whole
from neurosim.toml import to_toml

_FORMAT = "neurosim-sweep"


@dataclass(frozen=True)
class States:
    """How many points of a sweep are in which state.

    total : all of them; done, failed : with a row; running : locked by a process; interrupted : with a checkpoint that
    nobody continues
    """

    total: int
    done: int
    failed: int
    running: int
    interrupted: int

    @property
    def waiting(self):
        """Points of which there is nothing yet."""
        return max(0, self.total - self.done - self.failed - self.running - self.interrupted)


class Store:
    """The folder of a sweep; `begin` makes it, `open` reads one that is there.

    folder : Path; description : dict, what sweep.json says
    """

    def __init__(self, folder, description):
        self.folder, self.description = Path(folder), description
        self._points = self.folder / "points"

    @classmethod
    def begin(cls, folder, sweep):
        """Make the folder of a Sweep, or find it there.

        raises : ValueError when the folder holds something else
        """
        folder, description = Path(folder), _description(sweep)
        if (folder / "sweep.json").exists():
            store = cls.open(folder)
            _refuse_another(store, description)
            return store
        if folder.exists() and not (folder.is_dir() and all(map(_ours, folder.iterdir()))):
            raise ValueError(f"{folder}: is there already and holds no sweep; choose another folder with --out")
        (folder / "points").mkdir(parents=True, exist_ok=True)
        write_whole(folder / "sweep.json", (json.dumps(description) + "\n").encode())
        return cls(folder, description)

    @classmethod
    def open(cls, folder):
        """Open the folder of a sweep; raises ValueError where there is none."""
        path = Path(folder) / "sweep.json"
        try:
            description = json.loads(path.read_bytes())
        except FileNotFoundError as error:
            raise ValueError(f"{folder}: is not the folder of a sweep; give the one that `neurosim sweep` wrote "
                             "to") from error
        except ValueError as error:
            raise ValueError(f"{path}: is damaged; remove it and start the sweep again, finished points are "
                             "kept") from error
        if not isinstance(description, dict) or description.get("format") != _FORMAT:
            raise ValueError(f"{path}: was not written by neurosim sweep; give the folder of a sweep")
        return cls(folder, description)

    def run_path(self, name):
        """Run file of the point whose id is `name`."""
        return self._points / f"{name}.h5"

    def lock_path(self, name):
        """Lock of the same point."""
        return self._points / f"{name}.lock"

    def write_row(self, row):
        """Keep the row of a point, a dict that JSON can hold."""
        write_whole(self._points / f"{row['id']}.json", (json.dumps(row) + "\n").encode())

    def row(self, name):
        """Row of a point, None where it is neither done nor failed."""
        try:
            return json.loads((self._points / f"{name}.json").read_bytes())
        except FileNotFoundError:
            return None
        except ValueError as error:
            raise ValueError(f"{self._points / name}.json: is damaged; remove it, the point is then looked at "
                             "again") from error

    def rows(self):
        """Rows of all points that are done or have failed, by their place in the sweep."""
        found = (self.row(name[:-5]) for name in self._names() if name.endswith(".json"))
        return sorted((row for row in found if row is not None), key=lambda row: row["index"])

    def forget(self, name):
        """Remove the row of a point, so that it is computed again, or continued from its checkpoint."""
        (self._points / f"{name}.json").unlink(missing_ok=True)

    def states(self, rows):
        """Count the points by their state; returns States.

        rows : what `rows` returned
        """
        failed, names = sum(row["state"] == "failed" for row in rows), self._names()
        settled = {row["id"] for row in rows}
        started = {name[:-3] for name in names if name.endswith(".h5")} - settled
        locked = {name[:-5] for name in names if name.endswith(".lock")} - settled
        running = {name for name in locked if not locks.stale(self.lock_path(name))}
        return States(self.description["points"], len(rows) - failed, failed, len(running), len(started - running))

    def stop_path(self):
        """File by which this process tells those who compute for it to stop; it is there when they are to."""
        return self.folder / f".stop.{socket.gethostname()}.{os.getpid()}"

    def _names(self):
        return [name for name in os.listdir(self._points) if not name.startswith(".")]


def _ours(path):
    """Whether a driver that has just begun may have made this path; one that cannot be told apart is not touched."""
    return path.name.startswith(".sweep.json.") or path.name == "points" and path.is_dir()


def _description(sweep):
    """What sweep.json says of a Sweep."""
    columns = [axis.distinct() for axis in sweep.axes] if sweep.rows is None else [list(c) for c in zip(*sweep.rows)]
    from neurosim.experiment.sweep.axes import design    # not above: whoever reads a sweep needs no kernels
    drawn = {"design": design(sweep.axes, sweep.file.samples, sweep.file.seed).tolist()} \
        if sweep.file.method == "saltelli" else {}
    return {"format": _FORMAT, "neurosim": __version__, "identity": sweep.identity, "name": sweep.name,
            "method": sweep.file.method, "points": len(sweep), "shape": list(sweep.shape),
            "axes": dict(zip([axis.path for axis in sweep.axes], columns)),
            "scales": {axis.path: axis.scale for axis in sweep.axes}, **drawn,
            "path": sweep.owner, "file": Path(sweep.owner).read_text(encoding="utf-8-sig"), "base": to_toml(sweep.base),
            "seeds": [sweep.base.get("seed", 0) + repeat for repeat in range(sweep.file.repeats)]}


def _refuse_another(store, description):
    kept = store.description
    if kept.get("neurosim") != description["neurosim"]:
        raise ValueError(f"{store.folder}: its sweep was begun by neurosim {kept.get('neurosim')}, this is "
                         f"{description['neurosim']}; choose another folder with --out")
    if kept.get("identity") != description["identity"]:
        raise ValueError(f"{store.folder}: holds another sweep ({kept.get('name')}, {kept.get('points')} points); "
                         "choose another folder with --out, or bring the sweep file back to what it was")
