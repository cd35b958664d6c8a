"""Which meanings a code has, however it is written."""

from infobip_analytics.codes.meanings import Meaning, with_id, with_name
from infobip_analytics.codes.spelling import Asked, fold, read_code


def asked_for(code: object) -> Asked:
    """A code as it was asked for; a number beside words that are no name is none (`3rd try, 27`).

    ArgumentError where nothing was asked for.
    """
    asked = read_code(code)
    if asked.number is None or asked.name is None or with_name(asked.name):
        return asked
    return Asked(asked.code, None, str(asked.code), asked.kind)


def found(asked: Asked) -> list[Meaning]:
    """Every meaning of what was asked for, in the order of the tables."""
    if asked.number is None:
        return [*named(asked.name or str(asked.code)), *states_of(asked)]
    # only SMPP, whose receipts carry error ids, writes numbers in hex
    meanings = [one for one in with_id(asked.number) if not (asked.is_hex and one.kind == "status")]
    if asked.state is not None:
        return [*(one for one in meanings if one.kind == "error"), *states_of(asked)]
    if asked.name is None:
        return meanings
    return agreeing(asked) or list(dict.fromkeys([*meanings, *named(asked.name)]))


def named(name: str) -> list[Meaning]:
    """The meanings of a name in any spelling, also without its EC_."""
    return with_name(name) or with_name(f"EC_{name}")


def agreeing(asked: Asked) -> list[Meaning]:
    """The meanings that have both the number and the name that were asked for."""
    return [one for one in named(asked.name or "") if one.id == asked.number]


def states_of(asked: Asked) -> list[Meaning]:
    """The state that a receipt gives."""
    return [one for one in with_name(asked.state or "") if one.kind == "smpp_state"]


def has_name(meaning: Meaning, name: str | None) -> bool:
    """Whether a meaning goes by a name, in any spelling that was ever used.

    >>> has_name(found(asked_for("err:4101"))[0], "ec_validityExpired")
    True
    """
    return name is not None and (fold(name) == fold(meaning.name or "") or meaning in named(name))
