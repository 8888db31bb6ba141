"""What ships and what is installed: presets, studies, data sets, and the state of the installation."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from neurosim.calls.tables import Table
from neurosim.datasets import CATALOGUE, card, locations
from neurosim.experiment.checks.installation import installation_lines, installation_report
from neurosim.experiment.shipped import PRESETS, STUDIES, ShippedFiles, described
from neurosim.summaries import Printed


def presets() -> Table:
    """List the configurations that ship: name, expected test error and time, what they are, and the TOML text."""
    return _listed(PRESETS)


def studies() -> Table:
    """List the sweeps that ship, which `neurosim.sweep` computes by their names."""
    return _listed(STUDIES)


def _listed(files: ShippedFiles) -> Table:
    found = [described(name, files.path(name)) for name in files.names()]
    return Table({key: [one[key] or "" for one in found] for key in ("name", "error", "time", "summary", "toml")},
                 hidden=("toml",))


def data_sets() -> Table:
    """List the data sets that are known by name: images, shape, classes, the folder where they lie, licence."""
    cards = CATALOGUE.values()
    return Table({"name": [one.name for one in cards], "train_images": [one.train for one in cards],
                  "test_images": [one.test for one in cards],
                  "shape": [" x ".join(map(str, one.shape)) for one in cards],
                  "classes": [one.classes for one in cards],
                  "folder": [str(locations.find(one) or "") for one in cards],
                  "licence": [one.licence for one in cards]})


def fetch_data(name: str, to: str | Path = "") -> Path:
    """Download a data set, checked by SHA-256, as `neurosim data fetch` does.

    name : of `data_sets()`; to : folder for its files, default: the cache, where trainings find it; others say it in
        `data.path`
    returns : Path of the folder, that of a data set that ships where `to` names no other
    raises : ValueError where no mirror delivers
    """
    wanted = card(name)
    shipped = locations.shipped_folder(wanted)
    if shipped and not to:
        return Path(shipped)
    from neurosim.datasets.fetch import fetch
    return fetch(wanted, to)


class Installation(Printed):
    """What an installation consists of, and whether it computes correctly.

    report : versions, machine, folders, shipped files and self-test as plain values; problems : sentences
    """

    def __init__(self, report: dict[str, Any]) -> None:
        self.report, self.problems = report, report["problems"]

    def lines(self) -> list[str]:
        """Return the lines that `neurosim doctor` prints."""
        return installation_lines(self.report)


def doctor() -> Installation:
    """Test the arithmetic and list versions and folders, as `neurosim doctor` does; compiles kernels where it must.

    returns : Installation, whose `problems` are empty where all is well
    """
    return Installation(installation_report(lambda: None))
