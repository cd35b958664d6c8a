"""`explain`: all meanings of one code, and what to know where there is none."""

from typing import SupportsIndex

from infobip_analytics.codes.explanation import Explanation
from infobip_analytics.codes.meanings import Meaning, with_id, with_name
from infobip_analytics.codes.nearest import nearest_names, neighbours
from infobip_analytics.codes.spelling import Asked, fold, read_code
from infobip_analytics.codes.wording import printable
from infobip_analytics.reference import rows

SEARCHED = "statuses and errors of SMS and MMS, DLT codes of India, SMPP codes"


def explain(code: SupportsIndex | float | str) -> Explanation:
    """Explain a code: every meaning it has, with what happened, who can act and what to do.

    Takes an id (5, "400", "0x22") or a name in any spelling. A code that no table has is answered
    with its neighbours and the nearest names. ArgumentError where nothing was asked for.

    >>> [meaning.title for meaning in explain("0x22")]
    ['34 EC_SYSTEM_FAILURE', '34 (no name)']
    >>> explain("ec_validityexpired")[0].suppress
    'after repeats'
    >>> len(explain(400))
    0
    """
    asked = read_code(code)
    meanings = meanings_of(asked)
    return Explanation(asked.code, meanings, note_on(asked, meanings))


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
