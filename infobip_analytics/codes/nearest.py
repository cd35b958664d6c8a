"""What lies near a code that no table has."""

from infobip_analytics.codes.meanings import Meaning, by_name, coded_rows, with_id, with_name
from infobip_analytics.codes.spelling import fold

MOST = 5
LONGEST = 100  # no name is half as long: a page of text has no nearest name


def neighbours(number: int) -> list[str]:
    """The two ids below a number and the two above it, with the first meaning of each.

    >>> neighbours(400)
    ['368 EC_INVALID_SOURCE_ADDRESS', '375 EC_SOURCE_ADDRESS_IS_BLOCKED', \
'433 EC_ACCOUNT_ACCESS_DENIED', '488 EC_TF_NUMBER_NOT_VERIFIED']
    """
    ids = sorted({int(row["id"]) for row in coded_rows()})
    below, above = [id for id in ids if id < number], [id for id in ids if id >= number]
    return [with_id(id)[0].title for id in (*below[-2:], *above[:2])]


def nearest_names(text: str) -> list[str]:
    """The names that contain every word of a text, the shortest first, then those spelt alike.

    >>> nearest_names("subscriber absent")[:2]
    ['EC_ABSENT_SUBSCRIBER (27)', 'EC_ABSENT_SUBSCRIBER_SM (6)']
    """
    if len(text) > LONGEST:
        return []
    names = dict.fromkeys((*containing(text), *alike(text)))
    return list(dict.fromkeys(called(with_name(name)) for name in names))[:MOST]


def containing(text: str) -> list[str]:
    """The folded names that contain every word of a text; one or two letters are in too many."""
    words = text.replace("_", " ").replace("-", " ").split()
    parts = [part for part in map(fold, words) if len(part) > 2]
    names = [name for name in by_name() if parts and all(part in name for part in parts)]
    return sorted(names, key=lambda name: (len(name), name))


def alike(text: str) -> list[str]:
    """The folded names that are spelt much like a text."""
    from difflib import get_close_matches  # imported late: a known code needs none

    return get_close_matches(fold(text), sorted(by_name()), n=MOST)


def called(meanings: list[Meaning]) -> str:
    """The name that some meanings share, with their ids: `EC_VALIDITY_EXPIRED (4101, 15006)`."""
    ids = ", ".join(dict.fromkeys(str(meaning.id) for meaning in meanings))
    return f"{meanings[0].name} ({ids})"
