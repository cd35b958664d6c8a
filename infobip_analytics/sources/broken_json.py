"""JSON that no reader takes: cut where its values end, so that only what is broken is lost.

Brackets and quotes are all that is looked at; whether a value is sound is found out later.
"""

import re

#: A text, or a sign outside of texts; in JSON no text goes beyond its line
_TOKEN = re.compile(rb'"(?:[^"\\\n]|\\.)*"|[{}\[\],]')

#: Where the entries of an answer begin
_ENTRIES = re.compile(rb'"(?:results|data|events)"\s*:\s*\[')

#: What stands between values; RS begins each in a sequence of JSON texts
_BETWEEN = b" \t\r\n,\x1e"


def values_of(text: bytes) -> list[bytes]:
    """The values that follow each other in a text; the last may be cut off.

    >>> values_of(b'{"a": 1}{"b": [2, 3]}, [4')
    [b'{"a": 1}', b'{"b": [2, 3]}', b'[4']
    """
    return _split(text, 0, within=False)[0]


def entries_of(value: bytes) -> tuple[list[bytes], bool]:
    """The entries of a broken list or answer; whether the last of them is cut off.

    >>> entries_of(b'{"results": [{"a": 1}, {"a": oops}, {"a": [')
    ([b'{"a": 1}', b'{"a": oops}', b'{"a": ['], True)
    """
    begin = _first_entry(value)
    return _split(value, begin, within=True) if begin else ([value], False)


def _first_entry(value: bytes) -> int:
    """Where the first entry of a list or an answer begins; 0 in an entry itself."""
    if value.startswith(b"["):
        return 1
    answer = _ENTRIES.search(value) if value.startswith(b"{") else None
    return answer.end() if answer else 0


def _split(text: bytes, place: int, *, within: bool) -> tuple[list[bytes], bool]:
    """The values from *place* to the end of the list or the text; whether the end is missing.

    What is cut off is the last value; if it is so between two values, that is "[".
    """
    depth, begin = 0, place
    found: list[bytes] = []
    for token in _TOKEN.finditer(text, place):
        sign = token[0]
        if sign in (b"{", b"["):
            depth += 1
        elif sign in (b"}", b"]") and depth:
            depth -= 1
            if depth == 0:
                found.append(text[begin : token.end()])
                begin = token.end()
        elif depth == 0 and len(sign) == 1:
            found.append(text[begin : token.start()])
            begin = token.end()
            if within and sign != b",":
                return _filled(found), False
    rest = text[begin:].strip(_BETWEEN)
    return [*_filled(found), *([rest] if rest else [b"["] if within else [])], within or depth > 0


def _filled(values: list[bytes]) -> list[bytes]:
    return [value for value in (each.strip(_BETWEEN) for each in values) if value]
