"""One answer of the API, as it arrived, before anything in it is read."""

from dataclasses import dataclass, field
from datetime import datetime


@dataclass(frozen=True, slots=True)
class Answer:
    """The body of one answer, whole or as far as it came.

    Attributes:
        endpoint: The path that was asked: "/sms/3/reports".
        received_at: When its last byte had come, in UTC.
        status: The HTTP status, 200 to 299; other answers hold no reports, and become errors.
        content: The body, unpacked. It holds personal data, and is not shown.
        problem: Why the body is not whole; "" where all of it came.
        service_time: What time it was at the service, to the second; None where it does not say.
    """

    endpoint: str
    received_at: datetime
    status: int
    content: bytes = field(repr=False)
    problem: str = ""
    service_time: datetime | None = None
