"""The folder of a sweep: what it is, one run file and one row of results per point, and how far everything is.

    sweep.json        the axes, and the identity of the sweep
    points/ID.h5      run file of a point, or its last checkpoint
    points/ID.json    row of a point that is done, or has failed
    points/ID.lock    who computes it now
"""

from __future__ import annotations

import json
import os
import socket
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from neurosim import __version__
from neurosim.experiment.sweep import locks
from neurosim.experiment.sweep.schema import FORMAT, Damaged, check_identity, read_description, read_row
from neurosim.results.atomic_write import atomic_replace
from neurosim.toml import to_toml

if TYPE_CHECKING:
    from neurosim.experiment.sweep.spec import Sweep


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
    def waiting(self) -> int:
        """Points of which there is nothing yet."""
        return max(0, self.total - self.done - self.failed - self.running - self.interrupted)


@dataclass(frozen=True)
class Survey:
    """The rows of a sweep.

    rows : those that are sound, one per point at most, by their index in the sweep
    damaged : dict from the name of a file that does not count to what is wrong with it, one sentence each
    """

    rows: list
    damaged: dict = field(default_factory=dict)


class Store:
    """The folder of a sweep; `begin` makes it, `open` reads one that is there.

    Nothing in it is a link: what is planted there is not followed when something is written.

    folder : Path; description : dict, what sweep.json says; {} for whoever computes a point that it was given
    """

    def __init__(self, folder: Path | str, description: dict[str, Any]) -> None:
        self.folder, self.description = Path(folder), description
        self._points = self.folder / "points"

    @classmethod
    def begin(cls, folder: Path | str, sweep: Sweep) -> Store:
        """Make the folder of a Sweep, or find it there.

        raises : ValueError when the folder holds something else
        """
        folder, description = Path(folder), _description(sweep)
        if (folder / "sweep.json").is_file():
            store = cls.open(folder)
            _refuse_another(store, description)
            if store.description == json.loads(json.dumps(description)):
                return store
            atomic_replace(folder / "sweep.json", (json.dumps(description) + "\n").encode())    # it says something else
            return cls.open(folder)
        if folder.exists() and not (folder.is_dir() and all(map(_ours, folder.iterdir()))):
            raise ValueError(f"{folder}: already exists and holds no sweep; choose another folder with --out")
        (folder / "points").mkdir(parents=True, exist_ok=True)
        atomic_replace(folder / "sweep.json", (json.dumps(description) + "\n").encode())
        return cls.open(folder)

    @classmethod
    def open(cls, folder: Path | str) -> Store:
        """Open the folder of a sweep; raises ValueError where there is none."""
        path, points = Path(folder) / "sweep.json", Path(folder) / "points"
        try:
            description = read_description(path)
        except (FileNotFoundError, NotADirectoryError) as error:
            raise ValueError(f"{folder}: is not the folder of a sweep; give the one that `neurosim sweep` wrote "
                             "to") from error
        except Damaged as error:
            raise ValueError(f"{path}: {error}; remove it and start the sweep again, finished points are "
                             "kept") from error
        if points.is_symlink() or not points.is_dir():
            raise ValueError(f"{points}: is not a folder, or a link to one; bring back the folder that `neurosim "
                             "sweep` made there")
        return cls(folder, description)

    def run_path(self, name: str) -> Path:
        """Run file of the point whose id is `name`."""
        return self._points / f"{name}.h5"

    def lock_path(self, name: str) -> Path:
        """Lock of the same point."""
        return self._points / f"{name}.lock"

    def write_row(self, row: dict[str, Any]) -> None:
        """Keep the row of a point, a dict that JSON can hold."""
        atomic_replace(self._points / f"{row['id']}.json", (json.dumps(row) + "\n").encode())

    def row(self, name: str) -> dict[str, Any] | None:
        """Return the row of a point, None where it is neither done nor failed, or damaged."""
        try:
            return self._sound_row(name)
        except (FileNotFoundError, Damaged):
            return None

    def rows(self) -> list[dict]:
        """Return the rows of all points that are done or have failed, by their index in the sweep.

        Damaged ones do not count.
        """
        return self.survey().rows

    def survey(self) -> Survey:
        """Read all rows; returns Survey."""
        rows: dict[int, dict] = {}
        damaged: dict[str, Any] = {}
        for file in sorted(name for name in self._names() if name.endswith(".json")):
            try:
                row = self._sound_row(file[:-5])
                first = rows.setdefault(row["index"], row)
                if first is not row:
                    raise Damaged(f"index: is that of {first['id']}.json already")
            except FileNotFoundError:    # it was there a moment ago
                continue
            except Damaged as error:
                damaged[file] = (f"{self._points / file}: {error}; it does not count, and its point is computed again, "
                                 "or remove it")
        return Survey(sorted(rows.values(), key=lambda row: row["index"]), damaged)

    def _sound_row(self, name: str) -> dict[str, Any]:
        row = read_row(self._points / f"{name}.json", name)
        if self.description:
            check_identity(row, self.description)
        return row

    def forget(self, name: str) -> None:
        """Remove the row of a point, so that it is computed again, or continued from its checkpoint."""
        (self._points / f"{name}.json").unlink(missing_ok=True)

    def states(self, rows: list[dict]) -> States:
        """Count the points by their state; returns States.

        rows : what `rows` returned
        """
        failed, names = sum(row["state"] == "failed" for row in rows), self._names()
        settled = {row["id"] for row in rows}
        started = {name[:-3] for name in names if name.endswith(".h5")} - settled
        locked = {name[:-5] for name in names if name.endswith(".lock")} - settled
        running = {name for name in locked if not locks.stale(self.lock_path(name))}
        return States(self.description["points"], len(rows) - failed, failed, len(running), len(started - running))

    def stop_path(self) -> Path:
        """Return file by which this process tells those who compute for it to stop; it is there when they are to."""
        return self.folder / f".stop.{socket.gethostname()}.{os.getpid()}"

    def _names(self) -> list[str]:
        return [name for name in os.listdir(self._points) if not name.startswith(".")]


