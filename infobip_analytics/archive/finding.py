"""The archives among what a user points at: named, or in a folder, or reached into by mistake."""

import glob
import os
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

from infobip_analytics.archive.addresses import is_address, local_path
from infobip_analytics.archive.place import is_archive
from infobip_analytics.errors import SourceError
from infobip_analytics.sources.locating import files_at, short

#: Files of an archive that nobody would take for an export, whatever glob they match
_ASIDE = (".json", ".lock", "")


@dataclass(slots=True)
class Apart:
    """Sources told apart.

    Attributes:
        archives: Paths and addresses of archives, each once.
        others: All other sources; of a folder with an archive in it the other files.
    """

    archives: list[Any] = field(default_factory=list)
    others: list[Any] = field(default_factory=list)


def told_apart(sources: Iterable[Any]) -> Apart:
    """Tell the archives among *sources*, and in the folders among them, from all else.

    Raises:
        SourceError: A source reaches into an archive, or is a Delta table: their files are not to
            be read one by one, for some of them are of older versions.
    """
    found = Apart()
    for source in sources:
        part = Apart()
        as_given = [_sort(one, part) for one in _each(source)]
        found.archives += part.archives
        found.others += [source] if all(as_given) else part.others
    return Apart(list(dict.fromkeys(found.archives)), found.others)


def _each(source: Any) -> Iterator[Any]:
    """The sources in a list of them; a list of rows is one source."""
    if isinstance(source, (list, tuple)) and any(map(_is_path, source)):
        for each in source:
            yield from _each(each)
    else:
        yield source


def _is_path(source: Any) -> bool:
    return isinstance(source, (str, os.PathLike))


def _sort(source: Any, found: Apart) -> bool:
    """Enter a source; whether it is among the others just as it was given."""
    if is_address(source):
        found.archives.append(source.rstrip("/") if source.rstrip("/")[-1:] != ":" else source)
        return False
    if _is_path(source):
        return _sort_path(os.fspath(local_path(source)), found) and local_path(source) == source
    found.others.append(source)
    return True


def _sort_path(path: str, found: Apart) -> bool:
    """Enter the files that a path, a glob or a folder names; whether all of them are others."""
    if is_archive(path):
        found.archives.append(_absolute(path))
        return False
    root_of, check, folders = cache(_root_of), cache(_refuse_table), _folders(path)
    files, others, archives = files_at(path), list[Path](), dict[Path, None]()
    for file in files:
        root = root_of(file.parent)
        if root is None:
            check(file.parent)
            others.append(file)
        elif any(root.is_relative_to(folder) for folder in folders):
            archives[root] = None
        elif file.suffix not in _ASIDE:
            raise SourceError(_reaches_into(path, root))
    if files and not others and not archives:
        raise SourceError(_reaches_into(path, root_of(files[0].parent)))
    found.archives.extend(archives)
    found.others.extend(others)
    return len(others) == len(files)


def _reaches_into(path: str, root: Path | None) -> str:
    return (
        f"{short(path)} reaches into the archive {root}, whose files are not read one by one, for "
        "some are of older versions: name the archive itself, or leave it out"
    )


def _folders(source: str) -> list[Path]:
    """The folders that a source names, with all that is below them."""
    path = os.path.expanduser(source)
    named = [path] if os.path.lexists(path) else glob.glob(path, recursive=True)
    return [_absolute(each) for each in named if os.path.isdir(each)]


def _absolute(path: str) -> Path:
    return Path(os.path.abspath(os.path.expanduser(path)))


def _with_those_above(folder: Path) -> Iterator[Path]:
    whole = folder.absolute()
    yield from (whole, *whole.parents)


def _root_of(folder: Path) -> Path | None:
    """The archive in which a folder is."""
    return next(filter(is_archive, _with_those_above(folder)), None)


def _refuse_table(folder: Path) -> None:
    """Refuse a folder that is in a Delta table."""
    for each in _with_those_above(folder):
        if (each / "_delta_log").is_dir():
            raise SourceError(
                f"{each} is a Delta table, whose files are not read one by one, for some are of "
                "older versions: name the archive it is in, or read it with polars.read_delta and "
                "give that frame to ia.messages"
            )
