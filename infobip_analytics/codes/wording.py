"""The words in which a meaning is shown, the same in a terminal and in a notebook."""

from typing import TYPE_CHECKING

from infobip_analytics.codes.meanings import Meaning

if TYPE_CHECKING:
    from infobip_analytics.codes.explanation import Explanation

WHO = {
    "list": "list (whoever keeps the contact list)",
    "content": "content (whoever writes the message)",
    "account": "account (whoever runs the Infobip account and the integration)",
    "operator": "operator (the mobile operator, reached through Infobip Support)",
    "infobip": "infobip (Infobip itself)",
    "nobody": "nobody",
}
ADVICE = {"documented": "Infobip's advice", "ours": "our advice"}
FLAG = {
    True: "yes: by Infobip's flag, sending this very message again will fail again",
    False: "no: by Infobip's flag, the same message may pass another time",
    None: "not known: Infobip gives this error no flag",
}
#: The cause of codes that tell no trouble
NOTHING_WRONG = "none"
LASTING = {True: "permanent", False: "temporary", None: ""}
RETRY = {
    "no": "do not send again",
    "later": "send again later",
    "after fix": "send again once it is put right",
}
NUMBER = {
    "yes": "leave the number out",
    "after repeats": "leave the number out if it repeats",
    "no": "keep the number",
}
SUPPRESS = {
    "yes": "yes: leave the number out from now on",
    "after repeats": "after repeats: leave the number out if it fails like this again and again",
    "no": "no: keep the number",
}


def heading(meaning: Meaning) -> str:
    """What kind of code it is, its id and name: `error 5 EC_UNIDENTIFIED_SUBSCRIBER`."""
    return f"{meaning.kind.replace('_', ' ')} {meaning.title}"


def origin(meaning: Meaning) -> str:
    """Channel and group: `sms, HANDSET_ERRORS`."""
    return ", ".join(word for word in (meaning.channel, meaning.group) if word)


def listed(meaning: Meaning) -> str:
    """One meaning among several: what it is called, and in short what it says."""
    return f"{heading(meaning)} ({origin(meaning)}): {in_short(meaning)}"


def in_short(meaning: Meaning) -> str:
    """What happened and what to do, to be read in three seconds.

    What asks nothing of anybody is told by its own words.
    """
    if meaning.who == "nobody" and meaning.retry == "no":
        return f"{clause(meaning.description)} - {lower(clause(meaning.action))}"
    told = filter(None, [lasting(meaning), RETRY[meaning.retry], NUMBER[meaning.suppress]])
    return f"{meaning.cause_title} - {', '.join(told)}"


def happened(meaning: Meaning) -> str:
    """What happened in plain words; empty where the verdict has said all of it."""
    said = in_short(meaning).startswith(meaning.description.removesuffix("."))
    return "" if said else meaning.description


def lasting(meaning: Meaning) -> str:
    """What Infobip's flag says; where we advise to send again all the same, that it is the flag."""
    against = meaning.permanent and meaning.retry == "later"
    return "flagged permanent" if against else LASTING[meaning.permanent]


def clause(text: str) -> str:
    """The first clause of a text, without its full stop.

    >>> clause("Wait: a later report may come."), clause("On its way; no receipt yet.")
    ('Wait', 'On its way')
    """
    for stop in (". ", "; ", ": "):
        text = text.partition(stop)[0]
    return text.removesuffix(".")


def lower(text: str) -> str:
    """A text that goes on within a sentence."""
    return text[:1].lower() + text[1:]


def facts(meaning: Meaning) -> list[tuple[str, str]]:
    """What there is to say, as pairs of a word and a text; what is not known is left out."""
    when = f": {meaning.when}" if meaning.when else ""
    pairs = [
        ("permanent", FLAG[meaning.permanent] if meaning.kind == "error" else ""),
        ("who", WHO[meaning.who]),
        ("action", f"{meaning.action} ({ADVICE[meaning.advice]})"),
        ("retry", f"{meaning.retry}{when} ({ADVICE['ours']})"),
        ("suppress", f"{SUPPRESS[meaning.suppress]} ({ADVICE['ours']})"),
        ("why", "" if is_success(meaning) else meaning.why),
        ("evidence", meaning.evidence and f"for Infobip Support: {meaning.evidence}"),
        ("note", meaning.note or ""),
        ("source", meaning.source),
    ]
    return [(word, text) for word, text in pairs if text]


def is_success(meaning: Meaning) -> bool:
    """Whether nothing went wrong: no error that could be misread, and no advice to explain."""
    return meaning.cause == NOTHING_WRONG and meaning.kind != "error"


def title(answer: "Explanation") -> str:
    """What was asked for and how much there is: `5: 4 meanings, the most likely first`."""
    number = len(answer.meanings)
    found = {0: "", 1: "1 meaning"}.get(number, f"{number} meanings, the most likely first")
    kinds = {"status": "a group of statuses", "error": "a group of errors"}
    told = [*(kinds[group.kind] for group in answer.groups), *filter(None, [found])]
    return f"{printable(answer.code)}: {', and '.join(told) or 'unknown code'}"


def printable(code: object, longest: int = 60) -> str:
    r"""A code as it can be shown: strangers' control characters masked, long texts cut.

    >>> printable("EC\x1b[31m"), len(printable("9" * 5000))
    ('EC?[31m', 63)
    """
    text = "".join(letter if letter.isprintable() else "?" for letter in str(code))
    return text if len(text) <= longest else f"{text[:longest]}..."
