"""What a document is, told by its first bytes, whatever it is called."""

from typing import Any, Literal

import msgspec

from infobip_analytics.sources.encodings import UTF16, decoded
from infobip_analytics.sources.zip_entries import ZIP

Format = Literal["json", "ndjson", "csv", "parquet", "workbook", "parsed", "unreadable"]

#: How much of a document is looked at to tell its format
HEAD = 64 * 1024

#: How long the first line may be for it to be looked at: a page of all that one call can give
_LONG = 64 * 1024 * 1024

_NO_FILES = b"PK\x05\x06"
_UTF32 = (b"\xff\xfe\0\0", b"\0\0\xfe\xff")
_CONTROLS = bytes(set(range(32)) - set(b"\t\n\r\f\x1e"))
NO_FORMAT = "it is neither JSON, NDJSON, CSV, Parquet nor a workbook"
OLE = b"\xd0\xcf\x11\xe0"  # workbooks of before 2007


def told_format(head: bytes, rest: Any) -> Format:
    """The format of a document that begins with *head*; what follows is read from *rest*."""
    if head.startswith(b"PAR1"):
        return "parquet"
    if head.startswith((ZIP, OLE)):
        return "workbook"
    lines = decoded(head).strip().split("\n")
    if lines[0][:1] in ("{", "["):
        return _json_format(head, rest)
    looks_like_ndjson = any(line.lstrip().startswith('{"') for line in lines[1:])
    return "ndjson" if looks_like_ndjson else "csv"


def problem_of(head: bytes) -> str:
    """Why a document that begins with *head* cannot be read; "" where nothing speaks against it."""
    if head.startswith((b"PAR1", ZIP, OLE)):
        return ""
    if head.startswith(_NO_FILES):
        return "it is a ZIP without any file in it"
    if problem := _encoding_problem(head):
        return problem
    text = decoded(head).strip("\0").strip()
    if not text:
        zeros = "it begins with nothing but zero bytes; copy or export it again"
        return zeros if b"\0" in head else "it is empty"
    if text.startswith(("%PDF", "{\\rtf")):
        return "it is a document to be read by people; export the rows instead, as CSV or JSON"
    return "it is XML or HTML; ask for JSON instead" if text.startswith("<") else ""


def _encoding_problem(head: bytes) -> str:
    """Why bytes are no text; a few control characters among much text are slips of a writer."""
    if head.startswith(_UTF32):
        return "it is UTF-32; save it as UTF-8"
    if head.startswith(UTF16):
        return ""
    # what was allocated and never written is zeros at the end
    written = head.rstrip(b"\0")
    zeros = b"\0" in written
    if zeros and len(written) > 8 and min(written[::2].count(0), written[1::2].count(0)) == 0:
        most = max(written[::2].count(0), written[1::2].count(0))
        if most > len(written) // 4:
            return "it is UTF-16 without its mark; save it as UTF-8"
    controls = len(written) - len(written.translate(None, _CONTROLS))
    binary = written and b"\0" in head[:16]
    return NO_FORMAT if binary or controls > 4 + len(written) // 50 else ""


def _json_format(head: bytes, rest: Any) -> Format:
    """`ndjson` where the first line is a value of its own and another follows."""
    content = head.lstrip(b"\xef\xbb\xbf \t\r\n")
    while b"\n" not in content and len(content) < _LONG and (more := rest.read(_LONG // 16)):
        content += more
    if b"\n" not in content:
        return "json"
    text = decoded(content)
    first, _, others = text.partition("\n")
    try:
        msgspec.json.decode(first, type=msgspec.Raw)
    except (ValueError, RecursionError):
        return "json"
    return "ndjson" if others.strip() or rest.read(1) else "json"
