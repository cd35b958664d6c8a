"""What the tables of codes have of an error or a status as it came with a message."""

from functools import cache
from typing import Any, NamedTuple

import polars as pl

from infobip_analytics.codes import Meaning
from infobip_analytics.codes.evidence import named_by
from infobip_analytics.codes.meanings import causes, with_id, with_name
from infobip_analytics.codes.spelling import fold
from infobip_analytics.outcomes import Outcome
from infobip_analytics.reference import rows as table
from infobip_analytics.undelivered.counted import TOLD

NO_ERROR = 0

#: The cause of silence: of settled messages with no usable report, whatever was said on the way.
SILENCE = "report_missing"

#: What the row of an error shows of its meaning: our column, and the field of a `Meaning`.
SHOWN = {
    "who": "who",
    "cause": "cause",
    "cause_title": "cause_title",
    "explanation": "description",
    "action": "action",
    "retry": "retry",
    "suppress": "suppress",
}

SCHEMA: dict[str, Any] = {
    "error_id": pl.Int64,
    "error_name": pl.String,
    "_group": pl.String,
    "_flag": pl.Boolean,
    "_cause": pl.String,
    "_code": pl.String,
    "_silent": pl.Boolean,
    "_explanation": pl.String,
    "_action": pl.String,
    **dict.fromkeys(SHOWN, pl.String),
}


class Said(NamedTuple):
    """What came with messages that were not delivered, in the order of `TOLD`."""

    channel: str | None
    error_id: int | None
    error_name: str | None
    error_group: str | None
    permanent: bool | None
    status_id: int | None
    status_name: str | None
    status_group: str | None


def resolved(small: pl.DataFrame) -> pl.DataFrame:
    """What each combination of `TOLD` is: the row of errors it belongs to, explained.

    Columns out: those of `TOLD`; `error_id` and `error_name` as the tables have them, or else as
    they came; `_group` and `_flag` (permanent) of the tables; the columns of `SHOWN`. Of the
    message, by its error or else by its status: `_cause`, with `_code`, what names it,
    `_explanation` and `_action`; and `_silent`, whether neither of the two says anything.
    """
    combinations = small.select(*TOLD).unique()
    rows = [_facts(Said(*values)) for values in combinations.iter_rows()]
    return combinations.hstack(pl.DataFrame(rows, schema=SCHEMA, orient="row"))


def caused() -> pl.Expr:
    """The cause of a message by what `resolved` found, and by its `_outcome`: silence is one."""
    silent = pl.col("_silent") & (pl.col("_outcome") == str(Outcome.UNREPORTED))
    return pl.when(silent).then(pl.lit(SILENCE)).otherwise("_cause")


def _facts(said: Said) -> tuple[Any, ...]:
    error = error_of(said)
    own = (said.error_id, said.error_name, None, None)
    given = (error.id, error.name, error.group, error.permanent) if error else own
    return (*given, *_of_message(said, error), *(_field(error, name) for name in SHOWN.values()))


def _of_message(said: Said, error: Meaning | None) -> tuple[Any, ...]:
    teller, silent = telling(said, error), is_silent(said, error)
    if teller is not None:
        code = teller.name or str(teller.id)
        return teller.cause, code, silent, teller.description, teller.action
    # a status that says nothing of the cause still says how far the message is known to have come
    return None, code_of(said, error), silent, _field(status_of(said), "description"), None


def _field(meaning: Meaning | None, name: str) -> Any:
    return getattr(meaning, name) if meaning else None


def error_of(said: Said) -> Meaning | None:
    """The one meaning of the error: its name decides, then id, channel, group and flag.

    None where nothing was said, or where no table has it: a name that none has is not explained by
    the id beside it, which in campaign events may be of something else.
    """
    if said.error_name is not None:
        # of control characters alone there is nothing to look up
        found = named_by(said.error_name) if said.error_name.strip() else []
    else:
        found = [] if said.error_id is None else with_id(said.error_id)
    errors = [meaning for meaning in found if meaning.kind == "error"]
    return max(errors, key=lambda meaning: _fits(meaning, said), default=None)


def _fits(meaning: Meaning, said: Said) -> tuple[bool, ...]:
    return (
        meaning.id == said.error_id,
        meaning.channel == (said.channel or "").casefold(),
        fold(meaning.group or "") == fold(said.error_group or ""),
        meaning.permanent is said.permanent,
    )


def telling(said: Said, error: Meaning | None) -> Meaning | None:
    """What tells the cause: the error, or the status where the error says nothing or is unknown.

    None where neither does. "Delivered" or "pending", of a message that was not delivered, is no
    cause.
    """
    both = (error, status_of(said))
    return next((one for one in both if one is not None and says_why(one)), None)


def says_why(meaning: Meaning) -> bool:
    """Whether a meaning names a cause, and not that all is well or still on its way."""
    cause = causes()[meaning.cause]
    return (cause["who"], cause["retry"], cause["suppress"]) != ("nobody", "no", "no")


def is_silent(said: Said, error: Meaning | None) -> bool:
    """Whether neither error nor status says anything: they are absent, or name no cause."""
    status, known = status_of(said), error or said.error_name or said.error_id is not None
    no_error = not says_why(error) if error else not known
    no_status = not says_why(status) if status else _own_status(said) is None
    return no_error and no_status


def status_of(said: Said) -> Meaning | None:
    """The meaning of the status: its id, and of several the name and the group that came with it.

    None for the statuses of campaign events, which say no more than the outcome.
    """
    number, name = said.status_id, said.status_name
    found = with_id(number) if number is not None else with_name(name or "")
    statuses = [meaning for meaning in found if meaning.kind == "status"]

    def fits(meaning: Meaning) -> tuple[bool, ...]:
        name_fits = fold(meaning.name or "") == fold(said.status_name or "")
        return name_fits, fold(meaning.group or "") == fold(said.status_group or "")

    return max(statuses, key=fits, default=None)


def code_of(said: Said, error: Meaning | None) -> str | None:
    """What names a message's fate where nothing tells its cause: an unknown error, or the status.

    None where there is neither; the statuses of campaign events are no codes.
    """
    unknown = None if error else said.error_name or _text(said.error_id)
    status = status_of(said)
    return unknown or (status and status.name) or _own_status(said) or (error and error.name)


def _own_status(said: Said) -> str | None:
    """The status as it came, unless it is one of an event, which says no more than the outcome."""
    name = None if said.status_name in _event_statuses() else said.status_name
    return name or _text(said.status_id)


def _text(number: int | None) -> str | None:
    return None if number is None else str(number)


@cache
def _event_statuses() -> frozenset[str]:
    return frozenset(row["status"] for row in table("event_statuses"))
