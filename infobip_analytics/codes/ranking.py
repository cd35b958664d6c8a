"""Which of several meanings is the most likely one, given what else is known of the code.

Without more than the code, errors come first: who looks a number up has mostly met an error, for
statuses carry names that speak for themselves, and the status_code of campaign events is the
error's. Within a kind SMS comes before MMS, India and voice; what is gone from Infobip's present
tables comes after what is in them. A number in hex is how SMPP writes its command statuses.
"""

from typing import NamedTuple

from infobip_analytics.codes.groups import groups, groups_named
from infobip_analytics.codes.meanings import Meaning
from infobip_analytics.errors import ArgumentError

KINDS = ("error", "status", "smpp_command", "smpp_state")
KINDS_IN_HEX = ("smpp_command", "error", "smpp_state", "status")
CHANNELS = ("sms", "mms", "dlt_india", "smpp", "voice")

#: The tables whose codes come with a channel, its own first. Infobip's general table (sms) holds
#: for MMS too, DLT errors come with SMS to India, and SMPP receipts carry the errors of SMS.
CARRIES = {
    "sms": ("sms", "dlt_india"),
    "mms": ("mms", "sms"),
    "dlt_india": ("dlt_india", "sms"),
    "smpp": ("smpp", "sms", "dlt_india"),
    "voice": ("voice",),
}

PLURAL = {"status": "statuses", "error": "errors"}

#: The source of codes that are in no later table
GONE = "Infobip SMS API document, white label edition, 2015"


class Context(NamedTuple):
    """What else is known of a code; `groups` are (kind, name), as a name may be one of each."""

    kind: str | None = None
    channel: str | None = None
    group: str | None = None
    groups: tuple[tuple[str, str], ...] = ()

    def words(self, kinds: frozenset[str] = frozenset()) -> list[str]:
        """What is known, in words: `the kind error`, `the group REJECTED`.

        An id or a name may be that of a group of statuses and of one of errors: those of *kinds*
        are told, both where there are none.
        """
        told = [one for one in self.groups if one[0] in kinds] or self.groups
        several = len({kind for kind, _ in told}) > 1
        names = [f"{name} of {PLURAL[kind]}" if several else name for kind, name in told]
        group = " or ".join(dict.fromkeys(names)) or None
        said = (("kind", self.kind), ("channel", self.channel), ("group", group))
        return [f"the {name} {value}" for name, value in said if value is not None]


def context_of(kind: object, channel: object, group: object) -> Context:
    """What is known of a code, checked; ArgumentError names what there is."""
    found = groups_of(group)
    return Context(
        one_of(KINDS, "kind", kind),
        one_of(CHANNELS, "channel", channel),
        " or ".join(dict.fromkeys(name for _, name in found)) or None,
        found,
    )


def one_of(known: tuple[str, ...], argument: str, word: object) -> str | None:
    """A word in any case, with - or a space for _; ArgumentError where it is none of the known."""
    if word is None:
        return None
    asked = str(word).strip().casefold().replace("-", "_").replace(" ", "_")
    if asked not in known:
        raise ArgumentError(f"there is no {argument} {word!r}; there are {', '.join(known)}")
    return asked


def groups_of(group: object) -> tuple[tuple[str, str], ...]:
    """The groups of a name or an id, each with its kind; ArgumentError where there is none."""
    if group is None:
        return ()
    asked = str(group).strip().removesuffix(".0")
    by_id = [one for one in groups() if asked == str(one.id)]
    found = tuple((one.kind, one.name) for one in (*by_id, *groups_named(asked)))
    if not found:
        there = ", ".join(dict.fromkeys(f"{one.id} {one.name}" for one in groups()))
        raise ArgumentError(f"there is no group {group!r}; there are {there}")
    return found


def ranked(
    meanings: list[Meaning], context: Context, *, is_hex: bool = False
) -> tuple[Meaning, ...]:
    """Some meanings, the most likely first; of those equally likely the order stays."""
    kinds = KINDS_IN_HEX if is_hex else KINDS
    carried = CARRIES.get(context.channel or "", CHANNELS)

    def unlikely(one: Meaning) -> tuple[int, int, int, int, bool]:
        near = carried.index(one.channel) if one.channel in carried else len(CHANNELS)
        own = near if context.channel else 0
        place = kinds.index(one.kind), CHANNELS.index(one.channel)
        return misfits(one, context), own, *place, one.source == GONE

    return tuple(sorted(meanings, key=unlikely))


def misfits(meaning: Meaning, context: Context) -> int:
    """How many of the things that are known a meaning does not fit."""
    kind, channel, _, wanted = context
    return (
        (kind is not None and meaning.kind != kind)
        + (channel is not None and meaning.channel not in CARRIES[channel])
        + (bool(wanted) and not fits_group(meaning, wanted))
    )


def fits_group(meaning: Meaning, wanted: tuple[tuple[str, str], ...]) -> bool:
    """Whether a meaning is in one of some groups; errors without a group may be in any of theirs.

    Infobip gives the errors of MMS and DLT no group.
    """
    if meaning.group is None:
        return meaning.kind == "error" and any(kind == "error" for kind, _ in wanted)
    return (meaning.kind, meaning.group) in wanted


def note_on(meanings: tuple[Meaning, ...], context: Context) -> str:
    """How many meanings do not fit what is known; empty where all do."""
    others = sum(misfits(one, context) > 0 for one in meanings)
    if not others:
        return ""
    known = " and ".join(context.words(frozenset(one.kind for one in meanings)))
    if others == len(meanings):
        none = "The only meaning does" if others == 1 else f"All {others} meanings do"
        return f"{none} not fit {known}."
    fit = len(meanings) - others
    fits = "1 meaning fits" if fit == 1 else f"{fit} meanings fit"
    rest = "1 other does not and comes" if others == 1 else f"{others} others do not and come"
    return f"{fits} {known}; {rest} last."
