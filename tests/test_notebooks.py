"""The tutorials run from the first cell to the last in a kernel of their own, and keep what they assert."""

import importlib.util
import os
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
NOTEBOOKS = sorted((ROOT / "examples" / "notebooks").glob("*.ipynb"))
TUTORIALS = ["1_own_network", "2_own_data", "3_own_device", "4_paper_figure"]

pytestmark = pytest.mark.skipif(not all(map(importlib.util.find_spec, ("nbclient", "nbformat", "ipykernel"))),
                                reason="nbclient and ipykernel are not installed; pip install 'neurosim-ep[notebook]'")


def test_the_four_tutorials_are_there():
    assert [path.stem for path in NOTEBOOKS] == TUTORIALS


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_notebooks_are_kept_without_what_they_printed(path):
    import nbformat
    notebook = nbformat.read(path, as_version=4)
    nbformat.validate(notebook)
    code = [cell for cell in notebook.cells if cell.cell_type == "code"]
    assert not any(cell.outputs or cell.execution_count for cell in code)
    assert notebook.cells[0].cell_type == "markdown" and any("assert" in cell.source for cell in code)


@pytest.mark.slow
@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
@pytest.mark.filterwarnings("ignore::DeprecationWarning")    # of the packages around the kernel
def test_a_tutorial_runs(path, tmp_path, monkeypatch):
    import nbformat
    from nbclient import NotebookClient
    monkeypatch.setenv("PYTHONPATH", os.pathsep.join(filter(None, [str(ROOT), os.environ.get("PYTHONPATH")])))
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    notebook = nbformat.read(path, as_version=4)
    NotebookClient(notebook, timeout=300, kernel_name="python3", resources={"metadata": {"path": str(tmp_path)}}
                   ).execute()
    pictures = [out for cell in notebook.cells if cell.cell_type == "code" for out in cell.outputs
                if "image/png" in out.get("data", {})]
    assert pictures, "every tutorial shows a figure"
