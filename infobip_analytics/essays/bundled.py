"""The notebooks that come with the package: where they lie, what they ask, and copies of them."""

import json
from dataclasses import dataclass
from pathlib import Path

from infobip_analytics.errors import SourceError
from infobip_analytics.essays.putting import put

_PACKAGE = Path(__file__).resolve().parent.parent
# in what is installed, and in a clone of the repository
_FOLDERS = (_PACKAGE / "notebooks", _PACKAGE.parent / "notebooks")


@dataclass(frozen=True, slots=True)
class Copy:
    """What became of one notebook that was to be copied.

    Attributes:
        path: Where the copy lies.
        question: The notebook's title.
        did: "wrote", "replaced", "kept" (it was changed) or "unchanged".
    """

    path: Path
    question: str
    did: str


def bundled_notebooks() -> list[Path]:
    """The notebooks that come with the package, in their order.

    Raises:
        SourceError: The installation lacks them.

    >>> bundled_notebooks()[0].name
    '01_delivery_by_country.ipynb'
    """
    for folder in _FOLDERS:
        found = sorted(folder.glob("[0-9][0-9]_*.ipynb"))
        if found:
            return found
    raise SourceError(
        f"this installation lacks its notebooks, looked for in {' and '.join(map(str, _FOLDERS))}; "
        "install it again"
    )


def find_notebook(name: str) -> Path:
    """The notebook that *name* means: a file, or one of the package's, with or without its ending.

    Raises:
        SourceError: There is no such notebook.

    >>> find_notebook("02_campaigns").name
    '02_campaigns.ipynb'
    """
    given = Path(name).expanduser()
    if given.exists():
        return given
    ours = {path.stem: path for path in bundled_notebooks()}
    plain = name.removesuffix(".ipynb")
    if plain in ours:
        return ours[plain]
    raise SourceError(
        f"there is no notebook {name}; name a file that ends in .ipynb, or one of those that come "
        f"with the package: {', '.join(ours)}"
    )


def copy_notebooks(folder: Path, *, force: bool = False) -> list[Copy]:
    """Copy the package's notebooks into *folder*, which is made where it is missing.

    A copy that was changed since is kept, unless *force* says that it may go.

    Raises:
        SourceError: *folder* is a file, or cannot be made.
    """
    _make(folder)
    return [_copied(path, folder / path.name, force) for path in bundled_notebooks()]


def question_of(notebook: bytes) -> str:
    r"""The title of a notebook: the first line of its first cell.

    >>> question_of(b'{"cells": [{"source": ["# How fast?\\n", "Text"]}]}')
    'How fast?'
    """
    first = json.loads(notebook)["cells"][0]["source"]
    return "".join(first).partition("\n")[0].lstrip("# ")


def _make(folder: Path) -> None:
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except (FileExistsError, NotADirectoryError):
        file = next(each for each in (folder, *folder.parents) if each.exists())
        raise SourceError(
            f"no notebooks can be copied into {folder}: {file} is a file; give a folder"
        ) from None
    except OSError as problem:
        reason = (problem.strerror or str(problem)).lower()
        raise SourceError(
            f"no notebooks can be copied into {folder}: {reason}; give a folder that may be "
            "written to"
        ) from None


def _copied(source: Path, target: Path, force: bool) -> Copy:
    content = source.read_bytes()
    there = target.read_bytes() if target.exists() else None
    did = _to_do(content, there, force)
    if did in ("wrote", "replaced"):
        put(target, content)
    return Copy(target, question_of(content), did)


def _to_do(content: bytes, there: bytes | None, force: bool) -> str:
    if there is None:
        return "wrote"
    if there == content:
        return "unchanged"
    return "replaced" if force else "kept"
