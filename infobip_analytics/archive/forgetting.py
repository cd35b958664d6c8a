"""Forgetting a number: out of the journal, out of the table, and out of its old versions."""

import json
import re
from dataclasses import asdict, dataclass
from typing import Any

import polars as pl

from infobip_analytics.archive import files, journal, segments, table
from infobip_analytics.archive.journal import Line
from infobip_analytics.archive.keeping import replay
from infobip_analytics.archive.locks import locked
from infobip_analytics.archive.place import Archive, is_pseudonymous
from infobip_analytics.archive.private import NOT_KEPT, is_free, opened, people_of
from infobip_analytics.archive.pseudonyms import pseudonyms
from infobip_analytics.archive.retention import clean
from infobip_analytics.archive.rows import DAY
from infobip_analytics.countries.numbers import LEAST_DIGITS
from infobip_analytics.countries.recipients import bare_digits, normalised
from infobip_analytics.errors import ArgumentError
from infobip_analytics.wording import plural


@dataclass(frozen=True, slots=True)
class Forgotten:
    """What was removed.

    Attributes:
        journal: Rows of the journal about the number.
        mentions: Other rows of the journal in which it stood, and stands no more.
        torn: Half-written lines in which it stood.
        table: Rows of the table.
        files: Old files of the table, deleted.
    """

    journal: int
    mentions: int
    torn: int
    table: int
    files: int

    def to_dict(self) -> dict[str, Any]:
        """The counts by name."""
        return asdict(self)

    def __str__(self) -> str:
        return (
            f"removed {plural(self.journal, 'row')} of the journal and {plural(self.table, 'row')} "
            f"of the table; {plural(self.mentions, 'mention')} in other rows and "
            f"{plural(self.torn, 'torn line')}; deleted {plural(self.files, 'file')} with older "
            "versions"
        )


def forget(archive: Archive, number: str) -> Forgotten:
    """Remove all that is known of a number: in journal and table, and in the table's old versions.

    A line of the journal stays, with its number and without the rows. In an archive of pseudonyms
    it is the pseudonym that goes. Copies of the archive elsewhere are not reached.

    Killed in the middle, it is to be started again, and goes on.

    Raises:
        ArgumentError: It is no phone number, or the archive's key of pseudonyms is not at hand.
        SourceError: The archive cannot be written.
    """
    wanted = _as_kept(archive, number)
    replay(archive)
    with locked(archive.path, "table", doing="forgetting a number"):
        with locked(archive.path, "journal", doing="forgetting a number"):
            rows, mentions, torn = _out_of_journal(archive, wanted)
        with table.told_plainly(archive):
            removed, gone = _out_of_table(archive, wanted)
    return Forgotten(rows, mentions, torn, removed, gone)


def _as_kept(archive: Archive, number: str) -> str:
    """The number as the archive has it."""
    plain = normalised(pl.Series([number]))[0] or ""
    if not plain.isdigit() or len(plain) < LEAST_DIGITS:
        raise ArgumentError(
            "this is no phone number: give it with its calling code, as +44 7700 900123"
        )
    if not is_pseudonymous(archive):
        return str(plain)
    if archive.keeps.key is None:
        raise ArgumentError(
            f"{archive.path} keeps pseudonyms: without their key nobody can tell which one is of "
            "this number"
        )
    return str(pseudonyms(pl.Series([plain]), archive.keeps.key)[0])


def _out_of_journal(archive: Archive, number: str) -> tuple[int, int, int]:
    """Rewrite the segments in which the number stands; gives rows, mentions and torn lines."""
    journal.mend(archive.journal)
    segments.pack(archive.journal)  # so that of each segment there is one file
    counts = [_out_of_segment(each, number) for each in segments.segments(archive.journal)]
    torn = [path for path in segments.torn(archive.journal) if number.encode() in path.read_bytes()]
    for path in torn:
        path.unlink()
    for path in archive.journal.glob(".*.new"):  # of a run that was killed
        path.unlink()
    files.sync_folder(archive.journal)
    return sum(rows for rows, _ in counts), sum(others for _, others in counts), len(torn)


def _out_of_segment(segment: segments.Segment, number: str) -> tuple[int, int]:
    rows = mentions = 0
    kept: list[bytes] = []
    for each in journal.lines_of(segment.path):
        if isinstance(each, Line):
            body, removed, mentioned = _out_of_body(each.body, number)
            kept.append(journal.rewritten(each, body))
            rows, mentions = rows + removed, mentions + mentioned
        elif number.encode() in each.text:  # nobody can say which rows it was in
            kept.append(b"\n")
            mentions += 1
        else:
            kept.append(each.text)
    if rows or mentions:
        segments.put_segment(segment.path, kept)
    return rows, mentions


def _out_of_body(body: str, number: str) -> tuple[str, int, int]:
    """An answer without the rows of a number, and without it where it stands in free text."""
    if number[-LEAST_DIGITS:] not in _only_digits(body):
        return body, 0, 0
    page, found = opened(body.encode())
    others = [entry for entry in found if number not in people_of(entry)]
    cleaned = [_without_mention(entry, number) for entry in others]
    removed = len(found) - len(others)
    mentioned = sum(one != other for one, other in zip(others, cleaned, strict=True))
    if not removed and not mentioned:
        return body, 0, 0
    return json.dumps({**page, "results": cleaned}, separators=(",", ":")), removed, mentioned


def _only_digits(text: str) -> str:
    """A text without what may stand between the digits of a number."""
    return text.translate(_BETWEEN)


_SIGNS = " ()-./+"
_BETWEEN = str.maketrans("", "", _SIGNS)


def _without_mention(entry: Any, number: str) -> Any:
    """A row with a word in place of free text in which the number stands."""
    if not isinstance(entry, dict):
        return NOT_KEPT if number in _only_digits(str(entry)) else entry
    return {
        name: NOT_KEPT
        if is_free(name) and number in _only_digits(json.dumps(value, ensure_ascii=False))
        else value
        for name, value in entry.items()
    }


def _out_of_table(archive: Archive, number: str) -> tuple[int, int]:
    """Write the days anew in which the number stands; gives rows removed and files deleted.

    The log of the table gets the days, never the number.
    """
    from deltalake import WriterProperties, write_deltalake

    now = table.opened(archive)
    if now is None:
        return 0, 0
    about = _is(pl.col("recipient"), number) | _is(pl.col("sender"), number)
    data = pl.col("callback_data")
    said = data.str.replace_all(f"[{re.escape(_SIGNS)}]", "").str.contains(number, literal=True)
    found = (
        table.plan(archive, now)
        .filter(about | said.fill_null(value=False))
        .select(DAY, about=about)
        .collect(engine="streaming")
    )
    before = table.files_below(archive)
    for day in found[DAY].unique().sort().to_list():
        rest = (
            table.plan(archive, now, [day]).filter(~about).with_columns(pl.when(~said).then(data))
        )
        write_deltalake(
            now,
            rest.collect(),
            mode="overwrite",
            predicate=f"{DAY} = '{day.isoformat()}'",
            writer_properties=WriterProperties(compression="ZSTD"),
        )
        table.sync(archive, now)
    clean(now, 0)
    return int(found["about"].sum()), len(before - table.files_below(archive))


def _is(numbers: pl.Expr, number: str) -> pl.Expr:
    return bare_digits(numbers).eq_missing(pl.lit(number))
