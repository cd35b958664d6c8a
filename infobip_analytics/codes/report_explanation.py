"""Explaining a delivery report: what became of the message, why, and what the tables doubt."""

from infobip_analytics.codes.evidence import outcome_of
from infobip_analytics.codes.groups import groups, groups_named
from infobip_analytics.codes.lookup import has_name
from infobip_analytics.codes.meanings import Meaning, with_id, with_name
from infobip_analytics.codes.other_channels import elsewhere, told_elsewhere
from infobip_analytics.codes.payloads import Report
from infobip_analytics.codes.ranking import (
    CARRIES,
    CHANNELS,
    Context,
    fits_group,
    groups_of,
    ranked,
)
from infobip_analytics.codes.row_explanation import RowExplanation, Told
from infobip_analytics.codes.verdicts import verdict
from infobip_analytics.codes.wording import in_short, printable
from infobip_analytics.errors import ArgumentError

FATE = {
    "delivered": "Delivered",
    "failed": "Not delivered",
    "rejected": "Rejected",
    "unknown": "What became of it is not known",
    "pending": "Not final yet",
    "enqueue_failed": "Never forwarded to Infobip",
}
RECEIPT = {"handset": ", to the handset", "operator": " as far as the operator"}
USUAL = (
    "Rejected and failed messages often carry error 0 too: success is read from the status, never "
    "from the error."
)


def explain_report(report: Report) -> RowExplanation:
    """Explain a report by its error first where that tells a cause, else by its status.

    The status group decides: a status that is not in it comes last, and the verdict leaves it out.
    """
    status, error = told_by(report, "status"), told_by(report, "error")
    tells_why = [one for one in error if one.id != 0]
    fitting = [one for one in status if is_in_group(one, report.status_group)]
    stray = [one for one in status if one not in fitting]
    parts = (("error", error), ("status", fitting))
    ordered = (*(parts if tells_why else reversed(parts)), (alone(report), stray))
    return RowExplanation(
        "report",
        report,
        tuple(Told(one, (field,)) for field, meanings in ordered for one in meanings),
        tuple(disagreements(report, status, error)),
        note_on(report, status, error),
        verdict_on(report, fitting, tells_why),
    )


def is_in_group(status: Meaning, group: str | None) -> bool:
    """Whether a status is in the group that came; in any where none came."""
    return group is None or fits_group(status, known_groups(group))


def alone(report: Report) -> str:
    """What tells the meaning of a status that is not in the group that came."""
    return "status_name" if report.status_id is None else "status_id"


def told_by(report: Report, part: str) -> list[Meaning]:
    """The meanings of the report's status or error: those that fit its name and group best."""
    number, name, group = fields(report, part)
    meanings = with_id(number) if number is not None else with_name(name or "")
    mine = [one for one in meanings if one.kind == part]
    wanted = known_groups(group)

    def fit(one: Meaning) -> tuple[bool, bool]:
        return has_name(one, name), bool(wanted) and fits_group(one, wanted)

    best = max(map(fit, mine), default=None)
    context = Context(channel=report.channel)
    return list(ranked([one for one in mine if fit(one) == best], context))[:1]


def fields(report: Report, part: str) -> tuple[int | None, str | None, str | None]:
    """Id, name and group of the report's status or error."""
    if part == "status":
        return report.status_id, report.status_name, report.status_group
    return report.error_id, report.error_name, report.error_group


def known_groups(group: str | None) -> tuple[tuple[str, str], ...]:
    """The groups of a name; none where no table has it."""
    try:
        return groups_of(group)
    except ArgumentError:
        return ()


def verdict_on(report: Report, status: list[Meaning], causes: list[Meaning]) -> str:
    """What became of the message and, where it was not delivered, why and what to do."""
    group = report.status_group or (status[0].group if status else None)
    fate = verdict(group, report.status_id or (status[0].id if status else None))
    # messages made of events have the event's status for a name, and no group
    outcome = outcome_of(report.status_name) if group is None else fate.outcome
    became = f"{FATE.get(outcome or '', '')}{RECEIPT.get(fate.receipt or '', '')}"
    why = [] if outcome in ("delivered", "pending") else causes or status
    return ". ".join(filter(None, [became, *(in_short(flagged(one, report)) for one in why[:1])]))


def flagged(meaning: Meaning, report: Report) -> Meaning:
    """An error with the flag that came with the report, where one came."""
    if meaning.kind != "error" or report.permanent is None:
        return meaning
    return meaning._replace(permanent=report.permanent)


