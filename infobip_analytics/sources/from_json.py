"""Lines of JSON as rows of text.

Many lines are read at once, with a schema in which everything is text, so that no id can become a
number. Where that is refused, they are read value by value, which takes longer and sets aside only
what is broken.
"""

import io
import json
from collections.abc import Iterable, Sequence
from dataclasses import replace
from itertools import groupby
from operator import itemgetter
from typing import Any

import msgspec
import polars as pl

from infobip_analytics.sources.aside import SetAside
from infobip_analytics.sources.encodings import assumed_encoding, decoded, is_utf8
from infobip_analytics.sources.json_lines import (
    Block,
    Envelope,
    Shape,
    first_line,
    reopened,
    without_blanks,
)
from infobip_analytics.sources.texts import FILE, LINE, OWN, Texts, flat, no_texts, texts


def json_texts(blocks: Sequence[Block], envelope: Envelope, *, every_field: bool) -> Texts:
    """The rows of some blocks, with `FILE` and `LINE`.

    Fields that nobody knows are in it with *every_field*, and where lines are read one by one.
    """
    filled = [block for block in blocks if len(block)]
    if not filled:
        return Texts(no_texts())
    read = _at_once(filled, envelope, every_field=every_field)
    if read is not None and _has(read, envelope.envelopes):
        filled = [reopened(block, envelope) for block in filled]
        read = _at_once(filled, envelope, every_field=every_field)
    if read is not None and envelope.keys and not every_field and not _has(read, envelope.keys):
        read = _at_once(filled, envelope, every_field=True)
    if read is None:  # among lines that are broken there may be envelopes, too
        opened = (
            reopened(each, envelope) if envelope.closed(each.text) else each for each in filled
        )
        return _by_value(list(opened), envelope)
    return Texts(read)


def _has(rows: pl.DataFrame, fields: Iterable[str]) -> bool:
    """Whether any of *fields* stands in some row, itself or its parts."""
    found = [name for name in rows.columns if name.partition(".")[0] in fields]
    return any(rows[name].is_not_null().any() for name in found)


def _at_once(
    blocks: Sequence[Block], envelope: Envelope, *, every_field: bool
) -> pl.DataFrame | None:
    """All rows by one schema; None where anything is not as it says."""
    text = _together(blocks)
    try:
        shape = None if every_field else envelope.shape(first_line(text))
        shape = shape or any_shape(text)
        rows = _flat(pl.read_ndjson(io.BytesIO(text), schema=shape.schema))
    except pl.exceptions.PolarsError:
        return None
    if _has(rows, shape.strangers) or _is_mixed(rows, envelope.shape(first_line(text))):
        return None
    if len(rows) != sum(map(len, blocks)):
        blocks = [without_blanks(block) for block in blocks]
    if len(rows) != sum(map(len, blocks)):
        return None
    return rows.drop(shape.strangers, strict=False).with_columns(_origins(blocks))


def _is_mixed(rows: pl.DataFrame, known: Shape | None) -> bool:
    """Whether an object stands as text in a field that has parts, for another row has a text there.

    One such row would take the status of all that are read with it.
    """
    objects = [name for name, dtype in known.schema.items() if dtype.is_nested()] if known else []
    there = [rows[name] for name in objects if name in rows.columns]
    return any(each.str.starts_with("{").any() for each in there)


def _together(blocks: Sequence[Block]) -> bytes:
    """The lines of some blocks; those of a large one are not copied for it."""
    return blocks[0].text if len(blocks) == 1 else b"\n".join(each.text for each in blocks)


def any_shape(text: bytes) -> Shape:
    """A schema of text with every field of these lines; PolarsError where there is none."""
    found = pl.read_ndjson(io.BytesIO(text), infer_schema_length=None).schema
    return Shape({name: _as_text(dtype) for name, dtype in found.items()})


def _as_text(dtype: pl.DataType) -> Any:
    if not isinstance(dtype, pl.Struct):
        return pl.String
    return pl.Struct({part.name: pl.String for part in dtype.fields})


