"""The notebooks: essays, committed without outputs, and every one of them runs."""

import ast
import os
import re
from pathlib import Path
from typing import Any

import nbformat
import pytest

ROOT = Path(__file__).resolve().parent.parent
NOTEBOOKS = sorted((ROOT / "notebooks").glob("*.ipynb"))

#: What JupyterLab would write of one person's machine (a version, a kernel's name) stays out
METADATA = {
    "kernelspec": {"display_name": "Python 3", "language": "python", "name": "python3"},
    "language_info": {"name": "python"},
}

every_notebook = pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)


def read(path: Path) -> Any:
    """Read a notebook, as valid as the format asks for."""
    notebook = nbformat.read(path, as_version=4)
    nbformat.validate(notebook)
    return notebook


def code_of(path: Path) -> list[str]:
    """Give the text of each code cell."""
    return [cell.source for cell in read(path).cells if cell.cell_type == "code"]


def test_there_are_notebooks_and_they_are_numbered() -> None:
    assert NOTEBOOKS
    assert all(re.fullmatch(r"\d\d_[a-z0-9_]+", path.stem) for path in NOTEBOOKS)
    numbers = [path.stem[:2] for path in NOTEBOOKS]
    assert numbers == sorted(set(numbers))


@every_notebook
def test_it_is_committed_without_what_it_showed(path: Path) -> None:
    notebook = read(path)
    cells = [cell for cell in notebook.cells if cell.cell_type == "code"]
    assert not any(cell.outputs for cell in cells)
    assert all(cell.execution_count is None for cell in cells)
    assert not any(cell.metadata for cell in notebook.cells)
    assert notebook.metadata == METADATA


@every_notebook
def test_it_reads_as_an_essay(path: Path) -> None:
    cells = read(path).cells
    code = [cell.source for cell in cells if cell.cell_type == "code"]
    assert re.match(r"# \S", cells[0].source), "it begins with its question"
    assert cells[0].cell_type == "markdown"
    assert 4 <= len(code) <= 12
    assert all(source.strip() for source in code)


@every_notebook
def test_it_uses_the_package_and_defines_nothing(path: Path) -> None:
    tree = ast.parse("\n".join(code_of(path)))
    nodes = list(ast.walk(tree))
    makes = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef, ast.Lambda)
    assert not [node for node in nodes if isinstance(node, makes)]
    used = {alias.name for node in nodes if isinstance(node, ast.Import) for alias in node.names}
    used |= {str(node.module) for node in nodes if isinstance(node, ast.ImportFrom)}
    assert {name.partition(".")[0] for name in used} == {"infobip_analytics"}


@pytest.mark.slow
@every_notebook
def test_it_runs_and_shows_what_it_draws(path: Path, tmp_path: Path) -> None:
    outputs = [output for outputs in execute(path, tmp_path) for output in outputs]
    complaints = [output.text for output in outputs if output.get("name") == "stderr"]
    assert complaints == []
    figures = [output for output in outputs if PLOTLY in output.get("data", {})]
    assert bool(figures) == any("plot" in source for source in code_of(path))


PLOTLY = "application/vnd.plotly.v1+json"


def execute(path: Path, folder: Path) -> list[list[Any]]:
    """Run a notebook in *folder* with the package of this working tree; give the cells' outputs."""
    from nbclient import NotebookClient

    notebook = read(path)
    where = {"metadata": {"path": str(folder)}}
    client = NotebookClient(notebook, kernel_name="python3", timeout=120, resources=where)
    ours = {"PYTHONPATH": str(ROOT), "IPYTHONDIR": str(folder / "ipython")}
    client.execute(env={**os.environ, **ours})
    return [cell.outputs for cell in notebook.cells if cell.cell_type == "code"]
