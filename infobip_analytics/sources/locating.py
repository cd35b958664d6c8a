"""From the path, the glob or the folder that a user names to files, in a fixed order."""

import glob
import os
from collections.abc import Iterator
from pathlib import Path

from infobip_analytics.errors import SourceError

#: What can be a source, for messages
SOURCES = "give a path, a glob, a folder, a list of these, an open file or parsed JSON"


def files_at(source: str) -> list[Path]:
    """The files that a path, a glob or a folder names; SourceError where there are none."""
    if not source.strip():
        raise SourceError(f"the name of the source is empty; {SOURCES}")
    try:
        return _paths(source)
    except SourceError:
        raise
    except PermissionError:
        raise SourceError(f"no permission to look into {short(source)}") from None
    except (OSError, ValueError):  # no name that a file could have
        raise SourceError(_nothing_at(source)) from None


def _paths(source: str) -> list[Path]:
    """The files that *source* names, sorted."""
    path = Path(source).expanduser()
    if path.is_dir():
        return [found for found in sorted(_below(path)) if _is_visible_file(found, path)]
    if path.exists() and not path.is_file():
        raise SourceError(
            f"{short(source)} is a pipe or a device, and cannot be read twice; save what comes "
            "out of it as a file first"
        )
    if path.exists():
        return [path]
    matches = sorted(map(Path, glob.glob(str(path), recursive=True)))
    found = [
        each
        for match in matches
        for each in (_paths(str(match)) if match.is_dir() else filter(_is_file, [match]))
    ]
    if found:
        return list(dict.fromkeys(found))
    raise SourceError(_nothing_at(source))


def _below(folder: Path) -> Iterator[Path]:
    """Every file below *folder*; one that may not be looked into raises, and is not skipped."""

    def refuse(error: OSError) -> None:
        raise SourceError(
            f"no permission to look into {short(str(error.filename))}, so files may be missing; "
            "allow it, or name the files that may be read"
        ) from error

    for place, _, names in os.walk(folder, onerror=refuse):
        yield from (Path(place) / name for name in names)


def _is_visible_file(found: Path, folder: Path) -> bool:
    hidden = any(part.startswith((".", "__")) for part in found.relative_to(folder).parts)
    return not hidden and _is_file(found)


def _is_file(found: Path) -> bool:
    """A file, or a link that leads nowhere, for that is a file that is missing; no pipe."""
    return found.is_file() or (found.is_symlink() and not found.exists())


def _nothing_at(source: str) -> str:
    if source.lstrip()[:1] in ("{", "[") and ":" in source:
        return "this is JSON text, not a path; parse it first: json.loads(text)"
    what = "no file matches" if glob.has_magic(source) else "there is no file or folder"
    return f"{what} {short(source)} (looked in {Path.cwd()}); {SOURCES}"


def short(text: str) -> str:
    """A name as messages show it."""
    return repr(text if len(text) <= 200 else text[:200] + "...")
