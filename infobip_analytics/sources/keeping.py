"""Rows that were read are kept: in memory, or on disk where they are many and only planned with."""

import shutil
import tempfile
import weakref
from collections.abc import Iterator
from pathlib import Path

import polars as pl
from polars.io.plugins import register_io_source

from infobip_analytics.errors import SourceError

#: What is kept in memory before a plan goes to disk
MEMORY = 256 * 1024 * 1024


class Folder:
    """A folder for temporary files that this user alone can read, and that goes with this object.

    It goes with the process too, unless that is killed.
    """

    def __init__(self) -> None:
        self.path = Path(tempfile.mkdtemp(prefix="infobip_analytics_"))
        weakref.finalize(self, shutil.rmtree, self.path, ignore_errors=True)


class Kept:
    """Frames in the order in which they were read.

    Args:
        on_disk: Whether they may go to disk, into a folder that only this user can read and that
            goes with the last plan made of them.
        memory: How many bytes are kept in memory.
    """

    def __init__(self, *, on_disk: bool, memory: int = MEMORY) -> None:
        self._on_disk = on_disk
        self._memory = memory
        self._frames: list[pl.DataFrame] = []
        self._size = 0
        self._folder: Folder | None = None
        self._files: list[Path] = []
        self.rows = 0

    def add(self, frame: pl.DataFrame) -> None:
        """Keep one frame more."""
        if frame.is_empty():
            return
        self.rows += len(frame)
        self._frames.append(frame)
        self._size += int(frame.estimated_size())
        if self._on_disk and self._size > self._memory:
            self._write()

    def _write(self) -> None:
        """Move what is in memory to disk."""
        try:
            self._folder = self._folder or Folder()
            file = self._folder.path / f"{len(self._files)}.parquet"
            pl.concat(self._frames, how="diagonal").write_parquet(file, compression="lz4")
        except (OSError, pl.exceptions.PolarsError) as problem:
            raise SourceError(
                f"what was read does not fit into memory, nor can it be kept in a temporary folder "
                f"({getattr(problem, 'strerror', None) or problem}); name a larger place in the "
                "environment as TMPDIR"
            ) from None
        self._files.append(file)
        self._frames, self._size = [], 0

    def plans(self) -> list[pl.LazyFrame]:
        """Make a plan of what is in memory, or of all of it where some is on disk."""
        if self._files and self._frames:
            self._write()
        if self._folder:
            return [_from_disk(self._files, self._folder)]
        return [pl.concat(self._frames, how="diagonal").lazy()] if self._frames else []


def _from_disk(files: list[Path], folder: Folder) -> pl.LazyFrame:
    """A plan over files that holds the folder they are in, so that both go together."""
    schema = pl.concat([pl.scan_parquet(file) for file in files], how="diagonal").collect_schema()

    def source(
        columns: list[str] | None, predicate: pl.Expr | None, rows: int | None, _: int | None
    ) -> Iterator[pl.DataFrame]:
        wanted, left = columns or list(schema), rows
        for file in files:
            assert file.parent == folder.path  # which is there as long as this function is
            whole = pl.concat([pl.LazyFrame(schema=schema), pl.scan_parquet(file)], how="diagonal")
            chosen = (whole if predicate is None else whole.filter(predicate)).select(wanted)
            part = (chosen if left is None else chosen.head(left)).collect()
            yield part
            left = None if left is None else left - len(part)

    return register_io_source(source, schema=schema)