def _ours(path: Path) -> bool:
    """Return whether a driver that has just begun may have made this path.

    One that cannot be distinguished is not touched.
    """
    return path.name.startswith(".sweep.json.") or path.name == "points" and path.is_dir()


def _description(sweep: Sweep) -> dict:
    """Return what sweep.json says of a Sweep."""
    columns = [axis.distinct() for axis in sweep.axes] if sweep.rows is None else [list(c) for c in zip(*sweep.rows)]
    from neurosim.experiment.sweep.axes import design    # not above: whoever reads a sweep needs no kernels
    drawn = {"design": design(sweep.axes, sweep.file.samples, sweep.file.seed).tolist()} \
        if sweep.file.method == "saltelli" else {}
    return {"format": FORMAT, "neurosim": __version__, "identity": sweep.identity, "name": sweep.name,
            "method": sweep.file.method, "points": len(sweep), "shape": list(sweep.shape),
            "axes": dict(zip([axis.path for axis in sweep.axes], columns)),
            "scales": {axis.path: axis.scale for axis in sweep.axes}, **drawn,
            "path": sweep.owner, "file": Path(sweep.owner).read_text(encoding="utf-8-sig"), "base": to_toml(sweep.base),
            "seeds": [sweep.base.get("seed", 0) + repeat for repeat in range(sweep.file.repeats)]}


def _refuse_another(store: Store, description: dict[str, Any]) -> None:
    kept = store.description
    if kept["neurosim"] != description["neurosim"]:
        raise ValueError(f"{store.folder}: its sweep was begun by neurosim {kept['neurosim']}, this is "
                         f"{description['neurosim']}; choose another folder with --out")
    if kept["identity"] != description["identity"]:
        raise ValueError(f"{store.folder}: holds another sweep ({kept['name']}, {kept['points']} points); "
                         "choose another folder with --out, or bring the sweep file back to what it was")