def _flat(entries: pl.DataFrame) -> pl.DataFrame:
    """The parts of objects as fields of their own, `status.id`."""
    return entries.select(
        pl.col(name).struct.field(part.name).alias(f"{name}.{part.name}") if part else pl.col(name)
        for name, dtype in entries.schema.items()
        for part in (dtype.fields if isinstance(dtype, pl.Struct) else [None])
        if name not in OWN
    )


def _origins(blocks: Sequence[Block]) -> list[pl.Series]:
    """Of each row the document and the line."""
    files = pl.concat(pl.repeat(each.file, len(each), eager=True) for each in blocks)
    lines = pl.concat(map(_numbers, blocks))
    return [files.alias(FILE), lines.alias(LINE)]


def _numbers(block: Block) -> pl.Series:
    if isinstance(block.runs, range):
        return pl.int_range(block.runs.start, block.runs.stop, eager=True)
    runs = pl.DataFrame(block.runs, schema={"number": pl.Int64, "count": pl.Int64}, orient="row")
    return runs.select(pl.col("number").repeat_by("count").explode()).to_series().drop_nulls()


def _by_value(blocks: Sequence[Block], envelope: Envelope) -> Texts:
    """The rows of lines that cannot all be read at once: first what can, then each by itself."""
    found = [(each.file, number, line) for each in blocks for number, line in each.lines()]
    # of an answer on one line the entries have one number, and keep their order all the same
    lines = [(file, place, line) for place, (file, _, line) in enumerate(found)]
    numbers = pl.Series([number for _, number, _ in found], dtype=pl.Int64)
    sound = [_is_sound(line) for _, _, line in lines]
    read = _sound_ones(lines, sound, envelope) if not all(sound) else None
    one_by_one = [entry for entry, fine in zip(lines, sound, strict=True) if not (fine and read)]
    rows, aside = _each(one_by_one, envelope)
    assumed = dict.fromkeys(assumed_encoding(file) for file, _, line in lines if not is_utf8(line))
    together = pl.concat([rows, *(read or [])], how="diagonal").sort(LINE, maintain_order=True)
    return Texts(
        together.with_columns(numbers.gather(together[LINE]).alias(LINE)),
        [replace(each, line=found[each.line or 0][1]) for each in aside],
        list(assumed),
    )


def _is_sound(line: bytes) -> bool:
    try:
        msgspec.json.decode(line, type=dict[str, msgspec.Raw])
    except (ValueError, RecursionError):  # also of names that are no UTF-8
        return False
    return True


def _sound_ones(
    lines: Sequence[tuple[str, int, bytes]], sound: Sequence[bool], envelope: Envelope
) -> list[pl.DataFrame] | None:
    """Those lines at once that are an object each; None where that is refused too."""
    kept = [entry for entry, fine in zip(lines, sound, strict=True) if fine]
    by_file = [
        Block(file, b"\n".join(each[2] for each in entries), [(each[1], 1) for each in entries])
        for file, entries in ((name, list(some)) for name, some in groupby(kept, itemgetter(0)))
    ]
    read = _at_once(by_file, envelope, every_field=True) if by_file else None
    return None if read is None else [read]


def _each(
    lines: Sequence[tuple[str, int, bytes]], envelope: Envelope
) -> tuple[pl.DataFrame, list[SetAside]]:
    """Lines one by one: the rows in them, and what is none."""
    rows: list[tuple[str, int, dict[str, str | None]]] = []
    aside: list[SetAside] = []
    for file, number, line in lines:
        value, problem = _parsed(line)
        if problem:
            aside.append(SetAside(file, number, problem, None))
            continue
        for entry in envelope.entries(value):
            if isinstance(entry, dict):
                rows.append((file, number, flat(entry, envelope.whole)))
            else:
                aside.append(SetAside(file, number, "no JSON object", {"row": entry}))
    files = pl.Series(FILE, [file for file, _, _ in rows], dtype=pl.String)
    return texts((number, row) for _, number, row in rows).with_columns(files), aside


def _parsed(line: bytes) -> tuple[Any, str]:
    try:
        return json.loads(decoded(line)), ""
    except RecursionError:
        return None, "its JSON is nested too deeply"
    except json.JSONDecodeError:
        return None, "it is no JSON, or cut off"
    except ValueError:  # of thousands of digits
        return None, "a number in it has more digits than can be read"
