"""What becomes of a message: the words for its outcome and for how far its receipt reaches."""

from enum import StrEnum


class Outcome(StrEnum):
    """What became of a message (DEFINITIONS in docs/definitions.md, "Outcomes")."""

    DELIVERED = "delivered"
    FAILED = "failed"
    REJECTED = "rejected"
    UNREPORTED = "unreported"
    PENDING = "pending"
    ENQUEUE_FAILED = "enqueue_failed"


class Receipt(StrEnum):
    """How far a delivered message is known to have come."""

    HANDSET = "handset"
    OPERATOR = "operator"
    UNKNOWN = "unknown"
