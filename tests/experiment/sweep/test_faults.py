"""What a point does when the machine fails it: a full disk is not a result."""

import errno

import pytest

from neurosim.experiment.sweep import point
from neurosim.experiment.sweep.store import Store
from neurosim.results import RunFileError


@pytest.fixture
def job(tmp_path):
    (tmp_path / "points").mkdir()
    (tmp_path / "sweep.json").write_text('{"format": "neurosim-sweep"}')
    return point.Job(0, "a" * 16, {"seed": 0}, "", str(tmp_path), "", str(tmp_path / ".stop"))


def failing(number):
    """A computation that meets an error of the operating system when it writes its run file."""
    def results(*_):
        try:
            raise OSError(number, "the system says so")
        except OSError as error:
            raise RunFileError("run file a.h5: not written: the system says so") from error
    return results


@pytest.mark.parametrize("number", [errno.ENOSPC, errno.EDQUOT, errno.EFBIG])
def test_a_full_disk_is_no_fault_of_the_point(job, monkeypatch, number):
    monkeypatch.setattr(point, "_results", failing(number))
    with pytest.raises(RunFileError, match="the system says so"):
        point.compute(job, None)
    assert Store(job.folder, {}).rows() == []


def test_every_other_error_is_kept_as_the_result_of_the_point(job, monkeypatch):
    monkeypatch.setattr(point, "_results", failing(errno.EACCES))
    row = point.compute(job, None)
    assert row["state"] == "failed" and Store(job.folder, {}).rows() == [row]
