"""Bytes as text: UTF-8, UTF-16 by its mark, else Windows-1252, as Excel still writes it."""

import codecs
import re
from typing import Any, BinaryIO

from infobip_analytics.sources.packing import BLOCK, Blocks, BrokenError, Unpacked
from infobip_analytics.sources.showing import harmless

UTF16 = (b"\xff\xfe", b"\xfe\xff")
MARK = b"\xef\xbb\xbf"  # of UTF-8

_HALF = re.compile(rb"\\u[dD][89a-fA-F][0-9a-fA-F]{2}")


def recoded(stream: BinaryIO, head: bytes) -> Any:
    """The same stream, of which *head* is the beginning, without UTF-16: that becomes UTF-8."""
    if not head.startswith(UTF16):
        return stream
    return Unpacked(_utf8_of(stream), packed=stream)


def _utf8_of(stream: BinaryIO) -> Blocks:
    decoder = codecs.getincrementaldecoder("utf-16")("replace")
    while block := stream.read(BLOCK):
        yield decoder.decode(block).encode()
    yield decoder.decode(b"", final=True).encode()
    if problem := getattr(stream, "problem", ""):
        raise BrokenError(problem)


def is_utf8(raw: bytes) -> bool:
    """Whether bytes are UTF-8."""
    try:
        raw.decode("utf-8")
    except UnicodeDecodeError:
        return False
    return True


def in_utf8(raw: bytes) -> bytes:
    """The same text as UTF-8, without a mark at its beginning."""
    return raw.removeprefix(MARK) if is_utf8(raw) else decoded(raw).encode()


def decoded(raw: bytes) -> str:
    """Text of any usual encoding: UTF-8 or UTF-16 by its mark, else UTF-8, else Windows-1252."""
    if raw.startswith(UTF16):
        return raw.decode("utf-16", errors="replace")
    try:
        return raw.decode("utf-8-sig")
    except UnicodeDecodeError as wrong:
        # the head of a document may end within a character
        within = wrong.reason == "unexpected end of data"
        return raw.decode("utf-8-sig" if within else "cp1252", errors="replace")


def without_halves(text: bytes) -> bytes:
    r"""JSON in which no escape is a half of a character: what cut an emoji in two leaves one.

    For looking only; whole characters that are written as two halves are replaced as well.

    >>> without_halves(rb'{"a": "x\ud83d"}')
    b'{"a": "x\\ufffd"}'
    """
    return _HALF.sub(rb"\\ufffd", text)


def decoded_lines(raw: bytes) -> str:
    """Text of UTF-8, but for the lines that are none: one broken byte does not spoil the others."""
    if is_utf8(raw):
        return raw.decode("utf-8-sig")
    return "\n".join(
        line.decode("utf-8-sig") if is_utf8(line) else line.decode("cp1252", "replace")
        for line in raw.split(b"\n")
    )


def assumed_encoding(name: str) -> str:
    """What to say of a document that `decoded` read as Windows-1252."""
    return (
        f"{harmless(name)} is not UTF-8 and was read as Windows-1252; "
        "save it as UTF-8 if words look odd"
    )
