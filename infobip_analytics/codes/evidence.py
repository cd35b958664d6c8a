"""What error, code and comment of an event each say, and where they disagree."""

import re
from typing import NamedTuple

from infobip_analytics.codes.events import Event
from infobip_analytics.codes.likeness import Reading, likest, readings
from infobip_analytics.codes.lookup import asked_for
from infobip_analytics.codes.meanings import Meaning, with_id, with_name
from infobip_analytics.codes.nearest import called, nearest_names
from infobip_analytics.codes.other_channels import asked_elsewhere, told_elsewhere
from infobip_analytics.codes.spelling import Asked, fold
from infobip_analytics.codes.wording import printable
from infobip_analytics.reference import rows

#: How many times more like another description a comment must be, to be called a disagreement
CLEARLY = 2.0
#: A name inside a longer text: "EC_CALL_BARRED (13)"
NAME = re.compile(r"\bEC_\w+", re.IGNORECASE)
#: What the guide says a status_code is: the error's, or SMPP's answer to a command
CODED = ("error", "smpp_command")
#: What says what became of a message, and not why
STATES = ("status", "smpp_state")


class Evidence(NamedTuple):
    """The meanings that the error names, that the code has, and that the comment reads like."""

    event: Event
    named: list[Meaning]
    coded: list[Meaning]
    read: list[Meaning]


def evidence_of(event: Event) -> Evidence:
    """What the fields of an event say, each for itself; the comment beside the other two."""
    named, coded = named_by(event.error), coded_by(event.status_code)
    read = read_from(event, causes(named) or causes(coded))
    return Evidence(event, named, coded, read)


def named_by(error: str | None) -> list[Meaning]:
    """The meanings of an error's name in odd spellings too: without EC_, or with words around."""
    if error is None:
        return []
    asked = asked_by(error)
    if asked.number is not None and asked.name is None:
        return coded_by(error)
    if asked.number is not None:
        return with_name(asked.name or "")
    inside = NAME.search(error)
    return with_name(error) or with_name(f"EC_{error}") or with_name(inside[0] if inside else "")


def coded_by(code: str | None) -> list[Meaning]:
    """The meanings of a code: of errors and SMPP commands; where there is none, of any kind."""
    if code is None:
        return []
    number = asked_by(code).number
    meanings = named_by(code) if number is None else with_id(number)
    return [one for one in meanings if one.kind in CODED] or meanings


def all_of(code: str | None) -> list[Meaning]:
    """Every meaning of a number, also as the id of a status."""
    number = None if code is None else asked_by(code).number
    return [] if number is None else with_id(number)


def asked_by(code: str) -> Asked:
    """How the text of a code is read: "27.0" and "27.00" are 27."""
    return asked_for(code)


def causes(meanings: list[Meaning]) -> list[Meaning]:
    """Those that name a cause: no status, and not error 0, which says that none was given."""
    return [one for one in meanings if one.kind != "status" and one.id != 0]


def read_from(event: Event, others: list[Meaning]) -> list[Meaning]:
    """The errors that the comment reads like: *others* where it is not clearly unlike them."""
    if event.comment is None:
        return []
    found = readings(event.comment, channels_of(event, others))
    best = likest(found)
    own = {one.name for one in others}
    if best and others and not clearly_unlike(own, found, best):
        return [one for one in others if one.name in {reading.name for reading in found}]
    return [
        one
        for reading in best
        for one in with_name(reading.name)
        if one.kind == "error" and (not others or one.channel in channels_of(event, others))
    ]


def channels_of(event: Event, others: list[Meaning]) -> frozenset[str]:
    """The channels whose errors a comment may describe; all where nothing else is told."""
    if not others:
        return frozenset(row["channel"] for row in rows("errors"))
    asked = {"mms"} if fold(event.action_type or "") == "mms" else set()
    return frozenset({"sms", *asked, *(one.channel for one in others)})


def clearly_unlike(own: set[str | None], found: list[Reading], best: list[Reading]) -> bool:
    """Whether a comment is much more like the *best* reading than like its *own* error."""
    likeness = max((one.likeness for one in found if one.name in own), default=0.0)
    return best[0].likeness >= CLEARLY * likeness


