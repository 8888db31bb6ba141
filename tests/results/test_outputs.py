"""Names that verbs choose: free ones, or what the user names, never a file that is there or that another writes."""

import subprocess
import sys
from pathlib import Path

import pytest

import neurosim
from neurosim.results.outputs import chosen_path, free_path

ROOT = Path(neurosim.__file__).parent.parent
CHOOSER = """
import sys
from neurosim.results.outputs import free_path
with free_path(sys.argv[1], (".h5", ".png")) as path:
    print(path.name, flush=True)
    sys.stdin.read()
    path.write_text("mine")
"""


@pytest.fixture(autouse=True)
def here(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_simultaneous_processes_choose_different_names(here):
    """Six processes look for a name at once; each gets its own, and keeps it."""
    (here / "run-2.png").touch()
    begun = [subprocess.Popen([sys.executable, "-c", CHOOSER, str(here / "run")], cwd=ROOT, text=True,
                              stdin=subprocess.PIPE, stdout=subprocess.PIPE) for _ in range(6)]
    found = [process.stdout.readline().strip() for process in begun]
    for process in begun:
        process.communicate("")
    assert sorted(found) == ["run-3.h5", "run-4.h5", "run-5.h5", "run-6.h5", "run-7.h5", "run.h5"]
    assert sorted(path.name for path in here.iterdir()) == sorted([*found, "run-2.png"])


def test_a_file_is_replaced_only_by_force(here):
    (here / "run.png").write_text("mine")
    with pytest.raises(ValueError) as caught, chosen_path("--out", "run.png", (".png",), False):
        pass
    assert str(caught.value) == "--out run.png: already exists; choose another name or replace it with --force"
    with chosen_path("--out", "run.png", (".png",), True) as path:
        assert path.read_text() == "mine", "nothing happens to it before something is written"


def test_a_link_that_leads_nowhere_is_a_file(here):
    (here / "run.h5").symlink_to(here / "elsewhere")
    with free_path("run", (".h5",)) as path:
        assert path.name == "run-2.h5"
    with pytest.raises(ValueError, match="already exists"), chosen_path("--out", "run.h5", (".h5",), False):
        pass
