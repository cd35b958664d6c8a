"""What changed in a file of stats since the run before, line by line."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import polars as pl

from infobip_analytics.grouping import TIMES
from infobip_analytics.masking import mask
from infobip_analytics.tables.text import printable
from infobip_analytics.wording import DASH, count, percent, plural

#: So many changes of each kind are told one by one
MOST = 10

_OLD, _SIDE = "(before)", "(side)"


@dataclass(frozen=True, slots=True)
class Changes:
    """What changed.

    Attributes:
        added: How many lines are new.
        changed: How many lines have another value, `as_of` apart.
        removed: How many lines are gone.
        restamped: How many lines have nothing new but their `as_of`.
        told: The first of them, a sentence each.
    """

    added: int = 0
    changed: int = 0
    removed: int = 0
    restamped: int = 0
    told: tuple[str, ...] = ()


def compared(old: pl.DataFrame | None, new: pl.DataFrame, by: Sequence[str]) -> Changes:
    """Compare lines as text; they are the same line where the columns *by* are equal."""
    if old is None:
        return Changes(added=new.height)
    if _keys(old) != _keys(new):
        said = f"lines were by {', '.join(_keys(old))} and are by {', '.join(_keys(new))}"
        return Changes(added=new.height, removed=old.height, told=(said,))
    values = [name for name in new.columns if name in old.columns and name not in by]
    both = _side_by_side(old, new, list(by), values)
    changed = both.filter(pl.col(_SIDE) == "both", _differs(values, but=["as_of"]))
    restamped = both.filter(pl.col(_SIDE) == "both", ~_differs(values, but=["as_of"]))
    added, removed = (both.filter(pl.col(_SIDE) == side) for side in ("new", "old"))
    return Changes(
        added=added.height,
        changed=changed.height,
        removed=removed.height,
        restamped=restamped.filter(pl.col("as_of").ne_missing(pl.col(f"as_of{_OLD}"))).height,
        told=_told(changed, added, removed, by, values),
    )


def newly_settled(
    old: pl.DataFrame | None, new: pl.DataFrame, time: str, settled: Sequence[str]
) -> int:
    """How many of the *settled* days (or hours, weeks, months) were not in the old lines."""
    if old is None or not {time, "as_of"} <= set(old.columns):
        return 0
    now = new.filter(pl.col(time).is_in(settled)).select(time, "as_of").unique()
    return now.join(old, on=[time, "as_of"], how="anti").height


def _keys(lines: pl.DataFrame) -> list[str]:
    """The columns before the counts, which name the group."""
    names = lines.columns
    before = names[: names.index("messages")] if "messages" in names else names
    return [name for name in before if name != "country_name"]


def _side_by_side(
    old: pl.DataFrame, new: pl.DataFrame, by: list[str], values: list[str]
) -> pl.DataFrame:
    """The lines of both files, those of one key in one row; `_SIDE` says in which they are."""
    left = new.select(*by, *values).with_columns(_in_new=True).with_row_index("_place")
    right = old.select(*by, *values).with_columns(_in_old=True)
    both = left.join(right, on=by, how="full", suffix=_OLD, nulls_equal=True, coalesce=True)
    in_new, in_old = (pl.col(name).fill_null(value=False) for name in ("_in_new", "_in_old"))
    side = pl.when(in_new & in_old).then(pl.lit("both")).when(in_new).then(pl.lit("new"))
    return both.with_columns(side.otherwise(pl.lit("old")).alias(_SIDE)).sort(
        "_place", *by, nulls_last=True
    )


def _differs(values: list[str], *, but: Sequence[str]) -> pl.Expr:
    return pl.any_horizontal(
        pl.lit(value=False),
        *(pl.col(name).ne_missing(pl.col(name + _OLD)) for name in values if name not in but),
    )


def _told(
    changed: pl.DataFrame,
    added: pl.DataFrame,
    removed: pl.DataFrame,
    by: Sequence[str],
    values: list[str],
) -> tuple[str, ...]:
    """The changes as sentences: single lines first, then the days of which lines came or went."""
    shown = mask(changed.head(MOST)).to_dicts()
    lines = [f"{_key(row, by)}: {_what(row, values)}" for row in shown]
    return (
        *lines,
        *_rest(changed.height - MOST, "changed line"),
        *_by_time(removed, by, "removed", _OLD),
        *_by_time(added, by, "added", ""),
    )


def _rest(number: int, noun: str) -> list[str]:
    return [f"and {plural(number, f'more {noun}')}"] if number > 0 else []


def _key(row: dict[str, Any], by: Sequence[str]) -> str:
    texts = (DASH if row[name] is None else printable(str(row[name])) for name in by)
    return " ".join(text.replace(":00.000000", "") for text in texts)


def _what(row: dict[str, Any], values: list[str]) -> str:
    """The change of a line: of the messages settled and the rate, else of what there is."""
    before, after = ({name: row[name + end] for name in values} for end in (_OLD, ""))
    different = [name for name in values if before[name] != after[name] and name != "as_of"]
    first = [name for name in ("settled", "delivery_rate") if name in different]
    return ", ".join(_of(name, before[name], after[name]) for name in (first or different[:3]))


def _of(name: str, before: Any, after: Any) -> str:
    if name == "delivery_rate":
        return f"delivered {_percent(before)} -> {_percent(after)}"
    return f"{name} {_plain(before)} -> {_plain(after)}"


def _percent(text: str | None) -> str:
    try:
        return percent(float(text) if text else None)
    except ValueError:  # written by someone else
        return printable(str(text))


def _plain(text: str | None) -> str:
    if text is None:
        return DASH
    return count(int(text)) if text.isdecimal() else printable(text)


def _by_time(lines: pl.DataFrame, by: Sequence[str], what: str, end: str) -> list[str]:
    """A sentence for each day (or hour, week, month) of which lines came or went."""
    if not lines.height:
        return []
    time = next(name for name in by if name in TIMES)
    settled = pl.col(f"settled{end}").cast(pl.Int64, strict=False).sum()
    pieces = lines.sort(time).group_by(time, maintain_order=True).agg(pl.len(), settled=settled)
    return [
        f"{_key({time: piece}, [time])}: {plural(n, 'line')} {what}, {count(settled)} settled"
        for piece, n, settled in pieces.head(MOST).iter_rows()
    ] + _rest(pieces.height - MOST, time)
