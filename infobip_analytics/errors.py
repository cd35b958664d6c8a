"""What can go wrong, and what the user reads when it does.

    InfobipAnalyticsError(ValueError)
    ├── SourceError        a file cannot be read or written, or holds nothing that can be read
    │   └── ServiceError   the API of Infobip refused, broke off, or was not reached
    ├── ColumnError        a frame lacks a column, or an unknown one was asked for
    └── ArgumentError      an argument means nothing here (a country, a time, a code list)

    InfobipAnalyticsWarning(UserWarning)
    ├── SetAsideWarning    rows could not be read and were set aside
    └── AssumptionWarning  something was assumed that the data do not say (a time zone)

Policy: a door raises when nothing can be read, warns once when something was set aside or assumed,
and never continues silently. A room does not catch. Every message says what is wrong, where, and
what to do about it.
"""

from datetime import datetime
from typing import Any


class InfobipAnalyticsError(ValueError):
    """The base of every error that this package raises on purpose."""


class SourceError(InfobipAnalyticsError):
    """A file cannot be read or written, or a source holds nothing that can be read."""


class ServiceError(SourceError):
    """The API of Infobip refused, broke off, or was not reached.

    Attributes:
        status: The HTTP status; None where no answer came.
        code: What the service calls it: "UNAUTHORIZED", "E429"; "" where it does not say.
        again_at: When to ask again, where the service says so.
        may_be_lost: Whether reports may have been handed out that did not arrive.
        answers: What had come before it, as `fetching.answers.Answer`: read them, for reports are
            handed out once.
    """

    def __init__(
        self,
        sentence: str,
        *,
        status: int | None = None,
        code: str = "",
        again_at: datetime | None = None,
        may_be_lost: bool = False,
    ) -> None:
        super().__init__(sentence)
        self.status = status
        self.code = code
        self.again_at = again_at
        self.may_be_lost = may_be_lost
        self.answers: tuple[Any, ...] = ()


class ColumnError(InfobipAnalyticsError):
    """A frame lacks a column that is needed, or a column was asked for that is not there."""


class ArgumentError(InfobipAnalyticsError):
    """An argument means nothing here: an unknown country, a time that cannot be read, ..."""


class InfobipAnalyticsWarning(UserWarning):
    """The base of every warning that this package gives."""


class SetAsideWarning(InfobipAnalyticsWarning):
    """Rows of a source could not be read; they were set aside and counted."""


class AssumptionWarning(InfobipAnalyticsWarning):
    """Something was assumed that the data do not say, such as a time zone."""