def disagreements(report: Report, status: list[Meaning], error: list[Meaning]) -> list[str]:
    """A sentence for each thing in which the report and the tables, or its fields, disagree."""
    found = [
        unlisted(report, "status", status),
        unlisted(report, "error", error),
        another_name(report, "status", status),
        another_name(report, "error", error),
        another_group(report, "status", status),
        another_group(report, "error", error),
        another_id(report),
        another_flag(report, error),
        error_of_a_success(report, status, error),
    ]
    return [sentence for sentence in found if sentence]


def unlisted(report: Report, part: str, meanings: list[Meaning]) -> str:
    """That no table has the status or the error."""
    number, name, _ = fields(report, part)
    is_fate = part == "status" and number is None and outcome_of(name) is not None
    if meanings or is_fate or (number is None and name is None):
        return ""
    said = " ".join(str(one) for one in (number, name) if one is not None)
    if others := elsewhere(number, name) if part == "status" else []:
        return f"The status {printable(said)} is in no table here: {told_elsewhere(others)}."
    return f"The {part} {printable(said)} is in no Infobip table."


def another_name(report: Report, part: str, meanings: list[Meaning]) -> str:
    """That the name belongs to another id, or to none, in the tables."""
    number, name, _ = fields(report, part)
    if not meanings or number is None or name is None or has_name(meanings[0], name):
        return ""
    others = [one for one in with_name(name) if one.kind == part]
    hint = f" {others[0].name} is {others[0].id}." if others else " No table has that name."
    return (
        f"The report names {part} {number} {printable(name)}; in the tables {number} is "
        f"{meanings[0].name}.{hint}"
    )


def another_group(report: Report, part: str, meanings: list[Meaning]) -> str:
    """That the tables have the code in another group, or have no such group."""
    group = fields(report, part)[2]
    if group is None:
        return ""
    wanted = known_groups(group)
    if not any(kind == part for kind, _ in wanted):
        return f"{printable(group)} is no {part} group that the tables know."
    if not meanings or fits_group(meanings[0], wanted):
        return ""
    decides = " The report's group decides what is counted." if part == "status" else ""
    return (
        f"The report has {part} {meanings[0].title} in the group {printable(group)}, the tables "
        f"have it in {meanings[0].group or 'no group'}.{decides}"
    )


def another_id(report: Report) -> str:
    """That a group's id is not that of its name."""
    parts = (
        ("status", report.status_group, report.status_group_id),
        ("error", report.error_group, report.error_group_id),
    )
    return " ".join(
        f"The groupId {number} of the {part} is {one.name}, its groupName says {printable(name)}."
        for part, name, number in parts
        for one in groups()
        if (one.kind, one.id) == (part, number) and one not in groups_named(name or "")
    )


def another_flag(report: Report, error: list[Meaning]) -> str:
    """That the report's flag permanent is not that of the tables."""
    flag = error[0].permanent if error else None
    if report.permanent is None or flag is None or flag == report.permanent:
        return ""
    words = {True: "permanent", False: "temporary"}
    return (
        f"The report flags the error as {words[report.permanent]}, the tables have it as "
        f"{words[flag]}: Infobip changes its flags now and then, and this report is the newer word."
    )


def error_of_a_success(report: Report, status: list[Meaning], error: list[Meaning]) -> str:
    """That a delivered message carries an error."""
    group = report.status_group or (status[0].group if status else None)
    has_error = error[0].id != 0 if error else bool(report.error_id or report.error_name)
    if verdict(group, report.status_id).outcome != "delivered" or not has_error:
        return ""
    return (
        "The status says delivered, but the error tells a failure: success is read from the "
        "status, never from the error."
    )


def note_on(report: Report, status: list[Meaning], error: list[Meaning]) -> str:
    """What else to know: that error 0 beside a failure is usual, that nothing can be explained."""
    group = report.status_group or (status[0].group if status else None)
    no_error = [one for one in error if one.id == 0]
    if no_error and verdict(group, report.status_id).outcome in ("failed", "rejected"):
        return USUAL
    if not status and not error and report.status_group and report.status_id is None:
        return f"Of the status only the group {printable(report.status_group)} is given."
    carried = CARRIES.get(report.channel or "", CHANNELS)
    others = [one for one in error if one.channel not in carried]
    return on_the_channel(others[0], str(report.channel)) if others else ""


def on_the_channel(error: Meaning, channel: str) -> str:
    """That the error is of another table than the channel's."""
    return f"The error is one of {error.channel}, the report is of {printable(channel)}."
