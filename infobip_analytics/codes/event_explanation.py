"""Explaining a campaign event: what each field says, and where they disagree."""

from infobip_analytics.codes.events import Event
from infobip_analytics.codes.evidence import (
    Evidence,
    asked_by,
    disagreements,
    evidence_of,
    is_no_error,
    outcome_of,
)
from infobip_analytics.codes.row_explanation import RowExplanation, Told
from infobip_analytics.codes.spelling import fold
from infobip_analytics.codes.wording import printable
from infobip_analytics.reference import rows

OURS = ("sms", "mms")


def explain_event(event: Event) -> RowExplanation:
    """Explain an event by its error first, then by its code, then by the words of its comment."""
    evidence = evidence_of(event)
    told, found = told_by(evidence), disagreements(evidence)
    return RowExplanation("event", event, told, tuple(found), note_on(evidence, told, found))


def told_by(evidence: Evidence) -> tuple[Told, ...]:
    """Every meaning once, with all the fields that tell it, in the order of the fields.

    A code that agrees with the name adds none of its other meanings.
    """
    _, named, coded, read = evidence
    agreed = [one for one in named if one.id in number_of(evidence)]
    fields = {"error": named, "status_code": agreed or coded, "comment": read}
    meanings = dict.fromkeys(one for told in fields.values() for one in told)
    return tuple(
        Told(one, tuple(field for field, told in fields.items() if one in told)) for one in meanings
    )


def number_of(evidence: Evidence) -> set[int]:
    """The number of the code, if it is one."""
    code = evidence.event.status_code
    number = None if code is None else asked_by(code).number
    return set() if number is None else {number}


def note_on(evidence: Evidence, told: tuple[Told, ...], found: list[str]) -> str:
    """What else to know, in one paragraph: what agrees, and what is known of an unlisted code."""
    sentences = ("" if found else on_agreement(evidence, told), *on_the_event(evidence))
    return " ".join(sentence for sentence in sentences if sentence)


def on_agreement(evidence: Evidence, told: tuple[Told, ...]) -> str:
    """In one line: which fields agree, or that nothing is there that could."""
    event = evidence.event
    if not (event.error or event.status_code or event.comment):
        return "The event has no status_code, error or comment: there is nothing to explain."
    idle = "The comment's words tell no error apart." if event.comment and not evidence.read else ""
    return " ".join(sentence for sentence in (agreeing(told), idle) if sentence)


def agreeing(told: tuple[Told, ...]) -> str:
    """Which fields tell the same, and which tell something else that can be true beside it."""
    fields = list(dict.fromkeys(field for one in told for field in one.told_by))
    agreed = [one.told_by for one in told if len(one.told_by) > 1]
    same = [field for field in fields if any(field in told_by for told_by in agreed)]
    rest = [field for field in fields if field not in (same or fields[:1])]
    if len(fields) == 1:
        return f"Only the {fields[0]} says something: nothing could disagree with it."
    agree = f"{', '.join(same[:-1])} and {same[-1]} agree. " if same else ""
    first = "them" if same else f"the {''.join(fields[:1])}"
    other = f"The {' and the '.join(rest)} adds to {first} and contradicts nothing."
    return f"{agree}{other if rest else ''}".rstrip()


def on_the_event(evidence: Evidence) -> list[str]:
    """What is known of the code although no table has it, of the status and of the channel."""
    event = evidence.event
    numbers = {str(number) for number in number_of(evidence)}
    unlisted = [row["note"] for row in rows("unlisted_codes") if row["code"] in numbers]
    return [*unlisted, on_the_status(evidence), on_the_channel(event.action_type)]


def on_the_status(evidence: Evidence) -> str:
    """That an error 0 beside a failure is usual."""
    event, named, coded, _ = evidence
    failure = outcome_of(event.status) in {"failed", "rejected"}
    if not failure or not is_no_error(named or coded):
        return ""
    return (
        "Rejected and failed messages often carry error 0 too: success is read from the status, "
        "never from the error."
    )


def on_the_channel(action_type: str | None) -> str:
    """That codes of e-mail, webhooks and other channels are not Infobip's."""
    if action_type is None or fold(action_type) in OURS:
        return ""
    return (
        f"Its action_type is {printable(action_type)}: codes and errors of anything but SMS and "
        "MMS need not be Infobip's."
    )
