"""A notebook in, one HTML file out: read, asked, run, turned into a page, put in its place."""

from collections.abc import Mapping
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from infobip_analytics.errors import SourceError
from infobip_analytics.essays.parameters import inject
from infobip_analytics.essays.putting import check_place, put

#: What is said where the packages that run notebooks are missing
WAY_OUT = 'pip install "infobip-analytics[lab]" installs what is missing'

NEEDED = ("nbformat", "nbclient", "nbconvert", "bs4", "ipykernel")


@dataclass(frozen=True, slots=True)
class Exported:
    """What was written.

    Attributes:
        path: The page.
        refused: The code cells that show something by scripts of their own, which do not run there.
        maps: The code cells with a map that is not drawn, and what it takes from a network.
        pictures: How many pictures are left out, as they do not lie in the notebook.
    """

    path: Path
    refused: list[int]
    maps: list[tuple[int, str]]
    pictures: int


def export_notebook(
    source: Path, target: Path, values: Mapping[str, Any], *, show_code: bool = False
) -> Exported:
    """Run the notebook *source* in the present folder and write it to *target* as a page.

    The page opens from disk and requests nothing from a network. The notebook stays as it is, and
    where a cell ends with an error nothing is written.

    Args:
        source: The notebook.
        target: Where to write; an existing file is replaced, once the new one is whole.
        values: What to set behind the cell tagged `parameters`.
        show_code: Show the code, too.

    Raises:
        SourceError: Something that runs notebooks is not installed, the notebook cannot be read, a
            cell ends with an error, the file cannot be written.
        ArgumentError: The notebook has no such parameter.
    """
    _check_installed()
    check_place(target)
    notebook = read_notebook(source)
    inject(notebook, values, source.name)

    from infobip_analytics.essays.running import run

    run(notebook, source.name)

    from infobip_analytics.essays.figures import asks_for_maps, asks_for_scripts
    from infobip_analytics.essays.rendering import render

    refused, maps = asks_for_scripts(notebook), asks_for_maps(notebook)
    page = render(notebook, source.name, values, show_code=show_code)
    put(target, page.text.encode())
    return Exported(target, refused, maps, page.pictures)


def read_notebook(path: Path) -> Any:
    """Read a notebook (nbformat 4); SourceError where there is none."""
    import nbformat

    try:
        notebook = nbformat.reads(path.read_text("utf-8"), as_version=4)
        nbformat.validate(notebook)
    except OSError as problem:
        reason = (problem.strerror or str(problem)).lower()
        raise SourceError(f"{path} cannot be read: {reason}") from None
    except (ValueError, KeyError, AttributeError, TypeError, nbformat.ValidationError):
        raise SourceError(
            f"{path} is no notebook; name a file that JupyterLab has saved (.ipynb)"
        ) from None
    return notebook


def _check_installed() -> None:
    missing = [name for name in NEEDED if find_spec(name) is None]
    if missing:
        raise SourceError(f"a notebook cannot be run without {', '.join(missing)}: {WAY_OUT}")
