"""`explain`: all meanings of one code, and what to know where there is none."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Protocol, SupportsIndex, overload

from infobip_analytics.codes.explanation import Explanation
from infobip_analytics.codes.groups import groups_named
from infobip_analytics.codes.json_text import is_json, row_in
from infobip_analytics.codes.lookup import asked_for, found
from infobip_analytics.codes.meanings import Meaning
from infobip_analytics.codes.nearest import nearest, neighbours
from infobip_analytics.codes.ranking import Context, context_of, ranked
from infobip_analytics.codes.remarks import remark_on
from infobip_analytics.codes.spelling import WAY_OUT, Asked
from infobip_analytics.errors import ArgumentError

if TYPE_CHECKING:
    from decimal import Decimal

    from infobip_analytics.codes.row_explanation import RowExplanation


class Frame(Protocol):
    """A frame of one row."""

    @property
    def columns(self) -> Any:
        """The names of its columns."""


class Row(Protocol):
    """A named tuple."""

    def _asdict(self) -> dict[str, Any]: ...


class Model(Protocol):
    """An object of Infobip's client for Python."""

    def model_dump(self) -> dict[str, Any]:
        """Its fields as plain values."""


@overload
def explain(
    code: "SupportsIndex | float | Decimal | str",
    *,
    kind: str | None = None,
    channel: str | None = None,
    group: str | int | None = None,
) -> Explanation: ...
@overload
def explain(code: Mapping[str, Any] | Frame | Row | Model) -> "RowExplanation": ...
@overload
def explain(
    *,
    status_code: object = None,
    error: object = None,
    comment: object = None,
    status: object = None,
    action_type: object = None,
) -> "RowExplanation": ...
def explain(
    code: Any = None, *, kind: Any = None, channel: Any = None, group: Any = None, **fields: object
) -> "Explanation | RowExplanation":
    """Explain a code, a delivery report or a campaign event: what happened and what to do.

    A code is an id (5, "400", "0x22", "1153+0+0+0"), a name in any spelling, both together, what
    SMPP writes ("err:027", "stat:UNDELIV", a whole receipt) or the name of a group. The answer is
    an `Explanation`, the list of all its meanings, the most likely first. What else is known of
    the code ranks them and drops none: its *kind* (status, error, smpp_command, smpp_state), its
    *channel* (sms, mms, dlt_india, smpp, voice), and the *group* that came with it, by name or id.
    Without that errors come before statuses and SMPP, and SMS before MMS. A code that no table has
    is answered with its neighbours or the nearest names.

    A delivery report is one of the API's, as JSON (parsed or text) or as an object of Infobip's
    client, its status or its error alone, or a row of delivery reports or messages. An event is a
    mapping, a row (pandas, polars, a named tuple) or a frame of one row with some of the columns
    status, status_code, error, comment and action_type, or these as keywords, or as Bloomreach's
    export nests it, in properties, also as JSON text; missing values are allowed, others are not
    looked at. The answer is a `RowExplanation`: the meanings, each with the fields that tell it,
    and `disagreements`, a sentence each. Success is read from the status, never from the error; of
    a status the group decides, and the verdict leaves an id out that is not in it.

    ArgumentError where nothing was asked for, where kind, channel or group are unknown words, or
    where a text begins like JSON and is none.

    >>> [meaning.title for meaning in explain("0x22")]
    ['34 (no name)', '34 EC_SYSTEM_FAILURE']
    >>> explain(87, group="REJECTED").note
    '2 meanings fit the group REJECTED; 1 other does not and comes last.'
    >>> len(explain(400))
    0
    >>> explain({"status_code": "27.0", "error": "EC_CALL_BARRED"}).disagreements[0]
    'The status_code 27.0 means EC_ABSENT_SUBSCRIBER (27), but the error names EC_CALL_BARRED (13).'
    """
    context = context_of(kind, channel, group)
    if isinstance(code, str) and is_json(code):
        code = row_in(code)
    if not fields and (code is None or isinstance(code, str | int | float)):
        return explain_code(code, context)
    return row_or_code(code, fields, context)


def explain_code(code: object, context: Context = Context()) -> Explanation:  # noqa: B008
    """Explain one code: every meaning it has, and what to know about the answer."""
    asked = asked_for(code)
    known = context if context.kind else context._replace(kind=asked.kind)
    meanings = in_order(asked, known)
    groups = () if asked.number is not None else tuple(groups_named(str(asked.name)))
    remark = remark_on(asked, meanings, known)
    if meanings or groups:
        return Explanation(asked.code, meanings, remark, groups)
    if asked.number is not None:
        beside = tuple(neighbours(asked.number))
        remark += f" Neighbours: {', '.join(one.title for one in beside)}."
        return Explanation(asked.code, (), remark, neighbours=beside)
    near = tuple(one for each in nearest(str(asked.name)) for one in ranked(each, known))
    return Explanation(asked.code, (), remark, near=near)


def in_order(asked: Asked, context: Context) -> tuple[Meaning, ...]:
    """Every meaning of what was asked for, the most likely first.

    A receipt's error comes before its state, but for error 0, which tells nothing.
    """
    meanings = found(asked)
    if asked.state is not None:
        return tuple(sorted(meanings, key=lambda one: one.kind == "error" and one.id == 0))
    return ranked(meanings, context, is_hex=asked.is_hex)


def row_or_code(
    code: Any, fields: dict[str, object], context: Context
) -> "Explanation | RowExplanation":
    """Explain a report or an event, given as a row or by its fields, or a number of a library."""
    # imported late: whoever asks for a code, at the command line, needs none of it
    from infobip_analytics.codes.event_explanation import explain_event
    from infobip_analytics.codes.events import Event, event_of, tidied
    from infobip_analytics.codes.payloads import report_in, values_of
    from infobip_analytics.codes.report_explanation import explain_report

    if strange := fields.keys() - set(Event._fields):
        raise ArgumentError(
            f"an event has no {', '.join(sorted(strange))}; it has {', '.join(Event._fields)}"
        )
    if fields and code is not None:
        raise ArgumentError(f"explain takes a code, or the fields of an event, not both; {WAY_OUT}")
    if fields and context.words():
        raise ArgumentError("kind, channel and group go with a code or a report, not with an event")
    if fields:
        return explain_event(tidied(fields))
    values = values_of(code)
    if values is None:
        return explain_code(code, context)
    report = report_in(values, context)
    return explain_event(event_of(values)) if report is None else explain_report(report)
