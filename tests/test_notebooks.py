"""The notebooks: essays, committed without outputs, every one of them runs, and copies go out."""

import ast
import os
import re
import sys
from pathlib import Path
from typing import Any

import nbformat
import pytest
from conftest import Run

from infobip_analytics.essays.bundled import bundled_notebooks

ROOT = Path(__file__).resolve().parent.parent
NOTEBOOKS = sorted((ROOT / "notebooks").glob("*.ipynb"))

#: What JupyterLab would write of one person's machine (a version, a kernel's name) stays out
METADATA = {
    "kernelspec": {"display_name": "Python 3", "language": "python", "name": "python3"},
    "language_info": {"name": "python"},
}

#: What a cell may say of itself: nothing, or that `export` may set its names
CELL_METADATA: list[dict[str, list[str]]] = [{}, {"tags": ["parameters"]}]

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
    assert len(NOTEBOOKS) >= 5
    assert all(re.fullmatch(r"\d\d_[a-z0-9_]+", path.stem) for path in NOTEBOOKS)
    numbers = [path.stem[:2] for path in NOTEBOOKS]
    assert numbers == sorted(set(numbers))


@every_notebook
def test_it_is_committed_without_what_it_showed(path: Path) -> None:
    notebook = read(path)
    cells = [cell for cell in notebook.cells if cell.cell_type == "code"]
    assert not any(cell.outputs for cell in cells)
    assert all(cell.execution_count is None for cell in cells)
    assert all(cell.metadata in CELL_METADATA for cell in notebook.cells)
    assert sum(bool(cell.metadata) for cell in notebook.cells) <= 1
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


def test_those_that_come_along_are_these() -> None:
    assert bundled_notebooks() == NOTEBOOKS


def test_copies_go_out_with_their_question_and_the_next_command(run: Run, tmp_path: Path) -> None:
    status, said, _ = run("notebooks", str(tmp_path / "my essays"))
    assert status == 0
    assert {path.name: path.read_bytes() for path in (tmp_path / "my essays").iterdir()} == {
        path.name: path.read_bytes() for path in NOTEBOOKS
    }
    first, *_, last = said.splitlines()
    assert first.startswith("wrote ")
    assert first.endswith(
        "01_delivery_by_country.ipynb: How many messages arrived, country by country?"
    )
    assert last == f"next: infobip-analytics notebooks '{tmp_path / 'my essays'}' --open"


def test_a_copy_that_was_changed_is_kept_unless_it_may_go(run: Run, tmp_path: Path) -> None:
    run("notebooks", str(tmp_path))
    mine = tmp_path / NOTEBOOKS[0].name
    mine.write_text("my work")
    status, said, _ = run("notebooks", str(tmp_path))
    assert (status, mine.read_text()) == (0, "my work")
    did = [line.partition(" ")[0] for line in said.splitlines()]
    assert did == ["kept"] + ["unchanged"] * (len(NOTEBOOKS) - 1) + ["kept:", "next:"]
    assert "--force replaces them" in said
    assert f"replaced {mine}" in run("notebooks", str(tmp_path), "--force")[1]
    assert mine.read_bytes() == NOTEBOOKS[0].read_bytes()


def test_a_folder_that_cannot_be_is_a_sentence(run: Run, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    status, _, complaint = run("notebooks", str(tmp_path / "file" / "folder"))
    assert status == 1
    assert len(complaint.splitlines()) == 1


def test_without_jupyterlab_there_is_a_way_out(
    run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "jupyterlab", None)
    status, said, complaint = run("notebooks", str(tmp_path), "--open")
    assert status == 1
    assert said.count("wrote ") == len(NOTEBOOKS)
    assert 'pip install "infobip-analytics[lab]"' in complaint
