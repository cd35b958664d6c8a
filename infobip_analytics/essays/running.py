"""A notebook run from its first cell to its last, in a Python of its own."""

import os
import re
import subprocess
import tempfile
from pathlib import Path
from typing import Any

from infobip_analytics.errors import SourceError
from infobip_analytics.essays.parameters import is_injected

#: A socket's path may not be longer on any system; the names of the sockets come behind it
LONGEST_FOLDER = 80

#: What cells write is in their outputs; what else the kernel says is for nobody
QUIET = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}

_ARROW = re.compile(r"^-+> (\d+) ", re.M)

COLOURS = re.compile(r"\x1b\[[0-9;]*m")


def run(notebook: Any, name: str) -> None:
    """Run the cells of *notebook* (nbformat) in the present folder; outputs go into them.

    Args:
        notebook: What nbformat reads.
        name: What messages call it.

    Raises:
        SourceError: It is for another language than Python, or a cell ends with an error.
    """
    from nbclient.exceptions import CellExecutionError, DeadKernelError

    language = notebook.metadata.get("kernelspec", {}).get("language", "python")
    if language != "python":
        raise SourceError(f"{name} is a notebook for {language}, and only Python's can be run here")
    try:
        _execute(notebook)
    except CellExecutionError:
        raise SourceError(_stopped(notebook, name)) from None
    except DeadKernelError:
        raise SourceError(
            f"{name}: its Python ended while {_last_run(notebook)} ran, perhaps for want of memory"
        ) from None


def _execute(notebook: Any) -> None:
    from jupyter_client.kernelspec import KernelSpecManager
    from jupyter_client.manager import AsyncKernelManager
    from nbclient import NotebookClient

    with tempfile.TemporaryDirectory(prefix="infobip_") as folder:
        short = os.name == "posix" and len(folder) <= LONGEST_FOLDER
        manager = AsyncKernelManager(
            # this Python, whatever other kernels the machine has
            kernel_name="python3",
            kernel_spec_manager=KernelSpecManager(kernel_dirs=[]),
            # sockets that nobody else on the machine can reach, where there are such
            transport="ipc" if short else "tcp",
            connection_file=str(Path(folder) / "kernel.json"),
        )
        own = {
            # neither a person's own start-up files, nor a history with what was asked
            "IPYTHONDIR": str(Path(folder) / "ipython"),
            # the figures as data, which the page draws itself
            "PLOTLY_RENDERER": "plotly_mimetype",
            # readers of a page ask for no data types, and cannot ask for the rest of a text
            "POLARS_FMT_TABLE_HIDE_COLUMN_DATA_TYPES": "1",
            "POLARS_FMT_STR_LEN": "100",
            "POLARS_FMT_MAX_ROWS": "40",
        }
        where = {"metadata": {"path": os.getcwd()}}
        client = NotebookClient(notebook, km=manager, timeout=None, resources=where)
        try:
            client.execute(env={**os.environ, **own}, cleanup_kc=True, **QUIET)
        except AssertionError:
            # Ctrl-C: nbclient has ended the kernel, and stumbles when it is to end it once more
            if client.km is not None:
                raise
            raise KeyboardInterrupt from None


def _stopped(notebook: Any, name: str) -> str:
    """Which cell ended with which error, as a sentence."""
    place, error = next(
        (place, output)
        for place, cell in code_cells(notebook)
        for output in cell.get("outputs", [])
        if output.output_type == "error" and "raises-exception" not in cell.metadata.get("tags", [])
    )
    what = _one_line(f"{error.ename}: {error.evalue}", 400)
    where = _called(notebook, place, _line_of(error))
    return f"{name} stopped in {where} with {what}; no page was written"


def _last_run(notebook: Any) -> str:
    begun = [place for place, cell in code_cells(notebook) if "execution" in cell.metadata]
    return _called(notebook, begun[-1] if begun else 1, 1)


def _line_of(error: Any) -> int:
    """The line of the cell at which it stopped: where the first arrow of the traceback points."""
    arrow = _ARROW.search(COLOURS.sub("", "\n".join(error.traceback)))
    return int(arrow[1]) if arrow else 1


def _called(notebook: Any, place: int, number: int) -> str:
    cells = dict(code_cells(notebook))
    lines = cells[place].source.splitlines()
    line = lines[number - 1] if number <= len(lines) else ""
    return f"code cell {place} of {len(cells)} ({_one_line(line, 60)})"


def code_cells(notebook: Any) -> list[tuple[int, Any]]:
    """The code cells with their places, as a person counts them: without the one put in."""
    own = [cell for cell in notebook.cells if cell.cell_type == "code" and not is_injected(cell)]
    return list(enumerate(own, start=1))


def _one_line(text: str, longest: int) -> str:
    line = " ".join(COLOURS.sub("", text).split())
    return line if len(line) <= longest else f"{line[: longest - 1]}…"
