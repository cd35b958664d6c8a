"""Handing over: what documents hold as one plan, and one word on what could not be read."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import polars as pl

from infobip_analytics.errors import ArgumentError, AssumptionWarning, SourceError
from infobip_analytics.frames import Backend, conform, to_engine
from infobip_analytics.sources.aside import Ledger, SetAside, warn
from infobip_analytics.sources.blocks import SIZE, ahead
from infobip_analytics.sources.documents import Document
from infobip_analytics.sources.fields import never_found
from infobip_analytics.sources.gathered import Door, gathered
from infobip_analytics.sources.keeping import Kept
from infobip_analytics.sources.parquet import Scan
from infobip_analytics.sources.texts import FILE, LINE, REASON, Texts, as_text


@dataclass(frozen=True, slots=True)
class Asked:
    """What is asked of a door.

    Attributes:
        columns: What the headings of the source are in our names.
        timezone: In which times without an offset are meant.
        on_bad: "warn", "raise", or the path that gets the rows that cannot be read.
        lazy: Whether a plan will do, so that rows need not be kept in memory.
    """

    columns: Mapping[str, str] | None = None
    timezone: str = "UTC"
    on_bad: str = "warn"
    lazy: bool = False


@dataclass(slots=True)
class Account:
    """What happened while documents were read.

    Attributes:
        ledger: What was set aside.
        declared: By document, how many rows were set aside when it was made, as it says itself.
        assumed: What was assumed: sentences with a place for their `count`.
        empty: Whether a document said itself that it has no rows.
        headings: What the fields were called.
    """

    ledger: Ledger
    declared: dict[str, int] = field(default_factory=dict)
    assumed: Counter[str] = field(default_factory=Counter)
    encodings: dict[str, None] = field(default_factory=dict)
    empty: bool = False
    headings: dict[str, None] = field(default_factory=dict)


class NothingReadError(SourceError):
    """No row can be read; the ledger has what is there instead."""

    def __init__(self, ledger: Ledger, sentence: str) -> None:
        super().__init__(sentence)
        self.ledger = ledger


def handed_over(documents: Sequence[Document], door: Door, asked: Asked) -> pl.LazyFrame:
    """Make one plan of all rows that can be read, with `set_aside`; say what cannot.

    Raises:
        NothingReadError: No row can be read.
        SourceError: With `on_bad` "raise" a row cannot.
        ArgumentError: `columns` names what no document has.
    """
    account = Account(Ledger(asked.on_bad))
    kept, scans = Kept(on_disk=asked.lazy), []
    for piece in tidied(documents, door, asked, account):
        if isinstance(piece, Scan):
            scans.append(conformed(piece.plan, door))
        else:
            kept.add(piece.drop(FILE))
    _check(account, door, asked, anything=bool(scans or kept.rows))
    _announce(account)
    plans = [*scans, *kept.plans()] or [pl.LazyFrame(schema=_schema(door))]
    count = len(account.ledger) + sum(account.declared.values())
    whole = pl.concat(plans, how="diagonal") if len(plans) > 1 else plans[0]
    return whole.with_columns(set_aside=pl.lit(count, pl.Int64))


def tidied(
    documents: Sequence[Document], door: Door, asked: Asked, account: Account
) -> Iterator[pl.DataFrame | Scan]:
    """The rows that can be read, with our names and types and `FILE`, some at a time.

    What cannot be read, and what was assumed, goes into *account*.
    """
    places = {document.name: place for place, document in enumerate(documents)}
    # read while what was read before is given its types: both keep a core busy
    for piece in ahead(gathered(documents, door, asked.columns), lambda _: SIZE):
        if isinstance(piece, Scan):
            account.ledger.add(piece.set_aside)
            account.declared[piece.file] = piece.declared
            yield piece
            continue
        _enter(piece, account)
        if piece.rows.is_empty():
            account.ledger.add(piece.set_aside)
            continue
        tidy, assumed = door.tidy(piece.rows, asked.timezone)
        aside = [*piece.set_aside, *_bad_rows(piece.rows, tidy)]
        account.ledger.add(sorted(aside, key=lambda each: _place(each, places)))
        account.assumed.update(assumed)
        yield tidy.filter(pl.col(REASON).is_null()).drop(LINE, REASON)


def _place(aside: SetAside, places: Mapping[str, int]) -> tuple[int, int]:
    return places.get(aside.file, len(places)), aside.line or 0


def _bad_rows(texts: pl.DataFrame, tidy: pl.DataFrame) -> list[SetAside]:
    """The rows of *tidy* that have a reason, with what they held as text in *texts*."""
    where = tidy[REASON].is_not_null()
    if not where.any():
        return []
    held = texts.filter(where).drop(FILE, LINE)
    return [
        SetAside(file, line, why, {name: value for name, value in row.items() if value is not None})
        for (file, line, why), row in zip(
            tidy.filter(where).select(FILE, LINE, REASON).iter_rows(), held.to_dicts(), strict=True
        )
    ]


def _enter(piece: Texts, account: Account) -> None:
    account.encodings.update(dict.fromkeys(piece.assumed))
    account.headings.update(dict.fromkeys(piece.headings))
    account.empty = account.empty or piece.empty
    if "set_aside" in piece.rows.columns and not piece.rows.is_empty():
        count = pl.col("set_aside").cast(pl.Int64, strict=False).max().fill_null(0)
        for file, declared in piece.rows.group_by(FILE).agg(count).iter_rows():
            account.declared[file] = max(declared, account.declared.get(file, 0))


def conformed(plan: pl.LazyFrame, door: Door) -> pl.LazyFrame:
    """A scan of ours with all our columns, as the door would have read them from text."""
    found = plan.collect_schema()
    others = [as_text(name, dtype) for name, dtype in found.items() if name not in door.schema]
    ours = [pl.col(name) for name in _schema(door) if name in found]
    lacking = [name for name in door.defaults if name not in found]
    absent = [pl.lit(door.defaults[name]).alias(name) for name in lacking]
    return conform(plan.select(*ours, *absent, *others), _schema(door))


def _schema(door: Door) -> dict[str, Any]:
    """The columns that come from the rows themselves."""
    return {name: dtype for name, dtype in door.schema.items() if name != "set_aside"}


def _check(account: Account, door: Door, asked: Asked, *, anything: bool) -> None:
    """Refuse a source in which nothing can be read: what was found, expected, to do."""
    if account.headings and (lost := never_found(asked.columns, account.headings)):
        raise ArgumentError(lost)
    if not anything and account.ledger and not account.empty:
        raise NothingReadError(
            account.ledger,
            f"nothing here can be read as {door.called}. Found: {account.ledger.counted} that "
            f"cannot be read, the first is {account.ledger.first}. Expected: {door.expected}. "
            "Choose the export itself; where its headings are others, name them: "
            "columns={'their heading': 'our_column'}",
        )


def _announce(account: Account) -> None:
    account.ledger.announce()
    counted = (sentence.format(count=count) for sentence, count in account.assumed.items())
    for sentence in [*account.encodings, *counted]:
        warn(sentence, AssumptionWarning)


def collected(plan: pl.LazyFrame, backend: Backend, *, lazy: bool) -> Any:
    """The plan as the frame that was asked for; SourceError where a file breaks off within."""
    try:
        return to_engine(plan, backend, lazy=lazy)
    except (pl.exceptions.ComputeError, pl.exceptions.PanicException) as broken:
        raise SourceError(
            f"a Parquet file is broken: {str(broken).splitlines()[0]}. Export or write it again"
        ) from None
