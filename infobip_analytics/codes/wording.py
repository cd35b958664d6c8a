"""The words in which a meaning is shown, the same in a terminal and in a notebook."""

from infobip_analytics.codes.meanings import Meaning

WHO = {
    "list": "list (whoever keeps the contact list)",
    "content": "content (whoever writes the message)",
    "account": "account (whoever runs the Infobip account and the integration)",
    "operator": "operator (the mobile operator, reached through Infobip Support)",
    "infobip": "infobip (Infobip itself)",
    "nobody": "nobody",
}
ADVICE = {"documented": "Infobip's advice", "ours": "our advice"}
FLAG = {True: "yes", False: "no", None: ""}


def heading(meaning: Meaning) -> str:
    """What kind of code it is, its id and name: `error 5 EC_UNIDENTIFIED_SUBSCRIBER`."""
    return f"{meaning.kind.replace('_', ' ')} {meaning.title}"


def origin(meaning: Meaning) -> str:
    """Channel and group: `sms, HANDSET_ERRORS`."""
    return ", ".join(word for word in (meaning.channel, meaning.group) if word)


def facts(meaning: Meaning) -> list[tuple[str, str]]:
    """What there is to say, as pairs of a word and a text; what is not known is left out."""
    pairs = [
        ("permanent", FLAG[meaning.permanent]),
        ("who", WHO[meaning.who]),
        ("action", f"{meaning.action} ({ADVICE[meaning.advice]})"),
        ("retry", meaning.retry),
        ("suppress", meaning.suppress),
        ("note", meaning.note or ""),
        ("source", meaning.source),
    ]
    return [(word, text) for word, text in pairs if text]


def count(meanings: tuple[Meaning, ...]) -> str:
    """How many meanings there are, in words."""
    return {0: "unknown code", 1: "1 meaning"}.get(len(meanings), f"{len(meanings)} meanings")


def printable(code: object, longest: int = 60) -> str:
    r"""A code as it can be shown: strangers' control characters masked, long texts cut.

    >>> printable("EC\x1b[31m"), len(printable("9" * 5000))
    ('EC?[31m', 63)
    """
    text = "".join(letter if letter.isprintable() else "?" for letter in str(code))
    return text if len(text) <= longest else f"{text[:longest]}..."
