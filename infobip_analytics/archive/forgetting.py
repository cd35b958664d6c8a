"""Forgetting a number: out of the journal, out of the table, and out of its old versions."""

import json
from dataclasses import asdict, dataclass
from typing import Any

import msgspec
import polars as pl

from infobip_analytics.archive import files, journal, segments, table
from infobip_analytics.archive.fields import is_free, is_measure
from infobip_analytics.archive.keeping import replay
from infobip_analytics.archive.lines import Line, rewritten
from infobip_analytics.archive.locks import locked
from infobip_analytics.archive.mentions import Mentions
from infobip_analytics.archive.place import Archive
from infobip_analytics.archive.private import NOT_KEPT, opened, people_of
from infobip_analytics.archive.retention import clean, sweep
from infobip_analytics.archive.rows import DAY
from infobip_analytics.archive.wanted import Wanted
from infobip_analytics.countries.recipients import bare_digits
from infobip_analytics.wording import plural


@dataclass(frozen=True, slots=True)
class Forgotten:
    """What was removed.

    Attributes:
        journal: Rows of the journal about the numbers.
        mentions: Other rows of the journal in which one stood, and stands no more.
        torn: Half-written lines in which one stood.
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


def forget(archive: Archive, *numbers: str) -> Forgotten:
    """Remove all that is known of numbers: in journal and table, and in the table's old versions.

    A line of the journal stays, with its number and without the rows. Where a number stands in a
    row of somebody else (in a text, in callback data, in an id), a word takes its place. In an
    archive of pseudonyms it is the pseudonym that goes. Copies of the archive elsewhere are not
    reached, and whoever reads the table meanwhile has to start again.

    Killed in the middle, it is to be started again, and goes on.

    Raises:
        ArgumentError: There is no number, one is no phone number, or the archive's key of
            pseudonyms is not at hand.
        SourceError: The archive cannot be written.
    """
    wanted = Wanted.of(archive, numbers)
    replay(archive)
    with locked(archive.path, "table", doing="forgetting a number"):
        with locked(archive.path, "journal", doing="forgetting a number"):
            rows, mentions, torn = _out_of_journal(archive, wanted)
            sweep(archive)
        with table.told_plainly(archive):
            removed, gone = _out_of_table(archive, wanted)
    return Forgotten(rows, mentions, torn, removed, gone)


def _out_of_journal(archive: Archive, wanted: Wanted) -> tuple[int, int, int]:
    """Rewrite the segments in which the numbers stand; gives rows, mentions and torn lines."""
    journal.mend(archive.journal)
    segments.pack(archive.journal)  # so that of each segment there is one file
    counts = [_out_of_segment(each, wanted) for each in segments.segments(archive.journal)]
    torn = [path for path in segments.torn(archive.journal) if wanted.may_be_in(path.read_bytes())]
    for path in torn:
        path.unlink()
    files.sync_folder(archive.journal)
    return sum(rows for rows, _ in counts), sum(others for _, others in counts), len(torn)


def _out_of_segment(segment: segments.Segment, wanted: Wanted) -> tuple[int, int]:
    rows = mentions = 0
    kept: list[bytes] = []
    for each in journal.lines_of(segment.path):
        if isinstance(each, Line):
            body, removed, mentioned = _out_of_body(each.body, wanted)
            endpoint = wanted.mentions.replaced(each.endpoint, NOT_KEPT)
            said = msgspec.structs.replace(each, endpoint=endpoint)
            kept.append(rewritten(said, body))
            rows, mentions = rows + removed, mentions + mentioned + (endpoint != each.endpoint)
        elif wanted.may_be_in(each.text):  # nobody can say which rows it was in
            kept.append(b"\n")
            mentions += 1
        else:
            kept.append(each.text)
    if rows or mentions:
        segments.put_segment(segment.path, kept)
    return rows, mentions


def _out_of_body(body: str, wanted: Wanted) -> tuple[str, int, int]:
    """An answer without the rows of the numbers, and without these where they stand elsewhere."""
    if not wanted.mentions.may_be_in(body.encode("utf-8", "replace")):
        return body, 0, 0
    page, found = opened(body.encode("utf-8", "surrogatepass"))
    others = [entry for entry in found if not wanted.people.intersection(people_of(entry))]
    cleaned = [without_mention(entry, wanted.mentions) for entry in others]
    removed = len(found) - len(others)
    mentioned = sum(one != other for one, other in zip(others, cleaned, strict=True))
    # a field may be there twice, and then only one of them was read
    hidden = not removed and not mentioned and wanted.mentions.is_in(body)
    if not removed and not mentioned and not hidden:
        return body, 0, 0
    written = json.dumps({**page, "results": cleaned}, separators=(",", ":"))
    return written, removed, mentioned + (hidden and written != body)


def without_mention(value: Any, mentions: Mentions, path: str = "") -> Any:
    """A value of an answer with a word in place of numbers; free text that has one goes as a whole.

    Times, prices and the like stay: what looks like a number there is none.
    """
    match value:
        case dict() if path and is_free(path):
            return NOT_KEPT if mentions.is_in(json.dumps(value, ensure_ascii=False)) else value
        case dict():
            return {
                name: without_mention(inner, mentions, f"{path}.{name}" if path else name)
                for name, inner in value.items()
            }
        case list():
            inside = mentions.is_in(json.dumps(value, ensure_ascii=False))
            return NOT_KEPT if inside else value
        case str() | int() | float() if not isinstance(value, bool) and not is_measure(path, value):
            text = str(value)
            if not mentions.is_in(text):
                return value
            return NOT_KEPT if not path or is_free(path) else mentions.replaced(text, NOT_KEPT)
    return value


#: The texts of the table in which a number may stand beside others; of the first nothing stays then
_TEXTS = [
    "callback_data", "message_id", "bulk_id", "sender", "campaign_reference", "status_name",
    "status_group", "error_name", "error_group", "network", "currency",
]  # fmt: skip


def _out_of_table(archive: Archive, wanted: Wanted) -> tuple[int, int]:
    """Write the days anew in which the numbers stand; gives rows removed and files deleted.

    The log of the table gets the days, never a number.
    """
    from deltalake import WriterProperties, write_deltalake

    now = table.opened(archive)
    if now is None:
        return 0, 0
    about = _is_one(pl.col("recipient"), wanted) | _is_one(pl.col("sender"), wanted)
    said = pl.any_horizontal(pl.col(_TEXTS).str.contains(wanted.mentions.pattern))
    found = (
        table.plan(archive, now)
        .filter(about | said.fill_null(value=False))
        .select(DAY, about=about)
        .collect(engine="streaming")
    )
    before = table.files_below(archive)
    for day in found[DAY].unique().sort().to_list():
        rest = table.plan(archive, now, [day]).filter(~about).collect()
        write_deltalake(
            now,
            rest.with_columns(_cleaned(rest[name], wanted.mentions) for name in _TEXTS),
            mode="overwrite",
            predicate=f"{DAY} = '{day.isoformat()}'",
            writer_properties=WriterProperties(compression="ZSTD"),
        )
        table.sync(archive, now)
    clean(now, 0)
    return int(found["about"].sum()), len(before - table.files_below(archive))


def _is_one(numbers: pl.Expr, wanted: Wanted) -> pl.Expr:
    return bare_digits(numbers).is_in(sorted(wanted.people)).fill_null(value=False)


def _cleaned(texts: pl.Series, mentions: Mentions) -> pl.Series:
    """Texts of the table as reading the rewritten journal gives them."""
    named = texts.str.contains(mentions.pattern).fill_null(value=False)
    if texts.name == "callback_data":
        return texts.set(named, None)
    words = [mentions.replaced(text, NOT_KEPT) for text in texts.filter(named)]
    return texts.scatter(named.arg_true(), pl.Series(words, dtype=pl.String)) if words else texts
