"""A run says where it comes from."""

import datetime
import socket
import subprocess
import sys

import pytest

from neurosim.results import provenance, read_run, write_run
from neurosim.results.provenance import VARIABLE, git_commit

COMMIT = "0123456789abcdef0123456789abcdef01234567"


def test_provenance_names_the_machine_and_the_versions(tmp_path):
    found = provenance(7)
    assert {"version", "platform", "cpu", "host", "command", "numpy", "numba", "scipy", "h5py"} <= set(found)
    assert found["seed"] == 7 and found["python"] == sys.version.split()[0]
    age = datetime.datetime.now(datetime.timezone.utc) - datetime.datetime.fromisoformat(found["started"])
    assert datetime.timedelta(0) <= age < datetime.timedelta(minutes=1)
    write_run(tmp_path / "run.h5", {}, found)
    assert read_run(tmp_path / "run.h5")[1] == found


def write_text(path, text):
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)


@pytest.fixture
def checkout(tmp_path):
    write_text(tmp_path / ".git/HEAD", "ref: refs/heads/main\n")
    return tmp_path


def test_commit_of_a_loose_reference(checkout):
    write_text(checkout / ".git/refs/heads/main", COMMIT + "\n")
    assert git_commit(checkout) == COMMIT


def test_commit_of_a_packed_reference(checkout):
    lines = ["# pack-refs with: peeled", f"{'f' * 40} refs/heads/other", f"{COMMIT} refs/heads/main"]
    write_text(checkout / ".git/packed-refs", "\n".join(lines))
    assert git_commit(checkout) == COMMIT


def test_commit_of_a_detached_head(checkout):
    write_text(checkout / ".git/HEAD", COMMIT)
    assert git_commit(checkout) == COMMIT


def test_commit_of_a_work_tree(checkout):
    write_text(checkout / ".git/refs/heads/side", COMMIT)
    write_text(checkout / ".git/worktrees/side/HEAD", "ref: refs/heads/side")
    write_text(checkout / ".git/worktrees/side/commondir", "../..")
    write_text(checkout / "side/.git", f"gitdir: {checkout}/.git/worktrees/side\n")
    assert git_commit(checkout / "side") == COMMIT


@pytest.mark.parametrize("head", ["", "ref: refs/heads/none", "ref: ../../secret", "no commit"])
def test_no_commit(checkout, head):
    write_text(checkout / "secret", "secret")
    write_text(checkout / ".git/HEAD", head)
    assert git_commit(checkout) == ""


def test_no_checkout(tmp_path):
    assert git_commit(tmp_path) == ""


def test_import_is_cheap():
    code = "import sys, neurosim.results; sys.exit('h5py' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], timeout=60).returncode == 0


@pytest.mark.parametrize("value, told", [("off", False), ("OFF", False), ("0", False), ("", True), ("on", True)])
def test_what_tells_of_a_person_or_a_machine_can_be_left_out(value, told, monkeypatch):
    monkeypatch.setenv(VARIABLE, value)
    found = provenance(7)
    personal = {"host", "command", "cpu", "platform", "started"}
    assert personal & set(found) == (personal if told else set())
    assert {"seed", "version", "python", "numpy", "numba"} <= set(found)
    if not told:
        assert not any(socket.gethostname() in str(text) for text in found.values())
