"""How a code is written: as a number, in hex, as a compound, as a name, as SMPP writes it."""

import re
from operator import index
from typing import NamedTuple, SupportsFloat

from infobip_analytics.errors import ArgumentError

LONGEST = 100
WAY_OUT = 'ask for an id (5, "400", "0x22") or a name ("EC_ABSENT_SUBSCRIBER")'

#: What people and SMPP write before a code, and the kind of code that it is; None: of any kind
LABELS = {
    "err": "error",
    "error": "error",
    "errorid": "error",
    "errorcode": "error",
    "errorname": "error",
    "stat": "smpp_state",
    "messagestate": "smpp_state",
    "commandstatus": "smpp_command",
    "status": "status",
    "statusid": "status",
    "statusname": "status",
    "statuscode": None,  # of campaign events, where it is mostly the error's
    "code": None,
    "id": None,
}

LABELLED = re.compile(
    r"((?:error|message|command|status)?[ _]?(?:err|error|stat|state|status|code|id|name))"
    r"\s*(?:[:=#\s])\s*(\S.*)",
    re.IGNORECASE,
)
DECIMAL = re.compile(r"([+-]?\d+)(?:\.0+)?")
#: 0x22, x22, 22h; FFh and B4h, for a word of letters alone (each, beach) is longer
HEX = re.compile(r"0?x([0-9a-f]+)|(\d[0-9a-f]*|[a-f][0-9a-f]*\d[0-9a-f]*|[a-f]{2})h", re.IGNORECASE)
BARE_HEX = re.compile(r"[0-9a-f]{1,8}", re.IGNORECASE)
COMPOUND = re.compile(r"\d+(\s*\+\s*\d+)+")
#: An error's number behind the letters that begin its name: `EC 27`
EC = re.compile(r"ec[\s_:#=-]*(\d{1,6})", re.IGNORECASE)
NUMBER_AND_NAME = re.compile(r"(\d{1,6})\W+([^\W\d].*)")
NAME_AND_NUMBER = re.compile(r"([^\W\d].*?)\W+(\d{1,6})\W*")
#: The two fields of an SMPP delivery receipt that say what became of the message
STATE = re.compile(r"\bstat:\s*(\w+)", re.IGNORECASE)
ERR = re.compile(r"\berr:\s*(\w+)", re.IGNORECASE)


class Asked(NamedTuple):
    """A code as it was asked for, and what it can be looked up by.

    `number` and `name` are None where there is none; `kind` is what a label before the code says
    (`err:027` is an error); `state` is the state that an SMPP receipt gives beside its error.
    """

    code: int | str
    number: int | None
    name: str | None = None
    kind: str | None = None
    is_hex: bool = False
    is_compound: bool = False
    state: str | None = None


def fold(name: str) -> str:
    """A name without what spellings differ in: case, underscores, spaces, hyphens.

    >>> fold("EC_ValidityExpired") == fold("ec validity-expired")
    True
    """
    return "".join(letter for letter in name.casefold() if letter.isalnum())


def read_code(code: object) -> Asked:
    """Read a code of whatever form; ArgumentError where nothing was asked for.

    >>> [read_code(code).number for code in ("0x22", "22h", "FFh", "1153+0+0+0", " 005 ", 5.0)]
    [34, 34, 255, 1153, 5, 5]
    >>> read_code("err:027").kind, read_code("27 EC_ABSENT_SUBSCRIBER").name
    ('error', 'EC_ABSENT_SUBSCRIBER')
    """
    if isinstance(code, SupportsFloat) and is_fractional(code):
        return read_float(float(code))  # numpy's floats and decimal numbers too
    if isinstance(code, str):
        return read_text(code.strip())
    if isinstance(code, bool) or not hasattr(code, "__index__"):
        raise ArgumentError(f"{type(code).__name__} is no form of a code; {WAY_OUT}")
    return Asked(index(code), index(code))  # numpy's integers too


def is_fractional(code: object) -> bool:
    """Whether a number is of a type that has fractions."""
    return hasattr(code, "as_integer_ratio") and not hasattr(code, "__index__")


def read_float(code: float) -> Asked:
    """Read a float: a column of ids with gaps holds 5 as 5.0."""
    if code != code:
        raise ArgumentError(f"a missing value (nan) is no code; {WAY_OUT}")
    if code.is_integer():
        return Asked(int(code), int(code))
    return Asked(str(code), None, str(code))


def read_text(text: str) -> Asked:
    """Read a text: a receipt, a code behind a label, a number, number and name, or else a name."""
    if not text:
        raise ArgumentError(f"an empty text is no code; {WAY_OUT}")
    readers = (read_receipt, read_labelled, read_number, read_ec, read_both)
    found = (asked for read in readers if (asked := read(text)))
    return next(found, Asked(text, None, text))


def read_receipt(text: str) -> Asked | None:
    """An SMPP delivery receipt by its fields stat and err; the rest of it may be personal."""
    state, err = STATE.search(text), ERR.search(text)
    if not state or not err:
        return None
    error = read_err(err[1])
    return error._replace(code=f"stat:{state[1]} err:{err[1]}", kind=None, state=state[1])


def read_err(value: str) -> Asked:
    """The error of a receipt: decimal where it can be, else hex without a mark."""
    asked = read_number(value)
    if asked is None and BARE_HEX.fullmatch(value):
        return Asked(value, int(value, 16), kind="error", is_hex=True)
    return (asked or Asked(value, None, value))._replace(kind="error")


def read_labelled(text: str) -> Asked | None:
    """A code behind a label: `err:027`, `stat:UNDELIV`, `command_status=0x0000000B`, `error 27`."""
    found = LABELLED.fullmatch(text) if len(text) <= LONGEST else None
    if found is None or fold(found[1]) not in LABELS:
        return None
    label, value = fold(found[1]), found[2].strip()
    asked = read_err(value) if label == "err" else read_number(value) or read_both(value)
    return (asked or Asked(text, None, value))._replace(code=text, kind=LABELS[label])


def read_number(text: str) -> Asked | None:
    """A number: decimal (also 5.0), hex (0x22, 22h) or several with + between; None if none."""
    if len(text) > LONGEST:  # Python gives up on pages of digits
        return None
    if found := DECIMAL.fullmatch(text):
        return Asked(text, int(found[1]))
    if found := HEX.fullmatch(text):
        return Asked(text, int(found[1] or found[2], 16), is_hex=True)
    if COMPOUND.fullmatch(text):
        return Asked(text, int(text.partition("+")[0]), is_compound=True)
    return None


def read_ec(text: str) -> Asked | None:
    """An error's number as its name would begin: `EC 27`."""
    found = EC.fullmatch(text)
    return Asked(text, int(found[1]), kind="error") if found else None


def read_both(text: str) -> Asked | None:
    """A number and a name together: `27 EC_ABSENT_SUBSCRIBER`, `EC_ABSENT_SUBSCRIBER (27)`."""
    if len(text) > LONGEST:
        return None
    if found := NUMBER_AND_NAME.fullmatch(text):
        return Asked(text, int(found[1]), found[2])
    if found := NAME_AND_NUMBER.fullmatch(text):
        return Asked(text, int(found[2]), found[1])
    return None
