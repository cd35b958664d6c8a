"""Reading new files: all that recomputing has to do with the readers.

A file on disk is one file here, also where several documents are packed in it.
"""

import os
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

import polars as pl

from infobip_analytics.errors import SourceError
from infobip_analytics.recomputing.asking import Reading
from infobip_analytics.recomputing.keeping import NUMBER, Kind
from infobip_analytics.recomputing.telling import is_empty, is_stats
from infobip_analytics.sources.aside import Ledger, SetAside
from infobip_analytics.sources.documents import Document, documents
from infobip_analytics.sources.gathered import Door
from infobip_analytics.sources.handing import Account, Asked, conformed, tidied
from infobip_analytics.sources.parquet import Scan
from infobip_analytics.sources.texts import FILE

#: How many rows of a Parquet file of our own are taken at once
_ROWS = 400_000


@dataclass(frozen=True, slots=True)
class Part:
    """A part of what files hold.

    Attributes:
        rows: As the readers give them, and `NUMBER`: of which file they are.
        set_aside: By the number of a file, how many rows of this part could not be read, and
            where and why the first of them could not.
        assumed: What was assumed to read them, a sentence each.
        headings: What their fields were called.
    """

    rows: pl.DataFrame
    set_aside: Mapping[int, tuple[int, str]] = field(default_factory=dict)
    assumed: tuple[str, ...] = ()
    headings: tuple[str, ...] = ()


class _FirstOfEach(Ledger):
    """A ledger that knows the first row set aside of each file."""

    def __init__(self, on_bad: str) -> None:
        super().__init__(on_bad)
        self.first_of: dict[str, SetAside] = {}

    def add(self, aside: Sequence[SetAside]) -> None:
        super().add(aside)
        for each in aside:
            self.first_of.setdefault(each.file, each)


def documents_of(path: Path) -> list[Document]:
    """The documents in the file at *path*; none where it is gone since it was found."""
    try:
        return [replace(each, name=_text(each.name)) for each in documents(path)]
    except SourceError:
        return []


def _text(name: str) -> str:
    """The name of a file as text that frames can hold: names are bytes, and need not be UTF-8."""
    return os.fsencode(name).decode("utf-8", "backslashreplace")


def parts_of(files: Mapping[int, Path], kind: Kind, how: Reading) -> Iterator[Part]:
    """Read files that all are of one *kind*, by their numbers; what cannot be read comes last.

    Documents that are empty, or stats of ours, have no rows.
    """
    inside = {number: documents_of(path) for number, path in files.items()}
    numbers = {each.name: number for number, found in inside.items() for each in found}
    every = [each for found in inside.values() for each in found if not _passed_over(each)]
    ledger = _FirstOfEach(how.on_bad)
    account = Account(ledger)
    door = how.door(kind)
    asked = Asked(columns=how.columns, timezone=how.timezone)
    for piece in tidied(every, door, asked, account):
        for rows in _rows(piece, door, ledger):
            names = rows[FILE].unique().to_list()
            known = {name: _number(name, numbers) for name in names}
            yield Part(
                rows.with_columns(
                    pl.col(FILE).replace_strict(known, return_dtype=pl.Int64).alias(NUMBER)
                ).drop(FILE)
            )
    if how.on_bad == "raise":
        ledger.announce()
    yield from _books(account, ledger, numbers, door)


def _passed_over(document: Document) -> bool:
    return is_empty(document) or is_stats(document)


def _number(name: str, numbers: Mapping[str, int]) -> int:
    """The number of the file in which something called *name* is, such as a sheet of a workbook."""
    if name in numbers:
        return numbers[name]
    return numbers[max((each for each in numbers if name.startswith(each)), key=len)]


def _rows(piece: pl.DataFrame | Scan, door: Door, ledger: Ledger) -> Iterator[pl.DataFrame]:
    """The rows of a piece with `FILE`, at once or, where they lie in Parquet, some at a time."""
    if isinstance(piece, pl.DataFrame):
        yield piece
        return
    plan = conformed(piece.plan, door).with_columns(pl.lit(piece.file).alias(FILE))
    try:
        for start in range(0, int(plan.select(pl.len()).collect().item()), _ROWS):
            yield plan.slice(start, _ROWS).collect()
    except pl.exceptions.PolarsError:
        ledger.add([SetAside(piece.file, None, "its Parquet is broken or cut off", None)])


def _books(
    account: Account, ledger: _FirstOfEach, numbers: Mapping[str, int], door: Door
) -> Iterator[Part]:
    """What could not be read and what was assumed, in parts without rows."""
    none = pl.DataFrame(schema={NUMBER: pl.Int64, **door.schema})
    for name, count in ledger.by_file.items():
        yield Part(none, {_number(name, numbers): (count, str(ledger.first_of[name]))})
    for name, count in account.declared.items():
        if count:
            why = f"{name}: set aside when that file was made"
            yield Part(none, {_number(name, numbers): (count, why)})
    counted = (sentence.format(count=count) for sentence, count in account.assumed.items())
    yield Part(none, {}, (*account.encodings, *counted), tuple(account.headings))
