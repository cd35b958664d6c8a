"""The rows in a state: pieces of Parquet, each of one file or of many small ones."""

import io
from collections.abc import Iterable, Iterator
from typing import Any

import polars as pl
from polars.io.plugins import register_io_source

from infobip_analytics.recomputing.keeping import NUMBER, Kind, kept_schema
from infobip_analytics.recomputing.state import State, digest_of

#: Rows of a piece at most, and the least before small files are written together
MOST, LEAST = 400_000, 100_000

#: So many pieces of few rows are let be
SMALL_ONES = 32


def add(state: State, frames: Iterable[pl.DataFrame]) -> None:
    """Add rows; frames of few rows share a piece."""
    held: list[pl.DataFrame] = []
    for frame in frames:
        held.append(frame)
        if sum(each.height for each in held) >= LEAST:
            _write(state, held)
            held = []
    _write(state, held)
    _merge(state)


def drop(state: State, files: Iterable[int]) -> None:
    """Take the rows of *files* (by their numbers) out of the pieces they are in."""
    gone = set(files)
    for piece in [number for (number,) in state.execute("SELECT number FROM pieces")]:
        there = {file for (file,) in state.execute(_FILES_IN, [piece])}
        if there & gone:
            rows = _rows(state, piece).filter(~pl.col(NUMBER).is_in(sorted(gone)))
            _remove(state, piece)
            _write(state, [rows])
    state.executemany("DELETE FROM files WHERE number = ?", [[number] for number in sorted(gone)])


_FILES_IN = "SELECT file FROM contents WHERE piece = ?"


def plan_of(state: State, kind: Kind, set_aside: int) -> pl.LazyFrame:
    """All rows as a frame of the readers, one piece after the other and only the wanted columns."""
    schema = {name: dtype for name, dtype in kept_schema(kind).items() if name != NUMBER}
    pieces = [number for (number,) in state.execute("SELECT number FROM pieces ORDER BY number")]

    def source(
        columns: list[str] | None, predicate: pl.Expr | None, limit: int | None, _: int | None
    ) -> Iterator[pl.DataFrame]:
        asked = list(schema) if columns is None else columns
        roots = predicate.meta.root_names() if predicate is not None else []
        for piece in pieces:
            rows = _rows(state, piece, list(dict.fromkeys([*asked, *roots])))
            rows = rows if predicate is None else rows.filter(predicate)
            rows = rows if limit is None else rows.head(limit)
            limit = limit and limit - rows.height
            yield rows.select(asked)
            if limit == 0:
                break

    plan = register_io_source(source, schema=schema)
    return plan.with_columns(set_aside=pl.lit(set_aside, pl.Int64))


def _rows(state: State, piece: int, columns: list[str] | None = None) -> pl.DataFrame:
    query = "SELECT content FROM pieces WHERE number = ?"
    [content] = state.execute(query, [piece]).fetchone()
    return pl.read_parquet(io.BytesIO(content), columns=columns)


def _remove(state: State, piece: int) -> None:
    state.execute("DELETE FROM pieces WHERE number = ?", [piece])
    state.execute("DELETE FROM contents WHERE piece = ?", [piece])


def _write(state: State, frames: list[pl.DataFrame]) -> None:
    """Write frames together, as one piece or, where they are long, as several."""
    together = pl.concat(frames) if frames else pl.DataFrame()
    for start in range(0, together.height, MOST):
        _insert(state, together.slice(start, MOST))


def _insert(state: State, rows: pl.DataFrame) -> None:
    buffer = io.BytesIO()
    rows.write_parquet(buffer, compression="zstd", compression_level=1, statistics=False)
    content: Any = buffer.getvalue()
    row = [rows.height, digest_of(content), content]
    query = "INSERT INTO pieces (n_rows, digest, content) VALUES (?, ?, ?)"
    piece = state.execute(query, row).lastrowid
    files = rows[NUMBER].unique().sort().to_list()
    state.executemany("INSERT INTO contents VALUES (?, ?)", [[piece, file] for file in files])


def _merge(state: State) -> None:
    """Write small pieces together where they have become many."""
    query = "SELECT number FROM pieces WHERE n_rows < ? ORDER BY number"
    small = [number for (number,) in state.execute(query, [MOST // 2])]
    if len(small) <= SMALL_ONES:
        return
    held: list[pl.DataFrame] = []
    for piece in small:
        held.append(_rows(state, piece))
        _remove(state, piece)
        if sum(each.height for each in held) >= MOST // 2:
            _write(state, held)
            held = []
    _write(state, held)
