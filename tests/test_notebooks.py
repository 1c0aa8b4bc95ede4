"""Every notebook runs from top to bottom in a fresh kernel."""

from __future__ import annotations

from pathlib import Path

import pytest

NOTEBOOKS = sorted((Path(__file__).parents[1] / "notebooks").glob("*.ipynb"))
TRAINING = ("04", "05", "06", "07")
"""The first letters of the notebooks that train networks, which takes seconds."""


def _marked(path: Path) -> object:
    return pytest.param(path, id=path.stem, marks=[pytest.mark.long] * path.stem.startswith(TRAINING))


def test_there_are_notebooks() -> None:
    assert NOTEBOOKS


# The kernel's own libraries open event loops and sockets in ways that newer versions of Python deprecate.
@pytest.mark.filterwarnings("ignore::DeprecationWarning", "ignore::ResourceWarning")
@pytest.mark.parametrize("path", [_marked(path) for path in NOTEBOOKS])
def test_notebook_runs(path: Path) -> None:
    nbformat = pytest.importorskip("nbformat")
    nbclient = pytest.importorskip("nbclient")
    notebook = nbformat.read(path, as_version=4)
    nbclient.NotebookClient(notebook, timeout=120, kernel_name="python3").execute()
    run = [cell for cell in notebook.cells if cell.cell_type == "code"]
    assert [cell.execution_count for cell in run] == list(range(1, len(run) + 1))
    assert all(output.output_type != "error" for cell in run for output in cell.outputs)
