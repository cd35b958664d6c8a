"""All codes as a frame, for joining them to messages."""

from typing import TYPE_CHECKING, Any, Literal

from infobip_analytics.codes.meanings import Meaning, coded_rows, meaning_of
from infobip_analytics.codes.ranking import Context, ranked
from infobip_analytics.codes.wording import in_short
from infobip_analytics.errors import ArgumentError

if TYPE_CHECKING:
    from collections.abc import Callable, Hashable

#: The columns, in their order; what a meaning has besides follows
COLUMNS = (
    *("kind", "channel", "id", "name", "also", "group", "permanent", "in_short", "description"),
    *("who", "action", "advice", "retry", "when", "suppress", "cause", "cause_title"),
    *("evidence", "why", "note", "source"),
)
INTEGERS, FLAGS = frozenset({"id"}), frozenset({"permanent", "first", "first_in_group"})


def code_table(*, backend: Literal["polars", "pandas"] = "polars") -> Any:
    """All codes as a frame, one meaning a row, the most likely first.

    Args:
        backend: "polars" or "pandas".

    Returns:
        The columns of a meaning (kind, channel, id, name, also, group, permanent, description,
        who, action, advice, retry, when, suppress, cause, cause_title, evidence, why, note,
        source; `also` has other spellings of the name, with spaces between), `in_short` (what
        happened and what to do in one line), and two flags:
        `first`: true for the most likely meaning of each kind and id;
        `first_in_group`: true for the most likely meaning of each kind, group and id.

        To give messages their explanations take `ia.with_explanations(messages)`: it finds the
        code of each message as `error_breakdown` does. A join by id alone cannot do that for
        campaign events: their error is a name in one of many spellings, mostly without an id, and
        their status_code may mean something else than the error (400 is in no table).

        Delivery reports have ids, and can be joined. Ids repeat (error 4102 is in two groups,
        status 87 in two groups and in voice), so join only what is first, and no row is
        multiplied. Errors by id: no id is in the tables of two channels, and MMS and SMS carry
        errors of the general table, SMS to India those of DLT, so the channel must be left out.
        Statuses by group and id, as the group decides:

            errors = codes.filter(kind="error", first=True)
            messages.join(errors, how="left", left_on="error_id", right_on="id")
            statuses = codes.filter(kind="status", first_in_group=True)
            messages.join(
                statuses,
                how="left",
                left_on=["status_group", "status_id"],
                right_on=["group", "id"],
            )

    Raises:
        ArgumentError: there is no such backend.
    """
    if backend not in ("polars", "pandas"):
        raise ArgumentError(f"backend={backend!r}: there are 'polars' and 'pandas'")
    columns = columns_of(ranked([meaning_of(row) for row in coded_rows()], Context()))
    return as_polars(columns) if backend == "polars" else as_pandas(columns)


def columns_of(meanings: tuple[Meaning, ...]) -> dict[str, list[Any]]:
    """The values of all meanings by column, with what is first of its kind."""
    rows = [meaning._asdict() | {"in_short": in_short(meaning)} for meaning in meanings]
    more = [name for name in Meaning._fields if name not in COLUMNS]
    return {name: [row[name] for row in rows] for name in (*COLUMNS, *more)} | {
        "first": firsts(meanings, lambda one: (one.kind, one.id)),
        "first_in_group": firsts(meanings, lambda one: (one.kind, one.group, one.id)),
    }


def firsts(meanings: tuple[Meaning, ...], key: "Callable[[Meaning], Hashable]") -> list[bool]:
    """Whether each meaning is the first of its key."""
    places: dict[Hashable, int] = {}
    for place, meaning in enumerate(meanings):
        places.setdefault(key(meaning), place)
    return [places[key(meaning)] == place for place, meaning in enumerate(meanings)]


def as_polars(columns: dict[str, list[Any]]) -> Any:
    """A polars frame of text, whole numbers and flags."""
    import polars as pl

    special = dict.fromkeys(INTEGERS, pl.Int64) | dict.fromkeys(FLAGS, pl.Boolean)
    return pl.DataFrame(columns, schema={name: special.get(name, pl.String) for name in columns})


def as_pandas(columns: dict[str, list[Any]]) -> Any:
    """A pandas frame of the same types as the other frames of the package have."""
    import pandas as pd

    types: dict[str, Any] = dict.fromkeys(columns, "str") | dict.fromkeys(INTEGERS, "Int64")
    types |= dict.fromkeys(FLAGS, "boolean")
    return pd.DataFrame({name: pd.Series(columns[name], dtype=types[name]) for name in columns})
