"""The words in which an explained event or report is shown, in a terminal and in a notebook."""

from typing import TYPE_CHECKING, Any

from infobip_analytics.codes.row_explanation import RowExplanation
from infobip_analytics.codes.wording import printable

if TYPE_CHECKING:
    from infobip_analytics.codes.events import Event
    from infobip_analytics.codes.payloads import Report

LONGEST = 200
VERBS = {
    "event": {
        "error": "named by the error",
        "status_code": "meant by the status_code",
        "comment": "like the words of the comment",
    },
    "report": {
        "status": "what became of it, by the status",
        "error": "why, by the error",
        "status_id": "the status id by itself, which does not fit the group that came",
        "status_name": "the status name by itself, which does not fit the group that came",
    },
}


def title(answer: RowExplanation) -> str:
    """How many disagreements there are: `event: 2 disagreements`."""
    number = len(answer.disagreements)
    count = {0: "no disagreement", 1: "1 disagreement"}.get(number, f"{number} disagreements")
    return f"{answer.subject}: {count}"


def fields_of(fields: "Event | Report", longest: int = LONGEST) -> list[tuple[str, str]]:
    """The fields that a row has, as pairs of name and text, each cut to one line."""
    values = fields._asdict()
    pairs = values if "comment" in values else in_parts(values)
    return [
        (name, printable(text, longest - len("...")))
        for name, text in pairs.items()
        if text is not None
    ]


def in_parts(report: dict[str, Any]) -> dict[str, str | None]:
    """What a report says, as people read it: channel, status and error, one line each."""
    flag = {True: "permanent", False: "not permanent"}.get(report["permanent"])
    status = [report["status_group"], called(report["status_id"], report["status_name"])]
    error = [report["error_group"], called(report["error_id"], report["error_name"]), flag]
    return {
        "channel": report["channel"],
        "status": ", ".join(filter(None, status)) or None,
        "error": ", ".join(filter(None, error)) or None,
    }


def called(number: int | None, name: str | None) -> str:
    """Id and name, or the one of them that is there."""
    return " ".join(str(part) for part in (number, name) if part is not None)


def teller(subject: str, fields: tuple[str, ...]) -> str:
    """Which fields tell the meanings that follow: `Named by the error:`."""
    told = " and ".join([VERBS[subject][field] for field in fields])
    return f"{told[:1].upper()}{told[1:]}:"
