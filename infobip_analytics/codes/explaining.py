"""`explain`: all meanings of one code, and what to know where there is none."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Protocol, SupportsIndex, overload

from infobip_analytics.codes.explanation import Explanation
from infobip_analytics.codes.meanings import Meaning, with_id, with_name
from infobip_analytics.codes.nearest import nearest_names, neighbours
from infobip_analytics.codes.spelling import WAY_OUT, Asked, fold, read_code
from infobip_analytics.codes.wording import printable
from infobip_analytics.errors import ArgumentError
from infobip_analytics.reference import rows

if TYPE_CHECKING:
    from infobip_analytics.codes.event_explanation import EventExplanation

SEARCHED = "statuses and errors of SMS and MMS, DLT codes of India, SMPP codes"


class Frame(Protocol):
    """A frame of one row."""

    @property
    def columns(self) -> Any:
        """The names of its columns."""


class Row(Protocol):
    """A named tuple."""

    def _asdict(self) -> dict[str, Any]: ...


@overload
def explain(code: SupportsIndex | float | str) -> Explanation: ...
@overload
def explain(code: Mapping[str, Any] | Frame | Row) -> "EventExplanation": ...
@overload
def explain(
    *,
    status_code: object = None,
    error: object = None,
    comment: object = None,
    status: object = None,
    action_type: object = None,
) -> "EventExplanation": ...
def explain(code: Any = None, **fields: object) -> "Explanation | EventExplanation":
    """Explain a code or a campaign event: what happened, who can act and what to do.

    A code is an id (5, "400", "0x22") or a name in any spelling; the answer is an `Explanation`,
    the list of all its meanings. A code that no table has is answered with its neighbours and the
    nearest names. ArgumentError where nothing was asked for.

    An event is a mapping, a row (pandas, polars, a named tuple) or a frame of one row with some of
    the columns status, status_code, error, comment and action_type, or these as keywords; missing
    values are allowed, others are not looked at. The answer is an `EventExplanation`: what the
    error names, what the code would mean, what the comment reads like, and `disagreements`, a
    sentence each. Success is read from the status, never from the error.

    >>> [meaning.title for meaning in explain("0x22")]
    ['34 EC_SYSTEM_FAILURE', '34 (no name)']
    >>> explain("ec_validityexpired")[0].suppress
    'after repeats'
    >>> len(explain(400))
    0
    >>> explain({"status_code": "27.0", "error": "EC_CALL_BARRED"}).disagreements[0]
    'The status_code 27.0 means EC_ABSENT_SUBSCRIBER (27), but the error names EC_CALL_BARRED (13).'
    """
    if not fields and (code is None or isinstance(code, str | int | float)):
        return explain_code(code)
    return event_or_code(code, fields)


def explain_code(code: object) -> Explanation:
    """Explain one code: every meaning it has, and what to know about the answer."""
    asked = read_code(code)
    meanings = meanings_of(asked)
    return Explanation(asked.code, meanings, note_on(asked, meanings))


def event_or_code(code: Any, fields: dict[str, object]) -> "Explanation | EventExplanation":
    """Explain an event, given as a row or by its fields, or else a number of some other library."""
    # imported late: whoever asks for a code, at the command line, needs none of it
    from infobip_analytics.codes.event_explanation import explain_event
    from infobip_analytics.codes.events import Event, event_in, tidied

    if strange := fields.keys() - set(Event._fields):
        raise ArgumentError(
            f"an event has no {', '.join(sorted(strange))}; it has {', '.join(Event._fields)}"
        )
    if fields and code is not None:
        raise ArgumentError(f"explain takes a code, or the fields of an event, not both; {WAY_OUT}")
    event = tidied(fields) if fields else event_in(code)
    return explain_code(code) if event is None else explain_event(event)


def meanings_of(asked: Asked) -> tuple[Meaning, ...]:
    """Every meaning of what was asked for, in the order of the tables."""
    if asked.number is None:
        return tuple(with_name(str(asked.code)))
    # only SMPP, whose receipts carry error ids, writes numbers in hex
    return tuple(
        meaning
        for meaning in with_id(asked.number)
        if not (asked.is_hex and meaning.kind == "status")
    )


def note_on(asked: Asked, meanings: tuple[Meaning, ...]) -> str | None:
    """What to know about the answer as a whole, in one paragraph; None if nothing."""
    group = on_groups(asked)
    rest = on_the_choice(meanings) if meanings or group else on_the_unknown(asked)
    return " ".join(sentence for sentence in (rest, on_the_form(asked), group) if sentence) or None


def on_the_form(asked: Asked) -> str:
    """How the code was read, where that is not plain to see."""
    code, number = printable(asked.code), asked.number
    if asked.is_compound:
        return f"{code} is a compound: its first number, {number}, is the code."
    return f"{code} is {number} in decimal." if asked.is_hex and number is not None else ""


def on_groups(asked: Asked) -> str:
    """What the group means, where a group was asked for by its name."""
    name = fold(str(asked.code))
    groups = [
        *(("status", row) for row in rows("status_groups")),
        *(("error", row) for row in rows("error_groups")),
    ]
    return " ".join(
        f"{row['group']} is the {kind} group {row['id']}: {row['description']}"
        for kind, row in groups
        if name == fold(row["group"])
    )


def on_the_choice(meanings: tuple[Meaning, ...]) -> str:
    """What decides between several meanings."""
    if len({meaning.kind for meaning in meanings}) > 1:
        return (
            "Statuses, errors and SMPP codes are numbered apart: the field that the code came from "
            "decides."
        )
    if len(meanings) > 1:
        return "The channel, the group and the name that came with the code decide."
    return ""


def on_the_unknown(asked: Asked) -> str:
    """That no table has the code, what is known of it nevertheless, and what is near."""
    unlisted = [row["note"] for row in rows("unlisted_codes") if row["code"] == str(asked.number)]
    near = on_what_is_near(asked)
    return " ".join(
        [f"no Infobip table has {printable(asked.code)} ({SEARCHED}).", *unlisted, near]
    )


def on_what_is_near(asked: Asked) -> str:
    """The neighbours of a number, the nearest names of a name."""
    if asked.number is not None:
        return f"Neighbours: {', '.join(neighbours(asked.number))}."
    names = nearest_names(str(asked.code))
    return f"Nearest names: {', '.join(names)}." if names else "No name is near it."