def disagreements(evidence: Evidence) -> list[str]:
    """A sentence for each thing in which the fields disagree, in the order of the fields."""
    found = (unlisted_name, unlisted_code, another_code, another_comment, contradicting_status)
    return [sentence for disagree in found if (sentence := disagree(evidence))]


def unlisted_name(evidence: Evidence) -> str:
    """That no table has the error, with the nearest names."""
    event, named, _, _ = evidence
    if event.error is None or named or is_group(event.error):
        return ""
    near = nearest_names(event.error)
    hint = f" Nearest names: {', '.join(near)}." if near else ""
    return f"The error {printable(event.error)} is in no Infobip table.{hint}"


def is_group(error: str) -> bool:
    """Whether a text names a group of errors or statuses, and no single one."""
    groups = (*rows("error_groups"), *rows("status_groups"))
    return fold(error) in {fold(row["group"]) for row in groups}


def unlisted_code(evidence: Evidence) -> str:
    """That no table has the code."""
    code = evidence.event.status_code
    if code is None or evidence.coded:
        return ""
    if others := asked_elsewhere(asked_by(code)):
        return f"The status_code {printable(code)} is in no table here: {told_elsewhere(others)}."
    return f"The status_code {printable(code)} is in no Infobip table."


def another_code(evidence: Evidence) -> str:
    """That the code is another error's than the one that is named; the code of a status aside."""
    event, named, coded, _ = evidence
    errors = [one for one in named if one.kind != "status"]
    if not errors or not coded or {one.id for one in named} & {one.id for one in coded}:
        return ""
    statuses = [one for one in all_of(event.status_code) if one.kind == "status"]
    hint = f" As the id of a status it would be {either(statuses)}." if statuses else ""
    return (
        f"The status_code {printable(event.status_code)} means {either(coded)}, "
        f"but the error names {either(errors)}.{hint}"
    )


def another_comment(evidence: Evidence) -> str:
    """That the comment reads like another error than the one that is named or coded."""
    _, named, coded, read = evidence
    others = causes(named) or causes(coded)
    if not others or not read or {one.name for one in read} & {one.name for one in others}:
        return ""
    return (
        f"The comment reads like the description of {either(read)}, "
        f"not like that of {either(others)}."
    )


def contradicting_status(evidence: Evidence) -> str:
    """That a delivered event tells an error."""
    event = evidence.event
    if outcome_of(event.status) != "delivered" or not tells_error(evidence):
        return ""
    field = "error" if event.error and not is_no_error(evidence.named) else "status_code"
    return (
        f"The status says {printable(event.status)}, but the {field} tells an error: success is "
        "read from the status, never from the error."
    )


def tells_error(evidence: Evidence) -> bool:
    """Whether error or code say more than that there was no error."""
    event, named, coded, _ = evidence
    error = event.error is not None and not is_no_error(named)
    code = event.status_code is not None and not is_no_error(coded)
    may_be_status = is_no_error(all_of(event.status_code))  # 5 is DELIVERED_TO_HANDSET too
    return error or (code and not may_be_status)


def is_no_error(meanings: list[Meaning]) -> bool:
    """Whether some meanings are those of error 0, or of a status that is a success."""
    return any(
        outcome_of(one.group or one.name) == "delivered" if one.kind in STATES else one.id == 0
        for one in meanings
    )


def outcome_of(status: str | None) -> str | None:
    """The outcome of a campaign event's status or of a status group; None if it has none."""
    outcomes = {fold(row["group"]): row["outcome"] for row in rows("status_groups")}
    outcomes |= {fold(row["status"]): row["outcome"] for row in rows("event_statuses")}
    return outcomes.get(fold(status or "")) or None


def either(meanings: list[Meaning]) -> str:
    """Some meanings by their names and ids; errors alone where there are any."""
    errors = [one for one in meanings if one.kind == "error"] or meanings
    names = dict.fromkeys(one.name for one in errors)
    told = [called([one for one in errors if one.name == name]) for name in names if name]
    return " or ".join(told) or f"{errors[0].kind.replace('_', ' ')} {errors[0].title}"
