"""Statuses of channels that are not ours: they are known by name, and explained nowhere here."""

from infobip_analytics.codes.spelling import Asked, fold
from infobip_analytics.reference import rows

Row = dict[str, str]


def elsewhere(number: int | None, name: str | None) -> list[Row]:
    """The statuses of voice, e-mail, push and flows that have a number or, without one, a name.

    >>> [(row["name"], row["channel"]) for row in elsewhere(96, None)]
    [('NO_ANSWER', 'voice')]
    """
    return [
        row
        for row in rows("other_channels")
        if (
            row["id"] == str(number)
            if number is not None
            else name is not None and fold(row["name"]) == fold(name)
        )
    ]


def asked_elsewhere(asked: Asked) -> list[Row]:
    """The statuses of other channels that may have been asked for; only SMPP writes in hex."""
    if asked.is_hex or asked.kind not in (None, "status"):
        return []
    return elsewhere(asked.number, asked.name)


def told_elsewhere(found: list[Row]) -> str:
    """What they are, in a sentence without its full stop: `96 is the status NO_ANSWER of voice`."""
    told = [f"{row['id']} is the status {row['name']} of {row['channel']}" for row in found]
    return f"{' and '.join(told)}, another channel"
