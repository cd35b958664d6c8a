"""Rows grouped by their key in parts, where there are more than memory should hold at once.

All rows of a key are in one part, so the parts need not know of each other. What is to be grouped
waits on disk, in files without a name: whatever ends the process, nothing is left of them.
"""

import io
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack
from typing import IO

import polars as pl
from polars.io.plugins import register_io_source

from infobip_analytics.errors import SourceError

#: More rows than these are grouped in parts; so many take about two gigabytes and a half.
MANY = 24_000_000

#: Rows of a part
PART = 6_000_000

#: Rows that are put on disk at once
_PIECE = 1_000_000

KEY = "_key"
_PART = "_part"


def grouped(rows: pl.LazyFrame, found: list[pl.Expr], many: int) -> pl.LazyFrame:
    """Group *rows*, of which there are so *many*, by `_key`, and find out what is to be *found*."""
    plan = rows.group_by(KEY).agg(*found)
    if many <= MANY:
        return plan
    parts = -(-many // PART)
    schema = plan.collect_schema()

    def source(
        columns: list[str] | None, predicate: pl.Expr | None, _: int | None, __: int | None
    ) -> Iterator[pl.DataFrame]:
        asked = columns or schema.names()
        wanted = [each for each in found if each.meta.output_name() in asked]
        roots = {name for each in wanted for name in each.meta.root_names()} | {KEY}
        for part in _parts(rows.select(sorted(roots)), parts):
            made = part.lazy().group_by(KEY).agg(*wanted).select(asked).collect(engine="streaming")
            yield made if predicate is None else made.filter(predicate)

    return register_io_source(source, schema=schema)


def _parts(rows: pl.LazyFrame, parts: int) -> Iterator[pl.DataFrame]:
    """The *rows* in so many *parts*, those of a key in one of them."""
    with ExitStack() as held:
        files = [_Spilled(held.enter_context(tempfile.TemporaryFile())) for _ in range(parts)]

        def put(piece: pl.DataFrame) -> None:
            apart = piece.with_columns((pl.col(KEY) % parts).alias(_PART))
            for some in apart.partition_by(_PART, maintain_order=False):
                files[some[_PART][0]].add(some.drop(_PART))

        try:
            # the plan waits while a piece is put on disk
            rows.sink_batches(put, chunk_size=_PIECE, maintain_order=False)
        except OSError as error:
            raise SourceError(
                f"{tempfile.gettempdir()} has no room for the reports, which are put there in "
                f"parts ({error.strerror}): make room, or name another folder in TMPDIR"
            ) from error
        for file in filter(lambda each: each.sizes, files):
            yield file.read()


class _Spilled:
    """Rows of one part, on disk."""

    def __init__(self, file: IO[bytes]) -> None:
        self.file = file
        self.sizes: list[int] = []

    def add(self, rows: pl.DataFrame) -> None:
        """Put more *rows* there."""
        packed = io.BytesIO()
        rows.write_ipc_stream(packed)
        self.sizes.append(self.file.write(packed.getbuffer()))

    def read(self) -> pl.DataFrame:
        """All that was put there; the room it takes is free afterwards."""
        self.file.seek(0)
        found = pl.concat(pl.read_ipc_stream(self.file.read(size)) for size in self.sizes)
        self.file.close()
        return found
