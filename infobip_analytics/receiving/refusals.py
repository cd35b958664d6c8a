"""Why a callback was not taken: a status for Infobip, a sentence for whoever looks there."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Refusal:
    """A kind of refusal.

    Attributes:
        status: The status of HTTP.
        kind: What it is counted as.
    """

    status: int
    kind: str


UNPROVEN = Refusal(401, "without the right credentials")
EMPTY = Refusal(400, "empty")
NO_JSON = Refusal(400, "no JSON")
NO_REPORTS = Refusal(400, "JSON without reports")
BROKEN_OFF = Refusal(400, "broken off")
SLOW = Refusal(408, "too slow")
LARGE = Refusal(413, "too large")
XML = Refusal(415, "XML")
PACKED = Refusal(415, "packed otherwise than with gzip")
BUSY = Refusal(503, "more at once than fits into memory")
NOT_KEPT = Refusal(503, "not kept, for the journal could not be written")


class Refused(Exception):  # noqa: N818 - no error: it is what the caller is told
    """A callback that is not taken; its text is for the caller, and has no value of the body."""

    def __init__(self, refusal: Refusal, sentence: str) -> None:
        super().__init__(sentence)
        self.refusal = refusal
