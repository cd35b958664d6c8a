"""The words in which an explained event is shown, the same in a terminal and in a notebook."""

from infobip_analytics.codes.event_explanation import EventExplanation
from infobip_analytics.codes.events import Event
from infobip_analytics.codes.wording import printable

LONGEST = 200
VERBS = {"error": "named by the error", "status_code": "meant by the status_code"}
LIKE = "like the words of the comment"


def title(answer: EventExplanation) -> str:
    """How many disagreements there are: `event: 2 disagreements`."""
    number = len(answer.disagreements)
    count = {0: "no disagreement", 1: "1 disagreement"}.get(number, f"{number} disagreements")
    return f"event: {count}"


def fields_of(event: Event, longest: int = LONGEST) -> list[tuple[str, str]]:
    """The fields that an event has, as pairs of name and text, each cut to one line."""
    return [
        (name, printable(text, longest - len("...")))
        for name, text in event._asdict().items()
        if text is not None
    ]


def teller(fields: tuple[str, ...]) -> str:
    """Which fields tell the meanings that follow: `Named by the error:`."""
    told = " and ".join([VERBS.get(field, LIKE) for field in fields])
    return f"{told[:1].upper()}{told[1:]}:"
