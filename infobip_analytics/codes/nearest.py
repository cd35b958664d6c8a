"""What lies near a code that no table has."""

from infobip_analytics.codes.meanings import Meaning, by_name, coded_rows, with_id, with_name
from infobip_analytics.codes.ranking import Context, ranked
from infobip_analytics.codes.spelling import fold

MOST = 5
LONGEST = 100  # no name is half as long: a page of text has no nearest name
MARKUP = frozenset("<>{}")  # neither names nor words of people have these


def neighbours(number: int) -> list[Meaning]:
    """The first meaning of the two ids below a number and of the two above it.

    >>> [meaning.title for meaning in neighbours(400)][1:3]
    ['375 EC_SOURCE_ADDRESS_IS_BLOCKED', '433 EC_ACCOUNT_ACCESS_DENIED']
    """
    ids = sorted({int(row["id"]) for row in coded_rows()})
    below, above = [id for id in ids if id < number], [id for id in ids if id >= number]
    return [first(with_id(id)) for id in (*below[-2:], *above[:2])]


def nearest(text: str) -> list[list[Meaning]]:
    """The meanings of the nearest names: with every word of a text, spelt alike, of like sense."""
    if len(text) > LONGEST or MARKUP & set(text):
        return []
    names = dict.fromkeys((*containing(text), *alike(text)))
    found = dict.fromkeys(tuple(with_name(name)) for name in names or of_like_sense(text))
    return [list(meanings) for meanings in found][:MOST]


def nearest_names(text: str) -> list[str]:
    """The nearest names with their ids, the shortest first, then those spelt alike.

    >>> nearest_names("subscriber absent")[:2]
    ['EC_ABSENT_SUBSCRIBER (27)', 'EC_ABSENT_SUBSCRIBER_SM (6)']
    """
    return list(dict.fromkeys(map(called, nearest(text))))


def first(meanings: list[Meaning]) -> Meaning:
    """The most likely one of some meanings."""
    return ranked(meanings, Context())[0]


def containing(text: str) -> list[str]:
    """The folded names that contain every word of a text; one or two letters are in too many."""
    words = text.replace("_", " ").replace("-", " ").split()
    parts = [part for part in map(fold, words) if len(part) > 2]
    names = [name for name in by_name() if parts and all(part in name for part in parts)]
    return sorted(names, key=lambda name: (len(name), name))


def alike(text: str) -> list[str]:
    """The folded names that are spelt much like a text; first those that begin alike.

    Beginnings weigh more, for `undelivered` is no `delivered`.
    """
    from difflib import get_close_matches  # imported late: a known code needs none

    found = get_close_matches(fold(text), sorted(by_name()), n=MOST)
    return sorted(found, key=lambda name: beginning(name) != beginning(fold(text)))


def beginning(folded: str) -> str:
    """The first letters of a folded name, without the EC that most errors begin with."""
    return folded.removeprefix("ec")[:2]


def of_like_sense(text: str) -> list[str]:
    """The names of errors whose description has the words of a text: `phone switched off`."""
    from infobip_analytics.codes.likeness import likest, readings  # imported late, as above

    return [fold(one.name) for one in likest(readings(text))]


def called(meanings: list[Meaning]) -> str:
    """The name that some meanings share, with their ids: `EC_VALIDITY_EXPIRED (4101, 15006)`."""
    ids = ", ".join(dict.fromkeys(str(meaning.id) for meaning in meanings))
    return f"{meanings[0].name} ({ids})"
